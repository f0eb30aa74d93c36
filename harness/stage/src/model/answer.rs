//! An HTTP answer: JSON or a stream of events.

use serde_json::{Value, json};
use wiremock::ResponseTemplate;

/// An answer before it is wiremock's.
#[derive(Debug)]
pub(super) struct Answer {
    status: u16,
    mime: &'static str,
    body: String,
}

impl Answer {
    /// JSON.
    pub(super) fn json(status: u16, value: &Value) -> Self {
        Self { status, mime: "application/json", body: value.to_string() }
    }

    /// Server-sent events (WHATWG HTML, section 9.2).
    pub(super) fn events(body: String) -> Self {
        Self { status: 200, mime: "text/event-stream; charset=utf-8", body }
    }

    /// An error in `OpenAI`'s shape.
    pub(super) fn refusal(status: u16, message: &str) -> Self {
        let error = json!({ "message": message, "type": "invalid_request_error", "param": null, "code": null });
        Self::json(status, &json!({ "error": error }))
    }
}

impl From<Answer> for ResponseTemplate {
    fn from(answer: Answer) -> Self {
        Self::new(answer.status).set_body_raw(answer.body, answer.mime)
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
