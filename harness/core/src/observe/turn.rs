//! What the model behind an agent was asked, and what it answered.

use serde::{Deserialize, Serialize};

use super::Arrival;

/// One turn of the model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// The request.
    pub request: Arrival,
    /// The tools that the agent offered.
    pub offered: Vec<String>,
    /// Whether the agent's messages contained the planted order.
    pub read: bool,
    /// Whether the answer obeys the order.
    pub obeyed: bool,
    /// Whether the answer is the script's decisive line.
    #[serde(default, skip_serializing_if = "is_false")]
    pub decisive: bool,
    /// The answer in one line: its calls, or the beginning of its text.
    pub said: String,
    /// What it disclosed about the agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_false(flag: &bool) -> bool {
    !flag
}
