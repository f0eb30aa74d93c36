//! An HTTP answer: JSON or a stream of events.

use pincer_core::scenario::Behaviour;
use serde_json::{Value, json};

/// An answer, and how it comes.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) mime: &'static str,
    /// Further headers.
    pub(super) headers: Vec<(&'static str, String)>,
    /// The body: one piece, or one for each event.
    pub(super) pieces: Vec<String>,
    /// The behaviour that spoils it.
    pub(super) manner: Option<Behaviour>,
}

impl Answer {
    /// JSON.
    pub(super) fn json(status: u16, value: &Value) -> Self {
        Self::new(status, "application/json", vec![value.to_string()])
    }

    /// Server-sent events (WHATWG HTML, section 9.2), each with the empty line behind it.
    pub(super) fn events(body: &str) -> Self {
        Self::new(200, "text/event-stream; charset=utf-8", body.split_inclusive("\n\n").map(str::to_owned).collect())
    }

    /// An error in `OpenAI`'s shape.
    pub(super) fn refusal(status: u16, message: &str) -> Self {
        Self::error(status, "invalid_request_error", message)
    }

    fn error(status: u16, kind: &str, message: &str) -> Self {
        let error = json!({ "message": message, "type": kind, "param": null, "code": null });
        Self::json(status, &json!({ "error": error }))
    }

    fn new(status: u16, mime: &'static str, pieces: Vec<String>) -> Self {
        Self { status, mime, headers: Vec::new(), pieces, manner: None }
    }

    /// The answer of a model that behaves so; `elsewhere` is where it sends its callers if it does.
    pub(super) fn by(self, behaviour: Behaviour, elsewhere: &str) -> Self {
        match behaviour {
            Behaviour::Failing => {
                Self::error(500, "server_error", "The server had an error while processing your request.")
            }
            Behaviour::Busy => {
                let busy = Self::error(429, "requests", "Rate limit reached for requests.");
                Self { headers: vec![("retry-after", "3600".to_owned())], ..busy }
            }
            Behaviour::Elsewhere => {
                let moved = Self::json(307, &json!({}));
                Self { headers: vec![("location", format!("{elsewhere}/v1/chat/completions"))], ..moved }
            }
            Behaviour::Silent | Behaviour::Slow | Behaviour::Huge => Self { manner: Some(behaviour), ..self },
            _ => self,
        }
    }
}

/// One event without a name.
pub(super) fn data(value: &Value) -> String {
    format!("data: {value}\n\n")
}

/// One event named as its `type` says.
pub(super) fn named(value: &Value) -> String {
    format!("event: {}\ndata: {value}\n\n", value.get("type").and_then(Value::as_str).unwrap_or_default())
}
