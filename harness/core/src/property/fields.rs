//! Properties of header fields that say when to come back.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use arbitrary::Arbitrary;

use super::given;
use crate::judge::{RetryAfterError, http_date, rate_fields_hold, retry_after as read};

/// A field's text, or a wait written in a valid form.
#[derive(Debug, Arbitrary)]
enum Wait<'a> {
    Text { text: &'a str, date: Option<&'a str>, now: Option<u32> },
    Written { made: u32, wait: u32, form: u8, spaced: bool },
}

/// A number of seconds, or a date in one of the three forms of RFC 9110 section 5.6.7, is read as an independent writer
/// meant it; any other text is refused.
pub fn retry_after(data: &[u8]) {
    match given(data) {
        Some(Wait::Text { text, date, now }) => any_text(text, date, now.map(at)),
        Some(Wait::Written { made, wait, form, spaced }) => {
            let (sent, then) = (Moment::of(made.into()), Moment::of(u64::from(made) + u64::from(wait)));
            let text = match form % 4 {
                0 => wait.to_string(),
                1 => then.fixdate(),
                // Two digits of a year mean 1970 to 2069.
                2 if then.year < 2070 => then.rfc850(),
                _ => then.asctime(),
            };
            let text = if spaced { format!(" {text}\t") } else { text };
            let told = read(&text, Some(&sent.fixdate()), None);
            assert_eq!(told, Ok(Duration::from_secs(wait.into())), "{text:?} at {}", sent.fixdate());
        }
        None => {}
    }
}

fn at(seconds: u32) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.into())
}

fn any_text(text: &str, date: Option<&str>, now: Option<SystemTime>) {
    let told = read(text, date, now);
    let trimmed = text.trim();
    if !trimmed.is_empty() && trimmed.bytes().all(|byte| byte.is_ascii_digit()) {
        let digits = trimmed.trim_start_matches('0');
        let seconds = told.map(|wait| wait.as_secs().to_string());
        // 20 digits may not fit.
        let fits = digits.len() < 20;
        assert!(!fits || seconds == Ok(if digits.is_empty() { "0".to_owned() } else { digits.to_owned() }), "{text:?}");
        assert!(told.is_ok(), "digits are refused: {text:?}");
        return;
    }
    match told {
        // A date: it contains its day and time.
        Ok(_) | Err(RetryAfterError::Past | RetryAfterError::Undated) => {
            let form = trimmed.is_ascii() && trimmed.matches(':').count() == 2 && trimmed.contains(' ');
            assert!(form, "{text:?} is taken for a date");
            assert!(told != Err(RetryAfterError::Undated) || now.is_none(), "there is a clock");
        }
        Err(_) => {
            let written = (0..3).find_map(|form| Moment::parsed(trimmed, form));
            assert_eq!(written, None, "a date is refused");
        }
    }
}

/// A time of the proleptic Gregorian calendar.
#[derive(Debug, PartialEq)]
struct Moment {
    year: u64,
    month: usize,
    day: u64,
    weekday: usize,
    clock: String,
}

const MONTHS: [(&str, u64); 12] = [
    ("Jan", 31),
    ("Feb", 28),
    ("Mar", 31),
    ("Apr", 30),
    ("May", 31),
    ("Jun", 30),
    ("Jul", 31),
    ("Aug", 31),
    ("Sep", 30),
    ("Oct", 31),
    ("Nov", 30),
    ("Dec", 31),
];
const DAYS: [&str; 7] = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];

impl Moment {
    /// This many seconds after the start of 1970, counted day by day.
    fn of(seconds: u64) -> Self {
        let leap = |year: u64| year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
        let (days, rest) = (seconds / 86_400, seconds % 86_400);
        let (mut year, mut month, mut day) = (1970, 0, days);
        while day >= 365 + u64::from(leap(year)) {
            day -= 365 + u64::from(leap(year));
            year += 1;
        }
        let length = |month: usize| MONTHS.get(month).unwrap().1 + u64::from(month == 1 && leap(year));
        while day >= length(month) {
            day -= length(month);
            month += 1;
        }
        let weekday = usize::try_from(days % 7).unwrap();
        let clock = format!("{:02}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60);
        Self { year, month, day: day + 1, weekday, clock }
    }

    fn names(&self) -> (&'static str, &'static str) {
        (DAYS.get(self.weekday).unwrap(), MONTHS.get(self.month).unwrap().0)
    }

    fn fixdate(&self) -> String {
        let (weekday, month) = self.names();
        format!("{}, {:02} {month} {:04} {} GMT", weekday.get(..3).unwrap(), self.day, self.year, self.clock)
    }

    fn rfc850(&self) -> String {
        let (weekday, month) = self.names();
        format!("{weekday}, {:02}-{month}-{:02} {} GMT", self.day, self.year % 100, self.clock)
    }

    fn asctime(&self) -> String {
        let (weekday, month) = self.names();
        format!("{} {month} {:>2} {} {:04}", weekday.get(..3).unwrap(), self.day, self.clock, self.year)
    }

    /// The moment that is written this way, if there is one.
    fn parsed(text: &str, form: u8) -> Option<Self> {
        let time = httpdate::parse_http_date(text).ok()?;
        let moment = Self::of(time.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs());
        let written = match form {
            0 => http_date(time),
            1 => moment.rfc850(),
            _ => moment.asctime(),
        };
        (written == text).then_some(moment)
    }
}

/// A quota and its remainder, as list fields.
#[derive(Debug, Arbitrary)]
struct Told<'a> {
    policies: Vec<Member<'a>>,
    limits: Vec<Member<'a>>,
    tabbed: bool,
    /// Any text instead.
    text: Option<&'a str>,
}

#[derive(Debug, Arbitrary)]
struct Member<'a> {
    name: &'a [u8],
    /// `q` or `r`, if present.
    number: Option<i32>,
    window: u8,
    more: bool,
}

/// `RateLimit-Policy` and `RateLimit`, from an independent writer of RFC 9651, hold exactly if every quota is above
/// zero, no remainder is negative, and each limit names a policy. Text that is not a list breaks.
pub fn rate_limit_fields(data: &[u8]) {
    let Some(told) = given::<Told<'_>>(data) else { return };
    if let Some(text) = told.text {
        let broken = rate_fields_hold(Some("\"a\";q=1"), Some(text)) == Some(false);
        // A list does not begin with any of these (RFC 9651 section 4.2.1).
        let none = text.trim_start_matches(' ').starts_with([',', ';', '=', ')', '.', '\\', '{', '<', '_']);
        assert!(broken || !none, "{text:?} is taken for a list");
        return;
    }
    let list = |members: &[Member<'_>], key: &str| {
        let members: Vec<String> = members.iter().take(8).map(|member| member.written(key)).collect();
        members.join(if told.tabbed { "\t,\t " } else { "," })
    };
    let (policies, limits) = (list(&told.policies, "q"), list(&told.limits, "r"));
    let names: Vec<String> = told.policies.iter().take(8).map(Member::name).collect();
    let sound = told.policies.iter().take(8).all(|policy| policy.number.is_some_and(|quota| quota > 0))
        && told.limits.iter().take(8).all(|limit| {
            limit.number.is_some_and(|left| left >= 0) && (names.is_empty() || names.contains(&limit.name()))
        });
    let holds = rate_fields_hold(Some(&policies), Some(&limits));
    assert_eq!(holds, Some(sound), "RateLimit-Policy: {policies}\nRateLimit: {limits}");
}

impl Member<'_> {
    /// Its name, of printable ASCII.
    fn name(&self) -> String {
        self.name.iter().take(16).map(|byte| char::from(b' ' + byte % 95)).collect()
    }

    fn written(&self, key: &str) -> String {
        let mut text = format!("\"{}\"", self.name().replace('\\', "\\\\").replace('"', "\\\""));
        if self.more {
            text.push_str(";pk=:YQ==:; a*=?1;b=tok/en;c=1.5");
        }
        if let Some(number) = self.number {
            let _ = write!(text, ";{key}={number};w={}", self.window);
        }
        text
    }
}
