//! Arrivals at upstreams during the calibration.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pincer_core::observe::Arrival;
use pincer_stage::Owner;

use super::RECENT;

/// An arrival and its owner.
pub(super) type Seen = (Option<Owner>, Arrival);

/// The arrivals, while they are being collected.
#[derive(Debug, Clone, Default)]
pub(super) struct Arrivals(Arc<Mutex<Option<Vec<Seen>>>>);

impl Arrivals {
    /// Keeps an arrival while collecting.
    pub(super) fn see(&self, owner: Option<Owner>, arrival: &Arrival) {
        if let Some(seen) = self.lock().as_mut().filter(|seen| seen.len() < RECENT) {
            seen.push((owner, arrival.clone()));
        }
    }

    /// Forgets the last part of a request: more of it has come.
    pub(super) fn supersede(&self) {
        if let Some(seen) = self.lock().as_mut()
            && let Some(at) = seen.iter().rposition(|(_, arrival)| !arrival.extent.is_whole())
        {
            seen.remove(at);
        }
    }

    /// Begins to keep what arrives.
    pub(super) fn begin(&self) {
        *self.lock() = Some(Vec::new());
    }

    /// The arrivals since the last call of this function.
    pub(super) fn take(&self) -> Vec<Seen> {
        self.lock().as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Stops collecting.
    pub(super) fn end(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> MutexGuard<'_, Option<Vec<Seen>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
