//! An independent reader of answers: what a client of each dialect assembles.

use serde_json::{Value, json};

use super::Dialect;
use crate::model::answer::Answer;

/// What was read.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Heard {
    pub(super) status: u16,
    /// Tools and arguments.
    pub(super) calls: Vec<(String, Value)>,
    pub(super) text: String,
    /// Why it ended.
    pub(super) end: String,
    pub(super) model: String,
}

/// Reads an answer to its end.
pub(super) fn hear(dialect: Dialect, answer: &Answer) -> Heard {
    let body = answer.pieces.concat();
    if answer.status != 200 {
        return Heard { status: answer.status, ..Heard::default() };
    }
    let heard = if answer.mime == "application/json" {
        let value: Value = serde_json::from_str(&body).expect("JSON");
        match dialect {
            Dialect::Chat => chat(&value),
            Dialect::Responses => response(&value),
            Dialect::Messages => messages(&value),
            Dialect::Gemini => gemini(value.as_array().unwrap_or(&vec![value.clone()])),
        }
    } else {
        let all = events(&body);
        let apart: Vec<_> = answer.pieces.iter().flat_map(|piece| events(piece)).collect();
        assert_eq!((&apart, all.len()), (&all, answer.pieces.len()), "a piece is no event");
        match dialect {
            Dialect::Chat => chat_events(&all),
            Dialect::Responses => response_events(&all),
            Dialect::Messages => message_events(&all),
            Dialect::Gemini => gemini(&all.iter().map(|(_, data)| parsed(data)).collect::<Vec<_>>()),
        }
    };
    Heard { status: 200, ..heard }
}

/// Names and data of events (WHATWG HTML, section 9.2.6); an event without a final empty line is discarded.
fn events(body: &str) -> Vec<(String, String)> {
    let (mut events, mut name, mut data) = (Vec::new(), String::new(), Vec::new());
    let body = body.replace("\r\n", "\n").replace('\r', "\n");
    for line in body.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "" if line.is_empty() => {
                let (name, data) = (std::mem::take(&mut name), std::mem::take(&mut data));
                events.extend((!data.is_empty()).then(|| (name, data.join("\n"))));
            }
            "event" => value.clone_into(&mut name),
            "data" => data.push(value.to_owned()),
            _ => {}
        }
    }
    events
}

fn parsed(data: &str) -> Value {
    serde_json::from_str(data).expect("an event holds JSON")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Arguments as an object; invalid JSON is kept distinct from any object.
fn object(arguments: &Value) -> Value {
    match arguments.as_str() {
        Some(text) => serde_json::from_str(text).unwrap_or_else(|_| json!({ "INVALID_JSON": text })),
        None => arguments.clone(),
    }
}

fn chat(answer: &Value) -> Heard {
    let choice = &answer["choices"][0];
    let call = |call: &Value| (text(&call["function"]["name"]), object(&call["function"]["arguments"]));
    Heard {
        calls: list(&choice["message"]["tool_calls"]).iter().map(call).collect(),
        text: text(&choice["message"]["content"]) + &text(&choice["message"]["refusal"]),
        end: text(&choice["finish_reason"]),
        model: text(&answer["model"]),
        ..Heard::default()
    }
}

fn chat_events(events: &[(String, String)]) -> Heard {
    let Some(((_, done), chunks)) = events.split_last() else { panic!("a stream of nothing") };
    assert_eq!(done, "[DONE]");
    let (mut heard, mut calls) = (Heard::default(), Vec::<(String, String)>::new());
    for chunk in chunks.iter().map(|(_, data)| parsed(data)) {
        heard.model = text(&chunk["model"]);
        let choice = &chunk["choices"][0];
        heard.text += &text(&choice["delta"]["content"]);
        heard.text += &text(&choice["delta"]["refusal"]);
        heard.end += &text(&choice["finish_reason"]);
        for call in list(&choice["delta"]["tool_calls"]) {
            if call.get("id").is_some() {
                calls.push((text(&call["function"]["name"]), String::new()));
            }
            let at = call["index"].as_u64().and_then(|at| usize::try_from(at).ok());
            let begun = at.and_then(|at| calls.get_mut(at)).expect("a call has begun");
            begun.1 += &text(&call["function"]["arguments"]);
        }
    }
    heard.calls = calls.into_iter().map(|(name, arguments)| (name, object(&json!(arguments)))).collect();
    heard
}

fn response(answer: &Value) -> Heard {
    let mut heard = Heard { end: text(&answer["status"]), model: text(&answer["model"]), ..Heard::default() };
    for item in list(&answer["output"]) {
        if item["type"] == "function_call" {
            heard.calls.push((text(&item["name"]), object(&item["arguments"])));
        } else {
            let said = |part: &Value| text(&part["text"]) + &text(&part["refusal"]);
            heard.text += &list(&item["content"]).iter().map(said).collect::<String>();
        }
    }
    heard
}

fn response_events(events: &[(String, String)]) -> Heard {
    let (mut heard, mut calls) = (Heard::default(), Vec::<(String, String)>::new());
    for (at, (name, data)) in events.iter().enumerate() {
        let event = parsed(data);
        assert_eq!((&event["type"], &event["sequence_number"]), (&json!(name), &json!(at)), "an event out of order");
        match name.as_str() {
            "response.output_item.added" if event["item"]["type"] == "function_call" => {
                calls.push((text(&event["item"]["name"]), String::new()));
            }
            "response.function_call_arguments.delta" => {
                calls.last_mut().expect("a call has begun").1 += &text(&event["delta"]);
            }
            "response.output_text.delta" | "response.refusal.delta" => heard.text += &text(&event["delta"]),
            "response.completed" | "response.incomplete" => {
                let whole = response(&event["response"]);
                (heard.end, heard.model) = (whole.end.clone(), whole.model.clone());
                let told = std::mem::take(&mut calls).into_iter();
                heard.calls = told.map(|(name, arguments)| (name, object(&json!(arguments)))).collect();
                assert_eq!(heard, whole, "the last event tells something else than those before");
            }
            _ => {}
        }
    }
    let last = events.last().map(|(name, _)| name.as_str());
    assert!(matches!(last, Some("response.completed" | "response.incomplete")), "{last:?} is no end");
    heard
}

fn messages(answer: &Value) -> Heard {
    let mut heard = Heard { end: text(&answer["stop_reason"]), model: text(&answer["model"]), ..Heard::default() };
    for block in list(&answer["content"]) {
        if block["type"] == "tool_use" {
            heard.calls.push((text(&block["name"]), object(&block["input"])));
        } else {
            heard.text += &text(&block["text"]);
        }
    }
    heard
}

fn message_events(events: &[(String, String)]) -> Heard {
    let (mut heard, mut calls, mut blocks) = (Heard::default(), Vec::<(String, String)>::new(), 0);
    for (name, data) in events {
        let event = parsed(data);
        assert_eq!(event["type"], json!(name), "an event is named otherwise");
        match name.as_str() {
            "message_start" => heard.model = text(&event["message"]["model"]),
            "content_block_start" => {
                assert_eq!(event["index"], json!(blocks), "a block out of order");
                let block = &event["content_block"];
                calls.extend((block["type"] == "tool_use").then(|| (text(&block["name"]), String::new())));
                blocks += 1;
            }
            "content_block_delta" if event["delta"]["type"] == "input_json_delta" => {
                calls.last_mut().expect("a call has begun").1 += &text(&event["delta"]["partial_json"]);
            }
            "content_block_delta" => heard.text += &text(&event["delta"]["text"]),
            "message_delta" => heard.end = text(&event["delta"]["stop_reason"]),
            _ => {}
        }
    }
    assert_eq!(events.last().map(|(name, _)| name.as_str()), Some("message_stop"));
    heard.calls = calls.into_iter().map(|(name, arguments)| (name, object(&json!(arguments)))).collect();
    heard
}

/// An answer in one or more chunks.
fn gemini(chunks: &[Value]) -> Heard {
    let mut heard = Heard::default();
    for chunk in chunks {
        assert_eq!(heard.end, "", "something comes behind the end");
        heard.model = text(&chunk["modelVersion"]);
        let candidate = &chunk["candidates"][0];
        heard.end = text(&candidate["finishReason"]);
        for part in list(&candidate["content"]["parts"]) {
            match part.get("functionCall") {
                Some(call) => heard.calls.push((text(&call["name"]), object(&call["args"]))),
                None => heard.text += &text(&part["text"]),
            }
        }
    }
    heard
}
