//! `rate`.

use super::fixture::{Run, attack, fails, open, passes, stream};
use crate::judge::ScenarioResult;
use crate::observe::{StreamReport, Variation};
use crate::vocab::Reason;

fn step(rate: &str) -> String {
    format!("{{ send: {{ op: read, as: alice }}, flood: {{ rate: 4x, for: 1s }}, expect: {{ rate: {rate} }} }}")
}

/// This many arrivals, evenly within one second.
fn evenly(count: u64) -> Vec<u64> {
    (0..count).map(|n| n * 1_000_000 / count).collect()
}

fn flooded(rate: &str, streams: Vec<StreamReport>) -> ScenarioResult {
    attack(&step(rate), |run| run.flooded(1, streams, 0))
}

#[test]
fn no_window_contains_more_than_quota_and_burst() {
    // The quota is 20 a second, the burst 5, the tolerance 2.
    passes(&flooded("quota", vec![stream(80, &[(200, 25), (429, 55)], evenly(25))]));
    passes(&flooded("quota", vec![stream(80, &[(200, 27), (429, 53)], evenly(27))]));
    fails(
        &flooded("quota", vec![stream(80, &[(200, 28), (429, 52)], evenly(28))]),
        "at most 27 arrivals in any 1s, seen 28",
    );
    fails(&flooded("quota", vec![stream(80, &[(200, 25), (503, 55)], evenly(25))]), "429 for calls over the quota");
    fails(&flooded("quota", vec![stream(80, &[(200, 10), (429, 70)], evenly(10))]), "at least 15 arrivals, seen 10");
}

/// A stream of calls with these variations: how many were sent and served of each.
fn varied(seen: u64, variations: &[(&str, u64, u64)]) -> StreamReport {
    let made = |&(what, sent, served): &(&str, u64, u64)| Variation { what: what.to_owned(), sent, served };
    let variations = variations.iter().map(made).collect();
    StreamReport { variations, ..stream(80, &[(200, seen), (429, 80 - seen)], evenly(seen)) }
}

#[test]
fn finding_names_what_evaded_the_quota() {
    let bought = varied(40, &[("", 20, 6), ("the header x-real-ip", 20, 8), ("the header x-forwarded-for", 40, 38)]);
    let result = flooded("at-most", vec![bought]);
    fails(&result, "seen 40; bought by the header x-forwarded-for (38 of 40 served); without a change 6 of 20");
    let open_to_all = varied(80, &[("", 40, 40), ("the path spelled case", 40, 40)]);
    fails(&flooded("at-most", vec![open_to_all]), "seen 80; of those that were sent as they are, 40 of 40 served");
    passes(&flooded("at-most", vec![varied(25, &[("", 40, 13), ("the path spelled case", 40, 12)])]));
}

#[test]
fn too_few_admitted_calls_are_reported() {
    fails(&flooded("quota", vec![stream(80, &[(200, 10), (429, 70)], evenly(10))]), "seen 10, fewer than the quota");
}

/// The same step on a target whose limiter answers 503.
fn unavailable(rate: &str, streams: Vec<StreamReport>) -> ScenarioResult {
    let mut run = Run::answering("{ limited: 503 }", &step(rate));
    run.sent(1);
    run.flooded(1, streams, 0);
    run.settled(true)
}

#[test]
fn limiter_may_use_the_status_that_the_descriptor_names() {
    let limited = || vec![stream(80, &[(200, 25), (503, 55)], evenly(25))];
    passes(&unavailable("quota", limited()));
    fails(&flooded("quota", limited()), "429 for calls over the quota");
    passes(&unavailable("slowed", vec![stream(80, &[(401, 25), (503, 55)], Vec::new())]));
}

#[test]
fn missing_flood_shows_nothing() {
    for rate in ["quota", "isolated", "slowed", "retry-after"] {
        open(&attack(&step(rate), |_| {}), Reason::TooFewAnswers);
        open(&flooded(rate, Vec::new()), Reason::NothingDelivered);
        open(&flooded(rate, vec![stream(0, &[], Vec::new())]), Reason::NothingDelivered);
        open(&flooded(rate, vec![stream(80, &[(0, 80)], Vec::new())]), Reason::NoAnswer);
    }
}

/// A stream with a median call of 2 ms and a slowest one this much slower.
fn held_up(by_ms: u64, stream: StreamReport) -> StreamReport {
    StreamReport { latency_us: [2000, 2000, 2000 + by_ms * 1000], ..stream }
}

#[test]
fn load_not_sent_in_time_shows_nothing() {
    // A quarter of the window.
    let late = |rate: &str, streams: Vec<StreamReport>, us| attack(&step(rate), |run| run.flooded(1, streams, us));
    let limited = |refused| vec![stream(80, &[(200, 25), (429, refused)], evenly(25))];
    passes(&late("quota", limited(27), 250_000));
    open(&late("quota", limited(27), 250_001), Reason::GeneratorSaturated);
    // More than half of the 55 beyond the quota were refused, so the limiter was tested.
    passes(&late("quota", limited(28), 900_000));
    let unlimited = || vec![stream(80, &[(401, 80)], Vec::new())];
    // All guesses answered within twice the time still count as a flood.
    fails(&late("slowed", unlimited(), 1_000_000), "some of the flood answered 429");
    open(&late("slowed", unlimited(), 1_000_001), Reason::GeneratorSaturated);
    // Too many arrivals still count.
    fails(&late("quota", vec![stream(80, &[(200, 80)], evenly(80))], 900_000), "seen 80");
}

#[test]
fn result_that_a_stalling_machine_explains_is_open() {
    // Calls delayed by 100 ms may bring 2 more into a window of 20 a second.
    let peak =
        |by, seen| flooded("quota", vec![held_up(by, stream(80, &[(200, seen), (429, 80 - seen)], evenly(seen)))]);
    passes(&peak(100, 27));
    open(&peak(100, 29), Reason::GeneratorSaturated);
    fails(&peak(100, 30), "at most 27 arrivals in any 1s, seen 30");
    // The burst of 5 is 250 ms of the quota.
    let few = |by| flooded("quota", vec![held_up(by, stream(80, &[(200, 10), (429, 70)], evenly(10)))]);
    fails(&few(250), "at least 15 arrivals, seen 10");
    open(&few(251), Reason::GeneratorSaturated);
}

#[test]
fn bunched_calls_beside_a_flood_show_nothing() {
    // Half the quota beside the flood: 10 a second, so that the burst of 5 covers 500 ms.
    let step = "{ send: { op: read, as: alice }, flood: { rate: 4x, for: 1s, beside: [{ as: bob, rate: 0.5x }] }, \
                expect: { rate: isolated } }";
    let beside = |by| {
        let bob = held_up(by, stream(10, &[(200, 6), (429, 4)], evenly(6)));
        attack(step, |run| run.flooded(1, vec![stream(80, &[(200, 25), (429, 55)], evenly(25)), bob], 0))
    };
    fails(&beside(500), "10 of 10 served beside the flood, seen 6");
    open(&beside(501), Reason::GeneratorSaturated);
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
fn caller_who_waits_as_told_is_admitted() {
    passes(&returned(Some("1"), Some(200)));
    passes(&returned(Some("Wed, 25 Nov 2026 03:44:01 GMT"), Some(200)));
    fails(&returned(Some("1"), Some(429)), "to be admitted after `Retry-After: 1`, seen 429");
    fails(&returned(Some("Wed, 25 Nov 2026 03:44:01 GMT"), Some(429)), "to be admitted");
    open(&returned(Some("1"), None), Reason::NoAnswer);
    open(&returned(Some("1"), Some(0)), Reason::NoAnswer);
    open(&flooded("retry-after", vec![stream(80, &[(200, 80)], evenly(80))]), Reason::NothingDelivered);
}

#[test]
fn caller_two_seconds_early_is_refused() {
    let early = |early| {
        let limited = stream(80, &[(200, 25), (429, 55)], evenly(25));
        let told = StreamReport { retry_after: Some("6".to_owned()), early, returned: Some(200), ..limited };
        flooded("retry-after", vec![told])
    };
    passes(&early(None));
    passes(&early(Some(429)));
    passes(&early(Some(0)));
    fails(&early(Some(200)), "two seconds before `Retry-After: 6` has passed, seen 200");
}

#[test]
fn retry_after_says_when_and_soon() {
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
fn flood_of_guesses_is_slowed_and_others_are_served() {
    let beside = |served| stream(10, &[(200, served), (429, 10 - served)], evenly(served));
    let slowed = || stream(80, &[(401, 30), (429, 50)], Vec::new());
    passes(&flooded("slowed", vec![slowed(), beside(10)]));
    fails(&flooded("slowed", vec![slowed(), beside(4)]), "10 of 10 served beside the flood, seen 4");
    fails(&flooded("slowed", vec![stream(80, &[(401, 80)], Vec::new()), beside(10)]), "some of the flood answered 429");
}
