//! Who calls, by name or by right. Scenarios that are for any target speak of rights alone.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::vocab::{Identity, NameError};

/// What a caller may do, as a scenario asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Right {
    /// The first whom the operation allows the call.
    Allowed,
    /// Another whom it allows the call: of another tenant, where there is one.
    Other,
    /// Whom it allows the call by a role that `allowed` lacks.
    OtherRole,
    /// The first whom it allows the call and who is presented to upstreams by a name that somebody of another tenant, whom
    /// it allows the call too, is presented by.
    Named,
    /// That other one.
    SameName,
    /// The first with a token whom it allows the call.
    Token,
    /// Another with a token: of another tenant, where there is one.
    OtherToken,
    /// The first whom it does not allow the call.
    Refused,
    /// Another whom it does not allow the call: of another tenant, where there is one.
    OtherRefused,
    /// The first with a token whom it does not allow the call.
    RefusedToken,
    /// Whom the roles allow the call and the token's scopes do not.
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

    /// The right that this word means.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == word).map(|(right, _)| *right)
    }

    fn word(self) -> &'static str {
        Self::ALL.iter().find(|(right, _)| *right == self).map_or("", |(_, word)| word)
    }
}

/// Somebody who calls: an identity of the target by its name, or whoever has a right.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "CallerShape")]
pub enum Caller {
    /// Whoever has this right.
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
    /// The identity that is named, if one is.
    pub fn name(&self) -> Option<&Identity> {
        match self {
            Self::Named(name) => Some(name),
            Self::Right(_) => None,
        }
    }
}
