//! The progress of a run, on a terminal.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use pincer_core::plan::Plan;

use crate::conduct::{Progress, Work};

/// A progress line on standard error; nothing if that is not a terminal.
#[derive(Debug)]
pub(super) struct Line {
    bar: ProgressBar,
    begun: Instant,
    all: Work,
    lanes: u32,
}

impl Line {
    /// No line.
    pub(super) fn hidden() -> Self {
        Self { bar: ProgressBar::hidden(), begun: Instant::now(), all: Work::default(), lanes: 1 }
    }

    /// A line for a run of a plan, shown at once.
    pub(super) fn new(plan: &Plan, lanes: usize) -> Self {
        let measuring = plan.scenarios().filter(|(scenario, _)| scenario.measures());
        let all = Work {
            scenarios: plan.scenarios().filter(|(_, entry)| entry.skipped.is_none()).map(|_| 1).sum(),
            cases: plan.len(),
            measured: measuring
                .flat_map(|(scenario, entry)| plan.cases(scenario, entry))
                .map(|case| case.lasts())
                .sum(),
        };
        let bar = ProgressBar::new(WHOLE).with_message("calibrating");
        if let Ok(style) = ProgressStyle::with_template("{elapsed_precise} {wide_bar} {msg}") {
            bar.set_style(style);
        }
        bar.tick();
        Self { bar, begun: Instant::now(), all, lanes: u32::try_from(lanes.max(1)).unwrap_or(1) }
    }

    /// Shows the present progress.
    pub(super) fn show(&self, progress: &Progress) {
        let (done, elapsed) = (progress.done(), self.begun.elapsed());
        if progress.is_calibrated() {
            let left = left(self.all, done, self.lanes, elapsed);
            self.bar.set_position(left.map_or(0, |left| share(elapsed, left)));
            self.bar.set_message(text(self.all, done, left));
        }
        self.bar.tick();
    }

    /// Removes the line.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

/// The length of the bar.
const WHOLE: u64 = 1000;

/// How much of the bar is filled: the elapsed share of the expected time.
fn share(elapsed: Duration, left: Duration) -> u64 {
    let all = (elapsed + left).as_millis().max(1);
    u64::try_from(elapsed.as_millis() * u128::from(WHOLE) / all).unwrap_or(WHOLE)
}

/// The text of the line.
fn text(all: Work, done: Work, left: Option<Duration>) -> String {
    let left = match left.map(|left| left.as_secs()) {
        None => String::new(),
        Some(seconds @ 0..100) => format!(", about {} s left", seconds + 1),
        Some(seconds) => format!(", about {} min left", seconds.div_ceil(60)),
    };
    format!("{} of {} scenarios{left}", done.scenarios, all.scenarios)
}

/// The expected remaining time: measurements as long as they last, other cases as long as the earlier ones took. None
/// if no case is done yet.
fn left(all: Work, done: Work, lanes: u32, elapsed: Duration) -> Option<Duration> {
    let cases = u32::try_from(done.cases).ok().filter(|cases| *cases > 0)?;
    let waited = done.measured / lanes;
    let each = elapsed.saturating_sub(waited) / cases;
    let rest = u32::try_from(all.cases.saturating_sub(done.cases)).ok()?;
    Some(each.saturating_mul(rest) + all.measured.saturating_sub(done.measured) / lanes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn work(scenarios: u64, cases: u64, seconds: u64) -> Work {
        Work { scenarios, cases, measured: Duration::from_secs(seconds) }
    }

    #[test]
    fn remaining_time_counts_cases_and_measurements() {
        let second = Duration::from_secs(1);
        assert_eq!(left(work(9, 300, 20), work(1, 100, 0), 4, second * 2), Some(second * 9));
        assert_eq!(left(work(9, 300, 20), work(8, 299, 12), 1, second * 12), Some(second * 8));
        assert_eq!(left(work(9, 300, 20), Work::default(), 4, second), None);
    }

    #[test]
    fn bar_shows_the_elapsed_time() {
        let second = Duration::from_secs(1);
        assert_eq!(share(second * 3, second), 750);
        assert_eq!(share(Duration::ZERO, Duration::ZERO), 0);
        assert_eq!(share(second, Duration::ZERO), WHOLE);
    }

    #[test]
    fn line_shows_scenarios_and_time() {
        let all = work(149, 10_000, 0);
        assert_eq!(text(all, work(12, 100, 0), None), "12 of 149 scenarios");
        assert_eq!(
            text(all, work(12, 100, 0), Some(Duration::from_millis(2_500))),
            "12 of 149 scenarios, about 3 s left"
        );
        assert_eq!(
            text(all, work(12, 100, 0), Some(Duration::from_secs(150))),
            "12 of 149 scenarios, about 3 min left"
        );
    }
}
