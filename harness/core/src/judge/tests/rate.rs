//! `rate`.

use super::fixture::{attack, fails, open, passes, stream};
use crate::judge::ScenarioResult;
use crate::observe::StreamReport;
use crate::vocab::Reason;

fn step(rate: &str) -> String {
    format!("{{ send: {{ op: read, as: alice }}, flood: {{ rate: 4x, for: 1s }}, expect: {{ rate: {rate} }} }}")
}

/// So many arrivals, evenly within one second.
fn evenly(count: u64) -> Vec<u64> {
    (0..count).map(|n| n * 1_000_000 / count).collect()
}

fn flooded(rate: &str, streams: Vec<StreamReport>) -> ScenarioResult {
    attack(&step(rate), |run| run.flooded(1, streams, 0))
}

#[test]
fn no_window_holds_more_than_quota_and_burst() {
    // The quota is 20 a second, the burst 5, the tolerance 2.
    passes(&flooded("quota", vec![stream(80, &[(200, 25), (429, 55)], evenly(25))]));
    passes(&flooded("quota", vec![stream(80, &[(200, 27), (429, 53)], evenly(27))]));
    fails(
        &flooded("quota", vec![stream(80, &[(200, 28), (429, 52)], evenly(28))]),
        "at most 27 arrivals in any 1s, seen 28",
    );
    fails(&flooded("quota", vec![stream(80, &[(200, 25), (503, 55)], evenly(25))]), "429 for what is beyond the quota");
    fails(&flooded("quota", vec![stream(80, &[(200, 10), (429, 70)], evenly(10))]), "at least 15 arrivals, seen 10");
}

#[test]
fn a_flood_that_did_not_happen_shows_nothing() {
    for rate in ["quota", "isolated", "slowed", "retry-after"] {
        open(&attack(&step(rate), |_| {}), Reason::TooFewAnswers);
        open(&flooded(rate, Vec::new()), Reason::NothingDelivered);
        open(&flooded(rate, vec![stream(0, &[], Vec::new())]), Reason::NothingDelivered);
        open(&flooded(rate, vec![stream(80, &[(0, 80)], Vec::new())]), Reason::NoAnswer);
    }
    let late = attack(&step("quota"), |run| {
        run.flooded(1, vec![stream(80, &[(200, 25), (429, 55)], evenly(25))], 50_001);
    });
    open(&late, Reason::GeneratorSaturated);
}

#[test]
fn callers_beside_a_flood_are_served() {
    let flood = || stream(80, &[(200, 25), (429, 55)], evenly(25));
    passes(&flooded("isolated", vec![flood(), stream(10, &[(200, 10)], evenly(10))]));
    fails(
        &flooded("isolated", vec![flood(), stream(10, &[(200, 6), (429, 4)], evenly(6))]),
        "10 of 10 served beside the flood, seen 6",
    );
    let unlimited = stream(80, &[(200, 80)], evenly(80));
    open(&flooded("isolated", vec![unlimited, stream(10, &[(200, 10)], evenly(10))]), Reason::NothingDelivered);
}

fn returned(retry_after: Option<&str>, returned: Option<u16>) -> ScenarioResult {
    dated(retry_after, Some("Wed, 25 Nov 2026 03:44:00 GMT"), returned)
}

fn dated(retry_after: Option<&str>, date: Option<&str>, returned: Option<u16>) -> ScenarioResult {
    let (retry_after, date) = (retry_after.map(str::to_owned), date.map(str::to_owned));
    let limited = stream(80, &[(200, 25), (429, 55)], evenly(25));
    flooded("retry-after", vec![StreamReport { retry_after, date, returned, ..limited }])
}

#[test]
fn who_comes_back_in_time_is_admitted() {
    passes(&returned(Some("1"), Some(200)));
    passes(&returned(Some("Wed, 25 Nov 2026 03:44:01 GMT"), Some(200)));
    fails(&returned(Some("1"), Some(429)), "to be admitted after `Retry-After: 1`, seen 429");
    fails(&returned(Some("Wed, 25 Nov 2026 03:44:01 GMT"), Some(429)), "to be admitted");
    open(&returned(Some("1"), None), Reason::NoAnswer);
    open(&flooded("retry-after", vec![stream(80, &[(200, 80)], evenly(80))]), Reason::NothingDelivered);
}

#[test]
fn a_retry_after_says_when_and_soon() {
    fails(&returned(None, None), "a Retry-After, seen none");
    for text in ["soon", "-1", "Wed, 25 Nov 2026 03:43:00 GMT"] {
        fails(&returned(Some(text), Some(200)), "a Retry-After in seconds or as a date");
    }
    passes(&returned(Some("10"), Some(200)));
    for text in ["11", "3600", "99999999999999999999", "Wed, 25 Nov 2026 04:44:00 GMT"] {
        fails(&returned(Some(text), Some(200)), "near the window of 1s");
    }
    open(&dated(Some("Wed, 25 Nov 2026 03:44:01 GMT"), None, Some(200)), Reason::TooFewAnswers);
    passes(&dated(Some("1"), None, Some(200)));
}

#[test]
fn a_flood_of_guesses_is_slowed_and_others_are_served() {
    let beside = |served| stream(10, &[(200, served), (429, 10 - served)], evenly(served));
    let slowed = || stream(80, &[(401, 30), (429, 50)], Vec::new());
    passes(&flooded("slowed", vec![slowed(), beside(10)]));
    fails(&flooded("slowed", vec![slowed(), beside(4)]), "10 of 10 served beside the flood, seen 4");
    fails(&flooded("slowed", vec![stream(80, &[(401, 80)], Vec::new()), beside(10)]), "some of the flood answered 429");
}
