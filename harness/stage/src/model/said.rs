//! The model's answer, and why.

use pincer_core::plan::ToolCall;

/// The model's answer, and why.
#[derive(Debug, PartialEq)]
pub(super) struct Thought {
    /// The answer.
    pub(super) said: Said,
    /// Whether the agent's messages contained the planted order.
    pub(super) read: bool,
    /// Whether this obeys the order.
    pub(super) obeyed: bool,
    /// Whether this is what the case is about: the order, the decisive line, or the behaviour.
    pub(super) decisive: bool,
    /// What it discloses about the agent.
    pub(super) told: Option<String>,
}

/// An answer of the model.
#[derive(Debug, PartialEq)]
pub(super) enum Said {
    /// To call these tools.
    Calls(Vec<ToolCall>),
    /// To call this tool, in an answer that says it is complete.
    Closing(ToolCall),
    /// To call a tool with this text as arguments.
    Raw {
        /// The tool.
        name: String,
        /// Its arguments.
        arguments: String,
    },
    /// This text.
    Text(String),
    /// This text, in an answer that says why it ended too early.
    Stopped(String, Stop),
}

/// Why an answer ended too early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// It reached its token limit.
    Length,
    /// A filter of the provider.
    Filter,
    /// The model refuses.
    Refusal,
}
