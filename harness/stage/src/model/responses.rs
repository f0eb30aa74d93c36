//! `OpenAI`'s Responses. An answer that denies its call cannot be expressed here: a response with calls is `completed`
//! too.

use serde_json::{Value, json};

use super::answer::named;
use super::content::{member, text};
use super::dialogue::{Called, Dialogue, Role, Tool};
use super::reply::{Asked, CREATED, Reply, pieces};
use super::said::Stop;

/// Reads a request.
pub(super) fn read(body: &Value) -> Option<Dialogue> {
    let mut dialogue = Dialogue::begin(body, tool);
    dialogue.system.extend(body["instructions"].as_str().map(str::to_owned));
    if let Some(input) = body["input"].as_str() {
        dialogue.push(Role::User, input.to_owned(), Vec::new());
        return Some(dialogue);
    }
    for item in body["input"].as_array()? {
        read_item(&mut dialogue, item);
    }
    Some(dialogue)
}

fn read_item(dialogue: &mut Dialogue, item: &Value) {
    let said = text(&item["content"]);
    match (member(item, "type"), member(item, "role")) {
        ("message" | "", "system" | "developer") => dialogue.system.push(said),
        ("message" | "", "assistant") => dialogue.push(Role::Assistant, said, Vec::new()),
        ("message" | "", _) => dialogue.push(Role::User, said, Vec::new()),
        ("function_call", _) => {
            let call = Called::of_text(&item["name"], &item["arguments"]);
            dialogue.push(Role::Assistant, String::new(), vec![call]);
        }
        (kind, _) if kind.ends_with("_output") => dialogue.push(Role::Tool, text(&item["output"]), Vec::new()),
        // Reasoning and references to earlier items add nothing.
        _ => {}
    }
}

fn tool(tool: &Value) -> Option<Tool> {
    Tool::new(&tool["name"], &tool["description"], &tool["parameters"])
}

/// The plain answer.
pub(super) fn whole(reply: &Reply) -> Value {
    response(reply, status(reply), &items_of(reply), Some(&usage(reply)))
}

/// The streamed answer.
pub(super) fn stream(reply: &Reply) -> String {
    let begun = response(reply, "in_progress", &[], None);
    let mut events = vec![
        json!({ "type": "response.created", "response": begun }),
        json!({ "type": "response.in_progress", "response": begun }),
    ];
    let whole = items_of(reply);
    if let (Some(text), [item, ..]) = (&reply.text, whole.as_slice()) {
        events.extend(text_events(text, item, reply.stop));
    }
    for ((at, call), item) in reply.calls.iter().enumerate().zip(&whole) {
        events.extend(call_events(at, call, item));
    }
    events.push(json!({ "type": format!("response.{}", status(reply)), "response": self::whole(reply) }));
    let numbered = events.into_iter().enumerate().map(|(at, mut event)| {
        event["sequence_number"] = json!(at);
        named(&event)
    });
    numbered.collect()
}

fn text_events(text: &str, item: &Value, stop: Option<Stop>) -> Vec<Value> {
    let refusal = stop == Some(Stop::Refusal);
    let (delta, done, name) = if refusal {
        ("response.refusal.delta", "response.refusal.done", "refusal")
    } else {
        ("response.output_text.delta", "response.output_text.done", "text")
    };
    let id = &item["id"];
    let mut begun = item.clone();
    begun["status"] = json!("in_progress");
    begun["content"] = json!([]);
    let event = |kind: &str, name: &str, value: Value| {
        let mut event = json!({ "type": kind, "item_id": id, "output_index": 0, "content_index": 0 });
        event[name] = value;
        event
    };
    let spoken = |kind: &str, name: &str, value: &str| {
        let mut event = event(kind, name, json!(value));
        if !refusal {
            event["logprobs"] = json!([]);
        }
        event
    };
    let mut events = vec![
        json!({ "type": "response.output_item.added", "output_index": 0, "item": begun }),
        event("response.content_part.added", "part", part("", stop)),
    ];
    events.extend(pieces(text).iter().map(|piece| spoken(delta, "delta", piece)));
    events.push(spoken(done, name, text));
    events.push(event("response.content_part.done", "part", part(text, stop)));
    events.push(json!({ "type": "response.output_item.done", "output_index": 0, "item": item }));
    events
}

fn call_events(at: usize, call: &Asked, item: &Value) -> Vec<Value> {
    let id = &item["id"];
    let mut begun = item.clone();
    begun["status"] = json!("in_progress");
    begun["arguments"] = json!("");
    let delta = |piece: &String| json!({ "type": "response.function_call_arguments.delta", "item_id": id, "output_index": at, "delta": piece });
    let mut events = vec![json!({ "type": "response.output_item.added", "output_index": at, "item": begun })];
    events.extend(pieces(&call.arguments).iter().map(delta));
    events.push(json!({
        "type": "response.function_call_arguments.done", "item_id": id, "output_index": at,
        "name": call.name, "arguments": call.arguments,
    }));
    events.push(json!({ "type": "response.output_item.done", "output_index": at, "item": item }));
    events
}

/// The items of the answer.
pub(super) fn items_of(reply: &Reply) -> Vec<Value> {
    let message = reply.text.iter().map(|text| {
        json!({
            "id": reply.id("msg_"), "type": "message", "status": status(reply), "role": "assistant",
            "content": [part(text, reply.stop)],
        })
    });
    let calls = reply.calls.iter().map(|call| {
        json!({
            "id": format!("fc_{}", call.id), "type": "function_call", "status": "completed",
            "arguments": call.arguments, "call_id": format!("call_{}", call.id), "name": call.name,
        })
    });
    message.chain(calls).collect()
}

fn part(text: &str, stop: Option<Stop>) -> Value {
    match stop {
        Some(Stop::Refusal) => json!({ "type": "refusal", "refusal": text }),
        _ => json!({ "type": "output_text", "annotations": [], "logprobs": [], "text": text }),
    }
}

/// How the answer ended.
fn status(reply: &Reply) -> &'static str {
    match reply.stop {
        Some(Stop::Length | Stop::Filter) => "incomplete",
        Some(Stop::Refusal) | None => "completed",
    }
}

fn response(reply: &Reply, status: &str, output: &[Value], usage: Option<&Value>) -> Value {
    let why = match reply.stop {
        Some(Stop::Length) => json!({ "reason": "max_output_tokens" }),
        Some(Stop::Filter) => json!({ "reason": "content_filter" }),
        Some(Stop::Refusal) | None => Value::Null,
    };
    json!({
        "id": reply.id("resp_"), "object": "response", "created_at": CREATED, "status": status,
        "background": false, "error": null, "incomplete_details": if usage.is_some() { why } else { Value::Null }, "instructions": null,
        "max_output_tokens": null, "max_tool_calls": null, "model": reply.model, "output": output,
        "parallel_tool_calls": true, "previous_response_id": null, "prompt_cache_key": null,
        "reasoning": { "effort": null, "summary": null }, "safety_identifier": null, "service_tier": "default",
        "store": true, "temperature": 1.0, "text": { "format": { "type": "text" }, "verbosity": "medium" },
        "tool_choice": "auto", "tools": [], "top_logprobs": 0, "top_p": 1.0, "truncation": "disabled",
        "usage": usage, "user": null, "metadata": {},
    })
}

fn usage(reply: &Reply) -> Value {
    let (input, output) = reply.usage;
    json!({
        "input_tokens": input, "input_tokens_details": { "cached_tokens": 0, "cache_write_tokens": 0 },
        "output_tokens": output, "output_tokens_details": { "reasoning_tokens": 0 },
        "total_tokens": input + output,
    })
}
