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
    /// Several calls at once.
    Calls(Vec<ToolCall>),
    /// A text.
    Say(String),
    /// What a model of this behaviour answers.
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
    /// Whether a text stands in its arguments.
    #[must_use]
    pub fn names(&self, text: &str) -> bool {
        self.arguments.values().any(|value| value.to_string().contains(text))
    }
}

impl Mind {
    /// The line of the script that the case is about: the last one that calls with the case's canary or answers as no sound
    /// model does, else the last. A case that never comes to it shows nothing.
    #[must_use]
    pub fn decisive(&self) -> Option<usize> {
        let decides =
            |line: &Line| matches!(line, Line::Behave(_)) || line.calls().iter().any(|call| call.names(&self.sign));
        self.script.iter().rposition(decides).or_else(|| self.script.len().checked_sub(1))
    }

    /// How the model answers where it does not answer soundly: as its behaviour says, or the line that its script ends in.
    #[must_use]
    pub fn conduct(&self) -> Behaviour {
        match self.decisive().and_then(|at| self.script.get(at)) {
            Some(Line::Behave(behaviour)) => *behaviour,
            Some(_) => Behaviour::Diligent,
            None => self.behaviour,
        }
    }

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
