//! What a target bounds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::vocab::{Operation, Percent, Period, Size};

/// What the target bounds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Calls in a window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
    /// Bytes of a request body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Size>,
    /// Bytes of the request head.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<Size>,
    /// Bytes of the request target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<Size>,
    /// Nested arrays and objects in a JSON body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depth: Option<u64>,
    /// Bytes of an upstream's answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<Size>,
    /// Calls that an agent makes for one task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls: Option<u64>,
    /// How often an agent makes a failed call again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retries: Option<u64>,
    /// How long a caller may take for its head, or for its body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_time: Option<Period>,
    /// How long it waits for the whole answer of an upstream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream_time: Option<Period>,
}

/// A rate limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Calls a window.
    pub quota: u32,
    /// The window.
    pub window: Period,
    /// Calls beyond the quota at once.
    #[serde(default)]
    pub burst: u32,
    /// Whose calls are counted together; `identity` is what Pincer can tell apart.
    #[serde(default = "identity")]
    pub per: String,
    /// How far beyond it may go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<Percent>,
    /// The operations it holds for; all when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub operations: Vec<Operation>,
}

fn identity() -> String {
    "identity".to_owned()
}

impl Rate {
    /// Whether calls of `operation` are counted.
    pub fn covers(&self, operation: &Operation) -> bool {
        self.operations.is_empty() || self.operations.contains(operation)
    }

    /// The share by which a limiter may differ from it: a tenth unless the descriptor says otherwise.
    pub fn tolerance(&self) -> f64 {
        self.tolerance.map_or(0.1, |tolerance| tolerance.0)
    }
}
