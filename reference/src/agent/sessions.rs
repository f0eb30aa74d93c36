//! Sessions: what a user and the agent said to each other, kept in memory for some minutes. A session is its user's: the
//! same name is another session with another user.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use super::shelf::Shelf;
use crate::weakness::{Weakness, Weaknesses};

/// How long a session is kept in which nothing is said.
const PATIENCE: Duration = Duration::from_mins(15);
/// Sessions at once; the oldest gives way.
const MOST: usize = 256;
/// Messages of a session that are kept.
const MESSAGES: usize = 20;
/// Characters of a session's name.
const NAME: usize = 64;

/// Whose session it is, and its name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    user: String,
    name: String,
}

/// The sessions.
#[derive(Debug)]
pub(super) struct Sessions {
    all: Mutex<Shelf<Key, Vec<Value>>>,
    weak: Weaknesses,
}

impl Sessions {
    pub(super) fn new(weak: &Weaknesses) -> Self {
        Self { all: Mutex::new(Shelf::new(PATIENCE, MOST)), weak: weak.clone() }
    }

    /// The key of a user's session; none for a name that is none.
    pub(super) fn key(&self, user: Option<&str>, name: &str) -> Option<Key> {
        let sound = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if name.is_empty() || name.len() > NAME || !name.chars().all(sound) {
            return None;
        }
        let user = user.filter(|_| !self.weak.has(Weakness::AgentOpenSessions)).unwrap_or_default();
        let name = if self.weak.has(Weakness::AgentOneMemory) { "" } else { name };
        Some(Key { user: user.to_owned(), name: name.to_owned() })
    }

    /// What was said so far, as messages.
    pub(super) fn recall(&self, key: &Key) -> Vec<Value> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned().unwrap_or_default()
    }

    /// Keeps what was said last.
    pub(super) fn keep(&self, key: &Key, input: &str, output: &str) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let mut messages = all.take(key).unwrap_or_default();
        messages.push(json!({"role": "user", "content": input}));
        messages.push(json!({"role": "assistant", "content": output}));
        messages.drain(..messages.len().saturating_sub(MESSAGES));
        all.put(key.clone(), messages);
    }

    /// Forgets a session; false where there is none.
    pub(super) fn end(&self, key: &Key) -> bool {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if self.weak.has(Weakness::AgentKeepsEnded) { all.get(key).is_some() } else { all.take(key).is_some() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_its_users_until_it_ends() {
        let sessions = Sessions::new(&Weaknesses::default());
        let key = |user| sessions.key(Some(user), "a").unwrap();
        sessions.keep(&key("alice"), "hello", "good day");
        assert_eq!(sessions.recall(&key("alice")).len(), 2);
        assert!(sessions.recall(&key("bob")).is_empty() && !sessions.end(&key("bob")));
        assert!(sessions.end(&key("alice")) && sessions.recall(&key("alice")).is_empty());
    }

    #[test]
    fn sessions_and_their_messages_are_bounded() {
        let sessions = Sessions::new(&Weaknesses::default());
        for number in 0..=MOST {
            sessions.keep(&sessions.key(None, &format!("s-{number}")).unwrap(), "a", "b");
        }
        let kept = |number: usize| !sessions.recall(&sessions.key(None, &format!("s-{number}")).unwrap()).is_empty();
        assert_eq!((0..=MOST).filter(|number| kept(*number)).count(), MOST);
        let key = sessions.key(None, "long").unwrap();
        (0..MESSAGES).for_each(|_| sessions.keep(&key, "a", "b"));
        assert_eq!(sessions.recall(&key).len(), MESSAGES);
        for name in ["", "a b", "../x", &"a".repeat(NAME + 1)] {
            assert!(sessions.key(None, name).is_none(), "{name}");
        }
    }
}
