//! Handles failures that are not findings: a target that cannot be started again, a taken port, a bug.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use futures_util::FutureExt as _;
use pincer_core::observe::{Event, What};
use pincer_core::vocab::ScenarioId;

use super::{ConductError, RunContext};

/// The failures of a run.
#[derive(Debug, Default)]
pub(super) struct Faults {
    /// Whether a target was set up in this run.
    stood: AtomicBool,
    /// The last failure.
    last: Mutex<Option<String>>,
}

impl Faults {
    /// A target was set up.
    pub(super) fn stands(&self) {
        self.stood.store(true, Ordering::Relaxed);
    }
}

impl RunContext {
    /// Records in the trace what failed a scenario. Returns the error if no target was ever set up: such a run has
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

/// The result of work whose panic is a bug, but must not lose the results of other work.
pub(super) async fn caught<T>(work: impl Future<Output = Result<T, ConductError>>) -> Result<T, ConductError> {
    // The state of the work is gone with it, or contains only complete values.
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
    async fn panic_is_reported_as_a_bug() {
        let work = async { panic!("index 7 of {}", 3) };
        let caught = caught::<()>(work).await;
        assert!(matches!(&caught, Err(ConductError::Bug(what)) if what == "index 7 of 3"), "{caught:?}");
        assert_eq!(self::caught(async { Ok(7) }).await.ok(), Some(7));
    }

    #[test]
    fn output_in_lines_becomes_one_line() {
        assert_eq!(in_a_line("it ended; it said:\n  one\n\n  two\n"), "it ended; it said: / one / two");
    }
}
