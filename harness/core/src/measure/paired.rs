//! Paired differences with their confidence intervals.
//!
//! Each round is measured with and without, one directly after the other and in alternating order, so that slow drift
//! affects both and cancels out. The interval is the percentile bootstrap of the median difference (B. Efron and R. J.
//! Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13).

use schemars::JsonSchema;
use serde::Serialize;

/// Resamples: enough that the ends of the interval move by less than a hundredth of its width.
const RESAMPLES: usize = 10_000;

/// A value and its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Estimate {
    /// The median of the differences.
    pub value: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// The fewest rounds whose range contains the median nineteen times in twenty: 1 - 2 * 0.5^6 is 0.97.
pub const FEWEST: u16 = 6;

/// The median of these differences with its interval; zero if there are none. The same differences give the same
/// interval.
pub fn paired(differences: &[f64]) -> Estimate {
    let mut random = SplitMix(0x5eed);
    let mut medians: Vec<f64> = (0..RESAMPLES)
        .map(|_| median((0..differences.len()).filter_map(|_| random.pick(differences)).collect()))
        .collect();
    medians.sort_by(f64::total_cmp);
    let at = |index: usize| medians.get(index).copied().unwrap_or_default();
    Estimate { value: median(differences.to_vec()), low: at(RESAMPLES / 40), high: at(RESAMPLES - RESAMPLES / 40 - 1) }
}

/// The middle value; zero if there is none.
pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let at = |index: usize| values.get(index).copied().unwrap_or_default();
    if values.len().is_multiple_of(2) { f64::midpoint(at(middle.saturating_sub(1)), at(middle)) } else { at(middle) }
}

/// `SplitMix64` (G. L. Steele, D. Lea and C. H. Flood, Fast splittable pseudorandom number generators, 2014).
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn pick(&mut self, values: &[f64]) -> Option<f64> {
        let count = u64::try_from(values.len()).ok().filter(|count| *count > 0)?;
        values.get(usize::try_from(self.next() % count).ok()?).copied()
    }
}
