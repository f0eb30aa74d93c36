//! What becomes of the scenarios of a run in which something breaks that is no finding: a target that can't be started
//! again, a port that is taken, a bug.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use futures_util::FutureExt as _;
use pincer_core::observe::{Event, What};
use pincer_core::vocab::ScenarioId;

use super::{ConductError, RunContext};

/// The faults of a run.
#[derive(Debug, Default)]
pub(super) struct Faults {
    /// Whether a target has stood in this run.
    stood: AtomicBool,
    /// What broke last.
    last: Mutex<Option<String>>,
}

impl Faults {
    /// A target stands.
    pub(super) fn stands(&self) {
        self.stood.store(true, Ordering::Relaxed);
    }
}

impl RunContext {
    /// Notes in the trace what broke a scenario. The error comes back where no target has stood yet: such a run has
    /// shown nothing.
    pub(super) fn broke(&self, scenario: ScenarioId, error: ConductError) -> Result<(), ConductError> {
        if matches!(error, ConductError::Unfit(_)) || !self.faults.stood.load(Ordering::Relaxed) {
            return Err(error);
        }
        let what = in_a_line(&error.to_string());
        *self.faults.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(what.clone());
        self.fault(scenario, what);
        Ok(())
    }

    fn fault(&self, scenario: ScenarioId, message: String) {
        let what = What::Fault { scenario: Some(scenario), message };
        self.scribe.event(Event::new(self.clock.now_us(), what));
    }

    /// Notes in the trace that a scenario could not be run, for the lanes that could have are broken.
    pub(super) fn left(&self, scenario: ScenarioId) {
        let last = self.faults.last.lock().unwrap_or_else(PoisonError::into_inner).clone().unwrap_or_default();
        let what = format!("not run, because an earlier scenario ended with: {last}");
        self.fault(scenario, what);
    }
}

/// What comes of work whose panic is a bug, and no reason to lose what other work has shown.
pub(super) async fn caught<T>(work: impl Future<Output = Result<T, ConductError>>) -> Result<T, ConductError> {
    // What the work held is gone with it, or is written by whole values only.
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        Err(ConductError::Bug(text.unwrap_or_else(|| "it stopped without a message".to_owned())))
    })
}

/// A text of several lines as one.
fn in_a_line(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" / ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_a_bug_that_is_told() {
        let work = async { panic!("index 7 of {}", 3) };
        let caught = caught::<()>(work).await;
        assert!(matches!(&caught, Err(ConductError::Bug(what)) if what == "index 7 of 3"), "{caught:?}");
        assert_eq!(self::caught(async { Ok(7) }).await.ok(), Some(7));
    }

    #[test]
    fn what_a_target_said_in_lines_is_told_in_one() {
        assert_eq!(in_a_line("it ended; it said:\n  one\n\n  two\n"), "it ended; it said: / one / two");
    }
}
