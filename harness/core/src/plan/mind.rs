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
    /// What it says instead, turn by turn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub script: Vec<Line>,
    /// What the planted text orders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Order>,
    /// A file that the ordered call makes, where the agent carries it out itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub touches: Option<String>,
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

/// A turn of a script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Line {
    /// A call.
    Call(ToolCall),
    /// A text.
    Say(String),
}

impl Mind {
    /// A model that says this, and nothing else.
    #[must_use]
    pub fn saying(self, text: &str) -> Self {
        Self { behaviour: Behaviour::Diligent, script: vec![Line::Say(text.to_owned())], order: None, ..self }
    }
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
