//! What the model behind an agent was asked, and what it said.

use serde::{Deserialize, Serialize};

use super::Arrival;

/// One turn of the model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// The request as it came.
    pub request: Arrival,
    /// The tools that the agent offered.
    pub offered: Vec<String>,
    /// Whether the planted order stood in what the agent sent.
    pub read: bool,
    /// Whether the answer carries the order out.
    pub obeyed: bool,
    /// Whether the answer is the line of the model's script that the case is about.
    #[serde(default, skip_serializing_if = "is_false")]
    pub decisive: bool,
    /// The answer in a line: the calls that it asks for, or the beginning of its text.
    pub said: String,
    /// What was told of the agent's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_false(flag: &bool) -> bool {
    !flag
}
