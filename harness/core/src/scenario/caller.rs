//! Callers, by name or by right. Scenarios for any target use rights only.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::vocab::{Identity, NameError};

/// What a caller may do, as scenarios request it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Right {
    /// The first caller whom the operation allows.
    Allowed,
    /// Another allowed caller, preferably of another tenant.
    Other,
    /// A caller who is allowed by a role that `allowed` lacks.
    OtherRole,
    /// The first allowed caller whose name for upstreams is also that of an allowed caller of another tenant.
    Named,
    /// That other caller.
    SameName,
    /// The first allowed caller with a token.
    Token,
    /// Another allowed caller with a token, preferably of another tenant.
    OtherToken,
    /// The first caller whom the operation does not allow.
    Refused,
    /// Another caller who is not allowed, preferably of another tenant.
    OtherRefused,
    /// The first caller with a token who is not allowed.
    RefusedToken,
    /// A caller whom the roles allow and the token's scopes do not.
    Unscoped,
}

impl Right {
    /// All rights, with the words for them.
    pub const ALL: [(Self, &'static str); 11] = [
        (Self::Allowed, "allowed"),
        (Self::Other, "other"),
        (Self::OtherRole, "other-role"),
        (Self::Named, "named"),
        (Self::SameName, "same-name"),
        (Self::Token, "token"),
        (Self::OtherToken, "other-token"),
        (Self::Refused, "refused"),
        (Self::OtherRefused, "other-refused"),
        (Self::RefusedToken, "refused-token"),
        (Self::Unscoped, "unscoped"),
    ];

    /// The right with this word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == word).map(|(right, _)| *right)
    }

    fn word(self) -> &'static str {
        Self::ALL.iter().find(|(right, _)| *right == self).map_or("", |(_, word)| word)
    }
}

/// A caller: an identity of the target by its name, or by a right.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "CallerShape")]
pub enum Caller {
    /// A caller with this right.
    Right(Right),
    /// This identity.
    Named(Identity),
}

/// A right, or the name of an identity.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
enum CallerShape {
    Right(Right),
    Name(String),
}

impl FromStr for Caller {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        match Right::of(text) {
            Some(right) => Ok(Self::Right(right)),
            None => Identity::new(text).map(Self::Named),
        }
    }
}

impl TryFrom<String> for Caller {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Right(right) => f.write_str(right.word()),
            Self::Named(name) => name.fmt(f),
        }
    }
}

impl From<Caller> for String {
    fn from(caller: Caller) -> Self {
        caller.to_string()
    }
}

impl Caller {
    /// The named identity, if any.
    pub fn name(&self) -> Option<&Identity> {
        match self {
            Self::Named(name) => Some(name),
            Self::Right(_) => None,
        }
    }
}
