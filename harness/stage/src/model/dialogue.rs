//! The common form of all dialects.

use serde_json::Value;

use super::content::{flag, items, member, must_call};

/// What an agent asked its model.
#[derive(Debug, Default)]
pub(super) struct Dialogue {
    /// The system prompt.
    pub(super) system: Vec<String>,
    /// The messages so far, in order.
    pub(super) messages: Vec<Message>,
    /// The task's position among the messages, if known better than by the first user message.
    pub(super) task: Option<usize>,
    /// The offered tools.
    pub(super) tools: Vec<Tool>,
    /// Whether the answer must be a call.
    pub(super) must_call: bool,
    /// Whether the answer must be a stream.
    pub(super) stream: bool,
    /// Whether the stream must end with the usage.
    pub(super) wants_usage: bool,
    /// The model, as the agent names it.
    pub(super) model: String,
}

/// One message.
#[derive(Debug)]
pub(super) struct Message {
    /// Its author.
    pub(super) role: Role,
    /// Its text.
    pub(super) text: String,
    /// Its calls.
    pub(super) calls: Vec<Called>,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The user.
    User,
    /// The model.
    Assistant,
    /// A tool's result.
    Tool,
}

/// An earlier call of the model.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Called {
    /// The tool.
    pub(super) name: String,
    /// The arguments; null if unreadable.
    pub(super) arguments: Value,
}

/// An offered tool.
#[derive(Debug)]
pub(super) struct Tool {
    /// Its name.
    pub(super) name: String,
    /// Its description.
    pub(super) description: String,
    /// The JSON Schema of its parameters.
    pub(super) schema: Value,
}

impl Dialogue {
    /// The common parts beside the messages; `tool` reads a tool in this dialect.
    pub(super) fn begin(body: &Value, tool: fn(&Value) -> Option<Tool>) -> Self {
        Self {
            tools: items(&body["tools"]).iter().filter_map(tool).collect(),
            must_call: must_call(&body["tool_choice"]),
            stream: flag(body, "stream"),
            model: member(body, "model").to_owned(),
            ..Self::default()
        }
    }

    /// Adds a message unless it is empty.
    pub(super) fn push(&mut self, role: Role, mut text: String, mut calls: Vec<Called>) {
        // One client reports a failed call in lines after the task.
        let fault = text.find(FAULT).filter(|_| role == Role::User).map(|at| text.split_off(at));
        let spoken = self.messages.iter().any(|message| message.role == Role::Assistant);
        let role = if role == Role::User && spoken && is_result(&text) { Role::Tool } else { role };
        if role == Role::Assistant && calls.is_empty() {
            calls = told(&text, &self.tools).into_iter().map(|(_, call)| call).collect();
        }
        if role == Role::Tool || !text.is_empty() || !calls.is_empty() {
            self.messages.push(Message { role, text, calls });
        }
        if let Some(fault) = fault {
            self.messages.push(Message { role: Role::Tool, text: fault.trim().to_owned(), calls: Vec::new() });
        }
    }

    /// The task's message.
    pub(super) fn task(&self) -> Option<usize> {
        self.task.or_else(|| self.messages.iter().position(|message| message.role == Role::User))
    }

    /// The messages since the task.
    pub(super) fn since(&self) -> &[Message] {
        let next = self.task().map_or(0, |task| task.saturating_add(1));
        self.messages.get(next..).unwrap_or_default()
    }

    /// The calls since the task.
    pub(super) fn calls(&self) -> impl Iterator<Item = &Called> {
        self.since().iter().flat_map(|message| &message.calls)
    }

    /// Finds text that an agent sends as the user's but that is not: calls and results after the task in its message,
    /// and results in separate messages. Such a result follows a call without a result, or a text that the model did
    /// not say (`ours` knows the model's own), and does not repeat the task.
    pub(super) fn settle(&mut self, ours: impl Fn(&str) -> bool) {
        let Some(task) = self.task() else { return };
        self.unfold(task);
        let asked = self.messages.get(task).map(|message| message.text.trim().to_owned()).unwrap_or_default();
        let (mut due, mut told) = (0_usize, false);
        for message in self.messages.iter_mut().skip(task.saturating_add(1)) {
            match message.role {
                Role::Assistant => {
                    due = due.saturating_add(message.calls.len());
                    told = message.calls.is_empty() && !ours(&message.text);
                }
                Role::User if (due == 0 && !told) || !asked.is_empty() && message.text.contains(&asked) => {}
                Role::User | Role::Tool => {
                    message.role = Role::Tool;
                    (due, told) = (due.saturating_sub(1), false);
                }
            }
        }
    }

    /// Turns the calls after the task in its message into separate messages, each with the text that follows it.
    fn unfold(&mut self, task: usize) {
        let Some(message) = self.messages.get_mut(task) else { return };
        let calls = told(&message.text, &self.tools);
        let Some((first, _)) = calls.first() else { return };
        let course = message.text.split_off(*first);
        let ends = calls.iter().skip(1).map(|(at, _)| at.saturating_sub(*first)).chain([course.len()]);
        let mut begun = 0;
        let mut messages = Vec::new();
        for (end, call) in ends.zip(calls.iter().map(|(_, call)| call.clone())) {
            let text = course.get(begun..end).unwrap_or_default().to_owned();
            messages.push(Message { role: Role::Assistant, text: String::new(), calls: vec![call] });
            messages.push(Message { role: Role::Tool, text, calls: Vec::new() });
            begun = end;
        }
        let next = task.saturating_add(1);
        self.task = Some(task);
        self.messages.splice(next..next, messages);
    }

    /// The number of calls; counted by their results if the agent does not show the calls.
    pub(super) fn calls_made(&self) -> usize {
        let results = self.since().iter().filter(|message| message.role == Role::Tool).count();
        self.calls().count().max(results)
    }

    /// The number of the model's texts, without calls and their replacements.
    pub(super) fn texts_said(&self) -> usize {
        let said = |message: &&Message| message.role == Role::Assistant && message.calls.is_empty();
        let texts = self.since().iter().filter(said).count();
        // A text that a result follows was a call.
        texts.saturating_sub(self.calls_made().saturating_sub(self.calls().count()))
    }

    /// The last result since the task.
    pub(super) fn result(&self) -> Option<&str> {
        let last = self.since().iter().rev().find(|message| message.role == Role::Tool);
        last.map(|message| message.text.as_str())
    }
}

impl Message {
    /// Whether it is the model's last word on a task.
    pub(super) fn is_final(&self) -> bool {
        self.role == Role::Assistant && self.calls.iter().all(|call| call.name == FINAL)
    }
}

impl Tool {
    /// A tool with these parts; none without a name.
    pub(super) fn new(name: &Value, description: &Value, schema: &Value) -> Option<Self> {
        let description = description.as_str().unwrap_or_default().to_owned();
        Some(Self { name: name.as_str()?.to_owned(), description, schema: schema.clone() })
    }
}

impl Called {
    /// A call whose arguments are JSON in a string.
    pub(super) fn of_text(name: &Value, arguments: &Value) -> Self {
        let arguments = arguments.as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        Self { name: name.as_str().unwrap_or_default().to_owned(), arguments }
    }

    /// A call whose arguments are JSON.
    pub(super) fn of_value(name: &Value, arguments: &Value) -> Self {
        Self { name: name.as_str().unwrap_or_default().to_owned(), arguments: arguments.clone() }
    }
}

/// The tool for the final answer in some agents.
pub(super) const FINAL: &str = "final_answer";

/// Whether a user message is a tool's result: some clients send it this way.
fn is_result(text: &str) -> bool {
    let text = text.trim_start();
    RESULTS.iter().any(|start| text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start)))
}

/// The calls in an assistant message that a client wrote as text: a list, or each with its name followed by its
/// arguments. Each with its position.
fn told(text: &str, tools: &[Tool]) -> Vec<(usize, Called)> {
    let call_of = |name: &str| Called { name: name.to_owned(), arguments: Value::Null };
    if let Some(list) = text.trim_start().strip_prefix("Calling tools:") {
        let list = list.replace('"', "'");
        let names = list.split("'name': '").skip(1).filter_map(|rest| rest.split('\'').next());
        return names.map(|name| (0, call_of(name))).collect();
    }
    if text.starts_with(FOUND) {
        return Vec::new();
    }
    let mut calls: Vec<(usize, Called)> = Vec::new();
    for tool in tools.iter().filter(|tool| !tool.name.is_empty()) {
        for (at, name) in text.match_indices(tool.name.as_str()) {
            let (before, rest) = text.split_at(at);
            let part_of_word = before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-'));
            if !part_of_word && takes_arguments(rest.strip_prefix(name).unwrap_or_default()) {
                calls.push((at, call_of(name)));
            }
        }
    }
    calls.sort_by_key(|(at, _)| *at);
    calls
}

/// Whether this text begins with arguments: `({"id": 1})`, `", "arguments": {`, `\nAction Input: {`.
fn takes_arguments(rest: &str) -> bool {
    let bare = |text: &'_ str| text.trim_start_matches(|c: char| c.is_whitespace() || "\"'`:,*".contains(c)).to_owned();
    let rest = bare(rest);
    let word = |word: &&&str| rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    let behind = ARGUMENTS.iter().find(word).and_then(|word| rest.get(word.len()..)).unwrap_or(&rest);
    bare(behind).starts_with(['{', '(', '['])
}

/// How a result in a user message begins.
const RESULTS: [&str; 7] =
    ["Observation", "Tool result", "Tool output", "Tool response", "<tool_", "Call id:", "Error:"];

/// Words before arguments that are written as text.
const ARGUMENTS: [&str; 7] = ["Action Input", "arguments", "args", "input", "parameters", "params", "with"];

/// How the model's final text begins.
pub(super) const FOUND: &str = "Here is what I found:";

/// The text between a task and its failed call.
const FAULT: &str = "\nError:\n";
