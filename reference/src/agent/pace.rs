//! When to ask an API again: after its `Retry-After` (RFC 9110 section 10.2.3), else after growing pauses.

use std::time::Duration;

use http::{HeaderMap, header};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use ring::rand::{SecureRandom as _, SystemRandom};

/// The first pause; each further one is twice as long.
const FIRST: Duration = Duration::from_millis(50);
/// Pauses don't double more often than this.
const DOUBLINGS: u32 = 6;

/// How long an answer asks to wait; none if it does not say so readably.
pub(super) fn asked(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let mut values = headers.get_all(header::RETRY_AFTER).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let text = value.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        // A number too large to parse still asks for a wait, one that is never granted.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    if !text.ends_with(" GMT") {
        return None;
    }
    let date = DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Duration::try_from(date.duration_since(now)).unwrap_or(Duration::ZERO))
}

/// The pause after this many attempts: doubled each time, plus up to a quarter, so that agents do not retry at the same
/// time.
pub(super) fn pause(attempts: u32, random: &SystemRandom) -> Duration {
    let steady = FIRST * 2_u32.pow(attempts.saturating_sub(1).min(DOUBLINGS));
    let mut byte = [0];
    // If there is no randomness, the pause has no random part.
    let _ = random.fill(&mut byte);
    steady + steady * u32::from(byte[0]) / 1024
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn wait(values: &[&'static str]) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::RETRY_AFTER, HeaderValue::from_static(value));
        }
        asked(&headers, "1994-11-06T08:49:35Z".parse().unwrap())
    }

    #[test]
    fn seconds_and_dates_are_read() {
        assert_eq!(wait(&["0"]), Some(Duration::ZERO));
        assert_eq!(wait(&["30"]), Some(Duration::from_secs(30)));
        assert_eq!(wait(&["Sun, 06 Nov 1994 08:49:37 GMT"]), Some(Duration::from_secs(2)));
        assert_eq!(wait(&["Sun, 06 Nov 1994 08:49:30 GMT"]), Some(Duration::ZERO));
        assert_eq!(wait(&["99999999999999999999999999"]), Some(Duration::from_secs(u64::MAX)));
    }

    #[test]
    fn malformed_retry_after_is_ignored() {
        for value in ["", "-5", "soon", "1e12", "1.5", "2 s", "Sun, 99 Nov 1994 08:49:37 GMT"] {
            assert_eq!(wait(&[value]), None, "{value}");
        }
        assert_eq!(wait(&["1", "2"]), None);
        assert_eq!(wait(&[]), None);
    }

    #[test]
    fn pauses_grow() {
        let random = SystemRandom::new();
        for attempt in 1..6 {
            let (one, next) = (pause(attempt, &random), pause(attempt + 1, &random));
            assert!(next > one && one >= FIRST * 2_u32.pow(attempt - 1), "{one:?} {next:?}");
        }
        assert!(pause(u32::MAX, &random) <= FIRST * 80);
    }
}
