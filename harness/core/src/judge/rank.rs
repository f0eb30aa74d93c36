//! The rank test of Mann and Whitney: two samples come in; how far apart they are goes out.
//!
//! H. B. Mann and D. R. Whitney, On a test of whether one of two random variables is stochastically larger than the
//! other, Annals of Mathematical Statistics 18 (1947). It assumes no distribution of times, and one slow answer among
//! hundreds has no special weight.

/// What two samples show.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ranks {
    /// The medians.
    pub(super) medians: (u64, u64),
    /// By how many standard deviations the first sample ranks above chance. For equal distributions it is normally
    /// distributed from 20 values each.
    pub(super) z: f64,
}

/// Ranks two samples together. Equal values share their rank.
pub(super) fn rank(one: &[u64], other: &[u64]) -> Ranks {
    let mut all: Vec<(u64, bool)> = one.iter().map(|value| (*value, true)).collect();
    all.extend(other.iter().map(|value| (*value, false)));
    all.sort_unstable();
    let (n, m) = (count(one.len()), count(other.len()));
    let (mut sum, mut ties, mut before) = (0.0, 0.0, 0.0);
    for same in all.chunk_by(|a, b| a.0 == b.0) {
        let size = count(same.len());
        let mine = count(same.iter().filter(|(_, first)| *first).count());
        sum += mine * (before + f64::midpoint(size, 1.0));
        ties += size * size * size - size;
        before += size;
    }
    let u = sum - n * (n + 1.0) / 2.0;
    let total = n + m;
    let variance = n * m / 12.0 * (total + 1.0 - ties / (total * (total - 1.0)).max(1.0));
    let z = if variance > 0.0 { (u - n * m / 2.0) / variance.sqrt() } else { 0.0 };
    Ranks { medians: (median(one), median(other)), z }
}

fn count(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}

fn median(values: &[u64]) -> u64 {
    let mut values = values.to_vec();
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn small_example_matches_hand_calculation() {
        // Ranks of the first: 1, 2, 4 and 6, so U is 13 - 10 = 3; variance 4 * 4 * 9 / 12 = 12.
        let ranks = rank(&[1, 2, 4, 6], &[3, 5, 7, 8]);
        assert!((ranks.z - (3.0 - 8.0) / 12.0_f64.sqrt()).abs() < 1e-12, "{ranks:?}");
        assert_eq!(ranks.medians, (4, 7));
        // With ties: ranks 1.5, 3.5 | 1.5, 3.5; no difference.
        assert!(rank(&[1, 2], &[1, 2]).z.abs() < 1e-12);
        assert!(rank(&[5, 5], &[5, 5]).z.abs() < 1e-12 && rank(&[], &[1]).z.abs() < 1e-12);
    }

    #[test]
    fn shift_is_found_and_one_outlier_is_not() {
        let base: Vec<u64> = (0..200).map(|n| 300 + n * 37 % 101).collect();
        let shifted: Vec<u64> = base.iter().map(|value| value + 50).collect();
        assert!(rank(&shifted, &base).z > 7.0);
        let mut odd = base.clone();
        odd[7] = 900_000;
        assert!(rank(&odd, &base).z.abs() < 1.0);
    }

    proptest! {
        #[test]
        fn order_of_samples_is_the_sign(one in prop::collection::vec(0_u64..50, 1..40), other in prop::collection::vec(0_u64..50, 1..40)) {
            let (there, back) = (rank(&one, &other), rank(&other, &one));
            prop_assert!((there.z + back.z).abs() < 1e-9);
            prop_assert!(rank(&one, &one).z.abs() < 1e-9);
        }
    }
}
