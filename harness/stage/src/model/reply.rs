//! An answer before a dialect formats it: ids, texts, calls and usage, all derived from the request.

use pincer_core::observe::Capture;
use serde_json::{Map, Value, json};

use super::dialogue::Dialogue;
use super::said::{Said, Stop};

/// An answer.
#[derive(Debug)]
pub(super) struct Reply {
    digest: String,
    /// The model, as the agent names it.
    pub(super) model: String,
    /// The text; none if it is calls.
    pub(super) text: Option<String>,
    /// The calls.
    pub(super) calls: Vec<Asked>,
    /// Whether the answer says that it is complete, although it asks for a call.
    pub(super) closing: bool,
    /// Why the text ended too early.
    pub(super) stop: Option<Stop>,
    /// Whether the stream must end with the usage.
    pub(super) wants_usage: bool,
    /// Tokens of the request and of the answer.
    pub(super) usage: (u64, u64),
}

/// A requested call.
#[derive(Debug)]
pub(super) struct Asked {
    /// Unique digits.
    pub(super) id: String,
    /// The tool.
    pub(super) name: String,
    /// The arguments as text, possibly invalid JSON.
    pub(super) arguments: String,
}

impl Reply {
    /// The reply to the request with this body.
    pub(super) fn new(said: &Said, dialogue: &Dialogue, body: &Capture) -> Self {
        let (text, calls) = match said {
            Said::Text(text) | Said::Stopped(text, _) => (Some(text.clone()), Vec::new()),
            Said::Calls(calls) => {
                (None, calls.iter().map(|call| (call.name.clone(), written(&call.arguments))).collect())
            }
            Said::Closing(call) => (None, vec![(call.name.clone(), written(&call.arguments))]),
            Said::Raw { name, arguments } => (None, vec![(name.clone(), arguments.clone())]),
        };
        let head: String = body.sha256.chars().take(20).collect();
        let id = |at: usize| format!("{head}{at:04x}");
        let calls: Vec<Asked> = calls
            .into_iter()
            .enumerate()
            .map(|(at, (name, arguments))| Asked { id: id(at), name, arguments })
            .collect();
        let said_bytes = text.iter().map(String::len).sum::<usize>()
            + calls.iter().map(|call| call.name.len() + call.arguments.len()).sum::<usize>();
        Self {
            digest: body.sha256.clone(),
            model: if dialogue.model.is_empty() { "gpt-4o".to_owned() } else { dialogue.model.clone() },
            text,
            calls,
            closing: matches!(said, Said::Closing(_)),
            stop: if let Said::Stopped(_, stop) = said { Some(*stop) } else { None },
            wants_usage: dialogue.wants_usage,
            usage: (tokens(body.length), tokens(u64::try_from(said_bytes).unwrap_or(u64::MAX))),
        }
    }

    /// An id with this prefix.
    pub(super) fn id(&self, prefix: &str) -> String {
        format!("{prefix}{}", self.digest.chars().take(29).collect::<String>())
    }

    /// Whether calls are requested and not denied.
    pub(super) fn waits(&self) -> bool {
        !self.calls.is_empty() && !self.closing
    }
}

impl Asked {
    /// The arguments where an object is required. Invalid ones are wrapped into an object, as in Anthropic's guide to
    /// fine-grained tool streaming: anything else would break the client's SDK, not its agent.
    pub(super) fn object(&self) -> Value {
        serde_json::from_str(&self.arguments).unwrap_or_else(|_| json!({ "INVALID_JSON": self.arguments }))
    }
}

/// Arguments as text.
pub(super) fn written(arguments: &Map<String, Value>) -> String {
    serde_json::to_string(arguments).unwrap_or_default()
}

/// A text in the pieces of a stream: up to eight, none empty.
pub(super) fn pieces(text: &str) -> Vec<String> {
    let all: Vec<char> = text.chars().collect();
    all.chunks(all.len().div_ceil(8).max(1)).map(|piece| piece.iter().collect()).collect()
}

/// The creation time of answers (Unix time, 2025-11-24); fixed, so that the same request gives the same answer.
pub(super) const CREATED: u64 = 1_763_942_400;

/// Tokens of this many bytes, at four bytes a token, as in English text.
fn tokens(bytes: u64) -> u64 {
    (bytes / 4).max(1)
}
