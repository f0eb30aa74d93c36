//! Clients of every dialect, plain and streamed, each as strict as its vendor's SDK.

use serde_json::{Value, json};

use super::wire::Got;

/// What a client understood of an answer: its calls, with arguments as text, its text, and why it ended.
#[derive(Debug, PartialEq)]
pub(super) struct Understood {
    pub(super) calls: Vec<(String, String)>,
    pub(super) text: String,
    pub(super) end: String,
}

/// A client of a dialect.
pub(super) struct Client {
    pub(super) path: &'static str,
    /// A task's request.
    pub(super) task: fn(&str) -> Value,
    /// The request after a call had this result.
    pub(super) after: fn(&str, &str) -> Value,
    pub(super) understand: fn(&Got) -> Understood,
    /// How an answer with a call ends, and one with a text.
    pub(super) ends: (&'static str, &'static str),
    /// Whether arguments are an object, which cannot be broken.
    pub(super) objects: bool,
    /// How an answer ends that denies its call.
    pub(super) closing: &'static str,
}

pub(super) fn with(mut body: Value, name: &str, value: Value) -> Value {
    body[name] = value;
    body
}

fn str_of(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

fn object(value: &Value) -> String {
    assert!(value.is_object(), "{value} is no object");
    value.to_string()
}

/// All of these members are there.
fn whole(value: &Value, members: &str) {
    for member in members.split(' ') {
        assert!(value.get(member).is_some(), "{member} is not in {value}");
    }
}

// Chat Completions

pub(super) fn chat_task(task: &str) -> Value {
    let tool = json!({ "type": "function", "function": { "name": "get_account", "description": "Reads.",
        "parameters": { "type": "object", "properties": { "id": { "type": "string" } } } } });
    json!({ "model": "m-1", "tools": [tool], "messages": [
        { "role": "system", "content": "Help." }, { "role": "user", "content": [{ "type": "text", "text": task }] }] })
}

fn chat_after(task: &str, result: &str) -> Value {
    let mut body = chat_task(task);
    let function = json!({ "name": "get_account", "arguments": "{\"id\":\"1001\"}" });
    let calls = json!([{ "id": "call_1", "type": "function", "function": function }]);
    let messages = body["messages"].as_array_mut().unwrap();
    messages.push(json!({ "role": "assistant", "content": null, "tool_calls": calls }));
    messages.push(json!({ "role": "tool", "tool_call_id": "call_1", "content": result }));
    body
}

fn chat_plain(got: &Got) -> Understood {
    let answer = got.json();
    whole(&answer, "id object created model choices usage system_fingerprint");
    whole(&answer["usage"], "prompt_tokens completion_tokens total_tokens");
    assert_eq!((&answer["object"], &answer["model"]), (&json!("chat.completion"), &json!("m-1")));
    let choice = &answer["choices"][0];
    whole(choice, "index message finish_reason logprobs");
    whole(&choice["message"], "role content");
    let calls = choice["message"]["tool_calls"].as_array().into_iter().flatten().map(|call| {
        assert!(str_of(&call["id"]).starts_with("call_") && call["type"] == "function");
        (str_of(&call["function"]["name"]), str_of(&call["function"]["arguments"]))
    });
    Understood {
        calls: calls.collect(),
        text: ["content", "refusal"].map(|name| choice["message"][name].as_str().unwrap_or_default()).concat(),
        end: str_of(&choice["finish_reason"]),
    }
}

fn chat_stream(got: &Got) -> Understood {
    let mut events: Vec<String> = got.events().into_iter().map(|(_, data)| data).collect();
    assert_eq!(events.pop().as_deref(), Some("[DONE]"));
    let (mut calls, mut text, mut end, mut pieces) = (Vec::<(String, String)>::new(), String::new(), String::new(), 0);
    for (at, event) in events.iter().enumerate() {
        let chunk: Value = serde_json::from_str(event).unwrap();
        whole(&chunk, "id object created model choices");
        assert!(chunk.get("usage").is_none(), "none was asked for");
        let delta = &chunk["choices"][0]["delta"];
        assert_eq!(delta["role"] == "assistant", at == 0);
        text += delta["content"].as_str().unwrap_or_default();
        text += delta["refusal"].as_str().unwrap_or_default();
        if let Some(call) = delta["tool_calls"].get(0) {
            let index = usize::try_from(call["index"].as_u64().unwrap()).unwrap();
            if call["id"].is_string() {
                assert_eq!((index, &call["type"]), (calls.len(), &json!("function")));
                calls.push((str_of(&call["function"]["name"]), String::new()));
            } else {
                pieces += 1;
            }
            calls[index].1 += call["function"]["arguments"].as_str().unwrap();
        }
        assert!(end.is_empty(), "an end ends");
        end = chunk["choices"][0]["finish_reason"].as_str().unwrap_or_default().to_owned();
    }
    assert!(calls.is_empty() || pieces > 1, "arguments come in pieces");
    Understood { calls, text, end }
}

// Responses

fn responses_task(task: &str) -> Value {
    json!({ "model": "m-1", "instructions": "Help.", "input": task, "store": false,
        "tools": [{ "type": "function", "name": "get_account", "description": "Reads.", "parameters": {} }] })
}

fn responses_after(task: &str, result: &str) -> Value {
    let call = json!({ "type": "function_call", "call_id": "call_1", "name": "get_account", "arguments": "{}" });
    let output = json!({ "type": "function_call_output", "call_id": "call_1", "output": result });
    let user = json!({ "role": "user", "content": [{ "type": "input_text", "text": task }] });
    with(responses_task(task), "input", json!([user, { "type": "reasoning", "summary": [] }, call, output]))
}

fn response(answer: &Value) -> Understood {
    whole(answer, "id object created_at status model output usage tools tool_choice parallel_tool_calls metadata");
    whole(&answer["usage"], "input_tokens input_tokens_details output_tokens output_tokens_details total_tokens");
    let (mut calls, mut text) = (Vec::new(), String::new());
    for item in answer["output"].as_array().unwrap() {
        whole(item, "id type status");
        if item["type"] == "function_call" {
            assert!(str_of(&item["call_id"]).starts_with("call_"));
            calls.push((str_of(&item["name"]), str_of(&item["arguments"])));
        } else {
            whole(item, "role");
            let part = &item["content"][0];
            if part["type"] == "refusal" {
                text += part["refusal"].as_str().unwrap();
            } else {
                whole(part, "type text annotations");
                text += part["text"].as_str().unwrap();
            }
        }
    }
    Understood { calls, text, end: str_of(&answer["status"]) }
}

fn responses_stream(got: &Got) -> Understood {
    let (mut arguments, mut text, mut pieces, mut kinds) = (String::new(), String::new(), 0, Vec::new());
    let mut told = Vec::new();
    let mut last = Value::Null;
    for (at, (name, data)) in got.events().into_iter().enumerate() {
        last = serde_json::from_str(&data).unwrap();
        assert_eq!((&last["type"], &last["sequence_number"]), (&json!(name), &json!(at)));
        let delta = last["delta"].as_str().unwrap_or_default();
        match name.as_str() {
            "response.output_text.delta" | "response.refusal.delta" => text += delta,
            "response.function_call_arguments.delta" => {
                pieces += 1;
                arguments += delta;
            }
            "response.output_text.done" => assert_eq!(last["text"], json!(text)),
            "response.refusal.done" => assert_eq!(last["refusal"], json!(text)),
            "response.function_call_arguments.done" => {
                assert_eq!(last["arguments"], json!(arguments));
                told.push(std::mem::take(&mut arguments));
            }
            _ => {}
        }
        kinds.push(name.strip_prefix("response.").unwrap().to_owned());
    }
    kinds.dedup();
    let kinds = kinds.join(" ");
    let understood = response(&last["response"]);
    if understood.calls.is_empty() {
        assert_eq!(understood.text, text);
        let part = if kinds.contains("refusal.done") { "refusal" } else { "output_text" };
        let deltas = if text.is_empty() { String::new() } else { format!("{part}.delta ") };
        let before = format!("created in_progress output_item.added content_part.added {deltas}{part}.done");
        assert_eq!(kinds, format!("{before} content_part.done output_item.done {}", understood.end));
    } else {
        assert_eq!(
            understood.calls.iter().map(|(_, arguments)| arguments).collect::<Vec<_>>(),
            told.iter().collect::<Vec<_>>()
        );
        assert!(pieces > told.len(), "arguments come in pieces");
        let call = "output_item.added function_call_arguments.delta function_call_arguments.done output_item.done";
        assert_eq!(kinds, format!("created in_progress {} completed", vec![call; told.len()].join(" ")));
    }
    understood
}

// Messages

fn messages_task(task: &str) -> Value {
    json!({ "model": "m-1", "max_tokens": 100, "system": [{ "type": "text", "text": "Help." }],
        "tools": [{ "name": "get_account", "description": "Reads.", "input_schema": {} }],
        "messages": [{ "role": "user", "content": task }] })
}

fn messages_after(task: &str, result: &str) -> Value {
    let call = json!({ "type": "tool_use", "id": "toolu_1", "name": "get_account", "input": { "id": "1001" } });
    let content = json!([{ "type": "text", "text": result }]);
    let result = json!({ "type": "tool_result", "tool_use_id": "toolu_1", "content": content });
    let mut body = messages_task(task);
    let messages = body["messages"].as_array_mut().unwrap();
    messages.push(json!({ "role": "assistant", "content": [call] }));
    messages.push(json!({ "role": "user", "content": [result] }));
    body
}

fn messages_plain(got: &Got) -> Understood {
    let answer = got.json();
    whole(&answer, "id type role model content stop_reason stop_sequence usage");
    whole(&answer["usage"], "input_tokens output_tokens");
    let (mut calls, mut text) = (Vec::new(), String::new());
    for block in answer["content"].as_array().unwrap() {
        if block["type"] == "tool_use" {
            assert!(str_of(&block["id"]).starts_with("toolu_"));
            calls.push((str_of(&block["name"]), object(&block["input"])));
        } else {
            text += block["text"].as_str().unwrap();
        }
    }
    Understood { calls, text, end: str_of(&answer["stop_reason"]) }
}

fn messages_stream(got: &Got) -> Understood {
    let (mut calls, mut text, mut end, mut kinds) =
        (Vec::<(String, String)>::new(), String::new(), String::new(), Vec::new());
    for (name, data) in got.events() {
        let event: Value = serde_json::from_str(&data).unwrap();
        assert_eq!(event["type"], json!(name));
        let block = &event["content_block"];
        if name == "message_start" {
            whole(&event["message"], "id type role model content stop_reason stop_sequence usage");
        } else if block["type"] == "tool_use" {
            assert_eq!(block["input"], json!({}));
            calls.push((str_of(&block["name"]), String::new()));
        }
        if let Some(json) = event["delta"]["partial_json"].as_str() {
            calls[usize::try_from(event["index"].as_u64().unwrap()).unwrap()].1 += json;
        }
        text += event["delta"]["text"].as_str().unwrap_or_default();
        end += event["delta"]["stop_reason"].as_str().unwrap_or_default();
        kinds.push(name);
    }
    kinds.dedup();
    let blocks = calls.len() + usize::from(!text.is_empty());
    let block = "content_block_start content_block_delta content_block_stop ";
    let expected = format!("message_start ping {}message_delta message_stop", block.repeat(blocks));
    assert_eq!(kinds.join(" "), expected);
    Understood { calls, text, end }
}

// Gemini

fn gemini_task(task: &str) -> Value {
    let tool = json!({ "name": "get_account", "description": "Reads.", "parameters": { "type": "OBJECT" } });
    json!({ "systemInstruction": { "parts": [{ "text": "Help." }] }, "tools": [{ "functionDeclarations": [tool] }],
        "contents": [{ "role": "user", "parts": [{ "text": task }] }] })
}

fn gemini_after(task: &str, result: &str) -> Value {
    let call = json!({ "functionCall": { "name": "get_account", "args": { "id": "1001" } } });
    let result = json!({ "functionResponse": { "name": "get_account", "response": { "result": result } } });
    let mut body = gemini_task(task);
    let contents = body["contents"].as_array_mut().unwrap();
    contents.push(json!({ "role": "model", "parts": [call] }));
    contents.push(json!({ "role": "user", "parts": [result] }));
    body
}

fn gemini_chunks(chunks: &[Value]) -> Understood {
    let (mut calls, mut text, mut end) = (Vec::new(), String::new(), String::new());
    for chunk in chunks {
        whole(chunk, "candidates usageMetadata modelVersion responseId");
        whole(&chunk["usageMetadata"], "promptTokenCount candidatesTokenCount totalTokenCount");
        assert_eq!((&chunk["modelVersion"], &chunk["candidates"][0]["index"]), (&json!("m-1"), &json!(0)));
        let candidate = &chunk["candidates"][0];
        assert_eq!(candidate["content"]["role"], json!("model"));
        for part in candidate["content"]["parts"].as_array().unwrap() {
            if let Some(call) = part.get("functionCall") {
                calls.push((str_of(&call["name"]), object(&call["args"])));
            } else {
                text += part["text"].as_str().unwrap();
            }
        }
        assert!(end.is_empty(), "an end ends");
        end = candidate["finishReason"].as_str().unwrap_or_default().to_owned();
    }
    Understood { calls, text, end }
}

fn gemini_events(got: &Got) -> Understood {
    let chunks: Vec<Value> = got.events().iter().map(|(_, data)| serde_json::from_str(data).unwrap()).collect();
    gemini_chunks(&chunks)
}

pub(super) fn clients() -> [Client; 9] {
    let chat = |task, after, understand| Client {
        path: "/v1/chat/completions",
        task,
        after,
        understand,
        ends: ("tool_calls", "stop"),
        objects: false,
        closing: "stop",
    };
    let responses = |task, after, understand| Client {
        path: "/v1/responses",
        task,
        after,
        understand,
        ends: ("completed", "completed"),
        objects: false,
        closing: "completed",
    };
    let messages = |task, after, understand, objects| Client {
        path: "/v1/messages",
        task,
        after,
        understand,
        ends: ("tool_use", "end_turn"),
        objects,
        closing: "end_turn",
    };
    let gemini = |path, understand| Client {
        path,
        task: gemini_task,
        after: gemini_after,
        understand,
        ends: ("STOP", "STOP"),
        objects: true,
        closing: "STOP",
    };
    [
        chat(chat_task, chat_after, chat_plain),
        chat(
            |task| with(chat_task(task), "stream", json!(true)),
            |task, result| with(chat_after(task, result), "stream", json!(true)),
            chat_stream,
        ),
        responses(responses_task, responses_after, |got| response(&got.json())),
        responses(
            |task| with(responses_task(task), "stream", json!(true)),
            |task, result| with(responses_after(task, result), "stream", json!(true)),
            responses_stream,
        ),
        messages(messages_task, messages_after, messages_plain, true),
        messages(
            |task| with(messages_task(task), "stream", json!(true)),
            |task, result| with(messages_after(task, result), "stream", json!(true)),
            messages_stream,
            false,
        ),
        gemini("/v1beta/models/m-1:generateContent", |got| gemini_chunks(&[got.json()])),
        gemini("/v1beta/models/m-1:streamGenerateContent?alt=sse", gemini_events),
        gemini("/v1beta/models/m-1%3AstreamGenerateContent", |got| gemini_chunks(got.json().as_array().unwrap())),
    ]
}
