//! Reads the content of messages: a text, or a list of parts.

use serde_json::Value;

/// The text of a content.
pub(super) fn text(content: &Value) -> String {
    match content {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().map(part).collect::<Vec<_>>().join("\n"),
        other => part(other),
    }
}

/// A part without text stays JSON, so that text hidden in a file is seen.
fn part(part: &Value) -> String {
    match part {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        _ => part.get("text").and_then(Value::as_str).map_or_else(|| part.to_string(), str::to_owned),
    }
}

/// The items of a list; none if it is not a list.
pub(super) fn items(list: &Value) -> &[Value] {
    list.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// A member's text; empty if it has none.
pub(super) fn member<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Whether a member is true.
pub(super) fn flag(value: &Value, name: &str) -> bool {
    value.get(name).and_then(Value::as_bool).unwrap_or_default()
}

/// Whether a tool choice requires a call, as a word or as an object with a type.
pub(super) fn must_call(choice: &Value) -> bool {
    matches!(choice.as_str().unwrap_or_else(|| member(choice, "type")), "required" | "any")
}
