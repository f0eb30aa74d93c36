//! A target's limits.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::vocab::{Operation, Percent, Period, Size};

/// The target's limits.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Calls per window.
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
    /// Depth of nested arrays and objects in a JSON body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depth: Option<u64>,
    /// Bytes of an upstream's answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<Size>,
    /// Calls of an agent for one task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls: Option<u64>,
    /// How often an agent repeats a failed call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retries: Option<u64>,
    /// Time for a caller's head, or for its body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_time: Option<Period>,
    /// Time for the complete answer of an upstream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream_time: Option<Period>,
}

/// A rate limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Calls per window.
    pub quota: u32,
    /// The window.
    pub window: Period,
    /// Extra calls at once.
    #[serde(default)]
    pub burst: u32,
    /// Whose calls are counted together; Pincer can distinguish only `identity`.
    #[serde(default = "identity")]
    pub per: String,
    /// Allowed deviation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<Percent>,
    /// The limited operations; all if empty.
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

    /// Allowed deviation of a limiter, as a share: a tenth unless declared.
    pub fn tolerance(&self) -> f64 {
        self.tolerance.map_or(0.1, |tolerance| tolerance.0)
    }
}
