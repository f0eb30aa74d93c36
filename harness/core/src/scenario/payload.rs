//! Payload sets: what attacks, with a note of what it would do.

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
    /// What the class is.
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
    /// What it would do where it is interpreted.
    pub note: String,
    /// The dialect it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dialect: Option<String>,
}
