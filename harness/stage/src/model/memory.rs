//! The Responses API's memory of earlier answers, which clients may name instead of sending them again.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use super::reply::Reply;
use super::responses;

/// The last responses, up to [`MOST`] bytes.
#[derive(Debug, Default)]
pub(super) struct Memory(Mutex<VecDeque<Kept>>);

/// A response.
#[derive(Debug)]
struct Kept {
    id: String,
    /// Everything said up to and in it.
    items: Vec<Value>,
    /// How many of these are its own.
    output: usize,
    bytes: usize,
}

impl Memory {
    /// Replaces what a request names by the real items: the response before it, and single items of any.
    pub(super) fn recall(&self, body: &mut Value) {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = body["previous_response_id"].as_str();
        let before = before.and_then(|id| kept.iter().rev().find(|one| one.id == id));
        let mut items = before.map(|one| one.items.clone()).unwrap_or_default();
        match &body["input"] {
            Value::Array(input) => items.extend(input.iter().map(|item| resolve(&kept, item))),
            Value::String(text) => items.push(json!({ "role": "user", "content": text })),
            _ => return,
        }
        body["input"] = Value::Array(items);
    }

    /// Keeps the answer to a request with a complete input, unless the client forbids it.
    pub(super) fn keep(&self, body: &Value, reply: &Reply) {
        let (Value::Array(input), true) = (&body["input"], body["store"] != json!(false)) else { return };
        let output = responses::items_of(reply);
        let bytes = body.to_string().len();
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (id, items) = (reply.id("resp_"), input.iter().chain(&output).cloned().collect());
        kept.push_back(Kept { id, items, output: output.len(), bytes });
        while kept.iter().map(|one| one.bytes).sum::<usize>() > MOST {
            kept.pop_front();
        }
    }
}

/// The item that a reference names, or the item itself.
fn resolve(kept: &VecDeque<Kept>, item: &Value) -> Value {
    let refers = item["type"] == "item_reference" || item["type"].is_null() && item["role"].is_null();
    let said = |one: &'_ Kept| one.items.iter().rev().take(one.output).find(|said| said["id"] == item["id"]).cloned();
    let found = kept.iter().rev().filter(|_| refers).find_map(said);
    found.unwrap_or_else(|| item.clone())
}

/// Bytes kept in all.
const MOST: usize = 64 * 1024 * 1024;
