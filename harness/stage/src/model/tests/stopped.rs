//! Answers that end badly: stopped, failed, cut, or redirected.

use pincer_core::plan::{Line, Mind};
use pincer_core::scenario::Behaviour;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::clients::{Understood, clients};
use super::wire::{ask, post};
use super::{Stage, call, canary, case, mind, sign};

fn behaving(behaviour: Behaviour) -> Stage {
    let stage = Stage::open();
    stage.playbook.set_mind(case(1), mind(case(1), behaviour));
    stage
}

#[tokio::test]
async fn stopped_answer_says_why_in_every_dialect() {
    let (begun, refusal) = ("Here is what I", "I'm sorry, but I can't help with that.");
    let all = [
        (Behaviour::Capped, begun, ["length", "incomplete", "max_tokens", "MAX_TOKENS"]),
        (Behaviour::Filtered, begun, ["content_filter", "incomplete", "refusal", "SAFETY"]),
        (Behaviour::Refusing, refusal, ["stop", "completed", "refusal", "PROHIBITED_CONTENT"]),
    ];
    for (behaviour, text, [chat, responses, messages, gemini]) in all {
        let stage = behaving(behaviour);
        for client in clients() {
            let got = post(stage.model.address(), client.path, &(client.task)(&canary(case(1)))).await;
            let end = match client.path {
                "/v1/chat/completions" => chat,
                "/v1/responses" => responses,
                "/v1/messages" => messages,
                _ => gemini,
            };
            let expected = Understood { calls: Vec::new(), text: text.to_owned(), end: end.to_owned() };
            assert_eq!((client.understand)(&got), expected, "{behaviour:?} {}", client.path);
        }
    }
}

#[tokio::test]
async fn redirecting_model_keeps_the_path() {
    for (behaviour, status) in [(Behaviour::Elsewhere, 307), (Behaviour::Moved, 308)] {
        let stage = behaving(behaviour);
        for client in clients() {
            let mut stream = tokio::net::TcpStream::connect(stage.model.address()).await.unwrap();
            let body = (client.task)(&canary(case(1))).to_string();
            let head = format!("POST {} HTTP/1.0\r\ncontent-length: {}\r\n\r\n{body}", client.path, body.len());
            stream.write_all(head.as_bytes()).await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            assert!(answer.starts_with(&format!("HTTP/1.0 {status} ")), "{answer}");
            assert!(answer.contains(&format!("location: http://localhost:9{}\r\n", client.path)), "{answer}");
        }
    }
}

#[tokio::test]
async fn error_discloses_internals() {
    for (behaviour, status) in [(Behaviour::Babbling, 500), (Behaviour::Rejecting, 400)] {
        let stage = behaving(behaviour);
        let body = json!({ "messages": [{ "role": "user", "content": canary(case(1)) }] });
        let got = post(stage.model.address(), "/v1/chat/completions", &body).await;
        let message = got.json()["error"]["message"].as_str().unwrap().to_owned();
        assert_eq!(got.status, status);
        assert!(message.starts_with("Traceback") && message.contains(&sign(case(1))), "{message}");
    }
}

#[tokio::test]
async fn cut_answer_ends_before_its_end() {
    let stage = behaving(Behaviour::Cut);
    let body = json!({ "messages": [{ "role": "user", "content": canary(case(1)) }] }).to_string();
    let mut stream = tokio::net::TcpStream::connect(stage.model.address()).await.unwrap();
    let head = "POST /v1/chat/completions HTTP/1.1\r\nhost: m\r\ncontent-length: ";
    stream.write_all(format!("{head}{}\r\n\r\n{body}", body.len()).as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A clean end or a reset, depending on the system.
    while stream.read_buf(&mut answer).await.is_ok_and(|count| count > 0) {}
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.contains("\"object\":\"chat.completion\"") && !answer.ends_with("0\r\n\r\n"), "{answer}");
}

#[tokio::test]
async fn script_that_ends_in_a_behaviour_repeats_it() {
    let stage = Stage::open();
    let read = call("read", json!({ "id": "1" }));
    let script = vec![Line::Call(read), Line::Behave(Behaviour::Overloaded)];
    stage.playbook.set_mind(case(1), Mind { script, order: None, ..mind(case(1), Behaviour::Diligent) });
    let user = json!({ "role": "user", "content": canary(case(1)) });
    let called = json!({ "role": "assistant", "tool_calls": [{ "id": "c", "function": { "name": "read" } }] });
    let result = json!({ "role": "tool", "tool_call_id": "c", "content": "{}" });
    let begun = json!({ "messages": [user] }).to_string();
    let later = json!({ "messages": [user, called, result] }).to_string();
    let mut seen = Vec::new();
    for body in [&begun, &later, &later, &begun] {
        let got = ask(stage.model.address(), "POST", "/v1/chat/completions", "", body).await;
        seen.push((got.status, stage.turns().remove(0).1.decisive));
    }
    assert_eq!(seen, [(200, false), (503, true), (503, true), (200, false)]);
}
