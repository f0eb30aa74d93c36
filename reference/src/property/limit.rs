//! Compares the limiter with a model.

use std::collections::BTreeMap;
use std::time::Duration;

use arbitrary::Arbitrary;
use governor::clock::FakeRelativeClock;
use http::{HeaderMap, header};

use crate::given::given;
use crate::limiter::Limiter;
use crate::policy::Grant;
use crate::settings::RateSettings;
use crate::weakness::Weaknesses;

/// A rate, and who calls when.
#[derive(Debug, Arbitrary)]
struct Given {
    quota: u16,
    window: Window,
    burst: u8,
    calls: Vec<(Gap, u8)>,
}

#[derive(Debug, Clone, Copy, Arbitrary)]
enum Window {
    Second,
    Minute,
    Millis(u16),
}

/// The time until the next call.
#[derive(Debug, Clone, Copy, Arbitrary)]
enum Gap {
    None,
    /// This many refills, plus or minus some nanoseconds.
    Refills(u8, i8),
    Nanos(u32),
    Millis(u16),
}

/// A bucket in nanoseconds of credit: a call costs one refill.
struct Bucket {
    credit: u64,
    at: u64,
    admitted: Vec<u64>,
}

/// For all arrivals, the limiter admits exactly what a simple token bucket admits: at most quota plus burst in any
/// window, and not less. A caller who waits as long as told is admitted.
pub fn limiter(data: &[u8]) {
    let Some(given) = given::<Given>(data) else { return };
    let window_ms = match given.window {
        Window::Second => 1000,
        Window::Minute => 60_000,
        Window::Millis(ms) => u64::from(ms),
    };
    let rate = RateSettings { quota: given.quota.into(), window_ms, burst: (given.burst % 16).into() };
    let (quota, window, burst) = (u64::from(rate.quota), window_ms * 1_000_000, u64::from(rate.burst.max(1)));
    let grant = Grant { roles: Vec::new(), scopes: Vec::new(), rate: Some(rate), owned: BTreeMap::new() };
    let clock = FakeRelativeClock::default();
    let limiter = Limiter::by(&clock, &BTreeMap::from([("quote".to_owned(), grant)]));
    let Ok(limiter) = limiter else {
        assert!(quota == 0 || window_ms == 0, "a rate that can be kept is refused: {given:?}");
        return;
    };
    let refill = window.div_ceil(quota);
    let mut now = 0;
    let mut buckets: BTreeMap<u8, Bucket> = BTreeMap::new();
    for (gap, who) in given.calls.iter().take(512) {
        let gap = gap.nanos(refill);
        clock.advance(Duration::from_nanos(gap));
        now += gap;
        let who = who % 3;
        let bucket = buckets.entry(who).or_insert(Bucket { credit: burst * refill, at: now, admitted: Vec::new() });
        bucket.credit = bucket.credit.saturating_add(now - bucket.at).min(burst * refill);
        bucket.at = now;
        let (told, fields) = limiter.admit("quote", &who.to_string(), ("/", None), &Weaknesses::default());
        assert_eq!(told.is_ok(), bucket.credit >= refill, "at {now} ns with {} of {refill}", bucket.credit);
        if told.is_ok() {
            bucket.credit -= refill;
            bucket.admitted.push(now);
            assert_eq!(field(&fields, "r"), bucket.credit / refill, "what is left is told wrongly: {fields:?}");
        } else {
            let wait = fields.get(header::RETRY_AFTER).and_then(|wait| wait.to_str().ok()?.parse::<u64>().ok());
            let wait = wait.expect("a refusal says when to come back");
            let enough = (refill - bucket.credit).div_ceil(1_000_000_000).max(1);
            assert_eq!(wait, enough, "Retry-After, with {} of {refill} ns", bucket.credit);
        }
    }
    for bucket in buckets.values() {
        for (first, begun) in bucket.admitted.iter().enumerate() {
            let within = bucket.admitted.iter().skip(first).take_while(|at| **at - begun < window).count();
            assert!(u64::try_from(within).unwrap() <= quota + burst, "{within} in a window: {given:?}");
        }
    }
}

/// The value of a key of `RateLimit`.
fn field(fields: &HeaderMap, key: &str) -> u64 {
    let text = fields.get("ratelimit").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let number = text.split(';').find_map(|part| part.strip_prefix(key)?.strip_prefix('=')?.parse().ok());
    number.expect("a number of calls that are left")
}

impl Gap {
    fn nanos(self, refill: u64) -> u64 {
        match self {
            Self::None => 0,
            Self::Refills(times, more) => (refill * u64::from(times % 8)).saturating_add_signed((more % 3).into()),
            Self::Nanos(nanos) => nanos.into(),
            Self::Millis(millis) => u64::from(millis) * 1_000_000,
        }
    }
}
