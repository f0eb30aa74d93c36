//! Entries that expire: each is kept for some minutes, and only so many at once.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use tokio::time::Instant;

/// The entries, and when each expires.
#[derive(Debug)]
pub(super) struct Shelf<K, V> {
    kept: HashMap<K, (Instant, V)>,
    patience: Duration,
    most: usize,
}

impl<K: Eq + Hash + Clone, V> Shelf<K, V> {
    pub(super) fn new(patience: Duration, most: usize) -> Self {
        Self { kept: HashMap::new(), patience, most }
    }

    /// The entry of a key.
    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.kept.get(key).filter(|(until, _)| *until > Instant::now()).map(|(_, value)| value)
    }

    /// Removes an entry and returns it.
    pub(super) fn take(&mut self, key: &K) -> Option<V> {
        self.kept.remove(key).filter(|(until, _)| *until > Instant::now()).map(|(_, value)| value)
    }

    /// Adds an entry; if there are too many, the oldest is dropped.
    pub(super) fn put(&mut self, key: K, value: V) {
        let now = Instant::now();
        self.kept.retain(|_, (until, _)| *until > now);
        if self.kept.len() >= self.most
            && !self.kept.contains_key(&key)
            && let Some(oldest) = self.kept.iter().min_by_key(|(_, (until, _))| *until).map(|(key, _)| key.clone())
        {
            self.kept.remove(&oldest);
        }
        self.kept.insert(key, (now + self.patience, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oldest_and_expired_entries_are_dropped() {
        let mut shelf = Shelf::new(Duration::from_mins(1), 2);
        (0..3).for_each(|key| shelf.put(key, key));
        assert_eq!([shelf.get(&0), shelf.get(&1), shelf.get(&2)], [None, Some(&1), Some(&2)]);
        assert_eq!((shelf.take(&1), shelf.take(&1)), (Some(1), None));
        let mut old = Shelf::new(Duration::ZERO, 2);
        old.put(0, 0);
        assert_eq!(old.get(&0), None);
        assert_eq!(old.take(&0), None);
    }
}
