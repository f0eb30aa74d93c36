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
    /// Never answers.
    Silent,
    /// Makes the call of its task, a byte every 200 ms.
    Slow,
    /// Answers with 64 MiB.
    Huge,
    /// Sends its caller to a host that the agent's owner does not know.
    Elsewhere,
}

impl Behaviour {
    /// All behaviours, for tests and lists.
    pub const ALL: [Self; 14] = [
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
        Self::Silent,
        Self::Slow,
        Self::Huge,
        Self::Elsewhere,
    ];
}
