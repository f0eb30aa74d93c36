//! `Retry-After` (RFC 9110 section 10.2.3): a number of seconds, or an HTTP date.
//!
//! In: the field's text and the time of the answer. Out: how long to wait. The driver waits by it and the judge
//! measures by it, so both parse it the same way.

use std::time::{Duration, SystemTime};

/// Why a `Retry-After` does not say when to come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RetryAfterError {
    /// It has neither of the two forms.
    #[error("it is neither a number of seconds nor an HTTP date")]
    Form,
    /// It is a date before the answer's time.
    #[error("it is a date in the past")]
    Past,
    /// It is a date, but the answer's time is unknown.
    #[error("it is a date, and the answer has none to compare it with")]
    Undated,
}

/// How long `text` asks to wait. A date is measured from the answer's own `Date`, so that the target's clock may be
/// wrong, or from `now` if the answer has no readable one. Both count whole seconds, as dates do.
pub fn retry_after(text: &str, date: Option<&str>, now: Option<SystemTime>) -> Result<Duration, RetryAfterError> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More seconds than fit are as absurd as the most that fit.
        return Ok(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let then = Some(text).filter(|text| is_date(text)).and_then(|text| httpdate::parse_http_date(text).ok());
    let then = then.ok_or(RetryAfterError::Form)?;
    let made = date.and_then(|date| httpdate::parse_http_date(date).ok()).or(now).ok_or(RetryAfterError::Undated)?;
    let seconds = |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    seconds(then).checked_sub(seconds(made)).map(Duration::from_secs).ok_or(RetryAfterError::Past)
}

/// Whether a text has one of the three forms of RFC 9110 section 5.6.7; the parser ignores some separators.
fn is_date(text: &str) -> bool {
    let kind = |c: char| match c {
        '0'..='9' => '0',
        'A'..='Z' | 'a'..='z' => 'a',
        other => other,
    };
    let form: String = text.chars().map(kind).collect();
    let fixed = ["aaa, 00 aaa 0000 00:00:00 aaa", "aaa aaa 00 00:00:00 0000", "aaa aaa  0 00:00:00 0000"];
    fixed.contains(&form.as_str()) || form.trim_start_matches('a') == ", 00-aaa-00 00:00:00 aaa"
}

/// A time in HTTP's form, such as `Wed, 25 Nov 2026 03:44:00 GMT`; times before 1970 become 1970.
pub fn http_date(time: SystemTime) -> String {
    httpdate::fmt_http_date(time.max(SystemTime::UNIX_EPOCH))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MADE: &str = "Wed, 25 Nov 2026 03:44:00 GMT";

    fn wait(text: &str) -> Result<u64, RetryAfterError> {
        retry_after(text, Some(MADE), None).map(|wait| wait.as_secs())
    }

    #[test]
    fn seconds_and_all_three_date_forms_are_read() {
        assert_eq!(wait("0"), Ok(0));
        assert_eq!(wait(" 120 "), Ok(120));
        assert_eq!(wait("Wed, 25 Nov 2026 03:44:07 GMT"), Ok(7));
        assert_eq!(wait("Wednesday, 25-Nov-26 03:45:00 GMT"), Ok(60));
        assert_eq!(wait("Wednesday, 25-Nov-26:03:45:00 GMT"), Err(RetryAfterError::Form));
        assert_eq!(wait("Wed Nov 25 03:44:01 2026"), Ok(1));
        assert_eq!(wait(MADE), Ok(0));
    }

    #[test]
    fn invalid_or_past_times_are_refused() {
        for text in
            ["", "soon", "-1", "+1", "1.5", "1s", "0x1", "Wed, 31 Nov 2026 03:44:00 GMT", "2026-11-25T03:44:00Z"]
        {
            assert_eq!(wait(text), Err(RetryAfterError::Form), "{text}");
        }
        assert_eq!(wait("Wed, 25 Nov 2026 03:43:59 GMT"), Err(RetryAfterError::Past));
        assert_eq!(wait("99999999999999999999999"), Ok(u64::MAX));
    }

    #[test]
    fn without_a_date_header_the_given_time_counts() {
        let now = httpdate::parse_http_date(MADE).unwrap() + Duration::from_millis(900);
        let later = "Wed, 25 Nov 2026 03:44:02 GMT";
        assert_eq!(retry_after(later, None, Some(now)), Ok(Duration::from_secs(2)));
        assert_eq!(retry_after(MADE, Some("no date"), Some(now)), Ok(Duration::ZERO));
        assert_eq!(retry_after(later, Some(MADE), Some(now + Duration::from_secs(99))), Ok(Duration::from_secs(2)));
        assert_eq!(retry_after(later, None, None), Err(RetryAfterError::Undated));
        assert_eq!(retry_after("3", None, None), Ok(Duration::from_secs(3)));
    }

    proptest! {
        #[test]
        fn date_is_as_far_away_as_it_was_written(made in 0_u64..4_000_000_000, wait in 0_u64..1_000_000) {
            let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            let (date, text) = (http_date(at(made)), http_date(at(made + wait)));
            prop_assert_eq!(retry_after(&text, Some(&date), None), Ok(Duration::from_secs(wait)));
            prop_assert_eq!(retry_after(&wait.to_string(), None, None), Ok(Duration::from_secs(wait)));
        }

        #[test]
        fn any_text_is_read(text in "\\PC*", date in "\\PC*") {
            let _ = retry_after(&text, Some(&date), None);
        }
    }
}
