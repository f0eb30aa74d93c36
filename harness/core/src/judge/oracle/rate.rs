//! What a limiter admitted, in numbers.

use std::time::Duration;

use super::super::retry::{self, RetryAfterError};
use super::{Outcome, Scene, broken};
use crate::observe::{FloodReport, StreamReport, Variation};
use crate::plan::FloodPlan;
use crate::scenario::{Admission, Rate};
use crate::vocab::Reason;

/// A limiter that makes callers wait for more windows than this does not count by the window.
const FAR: u32 = 10;
/// A change to a call evades the limit if this much more of such calls are served than the quota's share of all: more
/// than three standard deviations for 16 calls of which a quarter are served.
const MORE: f64 = 0.35;

/// `rate`: compares the declared quota with what reached the upstream.
pub(super) fn rate(scene: &Scene<'_>, admission: Admission) -> Outcome {
    let (Some(plan), Some(report), Some(rate)) = (&scene.case.flood, &scene.seen.flood, &scene.plan.target.limits.rate)
    else {
        return Outcome::Unresolved(Reason::TooFewAnswers);
    };
    let Some(flood) = report.streams.first().filter(|stream| stream.sent > 0) else {
        return Outcome::Unresolved(Reason::NothingDelivered);
    };
    if flood.statuses.iter().all(|(status, _)| *status == 0) {
        return Outcome::Unresolved(Reason::NoAnswer);
    }
    let limited = limited(scene, flood);
    match admission {
        Admission::Quota => quota(plan, report, (flood, limited), rate),
        Admission::AtMost => at_most(plan, flood, rate).unwrap_or(Outcome::Held),
        // A flood that took at most twice its time counts, however unevenly it left.
        Admission::Slowed if limited == 0 && late(report) > plan.lasts => {
            Outcome::Unresolved(Reason::GeneratorSaturated)
        }
        Admission::Slowed if limited == 0 => {
            broken("rate", "some of the flood answered 429", format!("{:?}", flood.statuses))
        }
        Admission::Isolated | Admission::Slowed => isolated(plan, report, limited, rate),
        Admission::RetryAfter => retry_after((flood, limited), rate),
    }
}

/// How many of a flood's calls the limiter refused.
fn limited(scene: &Scene<'_>, flood: &StreamReport) -> u64 {
    let target = &scene.plan.target;
    flood.statuses.iter().filter(|(status, _)| target.throttles(**status)).map(|(_, n)| n).sum()
}

/// How late sends left compared with their schedule, at the 99th percentile.
fn late(report: &FloodReport) -> Duration {
    Duration::from_micros(report.send_error_p99_us)
}

/// How much longer than the median the slowest call took, whatever delayed it. Calls may arrive that much closer
/// together or farther apart than they were sent.
fn jitter(stream: &StreamReport) -> Duration {
    let [median, _, most] = stream.latency_us;
    Duration::from_micros(most.saturating_sub(median))
}

/// How far calls at or below the quota may shift before a correct limiter refuses some: its burst at their pace, or
/// their distance beyond the limiter's own pace, but at least one step of that pace.
fn room(per_second: f64, rate: &Rate) -> Duration {
    let quota = (f64::from(rate.quota) / rate.window.0.as_secs_f64().max(0.001)).max(0.001);
    let pace = per_second.clamp(0.001, quota);
    let room = (f64::from(rate.burst) / pace).max(1.0 / pace - 1.0 / quota).max(1.0 / quota);
    Duration::try_from_secs_f64(room).unwrap_or(Duration::MAX)
}

/// At most quota and burst in any window, at least the quota, and 429 for the rest (RFC 6585). If a stalling machine
/// could explain it, the result is open.
///
/// A finding: expected at most 25 arrivals in any 1s; seen 80.
fn quota(plan: &FloodPlan, report: &FloodReport, (flood, limited): (&StreamReport, u64), rate: &Rate) -> Outcome {
    if let Some(outcome) = at_most(plan, flood, rate) {
        return outcome;
    }
    let refused: u64 = flood.statuses.iter().filter(|(status, _)| **status >= 300).map(|(_, n)| n).sum();
    if refused > limited {
        return broken("rate", "429 for calls over the quota", format!("{:?}", flood.statuses));
    }
    let admissible = admissible(plan, rate);
    // Sends that leave a quarter of a window late are another load than intended, unless the limiter still had to
    // refuse most of what exceeded the quota.
    let excess = count(flood.sent) - admissible - f64::from(rate.burst);
    if late(report) > rate.window.0 / 4 && count(limited) < excess / 2.0 {
        return Outcome::Unresolved(Reason::GeneratorSaturated);
    }
    let least = count(flood.sent).min(admissible) * 0.9 - 1.0 - slack(rate);
    let admitted = count(flood.admitted_us.len());
    if admitted < least {
        let few =
            broken("rate", format!("at least {least:.0} arrivals"), format!("{admitted:.0}, fewer than the quota"));
        return unless_shifted(plan, (0, flood), rate, few);
    }
    Outcome::Held
}

/// What a correct limiter admits of a flood, without its burst.
fn admissible(plan: &FloodPlan, rate: &Rate) -> f64 {
    f64::from(rate.quota) * plan.lasts.as_secs_f64() / rate.window.0.as_secs_f64().max(0.001)
}

/// The tolerance beyond the quota.
fn slack(rate: &Rate) -> f64 {
    f64::from(rate.quota) * rate.tolerance()
}

/// How the fullest window breaks the quota. Delayed calls may be seen in a shorter time than they were admitted in;
/// what that could explain is open.
fn at_most(plan: &FloodPlan, flood: &StreamReport, rate: &Rate) -> Option<Outcome> {
    let most = f64::from(rate.quota + rate.burst) + slack(rate);
    let peak = count(peak(&flood.admitted_us, rate.window.0));
    let bunched = f64::from(rate.quota) * jitter(flood).as_secs_f64() / rate.window.0.as_secs_f64().max(0.001);
    let expected = || format!("at most {most:.0} arrivals in any {}", rate.window);
    match (peak > most, peak > most + bunched) {
        (_, true) => Some(broken("rate", expected(), format!("{peak:.0}{}", bought(plan, flood, rate)))),
        (true, _) => Some(Outcome::Unresolved(Reason::GeneratorSaturated)),
        _ => None,
    }
}

/// What evaded the limit: the changes to calls that were served far more often than the quota allows and than unchanged
/// calls.
fn bought(plan: &FloodPlan, flood: &StreamReport, rate: &Rate) -> String {
    let share = |variation: &Variation| count(variation.served) / count(variation.sent.max(1));
    let Some((unchanged, changed)) = flood.variations.split_first() else { return String::new() };
    let fair = (admissible(plan, rate) + f64::from(rate.burst)) / count(flood.sent.max(1));
    let least = (fair + MORE).max(share(unchanged) + MORE / 2.0).min(0.95);
    let more: Vec<String> = changed
        .iter()
        .filter(|variation| share(variation) >= least && share(variation) > share(unchanged))
        .map(|variation| format!("{} ({} of {} served)", variation.what, variation.served, variation.sent))
        .collect();
    let without = format!("{} of {}", unchanged.served, unchanged.sent);
    match more.as_slice() {
        [] => format!("; of those that were sent as they are, {without} served"),
        more => format!("; bought by {}; without a change {without}", more.join(", ")),
    }
}

/// Callers beside the flood are all served while the flood is limited.
///
/// A finding: expected 20 of 20 served beside the flood; seen 6.
fn isolated(plan: &FloodPlan, report: &FloodReport, limited: u64, rate: &Rate) -> Outcome {
    for (number, stream) in report.streams.iter().enumerate().skip(1) {
        let served = stream.served();
        if served < stream.sent {
            let few = broken("rate", format!("{0} of {0} served beside the flood", stream.sent), served.to_string());
            return unless_shifted(plan, (number, stream), rate, few);
        }
    }
    if limited > 0 { Outcome::Held } else { Outcome::Unresolved(Reason::NothingDelivered) }
}

/// If calls came so unevenly that a correct limiter refuses some, serving too few shows nothing.
fn unless_shifted(plan: &FloodPlan, (number, stream): (usize, &StreamReport), rate: &Rate, few: Outcome) -> Outcome {
    let per_second = plan.streams.get(number).map_or(1.0, |stream| stream.per_second);
    if jitter(stream) > room(per_second, rate) { Outcome::Unresolved(Reason::GeneratorSaturated) } else { few }
}

/// A 429 says when to come back (RFC 9110 section 10.2.3). A caller who waits that long is admitted, and one who comes
/// two seconds too early is not.
///
/// A finding: expected to be admitted after `Retry-After: 0`; seen 429.
fn retry_after((flood, limited): (&StreamReport, u64), rate: &Rate) -> Outcome {
    if limited == 0 {
        return Outcome::Unresolved(Reason::NothingDelivered);
    }
    let Some(text) = &flood.retry_after else {
        return broken("rate", "a Retry-After", "none");
    };
    let wait = match retry::retry_after(text, flood.date.as_deref(), None) {
        Ok(wait) => wait,
        Err(RetryAfterError::Undated) => return Outcome::Unresolved(Reason::TooFewAnswers),
        Err(why) => return broken("rate", "a Retry-After in seconds or as a date", format!("`{text}`: {why}")),
    };
    if wait > rate.window.0.max(Duration::from_secs(1)) * FAR {
        let seen = format!("{} s", wait.as_secs());
        return broken("rate", format!("a Retry-After near the window of {}", rate.window), seen);
    }
    if let Some(status) = flood.early.filter(|status| (200..300).contains(status)) {
        let expected = format!("to be refused two seconds before `Retry-After: {text}` has passed");
        return broken("rate", expected, status.to_string());
    }
    match flood.returned {
        Some(status) if (200..300).contains(&status) => Outcome::Held,
        Some(0) | None => Outcome::Unresolved(Reason::NoAnswer),
        Some(status) => broken("rate", format!("to be admitted after `Retry-After: {text}`"), status.to_string()),
    }
}

/// The most instants in any half-open window of this length.
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
    fn fullest_window_is_found() {
        let second = Duration::from_secs(1);
        assert_eq!(peak(&[], second), 0);
        assert_eq!(peak(&[0, 999_999, 1_000_000, 1_000_001], second), 3);
        assert_eq!(peak(&[0, 1_000_000, 2_000_000], second), 1);
    }
}
