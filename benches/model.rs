//! The mock model over loopback: a turn is a Chat Completions request with a task and its answer, plain and streamed.
//! Goal: 2,000 turns a second on two cores.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use criterion::{Criterion, Throughput};
use futures_util::future::join_all;
use http::{Method, Request};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use pincer_core::plan::{Mind, ToolCall};
use pincer_core::scenario::Behaviour;
use pincer_core::vocab::{CaseId, Lane, Nonce, Part, Tracer};
use pincer_stage::model::Model;
use pincer_stage::{Clock, Playbook, Sensor};
use serde_json::{Map, Value, json};

type HttpClient = Client<HttpConnector, Full<Bytes>>;

/// Parallel agents.
const AGENTS: usize = 16;
/// Turns of each agent in one measurement.
const TURNS: usize = 25;

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let (tracer, case) = (Tracer::new(1, Nonce::default()), CaseId { scenario: 1, index: 0 });
    let canary = tracer.canary(case, Part::REQUEST).to_string();
    let sensor = Sensor::new(Clock::start(), Lane::default(), tracer, Arc::new(|_| {}));
    let playbook = Arc::new(Playbook::default());
    let arguments = Map::from_iter([("id".to_owned(), Value::from(canary.as_str()))]);
    let task = ToolCall { name: "get_account".to_owned(), arguments };
    playbook.set_mind(
        case,
        Mind {
            behaviour: Behaviour::Diligent,
            script: Vec::new(),
            task,
            order: None,
            touches: None,
            sign: String::new(),
        },
    );
    let listener = pincer_stage::bind("model", ([127, 0, 0, 1], 0).into())?;
    let model = runtime.block_on(async { Model::open(listener, String::new(), playbook, sensor) })?;
    let url = format!("http://{}/v1/chat/completions", model.address());
    let client: HttpClient = Client::builder(TokioExecutor::new()).build_http();
    let mut criterion = Criterion::default().measurement_time(Duration::from_secs(10)).configure_from_args();
    let mut group = criterion.benchmark_group("model");
    group.throughput(Throughput::Elements(u64::try_from(AGENTS * TURNS)?));
    for (name, stream) in [("plain", false), ("events", true)] {
        let body = body(&canary, stream);
        // An invalid answer would be fast, so one is checked before they are counted.
        let first = runtime.block_on(turn(&client, &url, &body)).ok_or("no answer")?;
        assert!(String::from_utf8_lossy(&first).contains("get_account"), "{first:?}");
        group.bench_function(name, |bencher| bencher.iter(|| runtime.block_on(turns(&client, &url, &body))));
    }
    group.finish();
    criterion.final_summary();
    Ok(())
}

fn body(canary: &str, stream: bool) -> Bytes {
    let tool = json!({"type": "function", "function": {"name": "get_account", "description": "Shows an account",
        "parameters": {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}}});
    let system = "You help customers of a bank with their accounts. ".repeat(20);
    let task = format!("What is the balance of account {canary}?");
    let messages = json!([{"role": "system", "content": system}, {"role": "user", "content": task}]);
    Bytes::from(json!({"model": "gpt-4o", "messages": messages, "tools": [tool], "stream": stream}).to_string())
}

async fn turns(client: &HttpClient, url: &str, body: &Bytes) -> usize {
    let agent = async || {
        let mut answered = 0;
        for _ in 0..TURNS {
            answered += usize::from(turn(client, url, body).await.is_some());
        }
        answered
    };
    join_all((0..AGENTS).map(|_| agent())).await.into_iter().sum()
}

async fn turn(client: &HttpClient, url: &str, body: &Bytes) -> Option<Bytes> {
    let request = Request::builder().method(Method::POST).uri(url).header("content-type", "application/json");
    let response = client.request(request.body(Full::new(body.clone())).ok()?).await.ok()?;
    response.into_body().collect().await.ok().map(http_body_util::Collected::to_bytes)
}
