//! Gemini's `generateContent`. Its answers end with `STOP`, with or without a call, unless something stopped them.

use serde_json::{Value, json};

use super::answer::{Answer, data};
use super::content::{items, member, text};
use super::dialogue::{Called, Dialogue, Role, Tool};
use super::reply::{Reply, pieces};
use super::said::Stop;

/// How the answer is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    /// As one object.
    Whole,
    /// As a list of chunks.
    List,
    /// As events.
    Events,
}

impl Flow {
    /// The flow for the path's verb and the query.
    pub(super) fn of(verb: &str, query: &str) -> Option<Self> {
        let events = query.split('&').any(|pair| pair == "alt=sse");
        match verb {
            "generateContent" => Some(Self::Whole),
            "streamGenerateContent" if events => Some(Self::Events),
            "streamGenerateContent" => Some(Self::List),
            _ => None,
        }
    }
}

/// Reads a request; member names may be camel case or snake case.
pub(super) fn read(body: &Value, model: &str) -> Option<Dialogue> {
    let mut dialogue = Dialogue { model: model.to_owned(), ..Dialogue::default() };
    for group in items(&body["tools"]) {
        let offered = items(either(group, "functionDeclarations", "function_declarations"));
        dialogue.tools.extend(offered.iter().filter_map(tool));
    }
    let config = either(body, "toolConfig", "tool_config");
    let config = either(config, "functionCallingConfig", "function_calling_config");
    dialogue.must_call = member(config, "mode").eq_ignore_ascii_case("any");
    let system = either(body, "systemInstruction", "system_instruction");
    if !system.is_null() {
        dialogue.system.push(text(system.get("parts").unwrap_or(system)));
    }
    let contents = &body["contents"];
    let contents = if contents.is_object() { std::slice::from_ref(contents) } else { contents.as_array()? };
    for content in contents {
        read_content(&mut dialogue, content);
    }
    Some(dialogue)
}

fn read_content(dialogue: &mut Dialogue, content: &Value) {
    let parts = match &content["parts"] {
        Value::Array(parts) => parts.as_slice(),
        part => std::slice::from_ref(part),
    };
    let (mut said, mut calls) = (Vec::new(), Vec::new());
    for part in parts {
        let call = either(part, "functionCall", "function_call");
        let result = either(part, "functionResponse", "function_response");
        if !call.is_null() {
            calls.push(Called::of_value(&call["name"], &call["args"]));
        } else if result.is_null() {
            said.push(part.clone());
        } else {
            dialogue.push(Role::Tool, outcome(&result["response"]), Vec::new());
        }
    }
    let role = if member(content, "role") == "model" { Role::Assistant } else { Role::User };
    dialogue.push(role, text(&Value::Array(said)), calls);
}

/// The text of a result: SDKs wrap it in an object.
fn outcome(response: &Value) -> String {
    let names = ["result", "output"];
    let text = names.iter().find_map(|name| response.get(name)?.as_str());
    text.map_or_else(|| response.to_string(), str::to_owned)
}

fn tool(tool: &Value) -> Option<Tool> {
    let schema = tool.get("parametersJsonSchema").or_else(|| tool.get("parameters_json_schema"));
    Tool::new(&tool["name"], &tool["description"], schema.unwrap_or(&tool["parameters"]))
}

fn either<'a>(value: &'a Value, camel: &str, snake: &str) -> &'a Value {
    value.get(camel).or_else(|| value.get(snake)).unwrap_or(&Value::Null)
}

/// Writes the answer.
pub(super) fn write(reply: &Reply, flow: Flow) -> Answer {
    match flow {
        Flow::Whole => {
            let texts = reply.text.iter().map(|text| json!({ "text": text }));
            Answer::json(200, &chunk(reply, &texts.chain(calls(reply)).collect::<Vec<_>>(), true))
        }
        Flow::List => Answer::json(200, &Value::Array(chunks(reply))),
        Flow::Events => Answer::events(&chunks(reply).iter().map(data).collect::<String>()),
    }
}

/// Texts are sent in pieces, each call in one.
fn chunks(reply: &Reply) -> Vec<Value> {
    let texts = pieces(reply.text.as_deref().unwrap_or_default()).into_iter().map(|piece| json!({ "text": piece }));
    let mut parts: Vec<Value> = texts.chain(calls(reply)).collect();
    let last = parts.pop().unwrap_or_else(|| json!({ "text": "" }));
    let mut chunks: Vec<Value> = parts.into_iter().map(|part| chunk(reply, &[part], false)).collect();
    chunks.push(chunk(reply, &[last], true));
    chunks
}

fn calls(reply: &Reply) -> impl Iterator<Item = Value> {
    reply.calls.iter().map(|call| json!({ "functionCall": { "name": call.name, "args": call.object() } }))
}

fn chunk(reply: &Reply, parts: &[Value], last: bool) -> Value {
    let (prompt, output) = reply.usage;
    let mut candidate = json!({ "content": { "parts": parts, "role": "model" }, "index": 0 });
    if last {
        candidate["finishReason"] = json!(match reply.stop {
            Some(Stop::Length) => "MAX_TOKENS",
            Some(Stop::Filter) => "SAFETY",
            Some(Stop::Refusal) => "PROHIBITED_CONTENT",
            None => "STOP",
        });
    }
    json!({
        "candidates": [candidate],
        "usageMetadata": {
            "promptTokenCount": prompt, "candidatesTokenCount": output, "totalTokenCount": prompt + output,
            "promptTokensDetails": [{ "modality": "TEXT", "tokenCount": prompt }],
        },
        "modelVersion": reply.model, "responseId": reply.id(""),
    })
}
