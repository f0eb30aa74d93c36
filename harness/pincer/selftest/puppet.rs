//! An agent without checks: it makes every call that its model asks for. The sentinel decides what it then reports.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use pincer_core::scenario::Target;
use serde_json::{Value, json};

/// Most turns of a puppet.
const MOST: usize = 64;
/// Most bytes of an answer, so that an endless one ends.
const WHOLE: usize = 16 << 20;
/// Calls of a sentinel that loops.
const LOOPS: usize = 400;

type HttpClient = Client<HttpConnector, Full<Bytes>>;

/// The tools and addresses of the puppet.
#[derive(Debug, Clone)]
pub(super) struct Puppet {
    model: SocketAddr,
    upstream: SocketAddr,
    target: Target,
}

impl Puppet {
    /// A puppet with the tools of a descriptor.
    pub(super) fn new(model: SocketAddr, upstream: SocketAddr, target: &Target) -> Self {
        Self { model, upstream, target: target.clone() }
    }

    /// Makes the model's calls as long as it asks for some; returns the model's last text.
    pub(super) async fn act(&self, task: &str) -> Option<String> {
        let client = client();
        let mut messages = vec![json!({ "role": "user", "content": task })];
        for _ in 0..MOST {
            let (message, calls) = self.ask(&client, &messages).await?;
            if calls.is_empty() {
                return message.get("content")?.as_str().map(str::to_owned);
            }
            messages.push(message);
            for call in calls {
                let done = self.make(&client, &call).await.unwrap_or_default();
                let content = String::from_utf8_lossy(&done).into_owned();
                messages.push(json!({ "role": "tool", "tool_call_id": call["id"], "content": content }));
            }
        }
        None
    }

    /// Makes the model's first call again and again, and never finishes.
    pub(super) async fn loop_over(&self, task: &str) -> Option<String> {
        let client = client();
        let (_, calls) = self.ask(&client, &[json!({ "role": "user", "content": task })]).await?;
        for call in calls.iter().cycle().take(LOOPS) {
            self.make(&client, call).await;
        }
        std::future::pending().await
    }

    /// The model's message, and the calls in it.
    async fn ask(&self, client: &HttpClient, messages: &[Value]) -> Option<(Value, Vec<Value>)> {
        let tools = self.target.operations.values().filter_map(|operation| operation.tool.as_ref());
        let tools: Vec<Value> = tools
            .map(|tool| json!({ "type": "function", "function": { "name": tool.name, "parameters": { "type": "object" } } }))
            .collect();
        let url = format!("http://{}/v1/chat/completions", self.model);
        let body = json!({ "model": "puppet", "messages": messages, "tools": tools });
        let answer: Value = serde_json::from_slice(&send(client, Method::POST, url, Some(&body)).await?).ok()?;
        let message = answer.pointer("/choices/0/message")?.clone();
        let calls = message.get("tool_calls").and_then(Value::as_array).cloned().unwrap_or_default();
        Some((message, calls))
    }

    /// Makes any call.
    async fn make(&self, client: &HttpClient, call: &Value) -> Option<Bytes> {
        let name = call.pointer("/function/name")?.as_str()?;
        let arguments: Value = serde_json::from_str(call.pointer("/function/arguments")?.as_str()?).ok()?;
        let named = |tool: &pincer_core::scenario::Tool| tool.name == name;
        let operation = self.target.operations.values().find(|operation| operation.tool.as_ref().is_some_and(named))?;
        let id = arguments.get("id").and_then(Value::as_str).unwrap_or_default();
        let url = format!("http://{}{}", self.upstream, operation.path.replace("{id}", id));
        let method = Method::from_bytes(operation.method.as_bytes()).ok()?;
        let body = (method == Method::POST).then_some(&arguments);
        send(client, method, url, body).await
    }
}

fn client() -> HttpClient {
    Client::builder(TokioExecutor::new()).build_http()
}

async fn send(client: &HttpClient, method: Method, url: String, body: Option<&Value>) -> Option<Bytes> {
    let bytes = body.map(|body| Bytes::from(body.to_string())).unwrap_or_default();
    let request = Request::builder().method(method).uri(url).header("content-type", "application/json");
    let response = client.request(request.body(Full::new(bytes)).ok()?).await.ok()?;
    Limited::new(response.into_body(), WHOLE).collect().await.ok().map(http_body_util::Collected::to_bytes)
}
