//! What a limiter admitted, in numbers.

use std::time::Duration;

use super::super::retry::{self, RetryAfterError};
use super::{Holding, Scene, broken};
use crate::observe::{FloodReport, StreamReport};
use crate::plan::FloodPlan;
use crate::scenario::{Admission, Rate};
use crate::vocab::Reason;

/// A send later than this against its schedule, at the 99th percentile, is not the load that was asked for.
pub(super) const SATURATED: Duration = Duration::from_millis(50);

/// A limiter that sends its callers away for longer than this many windows does not count by the window.
const FAR: u32 = 10;

/// `rate`: the declared quota against what reached the upstream.
pub(super) fn rate(scene: &Scene<'_>, admission: Admission) -> Holding {
    let (Some(plan), Some(report), Some(rate)) = (&scene.case.flood, &scene.seen.flood, &scene.plan.target.limits.rate)
    else {
        return Holding::Unresolved(Reason::TooFewAnswers);
    };
    let Some(flood) = report.streams.first().filter(|stream| stream.sent > 0) else {
        return Holding::Unresolved(Reason::NothingDelivered);
    };
    if flood.statuses.iter().all(|(status, _)| *status == 0) {
        return Holding::Unresolved(Reason::NoAnswer);
    }
    match admission {
        Admission::Quota => quota(plan, report, flood, rate),
        Admission::AtMost => at_most(flood, rate).unwrap_or(Holding::Held),
        Admission::Slowed if !flood.statuses.contains_key(&429) => {
            broken("rate", "some of the flood answered 429", format!("{:?}", flood.statuses))
        }
        Admission::Isolated | Admission::Slowed => isolated(report, flood),
        Admission::RetryAfter => retry_after(flood, rate),
    }
}

/// No more than quota and burst in any window, no fewer than the quota, and the rest answered 429 (RFC 6585).
///
/// A finding: expected at most 25 arrivals in any 1s; seen 80.
fn quota(plan: &FloodPlan, report: &FloodReport, flood: &StreamReport, rate: &Rate) -> Holding {
    if let Some(broken) = at_most(flood, rate) {
        return broken;
    }
    let refused: u64 = flood.statuses.iter().filter(|(status, _)| **status >= 300).map(|(_, n)| n).sum();
    let limited = flood.statuses.get(&429).copied().unwrap_or(0);
    if refused > limited {
        return broken("rate", "429 for what is beyond the quota", format!("{:?}", flood.statuses));
    }
    if Duration::from_micros(report.send_error_p99_us) > SATURATED {
        return Holding::Unresolved(Reason::GeneratorSaturated);
    }
    let windows = plan.lasts.as_secs_f64() / rate.window.0.as_secs_f64().max(0.001);
    let least = (count(flood.sent)).min(f64::from(rate.quota) * windows) * 0.9 - 1.0 - slack(rate);
    let admitted = count(flood.admitted_us.len());
    if admitted < least {
        return broken("rate", format!("at least {least:.0} arrivals"), format!("{admitted:.0}"));
    }
    Holding::Held
}

/// How far beyond the quota is still within it.
fn slack(rate: &Rate) -> f64 {
    f64::from(rate.quota) * rate.tolerance.map_or(0.1, |t| t.0)
}

/// How the fullest window breaks the quota.
fn at_most(flood: &StreamReport, rate: &Rate) -> Option<Holding> {
    let most = f64::from(rate.quota + rate.burst) + slack(rate);
    let peak = count(peak(&flood.admitted_us, rate.window.0));
    let expected = || format!("at most {most:.0} arrivals in any {}", rate.window);
    (peak > most).then(|| broken("rate", expected(), format!("{peak:.0}")))
}

/// Callers beside the flood are all served while the flood is limited.
///
/// A finding: expected 20 of 20 served beside the flood; seen 6.
fn isolated(report: &FloodReport, flood: &StreamReport) -> Holding {
    if Duration::from_micros(report.send_error_p99_us) > SATURATED {
        return Holding::Unresolved(Reason::GeneratorSaturated);
    }
    for stream in report.streams.iter().skip(1) {
        let served: u64 =
            stream.statuses.iter().filter(|(status, _)| (200..300).contains(*status)).map(|(_, n)| n).sum();
        if served < stream.sent {
            return broken("rate", format!("{0} of {0} served beside the flood", stream.sent), served.to_string());
        }
    }
    if flood.statuses.contains_key(&429) { Holding::Held } else { Holding::Unresolved(Reason::NothingDelivered) }
}

/// A 429 says when to come back (RFC 9110 section 10.2.3), and who does is admitted.
///
/// A finding: expected to be admitted after `Retry-After: 0`; seen 429.
fn retry_after(flood: &StreamReport, rate: &Rate) -> Holding {
    if !flood.statuses.contains_key(&429) {
        return Holding::Unresolved(Reason::NothingDelivered);
    }
    let Some(text) = &flood.retry_after else {
        return broken("rate", "a Retry-After", "none");
    };
    let wait = match retry::retry_after(text, flood.date.as_deref(), None) {
        Ok(wait) => wait,
        Err(RetryAfterError::Undated) => return Holding::Unresolved(Reason::TooFewAnswers),
        Err(why) => return broken("rate", "a Retry-After in seconds or as a date", format!("`{text}`: {why}")),
    };
    if wait > rate.window.0.max(Duration::from_secs(1)) * FAR {
        let seen = format!("{} s", wait.as_secs());
        return broken("rate", format!("a Retry-After near the window of {}", rate.window), seen);
    }
    match flood.returned {
        Some(status) if (200..300).contains(&status) => Holding::Held,
        Some(status) => broken("rate", format!("to be admitted after `Retry-After: {text}`"), status.to_string()),
        None => Holding::Unresolved(Reason::NoAnswer),
    }
}

/// The most instants that any half-open window of this length holds.
pub(in crate::judge) fn peak(instants_us: &[u64], window: Duration) -> usize {
    let mut sorted = instants_us.to_vec();
    sorted.sort_unstable();
    let length = u64::try_from(window.as_micros()).unwrap_or(u64::MAX);
    let within = |start: u64| sorted.partition_point(|at| *at < start.saturating_add(length));
    sorted.iter().enumerate().map(|(first, start)| within(*start) - first).max().unwrap_or(0)
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn count(n: impl TryInto<u64>) -> f64 {
    n.try_into().unwrap_or(u64::MAX) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fullest_window_is_found() {
        let second = Duration::from_secs(1);
        assert_eq!(peak(&[], second), 0);
        assert_eq!(peak(&[0, 999_999, 1_000_000, 1_000_001], second), 3);
        assert_eq!(peak(&[0, 1_000_000, 2_000_000], second), 1);
    }
}
