//! Rate limits: GCRA by governor, one bucket for each operation and principal.
//!
//! A bucket of `burst` that refills `quota` times per window admits at most quota plus burst in any window. The answer
//! says what is left, in the fields of draft-ietf-httpapi-ratelimit-headers-10.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::{NoOpMiddleware, StateInformationMiddleware};
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use crate::policy::Grant;
use crate::problem::Refusal;
use crate::settings::{RateSettings, SettingsError};
use crate::weakness::{Weakness, Weaknesses};

type Keyed<K, M, C = DefaultClock> = RateLimiter<K, DefaultKeyedStateStore<K>, C, M>;

/// Limits by operation, by the system's clock or another.
pub(crate) struct Limiter<C: Clock = DefaultClock>(BTreeMap<String, Limit<C>>);

/// One operation's limit.
struct Limit<C: Clock> {
    buckets: Keyed<String, StateInformationMiddleware, C>,
    name: String,
    burst: u32,
    /// Seconds between two refills.
    refill: f64,
    policy: HeaderValue,
}

/// Header fields about a decision.
pub(crate) type Fields = HeaderMap;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const STATE: HeaderName = HeaderName::from_static("ratelimit");

impl Limiter {
    pub(crate) fn new(grants: &BTreeMap<String, Grant>) -> Result<Self, SettingsError> {
        Self::by(&DefaultClock::default(), grants)
    }
}

impl<C: Clock + Clone> Limiter<C> {
    /// A limiter with this clock.
    pub(crate) fn by(clock: &C, grants: &BTreeMap<String, Grant>) -> Result<Self, SettingsError> {
        let rates = grants.iter().filter_map(|(name, grant)| Some((name, grant.rate.as_ref()?)));
        rates.map(|(name, rate)| Ok((name.clone(), Limit::new(name, rate, clock)?))).collect::<Result<_, _>>().map(Self)
    }

    /// Counts a call; says whether it may continue, and the answer's header fields either way.
    pub(crate) fn admit(
        &self,
        operation: &str,
        principal: &str,
        (path, forwarded): (&str, Option<&str>),
        weak: &Weaknesses,
    ) -> (Result<(), Refusal>, Fields) {
        let mut fields = Fields::new();
        let anonymous = principal.ends_with(":anonymous") && weak.has(Weakness::NoAuthentication);
        let counted = !weak.has(Weakness::NoRateLimit) && !anonymous;
        let Some(limit) = self.0.get(operation).filter(|_| counted) else {
            return (Ok(()), fields);
        };
        let key = match forwarded {
            Some(address) if weak.has(Weakness::RateKeyFromHeader) => address.to_owned(),
            _ if weak.has(Weakness::SharedRateLimit) => String::new(),
            _ if weak.has(Weakness::RateKeyFromPath) => format!("{principal} {path}"),
            _ => principal.to_owned(),
        };
        fields.insert(POLICY, limit.policy.clone());
        match limit.buckets.check_key(&key) {
            Ok(state) => {
                let left = state.remaining_burst_capacity();
                // Time until the bucket is full again.
                let full = f64::from(limit.burst.saturating_sub(left)) * limit.refill;
                let left = i64::from(left) - if weak.has(Weakness::WrongRateFields) { 1000 } else { 0 };
                limit.say(&mut fields, left, up(Duration::from_secs_f64(full)));
                (Ok(()), fields)
            }
            Err(until) => {
                let wait = up(until.wait_time_from(limit.buckets.clock().now()));
                limit.say(&mut fields, 0, wait);
                let wait = match weak {
                    weak if weak.has(Weakness::UntruthfulRetryAfter) => 86_400,
                    weak if weak.has(Weakness::OverstatedRetryAfter) => wait + 5,
                    _ => wait,
                };
                fields.insert(header::RETRY_AFTER, HeaderValue::from(wait));
                (Err(Refusal::new(StatusCode::TOO_MANY_REQUESTS, "quota")), fields)
            }
        }
    }

    /// Forgets callers whose bucket is full again.
    pub(crate) fn forget(&self) {
        for limit in self.0.values() {
            limit.buckets.retain_recent();
            limit.buckets.shrink_to_fit();
        }
    }
}

impl<C: Clock + Clone> Limit<C> {
    fn new(name: &str, rate: &RateSettings, clock: &C) -> Result<Self, SettingsError> {
        let (quota, refill) = quota(name, rate)?;
        // The field counts whole seconds. A window of part of a second is extended to whole ones, with its quota.
        let window = rate.window_ms.div_ceil(1000);
        let scaled = u64::from(rate.quota) * window * 1000 / rate.window_ms;
        let policy = HeaderValue::from_str(&format!("\"{name}\";q={scaled};w={window}"));
        Ok(Self {
            buckets: RateLimiter::new(quota, DefaultKeyedStateStore::default(), clock.clone()),
            name: name.to_owned(),
            burst: rate.burst.max(1),
            refill: refill.as_secs_f64(),
            policy: policy.map_err(|_| SettingsError::Rate(name.to_owned()))?,
        })
    }

    fn say(&self, fields: &mut Fields, left: i64, seconds: u64) {
        if let Ok(value) = HeaderValue::from_str(&format!("\"{}\";r={left};t={seconds}", self.name)) {
            fields.insert(STATE, value);
        }
    }
}

/// Wrong credentials by peer. A peer that sends too many has to wait.
pub(crate) struct Guesses(Keyed<String, NoOpMiddleware>);

impl Guesses {
    pub(crate) fn new(rate: &RateSettings) -> Result<Self, SettingsError> {
        Ok(Self(RateLimiter::keyed(quota("wrong_credentials", rate)?.0)))
    }

    /// Counts a wrong credential; returns the seconds to wait if there were too many.
    pub(crate) fn count(&self, peer: &str) -> Result<(), u64> {
        self.0.check_key(&peer.to_owned()).map_err(|until| up(until.wait_time_from(DefaultClock::default().now())))
    }

    /// Forgets old peers.
    pub(crate) fn forget(&self) {
        self.0.retain_recent();
        self.0.shrink_to_fit();
    }
}

/// The bucket of a rate, and the time between two refills.
fn quota(name: &str, rate: &RateSettings) -> Result<(Quota, Duration), SettingsError> {
    let fail = || SettingsError::Rate(name.to_owned());
    let burst = NonZeroU32::new(rate.burst.max(1)).ok_or_else(fail)?;
    let quota = NonZeroU32::new(rate.quota).ok_or_else(fail)?;
    // Rounded up: shorter refills would fit more than the quota into a window.
    let nanos = Duration::from_millis(rate.window_ms).as_nanos();
    let nanos = nanos.div_ceil(quota.get().into());
    let nanos = u64::try_from(nanos).map_err(|_| fail())?;
    // governor counts the whole bucket in nanoseconds of 64 bits.
    nanos.checked_mul(burst.get().into()).ok_or_else(fail)?;
    let refill = Duration::from_nanos(nanos);
    Ok((Quota::with_period(refill).ok_or_else(fail)?.allow_burst(burst), refill))
}

/// Whole seconds, at least one, rounded up so that a caller who waits is admitted.
fn up(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(quota: u32, window_ms: u64, burst: u32) -> Limiter {
        let rate = Some(RateSettings { quota, window_ms, burst });
        Limiter::new(&BTreeMap::from([(
            "quote".to_owned(),
            Grant { roles: Vec::new(), scopes: Vec::new(), rate, owned: BTreeMap::new() },
        )]))
        .unwrap()
    }

    #[test]
    fn bucket_that_takes_centuries_to_fill_is_refused() {
        let day = RateSettings { quota: 1, window_ms: 86_400_000, burst: 1_000 };
        assert!(quota("quote", &day).is_ok());
        assert!(quota("quote", &RateSettings { burst: 1_000_000, ..day }).is_err());
    }

    #[test]
    fn inactive_callers_are_forgotten() {
        let limiter = limiter(1000, 1, 1);
        let weak = Weaknesses::default();
        for n in 0..100 {
            assert!(limiter.admit("quote", &n.to_string(), ("/", None), &weak).0.is_ok());
        }
        // A bucket is full again after a microsecond.
        let begun = std::time::Instant::now();
        while !limiter.0["quote"].buckets.is_empty() && begun.elapsed() < Duration::from_secs(20) {
            limiter.forget();
        }
        assert!(limiter.0["quote"].buckets.is_empty());
    }

    #[test]
    fn window_of_part_of_a_second_is_reported_in_whole_seconds() {
        let (_, fields) = limiter(10, 500, 2).admit("quote", "a", ("/", None), &Weaknesses::default());
        assert_eq!(
            (&fields[POLICY], &fields[STATE]),
            (&"\"quote\";q=20;w=1".parse().unwrap(), &"\"quote\";r=1;t=1".parse().unwrap())
        );
    }

    #[test]
    fn quota_that_does_not_divide_its_window_is_kept() {
        // 1 s / 100,003 is 9,999.7 ns.
        let rate = RateSettings { quota: 100_003, window_ms: 1000, burst: 1 };
        assert_eq!(quota("quote", &rate).unwrap().1, Duration::from_micros(10));
    }

    #[test]
    fn impossible_rate_is_an_error() {
        for (quota, window_ms) in [(0, 1000), (1, 0)] {
            let rate = RateSettings { quota, window_ms, burst: 1 };
            assert!(Guesses::new(&rate).is_err(), "{rate:?}");
        }
    }
}
