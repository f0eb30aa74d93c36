//! An HTTP answer: JSON or an event stream.

use pincer_core::scenario::Behaviour;
use serde_json::{Value, json};

/// An answer, and how it is sent.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) mime: &'static str,
    /// Additional headers.
    pub(super) headers: Vec<(&'static str, String)>,
    /// The body: one piece, or one for each event.
    pub(super) pieces: Vec<String>,
    /// The behaviour that breaks it.
    pub(super) manner: Option<Behaviour>,
}

impl Answer {
    /// JSON.
    pub(super) fn json(status: u16, value: &Value) -> Self {
        Self::new(status, "application/json", vec![value.to_string()])
    }

    /// Server-sent events (WHATWG HTML, section 9.2), each with its empty line.
    pub(super) fn events(body: &str) -> Self {
        Self::new(200, "text/event-stream; charset=utf-8", body.split_inclusive("\n\n").map(str::to_owned).collect())
    }

    /// An error in `OpenAI`'s format.
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

    /// The answer of a model with this behaviour. `elsewhere` is where it redirects its callers, if it does; `sign` is
    /// the text that it should not disclose.
    pub(super) fn by(self, behaviour: Behaviour, elsewhere: &str, sign: &str) -> Self {
        let inside = || {
            format!(
                "Traceback (most recent call last):\n  File \"/srv/inference/router.py\", line 88, in route\n    \
                 worker = self.pool[request.session]\nKeyError: '{sign}'"
            )
        };
        match behaviour {
            Behaviour::Failing => {
                Self::error(500, "server_error", "The server had an error while processing your request.")
            }
            Behaviour::Busy | Behaviour::Throttling | Behaviour::Overloaded => {
                let busy = match behaviour {
                    Behaviour::Overloaded => Self::error(503, "server_error", "The server is overloaded."),
                    _ => Self::error(429, "requests", "Rate limit reached for requests."),
                };
                let wait = behaviour.retry_after().unwrap_or_default().to_owned();
                Self { headers: vec![("retry-after", wait)], ..busy }
            }
            Behaviour::Babbling => Self::error(500, "server_error", &inside()),
            Behaviour::Rejecting => Self::error(400, "invalid_request_error", &inside()),
            Behaviour::Elsewhere | Behaviour::Moved => {
                let moved = Self::json(if behaviour == Behaviour::Moved { 308 } else { 307 }, &json!({}));
                Self { headers: vec![("location", elsewhere.to_owned())], ..moved }
            }
            Behaviour::Silent | Behaviour::Slow | Behaviour::Huge | Behaviour::Cut => {
                Self { manner: Some(behaviour), ..self }
            }
            _ => self,
        }
    }
}

/// One event without a name.
pub(super) fn data(value: &Value) -> String {
    format!("data: {value}\n\n")
}

/// One event named by its `type`.
pub(super) fn named(value: &Value) -> String {
    format!("event: {}\ndata: {value}\n\n", value.get("type").and_then(Value::as_str).unwrap_or_default())
}
