//! A minimal client, and what does not depend on the dialect: paths, refusals, lists.

use std::net::SocketAddr;

use pincer_core::scenario::Behaviour;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{Stage, canary, case, mind};

/// An answer.
#[derive(Debug, PartialEq)]
pub(super) struct Got {
    pub(super) status: u16,
    pub(super) mime: String,
    pub(super) body: String,
}

impl Got {
    pub(super) fn json(&self) -> Value {
        assert_eq!(self.mime, "application/json");
        serde_json::from_str(&self.body).unwrap()
    }

    /// The events by name and data.
    pub(super) fn events(&self) -> Vec<(String, String)> {
        assert_eq!(self.mime, "text/event-stream; charset=utf-8");
        let field = |event: &str, name: &str| {
            event.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().to_owned()
        };
        assert!(self.body.ends_with("\n\n"));
        self.body.trim_end().split("\n\n").map(|event| (field(event, "event: "), field(event, "data: "))).collect()
    }
}

pub(super) async fn ask(address: SocketAddr, method: &str, path: &str, more: &str, body: &str) -> Got {
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = format!("{method} {path} HTTP/1.0\r\nhost: model\r\nconnection: close\r\n{more}");
    let request = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let mime = head.lines().find_map(|line| line.strip_prefix("content-type: ")).unwrap().to_owned();
    Got { status, mime, body: body.to_owned() }
}

pub(super) async fn post(address: SocketAddr, path: &str, body: &Value) -> Got {
    ask(address, "POST", path, "", &body.to_string()).await
}

#[tokio::test]
async fn unknown_dialect_is_refused_in_openais_format() {
    let stage = Stage::open();
    let address = stage.model.address();
    let cases = [
        ("POST", "/v1/embeddings", "{}", 404),
        ("GET", "/v1/chat/completions", "", 404),
        ("POST", "/v1/models/gemini:countTokens", "{}", 404),
        ("POST", "/v1/chat/completions", "{\"messages\": [", 400),
        ("POST", "/v1/chat/completions", "[]", 400),
        ("POST", "/v1/responses", "{\"input\": 7}", 400),
        ("POST", "/v1/messages", "{}", 400),
        ("POST", "/v1beta/models/g:generateContent", "{}", 400),
    ];
    for (method, path, body, status) in cases {
        let got = ask(address, method, path, "", body).await;
        let error = &got.json()["error"];
        assert_eq!((got.status, &error["type"]), (status, &json!("invalid_request_error")), "{method} {path}");
        assert!(error["message"].is_string() && error.get("param").is_some() && error.get("code").is_some());
    }
    assert!(stage.turns().is_empty(), "nobody was asked");
}

#[tokio::test]
async fn models_are_listed_in_the_clients_format() {
    let stage = Stage::open();
    let address = stage.model.address();
    let openai = ask(address, "GET", "/v1/models", "", "").await.json();
    assert_eq!((&openai["object"], &openai["data"][0]["object"]), (&json!("list"), &json!("model")));
    let anthropic = ask(address, "GET", "/v1/models", "anthropic-version: 2023-06-01\r\n", "").await.json();
    assert_eq!((&anthropic["data"][0]["type"], &anthropic["has_more"]), (&json!("model"), &json!(false)));
    for (path, header) in [("/v1beta/models", ""), ("/v1/models?key=k", ""), ("/v1/models", "x-goog-api-key: k\r\n")] {
        let gemini = ask(address, "GET", path, header, "").await.json();
        assert_eq!(gemini["models"][0]["name"], json!("models/gpt-4o"));
    }
    let one = ask(address, "GET", "/v1/models/my-model", "", "").await.json();
    assert_eq!((&one["id"], &one["object"]), (&json!("my-model"), &json!("model")));
}

#[tokio::test]
async fn oversized_request_is_answered_and_measured() {
    let stage = Stage::open();
    stage.playbook.set_mind(case(1), mind(case(1), Behaviour::Looping));
    for (length, stream) in [(5, false), (5, true), (20, false), (20, true)] {
        let talk = [
            json!({ "role": "user", "content": canary(case(1)) }),
            json!({ "role": "tool", "tool_call_id": "c", "content": "a".repeat(length << 20) }),
        ];
        let body = json!({ "messages": talk, "stream": stream });
        let got = post(stage.model.address(), "/v1/chat/completions", &body).await;
        if stream {
            assert_eq!(got.events().last().unwrap().1, "[DONE]");
        } else {
            let text = got.json()["choices"][0]["message"]["content"].as_str().unwrap().to_owned();
            assert!(text.contains("more than I can tell"), "{text}");
        }
        let turns = stage.turns();
        let [(of, turn)] = turns.as_slice() else { panic!("one turn") };
        assert_eq!((*of, turn.obeyed), (Some(case(1)), false));
        assert_eq!(turn.request.body.length, u64::try_from(body.to_string().len()).unwrap());
        assert!(turn.request.body.bytes.0.len() < 1 << 20, "its beginning is kept");
    }
}
