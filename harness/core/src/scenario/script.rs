//! What a model says turn by turn, and what a user says before the judged task.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::behaviour::Behaviour;
use super::caller::Caller;
use super::unsaid::is_false;
use crate::vocab::Operation;

/// One turn of a scripted model. A turn ends when its calls were made or its text was said, however the agent reports
/// this. After the script the model reports the answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum ScriptedTurn {
    /// To call the tool of an operation.
    Call(ScriptedCall),
    /// To call several tools at once.
    Calls(Vec<ScriptedCall>),
    /// To say this.
    Say(String),
    /// To answer like a model of this behaviour, however often it is asked.
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
    /// The operation whose tool is called.
    pub op: Operation,
    /// The object of the call; the task's id if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// What precedes the task of a step: another task, in which a user tells the agent something and asks for nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Before {
    /// The user; by default the one who gives the step's own task.
    #[serde(default, rename = "as", skip_serializing_if = "Option::is_none")]
    pub identity: Option<Caller>,
    /// What the user says; its `${canary}` must, or must not, be known later.
    pub say: String,
    /// Its session.
    #[serde(default, skip_serializing_if = "Session::is_same")]
    pub session: Session,
    /// The user ends the session before the step's own task begins, by `task.http.end`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub ended: bool,
}

/// The session in which something is said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Session {
    /// That of the step's own task.
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
