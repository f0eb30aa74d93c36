//! The tests' rig: a scripted model, an API that notes arrivals, and an agent between them.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use pincer_reference::agent::{Agent, AgentConfig, AgentSettings, RunningAgent};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

pub(crate) const API: &str = include_str!("../../../scenarios/targets/reference/openapi.yaml");
pub(crate) const KEY: &str = "the-key-of-the-api-4711";

/// A request that reached a server.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Arrival {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

type Play = dyn Fn(usize, &Arrival) -> Response<Full<Bytes>> + Send + Sync;

/// A server that notes what arrives and answers with `play`, which gets the number of the request.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    arrivals: Arc<Mutex<Vec<Arrival>>>,
    _tasks: JoinSet<()>,
}

impl Server {
    pub(crate) async fn start(play: impl Fn(usize, &Arrival) -> Response<Full<Bytes>> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, arrivals) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(Vec::new())));
        let (mut tasks, noted, play): (_, _, Arc<Play>) = (JoinSet::new(), arrivals.clone(), Arc::new(play));
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (noted, play) = (noted.clone(), play.clone());
                connections.spawn(async move {
                    let serve = service_fn(move |request: Request<Incoming>| {
                        let (noted, play) = (noted.clone(), play.clone());
                        async move { Ok::<_, Infallible>(answer(request, &noted, &play).await) }
                    });
                    let _ =
                        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), serve).await;
                });
            }
        });
        Self { address, arrivals, _tasks: tasks }
    }

    pub(crate) fn arrivals(&self) -> Vec<Arrival> {
        self.arrivals.lock().unwrap().clone()
    }

    /// Method and target of each arrival.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.arrivals().iter().map(|arrival| format!("{} {}", arrival.method, arrival.target)).collect()
    }
}

async fn answer(request: Request<Incoming>, noted: &Mutex<Vec<Arrival>>, play: &Arc<Play>) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    let arrival = Arrival {
        method: parts.method.to_string(),
        target: parts.uri.to_string(),
        headers: parts.headers,
        body: body.collect().await.unwrap().to_bytes(),
    };
    let count = {
        let mut all = noted.lock().unwrap();
        all.push(arrival.clone());
        all.len() - 1
    };
    play(count, &arrival)
}

pub(crate) fn reply(status: u16, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(Full::new(body.into())).unwrap()
}

/// A turn in which the model calls a tool.
pub(crate) fn wants(tool: &str, arguments: &Value) -> Value {
    json!({"role": "assistant", "content": null, "tool_calls": [
        {"id": "call", "type": "function", "function": {"name": tool, "arguments": arguments.to_string()}}]})
}

/// A turn in which the model is finished.
pub(crate) fn says(words: &str) -> Value {
    json!({"role": "assistant", "content": words})
}

/// An agent with its model and its API.
pub(crate) struct Rig {
    pub(crate) agent: RunningAgent,
    pub(crate) model: Server,
    pub(crate) api: Server,
    folder: TempDir,
}

impl Rig {
    /// The model takes these turns in order and repeats the last one.
    pub(crate) async fn start(turns: Vec<Value>, api: Server, change: impl FnOnce(&mut AgentSettings)) -> Self {
        Self::with_model(api, change, move |count| {
            let message = turns.get(count).or(turns.last()).unwrap();
            let reason = if message.get("tool_calls").is_some() { "tool_calls" } else { "stop" };
            (200, json!({"choices": [{"index": 0, "message": message, "finish_reason": reason}]}))
        })
        .await
    }

    /// The model answers each request as `play` says.
    pub(crate) async fn with_model(
        api: Server,
        change: impl FnOnce(&mut AgentSettings),
        play: impl Fn(usize) -> (u16, Value) + Send + Sync + 'static,
    ) -> Self {
        let model = Server::start(move |count, _| {
            let (status, answer) = play(count);
            reply(status, &[("content-type", "application/json")], answer.to_string())
        })
        .await;
        let folder = TempDir::new().unwrap();
        let settings = format!(
            "listen: 127.0.0.1:0\nmodel: {{ url: \"http://{}/v1\", name: m, key: the-key-of-the-model }}\n\
             upstream: {{ url: \"http://{}\", key: {KEY} }}\ntools: [read, search, create]\napprove: [create]\n",
            model.address, api.address
        );
        let mut config = AgentConfig::read(&settings, API).unwrap();
        config.settings.log = Some(folder.path().join("actions.jsonl"));
        change(&mut config.settings);
        Self { agent: Agent::start(config).await.unwrap(), model, api, folder }
    }

    /// Posts JSON to the agent; returns status and answer.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.post_as("", path, body).await
    }

    /// The same, for the user with this key.
    pub(crate) async fn post_as(&self, key: &str, path: &str, body: &Value) -> (u16, Value) {
        let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
        let request = Request::post(format!("http://{}{path}", self.agent.address()))
            .header("content-type", "application/json")
            .header("x-user-key", key)
            .body(Full::new(Bytes::from(body.to_string())))
            .unwrap();
        let response = client.request(request).await.unwrap();
        let status = response.status().as_u16();
        (status, serde_json::from_slice(&response.into_body().collect().await.unwrap().to_bytes()).unwrap())
    }

    /// Ends a user's session; returns the status.
    pub(crate) async fn end(&self, key: &str, session: &str) -> u16 {
        let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
        let request = Request::delete(format!("http://{}/sessions/{session}", self.agent.address()));
        let request = request.header("x-user-key", key).body(Full::default()).unwrap();
        client.request(request).await.unwrap().status().as_u16()
    }

    pub(crate) async fn invoke(&self, input: &str) -> Value {
        let (status, answer) = self.post("/invoke", &json!({ "input": input })).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }

    /// The lines of the action log.
    pub(crate) fn log(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.folder.path().join("actions.jsonl")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The last request to the model.
    pub(crate) fn last_question(&self) -> String {
        self.model.arrivals().last().unwrap().json().to_string()
    }
}
