//! Payload sets: attack texts with notes on their effect.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::vocab::PayloadSetName;

/// A file of payloads of one class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PayloadSet {
    /// Format and version: `payloads/v1`.
    pub pincer: String,
    /// The name that scenarios use.
    pub name: PayloadSetName,
    /// What the class is about.
    pub about: String,
    /// The payloads.
    pub payloads: Vec<Payload>,
}

/// One payload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Payload {
    /// The text; `${canary}` is the case's second canary.
    pub text: String,
    /// Its effect if it is interpreted.
    pub note: String,
    /// The dialect that it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dialect: Option<String>,
}
