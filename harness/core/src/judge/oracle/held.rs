//! What happened to connections that were kept busy.

use std::time::Duration;

use super::{Outcome, Scene, broken};
use crate::observe::StreamReport;
use crate::scenario;
use crate::vocab::Reason;

/// If the calls beside them left later than this at the 99th percentile, they say nothing about the target.
const SATURATED: Duration = Duration::from_millis(250);

/// How the calls that were not served were answered, such as `2 times 504, once not at all`.
fn unserved(stream: &StreamReport) -> String {
    let told = stream.statuses.iter().filter(|(status, _)| !(200..300).contains(*status)).map(|(status, count)| {
        let times = if *count == 1 { "once".to_owned() } else { format!("{count} times") };
        if *status == 0 { format!("{times} not at all") } else { format!("{times} {status}") }
    });
    told.collect::<Vec<_>>().join(", ")
}

/// `held`: calls beside the connections are served as usual and, if wanted, the target has ended each connection in
/// time (CWE-400).
///
/// A finding: expected each of 64 connections ended within 1.5s; seen 64 still open after 3s.
pub(super) fn held(scene: &Scene<'_>, wanted: scenario::HeldConnections) -> Outcome {
    let (Some(plan), Some(report)) = (&scene.case.hold, &scene.seen.hold) else {
        return Outcome::Unresolved(Reason::TooFewAnswers);
    };
    if report.opened == 0 || report.beside.sent == 0 {
        return Outcome::Unresolved(Reason::NothingDelivered);
    }
    if Duration::from_micros(report.send_error_p99_us) > SATURATED {
        return Outcome::Unresolved(Reason::GeneratorSaturated);
    }
    let (sent, served) = (report.beside.sent, report.beside.served());
    if served < sent {
        return broken(
            "held",
            format!("{sent} of {sent} served beside {} connections", report.opened),
            format!("{served}; the others were answered {}", unserved(&report.beside)),
        );
    }
    let limit = scene.plan.target.limits.request_time;
    let (scenario::HeldConnections::Ended, Some(limit)) = (wanted, limit) else { return Outcome::Held };
    let expected = || format!("each of {} connections ended within {limit}", report.opened);
    let open = report.opened.saturating_sub(report.ended);
    if open > 0 {
        return broken("held", expected(), format!("{open} still open after {} ms", plan.lasts.as_millis()));
    }
    let longest = Duration::from_micros(report.longest_us);
    if longest <= limit.0 * 3 / 2 {
        return Outcome::Held;
    }
    // Delays of this machine are not the target's.
    let [_, _, slowest] = report.beside.latency_us;
    if Duration::from_micros(slowest) > limit.0 / 4 {
        return Outcome::Unresolved(Reason::GeneratorSaturated);
    }
    broken("held", expected(), format!("the last after {} ms", longest.as_millis()))
}
