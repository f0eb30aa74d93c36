//! Anthropic's Messages.

use serde_json::{Value, json};

use super::answer::named;
use super::content::{items, member, text};
use super::dialogue::{Called, Dialogue, Role, Tool};
use super::reply::{Reply, pieces};
use super::said::Stop;

/// Reads a request.
pub(super) fn read(body: &Value) -> Option<Dialogue> {
    let mut dialogue = Dialogue::begin(body, tool);
    if !body["system"].is_null() {
        dialogue.system.push(text(&body["system"]));
    }
    for message in body["messages"].as_array()? {
        let blocks = items(&message["content"]);
        let of = |kind: &'static str| blocks.iter().filter(move |block| member(block, "type") == kind);
        let other = |block: &&Value| !matches!(member(block, "type"), "tool_use" | "tool_result" | "thinking");
        let said = match &message["content"] {
            Value::Array(_) => text(&blocks.iter().filter(other).cloned().collect()),
            content => text(content),
        };
        if member(message, "role") == "assistant" {
            let calls = of("tool_use").map(|block| Called::of_value(&block["name"], &block["input"])).collect();
            dialogue.push(Role::Assistant, said, calls);
        } else {
            for result in of("tool_result") {
                dialogue.push(Role::Tool, text(&result["content"]), Vec::new());
            }
            dialogue.push(Role::User, said, Vec::new());
        }
    }
    Some(dialogue)
}

fn tool(tool: &Value) -> Option<Tool> {
    Tool::new(&tool["name"], &tool["description"], &tool["input_schema"])
}

/// The plain answer.
pub(super) fn whole(reply: &Reply) -> Value {
    let texts = reply.text.iter().filter(|text| !text.is_empty()).map(|text| text_block(text));
    let calls = reply.calls.iter().map(|call| call_block(&call.id, &call.name, &call.object()));
    let content: Vec<Value> = texts.chain(calls).collect();
    message(reply, &content, Some(stop(reply)), reply.usage.1)
}

/// The streamed answer.
pub(super) fn stream(reply: &Reply) -> String {
    let mut events = vec![json!({ "type": "message_start", "message": message(reply, &[], None, 1) })];
    if let Some(text) = reply.text.as_deref().filter(|text| !text.is_empty()) {
        let deltas = pieces(text).into_iter().map(|piece| json!({ "type": "text_delta", "text": piece }));
        block(&mut events, 0, &text_block(""), deltas);
    }
    for (index, call) in reply.calls.iter().enumerate() {
        let parts = std::iter::once(String::new()).chain(pieces(&call.arguments));
        let deltas = parts.map(|piece| json!({ "type": "input_json_delta", "partial_json": piece }));
        block(&mut events, index, &call_block(&call.id, &call.name, &json!({})), deltas);
    }
    events.insert(1, json!({ "type": "ping" }));
    let delta = json!({ "stop_reason": stop(reply), "stop_sequence": null });
    events.push(json!({ "type": "message_delta", "delta": delta, "usage": { "output_tokens": reply.usage.1 } }));
    events.push(json!({ "type": "message_stop" }));
    events.iter().map(named).collect()
}

fn block(events: &mut Vec<Value>, index: usize, begun: &Value, deltas: impl Iterator<Item = Value>) {
    events.push(json!({ "type": "content_block_start", "index": index, "content_block": begun }));
    events.extend(deltas.map(|delta| json!({ "type": "content_block_delta", "index": index, "delta": delta })));
    events.push(json!({ "type": "content_block_stop", "index": index }));
}

fn message(reply: &Reply, content: &[Value], stop: Option<&str>, output: u64) -> Value {
    json!({
        "id": reply.id("msg_"), "type": "message", "role": "assistant", "model": reply.model,
        "content": content, "stop_reason": stop, "stop_sequence": null,
        "usage": {
            "input_tokens": reply.usage.0, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
            "output_tokens": output, "service_tier": "standard",
        },
    })
}

fn text_block(text: &str) -> Value {
    json!({ "type": "text", "text": text, "citations": null })
}

fn call_block(id: &str, name: &str, input: &Value) -> Value {
    json!({ "type": "tool_use", "id": format!("toolu_{id}"), "name": name, "input": input })
}

fn stop(reply: &Reply) -> &'static str {
    match reply.stop {
        Some(Stop::Length) => "max_tokens",
        Some(Stop::Filter | Stop::Refusal) => "refusal",
        None if reply.waits() => "tool_use",
        None => "end_turn",
    }
}
