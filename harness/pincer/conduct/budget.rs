//! Limits the bytes that wait for the trace's writer. Reporters wait when it is full, so that no target fills the
//! memory.

use std::sync::{Condvar, Mutex, PoisonError};

/// Most bytes that may wait.
const MOST: usize = 64 << 20;

/// The waiting bytes.
#[derive(Debug, Default)]
pub(super) struct Budget {
    /// Their number; none once nobody writes any more.
    waiting: Mutex<Option<usize>>,
    fewer: Condvar,
}

impl Budget {
    /// A budget of which nothing is taken.
    pub(super) fn new() -> Self {
        Self { waiting: Mutex::new(Some(0)), fewer: Condvar::new() }
    }

    /// Takes bytes when there is room. The writer has its own thread, so waiting here does not block it.
    pub(super) fn take(&self, bytes: usize) {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |waiting: &mut Option<usize>| waiting.is_some_and(|waiting| waiting > MOST);
        let mut waiting = self.fewer.wait_while(waiting, full).unwrap_or_else(PoisonError::into_inner);
        *waiting = waiting.map(|waiting| waiting + bytes);
    }

    /// Returns bytes that were written.
    pub(super) fn give(&self, bytes: usize) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        *waiting = waiting.map(|waiting| waiting.saturating_sub(bytes));
        self.fewer.notify_all();
    }

    /// Releases everybody, because nobody writes any more.
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

    /// Takes too much, and says when it continues.
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
    fn taker_waits_until_bytes_are_written() {
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
