//! An independent writer of requests: one conversation in each dialect.

use arbitrary::Arbitrary;
use serde_json::{Value, json};

use super::Dialect;

/// An agent's messages to its model.
#[derive(Debug, Arbitrary)]
pub(super) struct Talk<'a> {
    model: &'a str,
    system: Option<&'a str>,
    tools: Vec<(&'a str, &'a str, bool)>,
    must_call: bool,
    usage: bool,
    /// Whether to use the other form of whatever has two.
    other: bool,
    task: &'a str,
    turns: Vec<(Told<'a>, bool)>,
}

#[derive(Debug, Clone, Copy, Arbitrary)]
enum Told<'a> {
    Asked(&'a str),
    Said(&'a str),
    Called(&'a str, &'a str),
    Gave(&'a str),
}

/// A turn with its canaries.
#[derive(Debug)]
pub(super) enum Turn {
    Asked(String),
    Said(String),
    Called(String, Value),
    Gave(String),
}

impl Talk<'_> {
    /// The task and everything after it, with the planted text in some turns.
    pub(super) fn turns(&self, [canary, sign]: &[String; 2]) -> Vec<Turn> {
        let later = self.turns.iter().take(8).map(|(told, planted)| {
            let text = |text: &str| if *planted { format!("{text} {sign}") } else { text.to_owned() };
            match told {
                Told::Asked(asked) => Turn::Asked(text(asked)),
                Told::Said(said) => Turn::Said(text(said)),
                Told::Called(name, id) => Turn::Called((*name).to_owned(), json!({ "id": text(id) })),
                Told::Gave(gave) => Turn::Gave(text(gave)),
            }
        });
        [Turn::Asked(format!("Ref {canary}. {}", self.task))].into_iter().chain(later).collect()
    }

    /// The names of the tools.
    pub(super) fn offered(&self) -> Vec<String> {
        self.tools().map(|(name, ..)| (*name).to_owned()).collect()
    }

    /// The requested model.
    pub(super) fn model(&self, dialect: Dialect) -> &str {
        match dialect {
            Dialect::Gemini => "m-1",
            _ if self.model.is_empty() => "gpt-4o",
            _ => self.model,
        }
    }

    /// The request.
    pub(super) fn body(&self, dialect: Dialect, turns: &[Turn]) -> Value {
        match dialect {
            Dialect::Chat => self.chat(turns),
            Dialect::Responses => self.responses(turns),
            Dialect::Messages => self.messages(turns),
            Dialect::Gemini => self.gemini(turns),
        }
    }

    fn tools(&self) -> impl Iterator<Item = &(&str, &str, bool)> {
        self.tools.iter().take(4)
    }

    fn chat(&self, turns: &[Turn]) -> Value {
        let roles = if self.other { ["developer", "function"] } else { ["system", "tool"] };
        let system = self.system.map(|text| json!({ "role": roles[0], "content": text }));
        let said = turns.iter().map(|turn| match turn {
            Turn::Asked(text) => json!({ "role": "user", "content": self.content(text) }),
            Turn::Said(text) => json!({ "role": "assistant", "content": text }),
            Turn::Called(name, id) => {
                let function = json!({ "name": name, "arguments": id.to_string() });
                let call = json!({ "id": "call_1", "type": "function", "function": function });
                json!({ "role": "assistant", "content": null, "tool_calls": [call] })
            }
            Turn::Gave(text) => json!({ "role": roles[1], "tool_call_id": "call_1", "content": text }),
        });
        let tool = |(name, about, text): &(&str, &str, bool)| {
            let function = json!({ "name": name, "description": about, "parameters": schema(*text) });
            json!({ "type": "function", "function": function })
        };
        let mut body = json!({ "model": self.model, "tools": self.tools().map(tool).collect::<Vec<_>>() });
        body["messages"] = system.into_iter().chain(said).collect();
        body["tool_choice"] = json!(if self.must_call { "required" } else { "auto" });
        body["stream_options"] = json!({ "include_usage": self.usage });
        body
    }

    fn responses(&self, turns: &[Turn]) -> Value {
        let said = turns.iter().map(|turn| match turn {
            Turn::Asked(text) => json!({ "role": "user", "content": self.content(text) }),
            Turn::Said(text) => {
                json!({ "type": "message", "role": "assistant", "content": [{ "type": "output_text", "text": text }] })
            }
            Turn::Called(name, id) => {
                json!({ "type": "function_call", "call_id": "call_1", "name": name, "arguments": id.to_string() })
            }
            Turn::Gave(text) => json!({ "type": "function_call_output", "call_id": "call_1", "output": text }),
        });
        let tool = |(name, about, text): &(&str, &str, bool)| json!({ "type": "function", "name": name, "description": about, "parameters": schema(*text) });
        let mut body = json!({ "model": self.model, "tools": self.tools().map(tool).collect::<Vec<_>>() });
        body["instructions"] = json!(self.system);
        body["input"] = said.collect();
        body["tool_choice"] = json!(if self.must_call { "required" } else { "auto" });
        body
    }

    fn messages(&self, turns: &[Turn]) -> Value {
        let said = turns.iter().map(|turn| match turn {
            Turn::Asked(text) => json!({ "role": "user", "content": self.content(text) }),
            Turn::Said(text) => json!({ "role": "assistant", "content": text }),
            Turn::Called(name, id) => {
                let call = json!({ "type": "tool_use", "id": "toolu_1", "name": name, "input": id });
                json!({ "role": "assistant", "content": [call] })
            }
            Turn::Gave(text) => {
                let result = json!({ "type": "tool_result", "tool_use_id": "toolu_1", "content": self.content(text) });
                json!({ "role": "user", "content": [result] })
            }
        });
        let tool = |(name, about, text): &(&str, &str, bool)| json!({ "name": name, "description": about, "input_schema": schema(*text) });
        let mut body = json!({ "model": self.model, "max_tokens": 100 });
        body["tools"] = self.tools().map(tool).collect();
        body["messages"] = said.collect();
        body["system"] = self.system.map_or(Value::Null, |text| self.content(text));
        body["tool_choice"] = json!({ "type": if self.must_call { "any" } else { "auto" } });
        body
    }

    fn gemini(&self, turns: &[Turn]) -> Value {
        let name = |camel: &'static str, snake: &'static str| if self.other { snake } else { camel };
        let said = turns.iter().map(|turn| {
            let (role, part) = match turn {
                Turn::Asked(text) => ("user", json!({ "text": text })),
                Turn::Said(text) => ("model", json!({ "text": text })),
                Turn::Called(tool, id) => {
                    ("model", json!({ name("functionCall", "function_call"): { "name": tool, "args": id } }))
                }
                Turn::Gave(text) => {
                    let response = json!({ name("result", "output"): text });
                    let result = json!({ "name": "t", "response": response });
                    ("user", json!({ name("functionResponse", "function_response"): result }))
                }
            };
            json!({ "role": role, "parts": [part] })
        });
        let tool = |(tool, about, text): &(&str, &str, bool)| json!({ "name": tool, "description": about, name("parameters", "parametersJsonSchema"): schema(*text) });
        let tools: Vec<Value> = self.tools().map(tool).collect();
        let mode = json!({ "mode": if self.must_call { "ANY" } else { "AUTO" } });
        let mut body = json!({ "contents": said.collect::<Vec<_>>() });
        body["tools"] = json!([{ name("functionDeclarations", "function_declarations"): tools }]);
        body[name("toolConfig", "tool_config")] =
            json!({ name("functionCallingConfig", "function_calling_config"): mode });
        let system = self.system.map(|text| json!({ "parts": [{ "text": text }] }));
        body[name("systemInstruction", "system_instruction")] = json!(system);
        body
    }

    /// A text, or a list of one part.
    fn content(&self, text: &str) -> Value {
        if self.other { json!([{ "type": "text", "text": text }]) } else { json!(text) }
    }
}

/// The parameters of a tool: the first text is the second parameter, or there is none.
fn schema(text: bool) -> Value {
    let (number, word) = (json!({ "type": "integer" }), json!({ "type": "string" }));
    json!({ "type": "object", "properties": if text { json!({ "n": number, "t": word }) } else { json!({}) } })
}
