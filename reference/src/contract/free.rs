//! Finds free text in a body: a schema with `x-free-text` marks comes in, the places go out.

use serde_json::Value;

/// A step from a value to one inside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// A member.
    Member(String),
    /// All items.
    Items,
}

/// Depth at which a recursive schema ends; `limits.depth` bounds the values anyway.
const DEPTH: usize = 32;

/// The places that a schema marks as free text; `document` resolves its references.
pub(super) fn places(schema: &Value, document: &Value) -> Vec<Vec<Step>> {
    let mut found = Vec::new();
    walk(schema, document, &mut Vec::new(), &mut found);
    found
}

fn walk(schema: &Value, document: &Value, at: &mut Vec<Step>, found: &mut Vec<Vec<Step>>) {
    if at.len() > DEPTH {
        return;
    }
    let target = schema.get("$ref").and_then(Value::as_str).and_then(|name| document.pointer(name.strip_prefix('#')?));
    if let Some(target) = target {
        walk(target, document, at, found);
    }
    if schema.get("x-free-text") == Some(&Value::Bool(true)) {
        found.push(at.clone());
    }
    for (name, member) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        at.push(Step::Member(name.clone()));
        walk(member, document, at, found);
        at.pop();
    }
    if let Some(items) = schema.get("items") {
        at.push(Step::Items);
        walk(items, document, at, found);
        at.pop();
    }
    for word in ["allOf", "anyOf", "oneOf"] {
        for part in schema.get(word).and_then(Value::as_array).into_iter().flatten() {
            walk(part, document, at, found);
        }
    }
}

/// The texts at a place of a value.
pub(super) fn texts<'a>(value: &'a Value, place: &[Step], into: &mut Vec<&'a str>) {
    match (place.split_first(), value) {
        (None, Value::String(text)) => into.push(text),
        (Some((Step::Member(name), rest)), Value::Object(members)) => {
            if let Some(member) = members.get(name) {
                texts(member, rest, into);
            }
        }
        (Some((Step::Items, rest)), Value::Array(items)) => items.iter().for_each(|item| texts(item, rest, into)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn marks_are_found_behind_references_and_in_lists() {
        let document = json!({"components": {"schemas": {"Line": {"properties": {"text": {"x-free-text": true}}}}}});
        let schema = json!({"properties": {"lines": {"items": {"$ref": "#/components/schemas/Line"}}, "n": {}}});
        let places = places(&schema, &document);
        let body = json!({"lines": [{"text": "a"}, {"text": "b"}, {"text": 1}], "n": "c"});
        let mut found = Vec::new();
        for place in &places {
            texts(&body, place, &mut found);
        }
        assert_eq!(found, ["a", "b"]);
    }

    #[test]
    fn recursive_schema_ends() {
        let document = json!({"components": {"schemas": {"T": {
            "properties": {"down": {"$ref": "#/components/schemas/T"}, "text": {"x-free-text": true}}}}}});
        let schema = json!({"$ref": "#/components/schemas/T"});
        assert!(places(&schema, &document).contains(&vec![Step::Member("text".to_owned())]));
    }
}
