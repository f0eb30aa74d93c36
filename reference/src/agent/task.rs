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
    /// What has to be approved before it goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
}

/// How a task ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// All that it asked of the API was done.
    Done,
    /// It was not done, or only in part, or that is not known.
    Failed,
    /// It waits for an approval.
    ApprovalRequired,
}

/// A call that waits for an approval.
#[derive(Debug, Clone, Serialize)]
pub struct Approval {
    /// Good for one decision.
    pub id: String,
    /// The tool.
    pub tool: String,
    /// The arguments that it will run with, and no others.
    pub arguments: Map<String, Value>,
}

/// A task under way.
#[derive(Debug, Clone)]
pub(super) struct Task {
    pub(super) id: String,
    /// Who gave it.
    pub(super) user: Option<String>,
    /// The session that it is of.
    pub(super) session: Option<Opened>,
    /// What the user said, without the agent's credentials.
    pub(super) input: String,
    pub(super) messages: Vec<Value>,
    /// How many messages there were before the first turn.
    pub(super) begun: usize,
    /// How often it began again; only a weakness does.
    pub(super) reruns: u32,
    /// Whether data of an API came into the conversation.
    pub(super) informed: bool,
    /// Calls of the last turn that are not looked at yet.
    pub(super) waiting: VecDeque<Call>,
    pub(super) calls: u32,
    pub(super) turns: u32,
    pub(super) until: Instant,
    /// What was left of its time when it began to wait for an approval.
    pub(super) parked: Duration,
    /// What a failing API or model said; only a weakness keeps it.
    pub(super) said: Option<String>,
    /// Whether arguments came that are no JSON.
    pub(super) garbled: bool,
    /// Whether the API asked for a longer wait than is granted: the task asks it nothing more.
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
    /// Tools that change something, failed, and did not succeed since.
    undone: BTreeSet<String>,
}

impl Task {
    /// A task after what was said before.
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

    /// Takes the calls of a turn; `words` is what the model said beside them.
    pub(super) fn wants(&mut self, words: &str, calls: Vec<Call>, secrets: &Secrets) {
        let hide = |text: &str| secrets.mask(text).into_owned();
        let mut shown = Vec::new();
        for Call { id, tool, arguments, place } in calls {
            // The arguments stay as they came: they are ruled on, and recorded by their digest.
            let call = Call { id: hide(&id), tool: hide(&tool), arguments, place };
            let function = json!({"name": call.tool, "arguments": hide(&call.arguments)});
            shown.push(json!({"id": call.id, "type": "function", "function": function}));
            self.waiting.push_back(call);
        }
        self.messages.push(json!({"role": "assistant", "content": hide(words), "tool_calls": shown}));
    }

    /// Begins again, with nothing of what was done and said since the user spoke.
    pub(super) fn rerun(&mut self) {
        self.messages.truncate(self.begun);
        self.waiting.clear();
        self.informed = false;
        self.reruns += 1;
    }

    /// Tells the model that all calls of its turn but the first were made, which they never are.
    pub(super) fn lose(&mut self) {
        for call in self.waiting.split_off(self.waiting.len().min(1)) {
            self.tell(&call, &json!({"source": call.tool, "data": {}}));
        }
    }

    /// Tells the model what came of a call.
    pub(super) fn tell(&mut self, call: &Call, content: &Value) {
        self.messages.push(json!({"role": "tool", "tool_call_id": call.id, "content": content.to_string()}));
    }

    /// How long it still may take.
    pub(super) fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }
}

impl Course {
    /// Takes note of how a call went.
    pub(super) fn went(&mut self, tool: &Tool, well: bool) {
        self.last_failed = !well;
        self.succeeded |= well;
        if well {
            self.undone.remove(&tool.name);
        } else if !tool.reads() {
            self.undone.insert(tool.name.clone());
        }
    }

    /// Whether the model may say that what it asked for was done.
    pub(super) fn is_done(&self) -> bool {
        self.succeeded && !self.last_failed && self.undone.is_empty()
    }
}
