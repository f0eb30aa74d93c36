//! Leaves of a sample body, named by dotted paths: `note`, `items.0.name`.

use serde_json::Value;

/// The value at `path`.
pub fn leaf<'a>(body: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(body, |value, key| match value {
        Value::Object(map) => map.get(key),
        Value::Array(items) => key.parse::<usize>().ok().and_then(|at| items.get(at)),
        _ => None,
    })
}

/// The dotted paths of all texts of a body, in order.
pub(super) fn text_leaves(body: &Value) -> Vec<String> {
    let below = |key: &str, value: &Value| -> Vec<String> {
        let join = |rest: String| if rest.is_empty() { key.to_owned() } else { format!("{key}.{rest}") };
        text_leaves(value).into_iter().map(join).collect()
    };
    match body {
        Value::String(_) => vec![String::new()],
        Value::Object(map) => map.iter().flat_map(|(key, value)| below(key, value)).collect(),
        Value::Array(items) => items.iter().enumerate().flat_map(|(at, item)| below(&at.to_string(), item)).collect(),
        _ => Vec::new(),
    }
}

/// The body with a text at `path`; unchanged if there is no such place.
#[must_use]
pub fn with_leaf(mut body: Value, path: &str, text: &str) -> Value {
    let mut place = Some(&mut body);
    for key in path.split('.') {
        place = match place {
            Some(Value::Object(map)) => map.get_mut(key),
            Some(Value::Array(items)) => key.parse::<usize>().ok().and_then(|at| items.get_mut(at)),
            _ => None,
        };
    }
    if let Some(place) = place {
        *place = Value::String(text.to_owned());
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_leaf_is_found_and_set() {
        let body = json!({"a": [{"b": "x"}], "n": 1});
        assert_eq!(leaf(&body, "a.0.b"), Some(&json!("x")));
        assert_eq!(leaf(&body, "a.1.b"), None);
        assert_eq!(text_leaves(&body), ["a.0.b"]);
        assert_eq!(with_leaf(body.clone(), "a.0.b", "y")["a"][0]["b"], json!("y"));
        assert_eq!(with_leaf(body.clone(), "z", "y"), body);
    }
}
