//! A day.

use std::fmt;

/// A day of the calendar, as ISO 8601 writes it: `2026-12-31`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(String);

impl Day {
    /// Reads the day at the beginning of a date or of an RFC 3339 time; nothing where there is none.
    pub fn of(text: &str) -> Option<Self> {
        let day = text.get(..10)?;
        let rest = text.get(10..)?;
        if !(rest.is_empty() || rest.starts_with('T')) {
            return None;
        }
        let mut parts = day.split('-');
        let mut number = |digits: usize| {
            let part = parts.next().filter(|part| part.len() == digits && part.bytes().all(|b| b.is_ascii_digit()));
            part.and_then(|part| part.parse::<u32>().ok())
        };
        let (year, month, date) = (number(4)?, number(2)?, number(2)?);
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            2 => 28 + u32::from(leap),
            4 | 6 | 9 | 11 => 30,
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            _ => return None,
        };
        (1..=days).contains(&date).then(|| Self(day.to_owned()))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Day;

    #[test]
    fn only_days_of_the_calendar_are_days() {
        for day in ["2026-12-31", "2024-02-29", "2000-02-29", "2026-11-25T00:00:00Z"] {
            assert!(Day::of(day).is_some(), "{day}");
        }
        for none in ["2026-02-29", "1900-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "26-04-01", "2026-4-1", ""] {
            assert_eq!(Day::of(none), None, "{none}");
        }
        assert_eq!(Day::of("2026-12-31 or so"), None);
        assert!(Day::of("2026-12-31") < Day::of("2027-01-01"));
    }
}
