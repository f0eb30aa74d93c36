//! What the model behind an agent does in a case, with nothing left to decide.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::scenario::{Behaviour, Told};

/// What the model does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mind {
    /// How it goes about its task.
    pub behaviour: Behaviour,
    /// The call that the task asks for.
    pub task: ToolCall,
    /// What the planted text orders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Order>,
    /// The canary by which the planted order is known, wherever and however it is written.
    pub sign: String,
}

/// A call of one of the agent's tools.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolCall {
    /// The tool, as the agent names it.
    pub name: String,
    /// Its arguments.
    pub arguments: Map<String, Value>,
}

/// What a planted text orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// To call a tool.
    Call(ToolCall),
    /// To say this to the user.
    Say(String),
    /// To tell the user this of the agent's own.
    Tell(Told),
}
