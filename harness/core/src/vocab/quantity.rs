//! Quantities with their unit: `10s`, `1 MiB`, `10%`, `2x`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why a text is not a quantity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {kind}, such as {example}")]
pub struct QuantityError {
    text: String,
    kind: &'static str,
    example: &'static str,
}

macro_rules! quantity {
    ($(#[$doc:meta])* $type:ident($inner:ty), $kind:literal, $example:literal, $parse:expr, $show:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schemars(with = "String")]
        pub struct $type(pub $inner);

        impl FromStr for $type {
            type Err = QuantityError;
            fn from_str(text: &str) -> Result<Self, QuantityError> {
                let parse: fn(&str) -> Option<$inner> = $parse;
                parse(text.trim()).map(Self).ok_or_else(|| QuantityError {
                    text: text.to_owned(),
                    kind: $kind,
                    example: $example,
                })
            }
        }

        impl TryFrom<String> for $type {
            type Error = QuantityError;
            fn try_from(text: String) -> Result<Self, QuantityError> {
                text.parse()
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let show: fn(&$inner, &mut fmt::Formatter<'_>) -> fmt::Result = $show;
                show(&self.0, f)
            }
        }

        impl From<$type> for String {
            fn from(quantity: $type) -> Self {
                quantity.to_string()
            }
        }
    };
}

quantity!(
    /// A length of time, written `250ms`, `10s` or `2m`.
    Period(Duration), "a length of time", "`10s` or `250ms`", parse_period, show_period
);
quantity!(
    /// A number of bytes, written `16 KiB`, `1 MiB` or `512 B`.
    Size(u64), "a size", "`1 MiB` or `512 B`", parse_size, show_size
);
quantity!(
    /// A share, written `10%`; stored as a fraction of 1.
    Percent(f64), "a percentage", "`10%`", |text| number(text.strip_suffix('%')?).map(|n| n / 100.0), |n, f| write!(f, "{}%", n * 100.0)
);
quantity!(
    /// A multiple of a declared limit, written `2x` or `0.5x`.
    Factor(f64), "a factor", "`2x`", |text| number(text.strip_suffix('x')?), |n, f| write!(f, "{n}x")
);

impl Factor {
    /// This many times `base`, rounded down.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "factors are non-negative and limits far below 2^52"
    )]
    pub fn of(self, base: u64) -> u64 {
        (self.0 * base as f64) as u64
    }
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|n| n.is_finite() && *n >= 0.0)
}

fn parse_period(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at(text.find(|c: char| c.is_ascii_alphabetic())?);
    let millis = match unit {
        "us" => 0.001,
        "ms" => 1.0,
        "s" => 1000.0,
        "m" => 60_000.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(number(digits)? * millis / 1000.0).ok()
}

fn show_period(period: &Duration, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if !period.subsec_micros().is_multiple_of(1000) {
        write!(f, "{}us", period.as_micros())
    } else if period.subsec_millis() != 0 {
        write!(f, "{}ms", period.as_millis())
    } else {
        write!(f, "{}s", period.as_secs())
    }
}

fn parse_size(text: &str) -> Option<u64> {
    let split = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (digits, unit) = text.split_at(split);
    let unit: u64 = match unit {
        "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    digits.trim().parse::<u64>().ok()?.checked_mul(unit)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that all quantities share")]
fn show_size(size: &u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (unit, name) = [(1_u64 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")]
        .into_iter()
        .find(|(unit, _)| *size >= *unit && size.is_multiple_of(*unit))
        .unwrap_or((1, "B"));
    write!(f, "{} {name}", size / unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read_and_written() {
        for text in ["10s", "250ms", "1500us"] {
            assert_eq!(text.parse::<Period>().map(|p| p.to_string()).as_deref(), Ok(text));
        }
        for text in ["1 MiB", "16 KiB", "513 B"] {
            assert_eq!(text.parse::<Size>().map(|p| p.to_string()).as_deref(), Ok(text));
        }
        assert!("10".parse::<Period>().is_err());
        assert!("1 MB".parse::<Size>().is_err());
        assert!("-1x".parse::<Factor>().is_err());
        assert_eq!(Factor(2.0).of(100), 200);
    }
}
