//! `OpenAI`'s Chat Completions.

use serde_json::{Value, json};

use super::answer::data;
use super::content::{flag, items, member, text};
use super::dialogue::{Called, Dialogue, Role, Tool};
use super::reply::{Asked, CREATED, Reply, pieces};
use super::said::Stop;

/// Reads a request.
pub(super) fn read(body: &Value) -> Option<Dialogue> {
    let mut dialogue = Dialogue::begin(body, tool);
    dialogue.wants_usage = flag(&body["stream_options"], "include_usage");
    for message in body["messages"].as_array()? {
        let said = text(&message["content"]);
        match member(message, "role") {
            "system" | "developer" => dialogue.system.push(said),
            "assistant" => {
                let calls = items(&message["tool_calls"]).iter().map(|call| &call["function"]);
                let calls = calls.map(|function| Called::of_text(&function["name"], &function["arguments"])).collect();
                dialogue.push(Role::Assistant, said, calls);
            }
            "tool" | "function" => dialogue.push(Role::Tool, said, Vec::new()),
            _ => dialogue.push(Role::User, said, Vec::new()),
        }
    }
    Some(dialogue)
}

fn tool(tool: &Value) -> Option<Tool> {
    let function = &tool["function"];
    Tool::new(&function["name"], &function["description"], &function["parameters"])
}

/// The plain answer.
pub(super) fn whole(reply: &Reply) -> Value {
    let (text, refusal) = words(reply);
    let mut message = json!({ "role": "assistant", "content": text, "refusal": refusal, "annotations": [] });
    if !reply.calls.is_empty() {
        message["tool_calls"] = reply.calls.iter().map(|call| asked(call, &call.arguments)).collect();
    }
    let choice = json!({ "index": 0, "message": message, "logprobs": null, "finish_reason": finish(reply) });
    let mut answer = frame(reply, "chat.completion", &json!([choice]));
    answer["usage"] = usage(reply);
    answer
}

/// The streamed answer.
pub(super) fn stream(reply: &Reply) -> String {
    let (text, refusal) = words(reply);
    let content = if text.is_some() { json!("") } else { Value::Null };
    let mut deltas = vec![json!({ "role": "assistant", "content": content, "refusal": null })];
    deltas.extend(pieces(text.unwrap_or_default()).iter().map(|piece| json!({ "content": piece })));
    deltas.extend(pieces(refusal.unwrap_or_default()).iter().map(|piece| json!({ "refusal": piece })));
    for (index, call) in reply.calls.iter().enumerate() {
        let mut first = asked(call, "");
        first["index"] = json!(index);
        deltas.push(json!({ "tool_calls": [first] }));
        let more = |piece: &String| json!({ "tool_calls": [{ "index": index, "function": { "arguments": piece } }] });
        deltas.extend(pieces(&call.arguments).iter().map(more));
    }
    let choice = |delta: &Value, finish: Option<&str>| {
        let choice = json!({ "index": 0, "delta": delta, "logprobs": null, "finish_reason": finish });
        chunk(reply, &json!([choice]), None)
    };
    let mut events: String = deltas.iter().map(|delta| choice(delta, None)).collect();
    events += &choice(&json!({}), Some(finish(reply)));
    if reply.wants_usage {
        events += &chunk(reply, &json!([]), Some(usage(reply)));
    }
    events + "data: [DONE]\n\n"
}

/// A chunk; its usage is null until the last one, and omitted if not requested.
fn chunk(reply: &Reply, choices: &Value, usage: Option<Value>) -> String {
    let mut chunk = frame(reply, "chat.completion.chunk", choices);
    if reply.wants_usage {
        chunk["usage"] = usage.unwrap_or_default();
    }
    data(&chunk)
}

fn frame(reply: &Reply, object: &str, choices: &Value) -> Value {
    json!({
        "id": reply.id("chatcmpl-"), "object": object, "created": CREATED, "model": reply.model,
        "choices": choices, "service_tier": "default", "system_fingerprint": "fp_50906f2aac",
    })
}

fn asked(call: &Asked, arguments: &str) -> Value {
    let function = json!({ "name": call.name, "arguments": arguments });
    json!({ "id": format!("call_{}", call.id), "type": "function", "function": function })
}

/// The text, or the refusal's text.
fn words(reply: &Reply) -> (Option<&str>, Option<&str>) {
    match (reply.text.as_deref(), reply.stop) {
        (text, Some(Stop::Refusal)) => (None, text),
        (text, _) => (text, None),
    }
}

fn finish(reply: &Reply) -> &'static str {
    match reply.stop {
        Some(Stop::Length) => "length",
        Some(Stop::Filter) => "content_filter",
        None if reply.waits() => "tool_calls",
        Some(Stop::Refusal) | None => "stop",
    }
}

fn usage(reply: &Reply) -> Value {
    let (prompt, completion) = reply.usage;
    json!({
        "prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion,
        "prompt_tokens_details": { "cached_tokens": 0, "audio_tokens": 0 },
        "completion_tokens_details": {
            "reasoning_tokens": 0, "audio_tokens": 0,
            "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0,
        },
    })
}
