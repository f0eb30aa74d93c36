//! Filters answers: a response's schema comes in, and only the declared part of an upstream's answer goes out.
//!
//! Only a schema with `additionalProperties: false` closes an object. Everything else passes unchanged.

use std::collections::BTreeMap;

use serde_json::Value;

/// Depth at which a recursive schema ends; deeper values pass unchanged.
const DEPTH: usize = 32;

/// What a value may hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Anything.
    Open,
    /// Only these members.
    Members(BTreeMap<String, Answer>),
    /// Items of this shape.
    Items(Box<Answer>),
}

impl Answer {
    /// What a schema declares; `document` resolves its references.
    pub(super) fn read(schema: &Value, document: &Value) -> Self {
        walk(schema, document, 0)
    }

    /// A value without undeclared members. If the schema closes an object and the value is no object, it becomes null.
    pub(crate) fn keep(&self, value: Value) -> Value {
        match (self, value) {
            (Self::Open, value) => value,
            (Self::Members(known), Value::Object(members)) => {
                let kept = members.into_iter().filter_map(|(name, value)| Some((known.get(&name)?.keep(value), name)));
                Value::Object(kept.map(|(value, name)| (name, value)).collect())
            }
            (Self::Items(shape), Value::Array(items)) => items.into_iter().map(|item| shape.keep(item)).collect(),
            (Self::Members(_) | Self::Items(_), _) => Value::Null,
        }
    }
}

fn walk(schema: &Value, document: &Value, depth: usize) -> Answer {
    if depth > DEPTH {
        return Answer::Open;
    }
    let target = schema.get("$ref").and_then(Value::as_str).and_then(|name| document.pointer(name.strip_prefix('#')?));
    if let Some(target) = target {
        return walk(target, document, depth + 1);
    }
    if schema.get("additionalProperties") == Some(&Value::Bool(false)) {
        let members = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
        return Answer::Members(members.map(|(name, part)| (name.clone(), walk(part, document, depth + 1))).collect());
    }
    match schema.get("items").map(|items| walk(items, document, depth + 1)) {
        Some(shape) if shape != Answer::Open => Answer::Items(Box::new(shape)),
        _ => Answer::Open,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn undeclared_members_are_left_out() {
        let document = json!({"components": {"schemas": {"City": {
            "additionalProperties": false, "properties": {"name": {"type": "string"}}}}}});
        let schema = json!({"additionalProperties": false, "properties": {
            "id": {"type": "string"}, "city": {"$ref": "#/components/schemas/City"},
            "cities": {"items": {"$ref": "#/components/schemas/City"}}, "more": {}}});
        let answer = Answer::read(&schema, &document);
        let kept = answer.keep(json!({"id": "1", "hash": "h", "city": {"name": "Graz", "mayor": "m"},
            "cities": [{"name": "Linz", "n": 1}], "more": {"a": 1}}));
        assert_eq!(kept, json!({"id": "1", "city": {"name": "Graz"}, "cities": [{"name": "Linz"}], "more": {"a": 1}}));
        assert_eq!(answer.keep(json!([{"hash": "h"}])), Value::Null);
        assert_eq!(Answer::read(&json!({}), &document), Answer::Open);
    }
}
