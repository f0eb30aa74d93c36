//! Sessions: what a user and the agent said, kept in memory for some minutes. A session belongs to its user: the same
//! name is a different session for another user.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use super::shelf::Shelf;
use crate::weakness::{Weakness, Weaknesses};

/// How long an unused session is kept.
const PATIENCE: Duration = Duration::from_mins(15);
/// Sessions at once; beyond that the oldest is dropped.
const MOST: usize = 256;
/// Messages kept of a session.
const MESSAGES: usize = 20;
/// Longest session name, in characters.
const NAME: usize = 64;

/// Whose session it is, and its name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    user: String,
    name: String,
}

/// A session as a task found it. A later session of the same name is a different one.
#[derive(Debug, Clone)]
pub(super) struct Opened {
    key: Key,
    number: u64,
}

/// What is kept of a session.
#[derive(Debug, Clone)]
struct Session {
    number: u64,
    messages: Vec<Value>,
}

/// The sessions.
#[derive(Debug)]
pub(super) struct Sessions {
    all: Mutex<Shelf<Key, Session>>,
    begun: AtomicU64,
    weak: Weaknesses,
}

impl Sessions {
    pub(super) fn new(weak: &Weaknesses) -> Self {
        Self { all: Mutex::new(Shelf::new(PATIENCE, MOST)), begun: AtomicU64::new(0), weak: weak.clone() }
    }

    /// The key of a user's session; none if the name is invalid.
    pub(super) fn key(&self, user: Option<&str>, name: &str) -> Option<Key> {
        let sound = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if name.is_empty() || name.len() > NAME || !name.chars().all(sound) {
            return None;
        }
        let user = user.filter(|_| !self.weak.has(Weakness::AgentOpenSessions)).unwrap_or_default();
        let name = if self.weak.has(Weakness::AgentOneMemory) { "" } else { name };
        Some(Key { user: user.to_owned(), name: name.to_owned() })
    }

    /// Opens or begins a session. Returns its messages so far.
    pub(super) fn open(&self, key: Key) -> (Opened, Vec<Value>) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let begin = || Session { number: self.begun.fetch_add(1, Ordering::Relaxed), messages: Vec::new() };
        let session = all.take(&key).unwrap_or_else(begin);
        all.put(key.clone(), session.clone());
        (Opened { key, number: session.number }, session.messages)
    }

    /// Keeps the last exchange, unless the session has ended meanwhile.
    pub(super) fn keep(&self, opened: &Opened, input: &str, output: &str) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if all.get(&opened.key).is_none_or(|session| session.number != opened.number) {
            return;
        }
        let Some(mut session) = all.take(&opened.key) else { return };
        let messages = &mut session.messages;
        messages.push(json!({"role": "user", "content": input}));
        messages.push(json!({"role": "assistant", "content": output}));
        messages.drain(..messages.len().saturating_sub(MESSAGES));
        all.put(opened.key.clone(), session);
    }

    /// Forgets a session; false if there is none.
    pub(super) fn end(&self, key: &Key) -> bool {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if self.weak.has(Weakness::AgentKeepsEnded) { all.get(key).is_some() } else { all.take(key).is_some() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(sessions: &Sessions, user: Option<&str>, name: &str) -> usize {
        sessions.open(sessions.key(user, name).unwrap()).1.len()
    }

    #[test]
    fn session_belongs_to_its_user_until_it_ends() {
        let sessions = Sessions::new(&Weaknesses::default());
        let key = |user| sessions.key(Some(user), "a").unwrap();
        let (first, before) = sessions.open(key("alice"));
        sessions.keep(&first, "hello", "good day");
        assert_eq!((before.len(), said(&sessions, Some("alice"), "a")), (0, 2));
        assert!(!sessions.end(&key("bob")) && said(&sessions, Some("bob"), "a") == 0);
        assert!(sessions.end(&key("alice")) && said(&sessions, Some("alice"), "a") == 0);
        // The task still running must not write into the new session of that name.
        sessions.keep(&first, "hello", "good day");
        assert_eq!(said(&sessions, Some("alice"), "a"), 0);
    }

    #[test]
    fn session_that_ends_during_a_task_stays_ended() {
        let sessions = Sessions::new(&Weaknesses::default());
        let key = sessions.key(None, "a").unwrap();
        let (opened, _) = sessions.open(key.clone());
        assert!(sessions.end(&key));
        sessions.keep(&opened, "hello", "good day");
        assert!(!sessions.end(&key));
    }

    #[test]
    fn sessions_and_their_messages_are_bounded() {
        let sessions = Sessions::new(&Weaknesses::default());
        let say = |name: &str| sessions.keep(&sessions.open(sessions.key(None, name).unwrap()).0, "a", "b");
        (0..=MOST).for_each(|number| say(&format!("s-{number}")));
        let all = sessions.all.lock().unwrap();
        let kept = |number: &usize| all.get(&sessions.key(None, &format!("s-{number}")).unwrap()).is_some();
        assert_eq!((0..=MOST).filter(kept).count(), MOST);
        drop(all);
        (0..MESSAGES).for_each(|_| say("long"));
        assert_eq!(said(&sessions, None, "long"), MESSAGES);
        for name in ["", "a b", "../x", &"a".repeat(NAME + 1)] {
            assert!(sessions.key(None, name).is_none(), "{name}");
        }
    }
}
