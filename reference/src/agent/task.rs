//! A task: what the user said, the conversation so far, and how its calls went.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use http::HeaderValue;
use serde::Serialize;
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::model::Call;
use super::secrets::Secrets;
use super::sessions::Opened;
use super::tools::Tool;

/// What a user gets for a task.
#[derive(Debug, Clone, Serialize)]
pub struct Answer {
    /// The tracking id.
    pub id: String,
    /// How it ended.
    pub status: Status,
    /// What the agent says.
    pub output: String,
    /// The call that must be approved before it continues.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
}

/// How a task ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// All that it asked of the API was done.
    Done,
    /// It was not done, only partly done, or the outcome is unknown.
    Failed,
    /// It waits for an approval.
    ApprovalRequired,
}

/// A call that waits for an approval.
#[derive(Debug, Clone, Serialize)]
pub struct Approval {
    /// Valid for one decision.
    pub id: String,
    /// The tool.
    pub tool: String,
    /// The only arguments that it will run with.
    pub arguments: Map<String, Value>,
}

/// A task under way.
#[derive(Debug, Clone)]
pub(super) struct Task {
    pub(super) id: String,
    /// The user who gave it.
    pub(super) user: Option<String>,
    /// Its session.
    pub(super) session: Option<Opened>,
    /// What the user said, without the agent's credentials.
    pub(super) input: String,
    pub(super) messages: Vec<Value>,
    /// How many messages there were before the first turn.
    pub(super) begun: usize,
    /// How often it was restarted; only a weakness restarts tasks.
    pub(super) reruns: u32,
    /// Whether API data has entered the conversation.
    pub(super) informed: bool,
    /// Calls of the last turn that are not decided yet.
    pub(super) waiting: VecDeque<Call>,
    pub(super) calls: u32,
    pub(super) turns: u32,
    pub(super) until: Instant,
    /// The time that was left when it began to wait for an approval.
    pub(super) parked: Duration,
    /// The error text of a failing API or model; only a weakness keeps it.
    pub(super) said: Option<String>,
    /// Whether arguments came that are not JSON.
    pub(super) garbled: bool,
    /// Whether the API asked for a longer wait than allowed. The task then makes no further calls to it.
    pub(super) sent_away: bool,
    pub(super) course: Course,
    /// The caller's credential; only a weakness keeps it.
    pub(super) caller: Option<HeaderValue>,
}

/// How the calls of a task went.
#[derive(Debug, Clone, Default)]
pub(super) struct Course {
    succeeded: bool,
    last_failed: bool,
    /// Tools that change something, failed, and have not succeeded since.
    undone: BTreeSet<String>,
}

impl Task {
    /// A task, after the session's earlier messages.
    pub(super) fn new(id: String, input: String, (system, before): (&str, Vec<Value>), time: Duration) -> Self {
        let mut messages = vec![json!({"role": "system", "content": system})];
        messages.extend(before);
        messages.push(json!({"role": "user", "content": input.as_str()}));
        Self {
            id,
            user: None,
            session: None,
            input,
            begun: messages.len(),
            reruns: 0,
            messages,
            informed: false,
            waiting: VecDeque::new(),
            calls: 0,
            turns: 0,
            until: Instant::now() + time,
            parked: Duration::ZERO,
            said: None,
            garbled: false,
            sent_away: false,
            course: Course::default(),
            caller: None,
        }
    }

    /// Takes the calls of a turn; `words` is the text beside them.
    pub(super) fn wants(&mut self, words: &str, calls: Vec<Call>, secrets: &Secrets) {
        let hide = |text: &str| secrets.mask(text).into_owned();
        let mut shown = Vec::new();
        for Call { id, tool, arguments, place } in calls {
            // The arguments stay unchanged: the rules need them, and the log contains their digest.
            let call = Call { id: hide(&id), tool: hide(&tool), arguments, place };
            let function = json!({"name": call.tool, "arguments": hide(&call.arguments)});
            shown.push(json!({"id": call.id, "type": "function", "function": function}));
            self.waiting.push_back(call);
        }
        self.messages.push(json!({"role": "assistant", "content": hide(words), "tool_calls": shown}));
    }

    /// Restarts the task and forgets everything since the user spoke.
    pub(super) fn rerun(&mut self) {
        self.messages.truncate(self.begun);
        self.waiting.clear();
        self.informed = false;
        self.reruns += 1;
    }

    /// Tells the model that all calls of its turn but the first were made, although they were not.
    pub(super) fn lose(&mut self) {
        for call in self.waiting.split_off(self.waiting.len().min(1)) {
            self.tell(&call, &json!({"source": call.tool, "data": {}}));
        }
    }

    /// Tells the model the result of a call.
    pub(super) fn tell(&mut self, call: &Call, content: &Value) {
        self.messages.push(json!({"role": "tool", "tool_call_id": call.id, "content": content.to_string()}));
    }

    /// The remaining time.
    pub(super) fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }
}

impl Course {
    /// Notes how a call ended.
    pub(super) fn went(&mut self, tool: &Tool, well: bool) {
        self.last_failed = !well;
        self.succeeded |= well;
        if well {
            self.undone.remove(&tool.name);
        } else if !tool.reads() {
            self.undone.insert(tool.name.clone());
        }
    }

    /// Whether everything the model asked for was done.
    pub(super) fn is_done(&self) -> bool {
        self.succeeded && !self.last_failed && self.undone.is_empty()
    }
}
