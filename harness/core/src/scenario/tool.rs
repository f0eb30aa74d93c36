//! How an agent gets a task, and the tools for it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::unsaid::is_false;
use crate::vocab::{Operation, Period};

/// How an agent gets a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// By a call to its `url`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<HttpTask>,
    /// By starting the agent for each task: `launch` says how, with `${task}` in its command or environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<StartTask>,
    /// Time limit for one task.
    pub within: Period,
    /// The agent asks its own model instead of the one that Pincer plays. What that model reads and wants is unknown,
    /// and `--trials` measures how often it obeys.
    #[serde(default, skip_serializing_if = "is_false")]
    pub own_model: bool,
}

/// A task as a start of the agent: its output is the answer, and exit status 0 means that the task is done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StartTask {
    /// Its standard input, if any: `"${task}"`.
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
    /// Additional headers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// The JSON body; `${task}` in its texts is the task. If the agent remembers conversations, `${session}` in the
    /// body, the path or a header is the conversation's name.
    pub body: Value,
    /// How the answer reports that the task is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<Done>,
    /// How a waiting call is approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    /// How a user ends a session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<EndSession>,
}

/// The call that ends a session, so that nothing of it is known later.
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
    /// Whether tasks have sessions.
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

/// How a waiting call is approved: by another call, made from the answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// The member of the answer with the approval's id, by dotted path.
    pub id: String,
    /// The member with the arguments of the waiting call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arguments: Option<String>,
    /// HTTP method.
    #[serde(default = "post")]
    pub method: String,
    /// Path: `/approvals/${approval}`.
    pub path: String,
    /// The JSON body; `${approval}` is the id, and the text `${arguments}` is replaced by the arguments.
    pub body: Value,
}

/// How Pincer approves a waiting call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Approve {
    /// As requested.
    AsAsked,
    /// With arguments in which the case's id is replaced by another one, its `${canary}`.
    Changed,
    /// As requested, twice.
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

/// How an agent's answer reports that its task is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Done {
    /// A member of the JSON answer, by dotted path.
    pub field: String,
    /// Its value if the task is done.
    pub value: String,
}

/// A tool of an agent: the model calls it so that the agent makes the operation's call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// Its name, as the agent offers it to the model.
    pub name: String,
    /// Arguments of a call; `${id}` is an id that Pincer invents, by which it recognises the call on arrival.
    pub args: BTreeMap<String, Value>,
    /// A file that a call creates if the agent executes it itself: `/tmp/${id}` for a command that touches it. Pincer
    /// looks for it, and removes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub touches: Option<String>,
    /// A task that needs this tool: `What is the balance of account ${id}?`
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
    /// To tell the user this about the agent itself.
    Tell(Told),
}

/// What only the agent and its model know about the agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Told {
    /// The agent's instructions for its model.
    Instructions,
    /// The agent's descriptions of its tools.
    Tools,
}

/// A JSON value with `word` replaced in each of its texts.
pub fn filled(sample: &Value, word: &str, text: &str) -> Value {
    with_texts(sample, &|said| Value::String(said.replace(word, text)))
}

/// A JSON value with each of its texts replaced.
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
