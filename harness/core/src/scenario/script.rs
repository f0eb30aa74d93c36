//! What a model is to say turn by turn, and what a user says before the task that is judged.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::behaviour::Behaviour;
use super::caller::Caller;
use super::unsaid::is_false;
use crate::vocab::Operation;

/// One turn of a model that follows a script. A turn is over when its calls were made or its text was said, however the
/// agent tells the model of it; when the script is over, the model tells what came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum ScriptedTurn {
    /// To call the tool of an operation.
    Call(ScriptedCall),
    /// To call several tools at once.
    Calls(Vec<ScriptedCall>),
    /// To say this.
    Say(String),
    /// To answer as a model of this behaviour does, however often it is asked.
    Behave(Behaviour),
}

impl ScriptedTurn {
    /// Its calls.
    pub fn calls(&self) -> &[ScriptedCall] {
        match self {
            Self::Call(call) => std::slice::from_ref(call),
            Self::Calls(calls) => calls,
            Self::Say(_) | Self::Behave(_) => &[],
        }
    }
}

/// A call in a script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScriptedCall {
    /// Whose tool is called.
    pub op: Operation,
    /// What the call is about; the task's id when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// What comes before the task of a step: another task, in which a user tells the agent something and asks for nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Before {
    /// Who says it; who gives the step's own task when absent.
    #[serde(default, rename = "as", skip_serializing_if = "Option::is_none")]
    pub identity: Option<Caller>,
    /// What the user says; its `${canary}` is what must, or must not, be known later.
    pub say: String,
    /// In which session.
    #[serde(default, skip_serializing_if = "Session::is_same")]
    pub session: Session,
    /// The user ends the session before the step's own task begins, as `task.http.end` says.
    #[serde(default, skip_serializing_if = "is_false")]
    pub ended: bool,
}

/// In which session something is said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Session {
    /// The one of the step's own task.
    #[default]
    Same,
    /// Another one.
    Other,
}

impl Session {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
    fn is_same(&self) -> bool {
        *self == Self::Same
    }
}
