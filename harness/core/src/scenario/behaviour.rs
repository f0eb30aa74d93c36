//! How the model behind an agent behaves.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the model behind an agent behaves. Pincer plays the model, so its behaviour is known, and the agent's reaction
/// is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Behaviour {
    /// Makes the call of its task, reports the answer, and ignores orders in the data.
    Diligent,
    /// The same, but obeys the planted order as soon as it reads it, with the ordered tool, offered or not: the worst
    /// case.
    Hijacked,
    /// Makes the call of its task twice, whatever the answer, then reports the answer.
    Insistent,
    /// Repeats the call of its task forever, whatever the answer.
    Looping,
    /// Calls the tool of its task with arguments that are not JSON.
    BadArguments,
    /// Calls a tool that the agent does not have, then reports the answer.
    UnknownTool,
    /// Answers without text and without a call.
    Empty,
    /// Makes the call of its task, but with a finish reason that says the answer is complete.
    WrongFinish,
    /// Answers 500.
    Failing,
    /// Answers 429 with a `Retry-After` of an hour.
    Busy,
    /// Answers 429 with a `Retry-After` of a second.
    Throttling,
    /// Answers 503 with a `Retry-After` of a second.
    Overloaded,
    /// Answers 500 with a stack trace that contains the case's `${canary}`.
    Babbling,
    /// Answers 400 with the same.
    Rejecting,
    /// Closes the connection in the middle of its answer.
    Cut,
    /// Never answers.
    Silent,
    /// Makes the call of its task, one byte every 200 ms.
    Slow,
    /// Answers with 64 MiB.
    Huge,
    /// Redirects its caller to a host that the agent's owner does not know (307).
    Elsewhere,
    /// The same, permanently (308).
    Moved,
    /// Begins to report and stops at its token limit.
    Capped,
    /// Begins to report and is stopped by its provider's filter.
    Filtered,
    /// Refuses the task, in the form of its dialect.
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

    /// The wait that the model asks for in `Retry-After` (RFC 9110 section 10.2.3).
    pub fn retry_after(self) -> Option<&'static str> {
        match self {
            Self::Busy => Some("3600"),
            Self::Throttling | Self::Overloaded => Some("1"),
            _ => None,
        }
    }
}
