//! When calls are due: rates over time, as data.

use std::time::Duration;

/// A time span in which the rate changes linearly, in calls per second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Leg {
    /// How long it lasts.
    pub lasts: Duration,
    /// The rate at its start.
    pub from: f64,
    /// The rate at its end.
    pub to: f64,
}

/// Legs in a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule(Vec<Leg>);

impl Leg {
    fn sends(&self) -> f64 {
        f64::midpoint(self.from, self.to) * self.lasts.as_secs_f64()
    }

    /// When this many calls of the leg have left, in seconds after its start.
    fn after(&self, sends: f64) -> f64 {
        let lasts = self.lasts.as_secs_f64();
        let slope = (self.to - self.from) / lasts.max(1e-9);
        // Numerically stable even if the rate hardly changes: 2n / (r + sqrt(r² + 2sn)).
        let root = (self.from * self.from + 2.0 * slope * sends).max(0.0).sqrt();
        (2.0 * sends / (self.from + root).max(1e-9)).min(lasts)
    }
}

impl Schedule {
    /// These legs; rates below zero count as zero.
    pub fn new(legs: impl IntoIterator<Item = Leg>) -> Self {
        let sound = |leg: Leg| Leg { from: leg.from.max(0.0), to: leg.to.max(0.0), ..leg };
        Self(legs.into_iter().map(sound).collect())
    }

    /// One rate.
    pub fn constant(rate: f64, lasts: Duration) -> Self {
        Self::ramp(rate, rate, lasts)
    }

    /// From one rate to another.
    pub fn ramp(from: f64, to: f64, lasts: Duration) -> Self {
        Self::new([Leg { lasts, from, to }])
    }

    /// One rate, another one for a fifth of the time in the middle, and the first again.
    pub fn spike(rate: f64, peak: f64, lasts: Duration) -> Self {
        let leg = |fifths, rate| Leg { lasts: lasts * fifths / 5, from: rate, to: rate };
        Self::new([leg(2, rate), leg(1, peak), leg(2, rate)])
    }

    /// `turns` times: this rate for the first half of a turn, and silence for the second.
    pub fn burst(rate: f64, turns: u32, lasts: Duration) -> Self {
        let half = |rate| Leg { lasts: lasts / (2 * turns.max(1)), from: rate, to: rate };
        Self::new((0..turns.max(1)).flat_map(|_| [half(rate), half(0.0)]))
    }

    /// How long it lasts.
    pub fn lasts(&self) -> Duration {
        self.0.iter().map(|leg| leg.lasts).sum()
    }

    /// The number of its calls.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count above zero, far below 2^52")]
    pub fn total(&self) -> u64 {
        // Rounding errors must not reduce a whole number.
        (self.0.iter().map(Leg::sends).sum::<f64>() + 1e-6).floor() as u64
    }

    /// When call `number` is due after the start; the first is number 0.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    pub fn due(&self, number: u64) -> Duration {
        let mut left = number as f64;
        let mut begin = Duration::ZERO;
        for leg in &self.0 {
            if left < leg.sends() {
                return begin + Duration::from_secs_f64(leg.after(left));
            }
            left -= leg.sends();
            begin += leg.lasts;
        }
        begin
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn within(schedule: &Schedule, from_ms: u64, to_ms: u64) -> usize {
        let range = Duration::from_millis(from_ms)..Duration::from_millis(to_ms);
        (0..schedule.total()).filter(|n| range.contains(&schedule.due(*n))).count()
    }

    #[test]
    fn constant_rate_is_even() {
        let schedule = Schedule::constant(1000.0, SECOND);
        assert_eq!((schedule.total(), schedule.due(0), schedule.due(500)), (1000, Duration::ZERO, SECOND / 2));
    }

    #[test]
    fn shapes_send_when_they_should() {
        let ramp = Schedule::ramp(0.0, 2000.0, SECOND);
        assert_eq!((ramp.total(), within(&ramp, 0, 500)), (1000, 250));
        let spike = Schedule::spike(100.0, 1000.0, SECOND);
        assert_eq!((within(&spike, 0, 400), within(&spike, 400, 600), within(&spike, 600, 1001)), (40, 200, 40));
        let burst = Schedule::burst(1000.0, 5, SECOND);
        assert_eq!((burst.total(), within(&burst, 0, 100), within(&burst, 101, 200)), (500, 100, 0));
    }

    proptest::proptest! {
        #[test]
        fn calls_are_in_order_and_in_time(legs in proptest::collection::vec((1_u64..2000, 0.0..5000.0, 0.0..5000.0), 1..5)) {
            let schedule = Schedule::new(legs.into_iter().map(|(ms, from, to)| Leg { lasts: Duration::from_millis(ms), from, to }));
            let due: Vec<Duration> = (0..schedule.total()).map(|n| schedule.due(n)).collect();
            proptest::prop_assert!(due.is_sorted());
            proptest::prop_assert!(due.last().is_none_or(|last| *last <= schedule.lasts()));
        }
    }
}
