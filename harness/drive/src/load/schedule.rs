//! When sends are due: one rate, for some time.

use std::time::Duration;

/// Sends at an even rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Schedule {
    /// Sends a second; not below zero.
    rate: f64,
    lasts: Duration,
}

impl Schedule {
    /// So many sends a second, for so long; a rate below zero counts as zero.
    pub fn constant(rate: f64, lasts: Duration) -> Self {
        Self { rate: rate.max(0.0), lasts }
    }

    /// How long it lasts.
    pub fn lasts(&self) -> Duration {
        self.lasts
    }

    /// The number of its calls.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count above zero, far below 2^52")]
    pub fn total(&self) -> u64 {
        // What rounding takes from a whole number is given back.
        (self.rate * self.lasts.as_secs_f64() + 1e-6).floor() as u64
    }

    /// When call `number` is due after the start; the first is number 0.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    pub fn due(&self, number: u64) -> Duration {
        let seconds = number as f64 / self.rate.max(1e-9);
        Duration::from_secs_f64(seconds.min(self.lasts.as_secs_f64()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn constant_rate_is_even() {
        let schedule = Schedule::constant(1000.0, SECOND);
        assert_eq!((schedule.total(), schedule.due(0), schedule.due(500)), (1000, Duration::ZERO, SECOND / 2));
    }

    #[test]
    fn a_rate_of_nothing_sends_nothing() {
        for rate in [0.0, -1.0] {
            let schedule = Schedule::constant(rate, SECOND);
            assert_eq!((schedule.total(), schedule.due(1)), (0, SECOND));
        }
    }

    proptest::proptest! {
        #[test]
        fn sends_are_in_order_and_in_time(rate in 0.0..5000.0, ms in 1_u64..4000) {
            let schedule = Schedule::constant(rate, Duration::from_millis(ms));
            let due: Vec<Duration> = (0..schedule.total()).map(|n| schedule.due(n)).collect();
            proptest::prop_assert!(due.is_sorted());
            proptest::prop_assert!(due.last().is_none_or(|last| *last <= schedule.lasts()));
        }
    }
}
