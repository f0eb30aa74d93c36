//! The dialects by their paths, and the list of models in each.

use hyper::Request;
use hyper::body::Bytes;
use serde_json::{Value, json};

use super::answer::Answer;
use super::dialogue::Dialogue;
use super::reply::{CREATED, Reply};
use super::{chat, gemini, messages, responses};

/// How an agent speaks to its model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Dialect {
    /// `OpenAI`'s Chat Completions.
    Chat,
    /// `OpenAI`'s Responses.
    Responses,
    /// Anthropic's Messages.
    Messages,
    /// Gemini's `generateContent`; the path gives the model, and whether and how it streams.
    Gemini {
        /// The model.
        model: String,
        /// How the answer is sent.
        flow: gemini::Flow,
    },
}

impl Dialect {
    /// The dialect of a path and query, if known.
    pub(super) fn of(path: &str, query: &str) -> Option<Self> {
        let path = path.trim_end_matches('/').replace("%3A", ":").replace("%3a", ":");
        let (before, last) = path.rsplit_once('/')?;
        match last {
            "completions" if before.ends_with("/chat") => Some(Self::Chat),
            "responses" => Some(Self::Responses),
            "messages" => Some(Self::Messages),
            _ if before.ends_with("/models") => {
                let (model, verb) = last.rsplit_once(':')?;
                let flow = gemini::Flow::of(verb, query)?;
                Some(Self::Gemini { model: model.to_owned(), flow })
            }
            _ => None,
        }
    }

    /// Reads a request; none if it is not of this dialect.
    pub(super) fn read(&self, body: &Value) -> Option<Dialogue> {
        match self {
            Self::Chat => chat::read(body),
            Self::Responses => responses::read(body),
            Self::Messages => messages::read(body),
            Self::Gemini { model, .. } => gemini::read(body, model),
        }
    }

    /// Writes an answer.
    pub(super) fn write(&self, reply: &Reply, stream: bool) -> Answer {
        match self {
            Self::Chat if stream => Answer::events(&chat::stream(reply)),
            Self::Chat => Answer::json(200, &chat::whole(reply)),
            Self::Responses if stream => Answer::events(&responses::stream(reply)),
            Self::Responses => Answer::json(200, &responses::whole(reply)),
            Self::Messages if stream => Answer::events(&messages::stream(reply)),
            Self::Messages => Answer::json(200, &messages::whole(reply)),
            Self::Gemini { flow, .. } => gemini::write(reply, *flow),
        }
    }
}

/// The maker of the client.
#[derive(Debug, Clone, Copy)]
pub(super) enum Maker {
    /// `OpenAI`, and compatible clients.
    OpenAi,
    /// Anthropic.
    Anthropic,
    /// Google.
    Google,
}

impl Maker {
    /// By a header that only this maker's clients send, or by the path or query.
    pub(super) fn of(request: &Request<Bytes>) -> Self {
        let has = |name: &str| request.headers().contains_key(name);
        let by_key = request.uri().query().unwrap_or_default().split('&').any(|pair| pair.starts_with("key="));
        if has("x-goog-api-key") || by_key || request.uri().path().contains("/v1beta") {
            Self::Google
        } else if has("anthropic-version") {
            Self::Anthropic
        } else {
            Self::OpenAi
        }
    }
}

/// The list of models, or one of them, in the client's format.
pub(super) fn models(path: &str, maker: Maker) -> Option<Value> {
    let shape = match maker {
        Maker::OpenAi => of_openai,
        Maker::Anthropic => of_anthropic,
        Maker::Google => of_gemini,
    };
    let (before, last) = path.trim_end_matches('/').rsplit_once('/')?;
    if last != "models" {
        return before.ends_with("/models").then(|| shape(last));
    }
    let all = MODELS.map(shape);
    Some(match maker {
        Maker::OpenAi => json!({ "object": "list", "data": all }),
        Maker::Anthropic => {
            json!({ "data": all, "has_more": false, "first_id": MODELS.first(), "last_id": MODELS.last() })
        }
        Maker::Google => json!({ "models": all }),
    })
}

fn of_openai(name: &str) -> Value {
    json!({ "id": name, "object": "model", "created": CREATED, "owned_by": "system" })
}

fn of_anthropic(name: &str) -> Value {
    json!({ "type": "model", "id": name, "display_name": name, "created_at": "2025-11-24T00:00:00Z", "lifecycle": "active" })
}

fn of_gemini(name: &str) -> Value {
    json!({
        "name": format!("models/{name}"), "version": "001", "displayName": name, "description": name,
        "inputTokenLimit": 1_048_576, "outputTokenLimit": 65_536,
        "supportedGenerationMethods": ["generateContent", "streamGenerateContent"],
    })
}

/// Names that agents check for.
const MODELS: [&str; 5] = ["gpt-4o", "gpt-4o-mini", "gpt-4.1", "claude-sonnet-4-5", "gemini-2.5-flash"];
