//! What a model says, and why.

use pincer_core::plan::ToolCall;

/// What the model says, and why.
#[derive(Debug, PartialEq)]
pub(super) struct Thought {
    /// What it says.
    pub(super) said: Said,
    /// Whether the planted order stood in what the agent sent.
    pub(super) read: bool,
    /// Whether this carries the order out.
    pub(super) obeyed: bool,
    /// Whether this is what the case is about: the order, the line that decides, or the behaviour.
    pub(super) decisive: bool,
    /// What it tells of the agent's own.
    pub(super) told: Option<String>,
}

/// What the model says.
#[derive(Debug, PartialEq)]
pub(super) enum Said {
    /// To call these tools.
    Calls(Vec<ToolCall>),
    /// To call this tool, in an answer that says that it is complete.
    Closing(ToolCall),
    /// To call a tool with arguments that are this text.
    Raw {
        /// The tool.
        name: String,
        /// Its arguments.
        arguments: String,
    },
    /// This.
    Text(String),
    /// This, in an answer that says why it ended too early.
    Stopped(String, Stop),
}

/// Why an answer ended too early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// It had as many tokens as it may have.
    Length,
    /// A filter of the provider's.
    Filter,
    /// The model refuses.
    Refusal,
}
