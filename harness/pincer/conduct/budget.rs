//! Bytes that wait for the writer of the trace. Who reports more than it can write waits, so that no target fills the
//! memory.

use std::sync::{Condvar, Mutex, PoisonError};

/// Bytes that may wait.
const MOST: usize = 64 << 20;

/// The bytes that wait.
#[derive(Debug, Default)]
pub(super) struct Budget {
    /// How many wait; nothing once nobody writes any more.
    waiting: Mutex<Option<usize>>,
    fewer: Condvar,
}

impl Budget {
    /// A budget of which nothing is taken.
    pub(super) fn new() -> Self {
        Self { waiting: Mutex::new(Some(0)), fewer: Condvar::new() }
    }

    /// Takes bytes, when there are enough. The writer has a thread of its own, so that whoever waits here is not in its
    /// way.
    pub(super) fn take(&self, bytes: usize) {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |waiting: &mut Option<usize>| waiting.is_some_and(|waiting| waiting > MOST);
        let mut waiting = self.fewer.wait_while(waiting, full).unwrap_or_else(PoisonError::into_inner);
        *waiting = waiting.map(|waiting| waiting + bytes);
    }

    /// Gives bytes back that were written.
    pub(super) fn give(&self, bytes: usize) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        *waiting = waiting.map(|waiting| waiting.saturating_sub(bytes));
        self.fewer.notify_all();
    }

    /// Lets everybody go on, for nobody writes any more.
    pub(super) fn end(&self) {
        *self.waiting.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.fewer.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc;

    use super::*;

    /// Takes more than there is, and says when it goes on.
    fn over() -> (Arc<Budget>, mpsc::Receiver<()>) {
        let budget = Arc::new(Budget::new());
        budget.take(MOST + 1);
        let (went_on, goes_on) = mpsc::channel();
        let waiting = budget.clone();
        std::thread::spawn(move || {
            waiting.take(1);
            went_on.send(()).unwrap();
        });
        (budget, goes_on)
    }

    #[test]
    fn who_takes_too_much_waits_until_some_is_written() {
        let (budget, goes_on) = over();
        assert!(goes_on.try_recv().is_err());
        budget.give(1);
        goes_on.recv().unwrap();
    }

    #[test]
    fn nobody_waits_for_a_writer_that_is_gone() {
        let (budget, goes_on) = over();
        budget.end();
        goes_on.recv().unwrap();
        budget.take(MOST + 1);
        budget.take(1);
    }
}
