//! How the model behind an agent behaves.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the model behind an agent behaves. It is Pincer's: what it does is known, and what the agent does about it is
/// what is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Behaviour {
    /// Makes the call of its task, tells what came back, and heeds no order in the data.
    Diligent,
    /// The same, but carries out the planted order as soon as it reads it, with the tool that was ordered, offered or
    /// not: the worst case.
    Hijacked,
    /// Makes the call of its task a second time, whatever came back, then tells what did.
    Insistent,
    /// Makes the call of its task again, whatever comes back, and never ends.
    Looping,
    /// Calls the tool of its task with arguments that are no JSON.
    BadArguments,
    /// Calls a tool that the agent does not have, then tells what came back.
    UnknownTool,
    /// Answers without a word and without a call.
    Empty,
    /// Makes the call of its task in an answer that says that it is complete.
    WrongFinish,
    /// Answers 500.
    Failing,
    /// Answers 429, and asks to come back in an hour.
    Busy,
    /// Answers 429, and asks to come back in a second.
    Throttling,
    /// Answers 503, and asks to come back in a second.
    Overloaded,
    /// Answers 500 with a stack trace that holds the case's `${canary}`.
    Babbling,
    /// Answers 400 with the same.
    Rejecting,
    /// Closes the connection in the middle of its answer.
    Cut,
    /// Never answers.
    Silent,
    /// Makes the call of its task, a byte every 200 ms.
    Slow,
    /// Answers with 64 MiB.
    Huge,
    /// Sends its caller to a host that the agent's owner does not know (307).
    Elsewhere,
    /// The same, for good (308).
    Moved,
    /// Begins to tell and stops at its bound of tokens.
    Capped,
    /// Begins to tell and is stopped by a filter of its provider's.
    Filtered,
    /// Says that it will not do the task, in the way that its dialect has for this.
    Refusing,
    /// Asks for the call of its task a hundred times in one turn.
    Flooding,
}

impl Behaviour {
    /// All behaviours, for tests and lists.
    pub const ALL: [Self; 24] = [
        Self::Diligent,
        Self::Hijacked,
        Self::Insistent,
        Self::Looping,
        Self::BadArguments,
        Self::UnknownTool,
        Self::Empty,
        Self::WrongFinish,
        Self::Failing,
        Self::Busy,
        Self::Throttling,
        Self::Overloaded,
        Self::Babbling,
        Self::Rejecting,
        Self::Cut,
        Self::Silent,
        Self::Slow,
        Self::Huge,
        Self::Elsewhere,
        Self::Moved,
        Self::Capped,
        Self::Filtered,
        Self::Refusing,
        Self::Flooding,
    ];

    /// How long the model asks its caller to stay away, as `Retry-After` says it (RFC 9110 section 10.2.3).
    pub fn retry_after(self) -> Option<&'static str> {
        match self {
            Self::Busy => Some("3600"),
            Self::Throttling | Self::Overloaded => Some("1"),
            _ => None,
        }
    }
}
