//! Rate limits: GCRA by governor, one bucket for each operation and subject.
//!
//! A bucket of `burst` that refills `quota` times a window admits at most quota and burst in any window.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};
use http::StatusCode;

use crate::problem::Refusal;
use crate::settings::{RateSettings, SettingsError};
use crate::weakness::{Weakness, Weaknesses};

/// Limits by operation.
pub(crate) struct Limiter(BTreeMap<String, DefaultKeyedRateLimiter<String>>);

impl Limiter {
    pub(crate) fn new(rates: &BTreeMap<String, RateSettings>) -> Result<Self, SettingsError> {
        let mut limiters = BTreeMap::new();
        for (operation, rate) in rates {
            let fail = || SettingsError::Rate(operation.clone());
            let burst = NonZeroU32::new(rate.burst.max(1)).ok_or_else(fail)?;
            let quota = NonZeroU32::new(rate.quota).ok_or_else(fail)?;
            let quota = Quota::with_period(Duration::from_millis(rate.window_ms) / quota.get())
                .ok_or_else(fail)?
                .allow_burst(burst);
            limiters.insert(operation.clone(), DefaultKeyedRateLimiter::keyed(quota));
        }
        Ok(Self(limiters))
    }

    /// Counts a call, or refuses it.
    pub(crate) fn admit(
        &self,
        operation: &str,
        subject: &str,
        forwarded: Option<&str>,
        weak: &Weaknesses,
    ) -> Result<(), Refusal> {
        let Some(limiter) = self.0.get(operation).filter(|_| !weak.has(Weakness::NoRateLimit)) else {
            return Ok(());
        };
        let key = match forwarded {
            Some(address) if weak.has(Weakness::RateKeyFromHeader) => address,
            _ if weak.has(Weakness::SharedRateLimit) => "",
            _ => subject,
        };
        limiter.check_key(&key.to_owned()).map_err(|until| {
            let wait = until.wait_time_from(DefaultClock::default().now());
            // Rounded up, so that who waits is admitted.
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            let seconds = if weak.has(Weakness::UntruthfulRetryAfter) { 86_400 } else { seconds.max(1) };
            Refusal { retry_after: Some(seconds), ..Refusal::new(StatusCode::TOO_MANY_REQUESTS, "quota") }
        })
    }
}
