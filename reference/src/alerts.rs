//! Counts refused calls by pattern: answers come in with their time, an alert goes out when there are too many.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::settings::{AlertSettings, Threshold};

/// Subjects that one watch counts at a time. Further ones in the same window are not counted, so that memory stays
/// bounded.
const SUBJECTS: usize = 10_000;

/// All watches.
pub(crate) struct Alerts {
    pub(crate) unauthenticated: Watch,
    pub(crate) forbidden: Watch,
    pub(crate) enumeration: Watch,
}

/// Counts events, or different things, by subject.
pub(crate) struct Watch {
    pub(crate) kind: &'static str,
    pub(crate) threshold: Threshold,
    open: Mutex<HashMap<String, Window>>,
}

struct Window {
    begun: Instant,
    count: u32,
    seen: HashSet<u64>,
}

impl Alerts {
    pub(crate) fn new(settings: &AlertSettings) -> Self {
        Self {
            unauthenticated: Watch::new("unauthenticated", settings.unauthenticated),
            forbidden: Watch::new("forbidden", settings.forbidden),
            enumeration: Watch::new("enumeration", settings.enumeration),
        }
    }
}

impl Watch {
    fn new(kind: &'static str, threshold: Threshold) -> Self {
        Self { kind, threshold, open: Mutex::new(HashMap::new()) }
    }

    /// Counts an event of a subject; true when the threshold is reached, once per window.
    pub(crate) fn count(&self, subject: &str, now: Instant) -> bool {
        self.see(subject, now, None)
    }

    /// Counts an event only if `thing` is new in the window.
    pub(crate) fn count_new(&self, subject: &str, thing: &str, now: Instant) -> bool {
        self.see(subject, now, Some(thing))
    }

    fn see(&self, subject: &str, now: Instant, thing: Option<&str>) -> bool {
        let length = Duration::from_millis(self.threshold.window_ms);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.len() >= SUBJECTS && !open.contains_key(subject) {
            open.retain(|_, window| now.saturating_duration_since(window.begun) < length);
            if open.len() >= SUBJECTS {
                return false;
            }
        }
        let fresh = || Window { begun: now, count: 0, seen: HashSet::new() };
        let window = open.entry(subject.to_owned()).or_insert_with(fresh);
        if now.saturating_duration_since(window.begun) >= length {
            *window = fresh();
        }
        // Past the threshold nothing needs to be remembered.
        if window.count >= self.threshold.count {
            return false;
        }
        if let Some(thing) = thing {
            let mut hasher = DefaultHasher::new();
            thing.hash(&mut hasher);
            if !window.seen.insert(hasher.finish()) {
                return false;
            }
        }
        window.count += 1;
        window.count == self.threshold.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch() -> Watch {
        Watch::new("test", Threshold { count: 3, window_ms: 1000 })
    }

    #[test]
    fn alert_is_raised_once_per_window_and_subject() {
        let (watch, start) = (watch(), Instant::now());
        let alerts = (0..10).filter(|_| watch.count("a", start)).count();
        assert_eq!(alerts, 1);
        assert!(!watch.count("b", start), "another subject has its own count");
        let later = start + Duration::from_secs(1);
        assert_eq!((0..10).filter(|_| watch.count("a", later)).count(), 1, "another window");
    }

    #[test]
    fn same_thing_counts_once() {
        let (watch, now) = (watch(), Instant::now());
        assert!(!(0..10).any(|_| watch.count_new("a", "/1", now)));
        assert!(!watch.count_new("a", "/2", now));
        assert!(watch.count_new("a", "/3", now));
    }
}
