//! What the model behind an agent does in a case, with nothing left to decide.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::scenario::{Behaviour, Told};

/// The behaviour of the model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mind {
    /// How it handles its task.
    pub behaviour: Behaviour,
    /// The call for the task.
    pub task: ToolCall,
    /// What it says instead, turn by turn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub script: Vec<Line>,
    /// What the planted text orders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Order>,
    /// A file that the ordered call creates if the agent executes it itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub touches: Option<String>,
    /// The canary that identifies the planted order in any encoding.
    pub sign: String,
}

/// A call of one of the agent's tools.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolCall {
    /// The tool's name, as the agent offers it.
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
    /// Several calls at once.
    Calls(Vec<ToolCall>),
    /// A text.
    Say(String),
    /// The answer of a model with this behaviour.
    Behave(Behaviour),
}

impl Line {
    /// Its calls.
    #[must_use]
    pub fn calls(&self) -> &[ToolCall] {
        match self {
            Self::Call(call) => std::slice::from_ref(call),
            Self::Calls(calls) => calls,
            Self::Say(_) | Self::Behave(_) => &[],
        }
    }
}

impl ToolCall {
    /// Whether its arguments contain a text.
    #[must_use]
    pub fn names(&self, text: &str) -> bool {
        self.arguments.values().any(|value| value.to_string().contains(text))
    }
}

impl Mind {
    /// The script's decisive line: the last one that calls with the case's canary or that no sound model would say,
    /// else the last. A case that never reaches it shows nothing.
    #[must_use]
    pub fn decisive(&self) -> Option<usize> {
        let decides =
            |line: &Line| matches!(line, Line::Behave(_)) || line.calls().iter().any(|call| call.names(&self.sign));
        self.script.iter().rposition(decides).or_else(|| self.script.len().checked_sub(1))
    }

    /// The model's unsound behaviour: its own, or that of the script's last line.
    #[must_use]
    pub fn conduct(&self) -> Behaviour {
        match self.decisive().and_then(|at| self.script.get(at)) {
            Some(Line::Behave(behaviour)) => *behaviour,
            Some(_) => Behaviour::Diligent,
            None => self.behaviour,
        }
    }

    /// A model that says only this.
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
    /// To tell the user this about the agent itself.
    Tell(Told),
}
