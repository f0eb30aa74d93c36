//! Names that users write. Each kind has its own type, so that they cannot be confused.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why a text is not a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a valid {kind}: {rule}")]
pub struct NameError {
    text: String,
    kind: &'static str,
    rule: &'static str,
}

macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $kind:literal, $rule:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schemars(with = "String")]
        pub struct $type(String);

        impl $type {
            #[doc = concat!("Takes a text as a ", $kind, "; fails unless it is ", $rule, ".")]
            pub fn new(text: impl Into<String>) -> Result<Self, NameError> {
                let text = text.into();
                let valid: fn(&str) -> bool = $valid;
                if valid(&text) {
                    Ok(Self(text))
                } else {
                    Err(NameError { text, kind: $kind, rule: $rule })
                }
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $type {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                Self::new(text)
            }
        }

        impl From<$type> for String {
            fn from(name: $type) -> Self {
                name.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// The role of an operation in scenarios: `read`, `create`, `search`.
    Operation, "operation name", "letters, digits, `-` or `_`", is_word
);
name!(
    /// A caller of the target.
    Identity, "identity name", "letters, digits, `-` or `_`", is_word
);
name!(
    /// An external API of the target, played by Pincer.
    Upstream, "upstream name", "letters, digits, `-` or `_`", is_word
);
name!(
    /// An optional capability that a target claims.
    Claim, "claim", "letters, digits, `-` or `_`", is_word
);
name!(
    /// A file of payloads.
    PayloadSetName, "payload set name", "letters, digits, `-` or `_`", is_word
);
name!(
    /// A named weakness of the reference.
    Weakness, "weakness name", "letters, digits, `-` or `_`", is_word
);
name!(
    /// A dummy target of the self-test, on which no scenario may pass that does not say so.
    SentinelName, "sentinel name", "letters, digits, `-` or `_`", is_word
);
name!(
    /// A row of the control catalogue, such as `INP-01`.
    ControlId, "control id", "a family, a dash and two digits, such as INP-01", is_control
);
name!(
    /// A scenario, such as `INP-01.sql-injection`.
    ScenarioId, "scenario id", "a control id, a dot and a slug, such as INP-01.sql-injection", is_scenario
);

impl ControlId {
    /// The family, such as `INP`.
    pub fn family(&self) -> &str {
        self.0.split('-').next().unwrap_or(&self.0)
    }
}

impl ScenarioId {
    /// The control id before the dot.
    pub fn control(&self) -> &str {
        self.0.split('.').next().unwrap_or(&self.0)
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn is_control(text: &str) -> bool {
    text.split_once('-').is_some_and(|(family, number)| {
        (2..=8).contains(&family.len())
            && family.bytes().all(|b| b.is_ascii_uppercase())
            && number.len() == 2
            && number.bytes().all(|b| b.is_ascii_digit())
    })
}

fn is_scenario(text: &str) -> bool {
    text.split_once('.').is_some_and(|(control, slug)| {
        is_control(control)
            && is_word(slug)
            && slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_checked() {
        assert!(ScenarioId::new("INP-01.sql-injection").is_ok());
        for wrong in ["INP-1.x", "INP-01", "inp-01.x", "INP-01.Sql", "INP-01."] {
            assert!(ScenarioId::new(wrong).is_err(), "{wrong}");
        }
        assert!(Operation::new("read accounts").is_err());
    }
}
