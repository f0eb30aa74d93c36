//! What the callers of one thread share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Shot;
use super::gate::{Gate, Pass};
use super::tally::Tally;
use crate::raw::{self, Wire};

/// What the callers of a worker share.
pub(super) struct Shared {
    pub(super) shot: Arc<Shot>,
    pub(super) gate: Arc<Gate>,
    /// The most calls.
    most: u64,
    tally: Mutex<Tally>,
}

impl Shared {
    /// The shared state of this many callers.
    pub(super) fn new(shot: Arc<Shot>, gate: Arc<Gate>, most: u64, callers: usize) -> Self {
        let tally = Mutex::new(Tally::new(callers, gate.over()));
        Self { shot, gate, most, tally }
    }

    /// The counts so far.
    pub(super) fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Another connection, with this protocol negotiated.
    pub(super) async fn connect(&self, alpn: Option<&[u8]>) -> Result<Box<dyn Wire>, Lost> {
        let stream = raw::connect(&self.shot.base, self.shot.address, alpn).await.map_err(|_| Lost::Untaken)?;
        self.tally().connections += 1;
        Ok(stream)
    }

    /// Counts a call that leaves now; false if the limit is reached.
    pub(super) fn sends(&self, number: usize, pass: Pass) -> bool {
        let mut tally = self.tally();
        if pass.awaited {
            tally.left(pass.due.elapsed());
        }
        tally.sends(number, pass.due);
        tally.sent < self.most
    }
}

/// Why a call has no answer.
#[derive(Debug, Clone, Copy)]
pub(super) enum Lost {
    /// The target accepts no connection.
    Untaken,
    /// It closed the connection, refused the stream, or sent something invalid.
    Unanswered,
}
