//! Makes the marks of a run unique.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Up to 32 hexadecimal digits, new in each run, so that a target that knows an earlier run does not recognise this
/// one's marks. Empty in traces of versions without nonces.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Nonce(Option<u128>);

/// A text that is not a nonce.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a nonce: use 1 to 32 hexadecimal digits")]
pub struct NonceError(String);

impl Nonce {
    /// The nonce with this value.
    pub const fn new(value: u128) -> Self {
        Self(Some(value))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Its value, where it has one.
    pub(super) fn value(self) -> Option<u128> {
        self.0
    }
}

impl FromStr for Nonce {
    type Err = NonceError;

    fn from_str(text: &str) -> Result<Self, NonceError> {
        if text.is_empty() {
            return Ok(Self(None));
        }
        let digits = text.len() <= 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let value = digits.then(|| u128::from_str_radix(text, 16).ok()).flatten();
        value.map(Self::new).ok_or_else(|| NonceError(text.to_owned()))
    }
}

impl TryFrom<String> for Nonce {
    type Error = NonceError;

    fn try_from(text: String) -> Result<Self, NonceError> {
        text.parse()
    }
}

impl From<Nonce> for String {
    fn from(nonce: Nonce) -> Self {
        nonce.to_string()
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |value| write!(f, "{value:032x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonce_reads_back_as_written() {
        for (text, written) in
            [("", ""), ("5eed", "00000000000000000000000000005eed"), ("FF", &format!("{:032x}", 255))]
        {
            let nonce: Nonce = text.parse().unwrap();
            assert_eq!(nonce.to_string(), written);
            assert_eq!(nonce.to_string().parse(), Ok(nonce));
        }
    }

    #[test]
    fn text_that_is_no_number_or_too_long_is_refused() {
        for text in ["x", "+1", "5eed ", &"0".repeat(33)] {
            assert!(text.parse::<Nonce>().is_err(), "{text}");
        }
    }
}
