//! How far a share of few cases may be from the true share: exact intervals of Clopper and Pearson (1934).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A share of the counted cases, with its 95 % confidence interval.
///
/// The interval is exact, so it holds for few cases and for shares of 0 and 1. It is about payloads like the counted
/// ones, not about all attacks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// From 0 to 1, like the two others; four digits.
    pub share: f64,
    /// The interval's lower end.
    pub low: f64,
    /// The interval's upper end.
    pub high: f64,
}

/// The probability outside the interval at each end: 95 % lie inside.
const TAIL: f64 = 0.025;

/// Outcomes this much less likely than the likeliest add nothing to a sum of doubles.
const NOTHING: f64 = 1e-20;

/// Steps of bisection: more than the digits of a double that are kept.
const STEPS: u32 = 40;

impl Share {
    /// The share of `part` in `whole`; none if nothing was counted.
    pub fn of(part: u64, whole: u64) -> Option<Self> {
        let (part, whole) = (float(part), float(whole));
        (whole > 0.0).then(|| Self {
            share: round(part / whole),
            low: if part > 0.0 { round(halve(|p| 1.0 - at_most(part - 1.0, whole, p) < TAIL)) } else { 0.0 },
            high: if part < whole { round(halve(|p| at_most(part, whole, p) > TAIL)) } else { 1.0 },
        })
    }
}

/// Counts are far below 2^32, the largest that fits.
fn float(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

fn round(share: f64) -> f64 {
    (share * 10_000.0).round() / 10_000.0
}

/// Where `below` becomes false between 0 and 1.
fn halve(below: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..STEPS {
        let middle = f64::midpoint(low, high);
        if below(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// The probability that at most `k` of `n` trials succeed, each with probability `p`. Outcomes are computed relative to
/// the likeliest one by ratios of neighbours, so that nothing overflows and the result is the same on every machine.
fn at_most(k: f64, n: f64, p: f64) -> f64 {
    let odds = p / (1.0 - p);
    let likeliest = ((n + 1.0) * p).floor().min(n);
    let (mut within, mut all) = (0.0, 0.0);
    let mut add = |i: f64, weight: f64| {
        all += weight;
        within += if i <= k { weight } else { 0.0 };
    };
    let (mut i, mut weight) = (likeliest, 1.0);
    while i <= n && weight > NOTHING {
        add(i, weight);
        weight *= (n - i) / (i + 1.0) * odds;
        i += 1.0;
    }
    (i, weight) = (likeliest, 1.0);
    while i > 0.0 && weight > NOTHING {
        weight *= i / (n - i + 1.0) / odds;
        i -= 1.0;
        add(i, weight);
    }
    within / all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Computed independently of this code, by summing the binomial terms.
    #[test]
    fn intervals_are_exact() {
        for (part, whole, low, high) in [
            (0, 10, 0.0, 0.3085),
            (1, 10, 0.0025, 0.4450),
            (5, 10, 0.1871, 0.8129),
            (10, 10, 0.6915, 1.0),
            (1, 1, 0.0250, 1.0),
            (50, 100, 0.3983, 0.6017),
            (95, 100, 0.8872, 0.9836),
        ] {
            let seen = Share::of(part, whole).unwrap();
            assert_eq!((seen.low, seen.high), (low, high), "{part} of {whole}");
        }
        assert_eq!(Share::of(0, 0), None);
    }

    #[test]
    fn ends_have_a_closed_form() {
        for whole in [1, 7, 183, 10_000, 1_000_000] {
            let edge = TAIL.powf(1.0 / float(whole));
            assert_eq!(Share::of(whole, whole), Some(Share { share: 1.0, low: round(edge), high: 1.0 }));
            assert_eq!(Share::of(0, whole), Some(Share { share: 0.0, low: 0.0, high: round(1.0 - edge) }));
        }
    }

    /// The probability that exactly `k` of `n` succeed.
    fn exactly(k: u32, n: u32, p: f64) -> f64 {
        let ways = (0..k).fold(1.0, |ways, i| ways * f64::from(n - i) / f64::from(i + 1));
        ways * p.powf(f64::from(k)) * (1.0 - p).powf(f64::from(n - k))
    }

    proptest! {
        /// The definition of exactness: whatever the true share, at least 95 of 100 intervals contain it.
        #[test]
        fn true_share_is_inside_as_often_as_promised(n in 1..40_u32, p in 0.001..0.999_f64) {
            let inside = |k: &u32| {
                let seen = Share::of(u64::from(*k), u64::from(n)).unwrap();
                // Rounding to four digits may move an end by half a digit.
                seen.low - 0.0001 <= p && p <= seen.high + 0.0001
            };
            let covered: f64 = (0..=n).filter(inside).map(|k| exactly(k, n, p)).sum();
            prop_assert!(covered >= 0.95, "{covered}");
        }

        #[test]
        fn interval_contains_the_share_and_is_symmetric(part in 0..5_000_u64, more in 0..5_000_u64) {
            prop_assume!(part + more > 0);
            let seen = Share::of(part, part + more).unwrap();
            prop_assert!(0.0 <= seen.low && seen.low <= seen.share && seen.share <= seen.high && seen.high <= 1.0);
            let rest = Share::of(more, part + more).unwrap();
            prop_assert!((seen.low + rest.high - 1.0).abs() < 0.00011);
        }
    }
}
