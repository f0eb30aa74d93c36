//! The model: sends a conversation to its Chat Completions interface; returns a turn, which is text or tool calls.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};

use super::origin::{Origin, location};
use super::settings::ModelSettings;
use crate::client::{Client, Trust, client};
use crate::settings::SettingsError;
use crate::weakness::{Weakness, Weaknesses};

/// Largest turn, in bytes.
const MOST: usize = 1024 * 1024;
/// Calls in one turn; further ones are ignored.
const CALLS: usize = 64;
/// With a weakness: how often to ask a model that keeps refusing, without a pause.
const HURRIED: u32 = 20;
/// Time limit for a connection.
const CONNECT: Duration = Duration::from_secs(2);

/// A tool that the model asks for.
#[derive(Debug, Clone)]
pub(super) struct Call {
    /// The id that the model gave this call.
    pub(super) id: String,
    pub(super) tool: String,
    /// As the model wrote them; valid JSON if all is well.
    pub(super) arguments: String,
    /// Its position among the calls of its turn.
    pub(super) place: usize,
}

/// What the model says.
#[derive(Debug)]
pub(super) enum Turn {
    /// Text: the model is finished.
    Says(String),
    /// Tool calls, with any text beside them.
    Calls(String, Vec<Call>),
}

/// No usable turn came in time.
#[derive(Debug, Default)]
pub(super) struct Lost {
    /// The model's error text; only a weakness keeps it.
    pub(super) said: Option<String>,
}

/// The model.
pub(super) struct Model {
    client: Client,
    address: Uri,
    name: String,
    key: HeaderValue,
    weak: Weaknesses,
}

impl Model {
    pub(super) fn new(settings: &ModelSettings, weak: &Weaknesses) -> Result<Self, SettingsError> {
        let fail = || SettingsError::Upstream("model".to_owned());
        let address: Uri =
            format!("{}/chat/completions", settings.url.trim_end_matches('/')).parse().map_err(|_| fail())?;
        Origin::of(&address).filter(|_| address.query().is_none()).ok_or_else(fail)?;
        let mut key = HeaderValue::from_str(&format!("Bearer {}", settings.key.0)).map_err(|_| fail())?;
        key.set_sensitive(true);
        let client = client(CONNECT, Trust::of(address.scheme_str()))?;
        Ok(Self { client, address, name: settings.name.clone(), key, weak: weak.clone() })
    }

    /// Asks for the next turn, once.
    pub(super) async fn ask(&self, messages: &[Value], tools: &Value, until: Instant) -> Result<Turn, Lost> {
        let mut asked = 0;
        loop {
            asked += 1;
            let (status, body) = timeout_at(until, self.post(messages, tools)).await.ok().flatten().unwrap_or_default();
            let busy = matches!(status.as_u16(), 429 | 503);
            if busy && asked < HURRIED && self.weak.has(Weakness::AgentHurriesModel) {
                continue;
            }
            if status.is_success() {
                let answer = serde_json::from_slice(&body).unwrap_or_default();
                return turn(&answer, &self.weak).ok_or_else(Lost::default);
            }
            let kept = self.weak.has(Weakness::AgentRelaysModelErrors) && !body.is_empty();
            return Err(Lost { said: kept.then(|| String::from_utf8_lossy(&body).into_owned()) });
        }
    }

    /// Status and body of the answer to one request.
    async fn post(&self, messages: &[Value], tools: &Value) -> Option<(StatusCode, Bytes)> {
        let mut question = json!({"model": self.name, "messages": messages, "stream": false});
        if tools.as_array().is_some_and(|tools| !tools.is_empty()) {
            question["tools"] = tools.clone();
        }
        let mut request = Request::new(Full::new(Bytes::from(question.to_string())));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.address.clone();
        let headers = request.headers_mut();
        headers.insert(header::AUTHORIZATION, self.key.clone());
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        let without_key = self.weak.has(Weakness::AgentPromptFollowsRedirect);
        let elsewhere = (without_key || self.weak.has(Weakness::AgentModelRedirect)).then(|| request.clone());
        let mut response = self.client.request(request).await.ok()?;
        if let Some(mut again) = elsewhere
            && let Some(address) = location(&self.address, response.headers())
        {
            *again.uri_mut() = address;
            if without_key {
                again.headers_mut().remove(header::AUTHORIZATION);
            }
            response = self.client.request(again).await.ok()?;
        }
        let status = response.status();
        let body = Limited::new(response.into_body(), MOST).collect().await.ok()?;
        Some((status, body.to_bytes()))
    }
}

/// The turn in an answer. Calls count whatever `finish_reason` is; text counts only if it ended properly.
fn turn(answer: &Value, weak: &Weaknesses) -> Option<Turn> {
    let choice = answer.pointer("/choices/0")?;
    let message = choice.get("message")?;
    let mut words = words(message.get("content"));
    let calls = message.get("tool_calls").and_then(Value::as_array).filter(|calls| !calls.is_empty());
    if let Some(calls) = calls {
        let calls: Option<Vec<_>> = calls.iter().take(CALLS).enumerate().map(|(at, wanted)| call(at, wanted)).collect();
        return Some(Turn::Calls(words, calls?));
    }
    let cut = weak.has(Weakness::AgentTakesCutWords);
    if let Some(refusal) = message.get("refusal").and_then(Value::as_str).filter(|_| cut && words.is_empty()) {
        refusal.clone_into(&mut words);
    }
    let reason = choice.get("finish_reason").unwrap_or(&Value::Null);
    let ended = cut || reason.is_null() || reason == "stop";
    let empty = words.trim().is_empty() && !weak.has(Weakness::AgentEmptySuccess);
    (ended && !empty).then_some(Turn::Says(words))
}

fn call(at: usize, wanted: &Value) -> Option<Call> {
    let function = wanted.get("function")?;
    let arguments = match function.get("arguments") {
        Some(Value::String(text)) => text.clone(),
        None | Some(Value::Null) => "{}".to_owned(),
        Some(other) => other.to_string(),
    };
    let id = wanted.get("id").and_then(Value::as_str).map_or_else(|| format!("call-{at}"), str::to_owned);
    Some(Call { id, tool: function.get("name")?.as_str()?.to_owned(), arguments, place: at })
}

/// The text of a content, which is a string or a list of parts.
fn words(content: Option<&Value>) -> String {
    match content {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => parts.iter().filter_map(|part| part.get("text")?.as_str()).collect(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(message: &Value, reason: &str) -> Option<Turn> {
        turn(&json!({"choices": [{"message": message, "finish_reason": reason}]}), &Weaknesses::default())
    }

    #[test]
    fn calls_count_whatever_the_finish_reason() {
        let message = json!({"content": null, "tool_calls": [
            {"id": "a", "type": "function", "function": {"name": "read", "arguments": "{}"}}]});
        for reason in ["stop", "tool_calls", "length"] {
            assert!(matches!(read(&message, reason), Some(Turn::Calls(_, calls)) if calls.len() == 1), "{reason}");
        }
    }

    #[test]
    fn incomplete_turn_is_rejected() {
        assert!(matches!(read(&json!({"content": "yes"}), "stop"), Some(Turn::Says(text)) if text == "yes"));
        for (message, reason) in [
            (json!({"content": "yes"}), "length"),
            (json!({"content": "yes"}), "tool_calls"),
            (json!({"content": ""}), "stop"),
            (json!({"content": null, "tool_calls": []}), "stop"),
            (json!({"tool_calls": [{"function": {}}]}), "tool_calls"),
        ] {
            assert!(read(&message, reason).is_none(), "{message}");
        }
        for answer in [json!({}), json!({"choices": []}), json!([]), json!({"error": {"message": "no"}})] {
            assert!(turn(&answer, &Weaknesses::default()).is_none(), "{answer}");
        }
    }
}
