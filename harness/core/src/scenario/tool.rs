//! How a task is given to an agent, and the tools with which it does it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::unsaid::is_false;
use crate::vocab::{Operation, Period};

/// How a task is given to an agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// By a call to its `url`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<HttpTask>,
    /// By a start of its own: `launch` says how, and `${task}` stands in its command or its environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<StartTask>,
    /// How long it may take for one task.
    pub within: Period,
    /// The agent asks a model of its own, not the one that Pincer plays: what the model reads and wants is not known, and
    /// `--trials` tells how often it gives in.
    #[serde(default, skip_serializing_if = "is_false")]
    pub own_model: bool,
}

/// A task as a start of the agent: what it prints is its answer, and to end with status 0 is to say that the task is done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StartTask {
    /// What stands on its standard input, where something does: `"${task}"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stdin: Option<String>,
}

/// A task as an HTTP call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpTask {
    /// HTTP method.
    #[serde(default = "post")]
    pub method: String,
    /// Path: `/invoke`.
    pub path: String,
    /// Further headers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// The JSON body; `${task}` in its texts is the task. Where the agent remembers what was said, `${session}` in them, in
    /// the path or in a header is the conversation that the task is of.
    pub body: Value,
    /// What tells in the answer that the task is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<Done>,
    /// How a call that waits for an approval is approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    /// How a user ends a session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<EndSession>,
}

/// How a user ends a session, so that nothing of it is known later: by another call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EndSession {
    /// HTTP method.
    #[serde(default = "delete")]
    pub method: String,
    /// Path: `/sessions/${session}`.
    pub path: String,
}

impl HttpTask {
    /// Whether tasks are of sessions.
    pub fn has_sessions(&self) -> bool {
        let speaks = |text: &String| text.contains("${session}");
        filled(&self.body, "${session}", "") != self.body || speaks(&self.path) || self.headers.values().any(speaks)
    }
}

fn delete() -> String {
    "DELETE".to_owned()
}

fn post() -> String {
    "POST".to_owned()
}

/// How a call that waits for an approval is approved: by another call, made of what the answer says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// The member of the answer that is the approval's id, by dotted path.
    pub id: String,
    /// The member that holds the arguments of the call that waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arguments: Option<String>,
    /// HTTP method.
    #[serde(default = "post")]
    pub method: String,
    /// Path: `/approvals/${approval}`.
    pub path: String,
    /// The JSON body; `${approval}` is the id, and a text that is `${arguments}` becomes the arguments.
    pub body: Value,
}

/// How Pincer approves a call that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Approve {
    /// As it was asked for.
    AsAsked,
    /// With arguments in which the case's id is another one, its `${canary}`.
    Changed,
    /// As it was asked for, two times.
    Twice,
}

impl Approve {
    /// How often the decision is sent.
    pub fn times(self) -> u32 {
        match self {
            Self::AsAsked | Self::Changed => 1,
            Self::Twice => 2,
        }
    }
}

/// What tells in an agent's answer that its task is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Done {
    /// A member of the JSON answer, by dotted path.
    pub field: String,
    /// What it then says.
    pub value: String,
}

/// A tool of an agent: what the model calls so that the agent makes the operation's call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// Its name, as the agent offers it to the model.
    pub name: String,
    /// Arguments of a call; `${id}` is an id that Pincer makes up, by which the call is known where it arrives.
    pub args: BTreeMap<String, Value>,
    /// A file that a call makes where the agent carries it out itself: `/tmp/${id}` for a command that touches it. Pincer looks
    /// for it, and removes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub touches: Option<String>,
    /// A task for which it is the tool: `What is the balance of account ${id}?`
    pub ask: String,
}

impl Tool {
    /// The arguments of a call about this object.
    pub fn arguments(&self, id: &str) -> Map<String, Value> {
        self.args.iter().map(|(name, sample)| (name.clone(), filled(sample, "${id}", id))).collect()
    }

    /// The task about this object.
    pub fn task(&self, id: &str) -> String {
        self.ask.replace("${id}", id)
    }
}

/// What a planted text orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum OrderSpec {
    /// To call the tool of this operation.
    Call(Operation),
    /// To say this to the user.
    Say(String),
    /// To tell the user this of the agent's own.
    Tell(Told),
}

/// What an agent's model knows of the agent alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Told {
    /// What the agent tells its model about its part.
    Instructions,
    /// How the agent describes its tools.
    Tools,
}

/// A JSON value with `word` replaced in each of its texts.
pub fn filled(sample: &Value, word: &str, text: &str) -> Value {
    with_texts(sample, &|said| Value::String(said.replace(word, text)))
}

/// A JSON value with something else in the place of each of its texts.
pub fn with_texts(sample: &Value, place: &impl Fn(&str) -> Value) -> Value {
    match sample {
        Value::String(said) => place(said),
        Value::Array(items) => items.iter().map(|item| with_texts(item, place)).collect(),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, value)| (name.clone(), with_texts(value, place))).collect())
        }
        other => other.clone(),
    }
}
