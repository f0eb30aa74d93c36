//! Leaves of a sample body, addressed by dotted paths: `note`, `items.0.name`.

use serde_json::Value;

/// The value at `path`. A key may contain dots itself; the longest existing key is used.
pub fn leaf<'a>(body: &'a Value, path: &str) -> Option<&'a Value> {
    match body {
        Value::Object(map) => ends(path).find_map(|(key, rest)| {
            let value = map.get(key)?;
            rest.map_or(Some(value), |rest| leaf(value, rest))
        }),
        Value::Array(items) => {
            let (at, rest) = path.split_once('.').map_or((path, None), |(at, rest)| (at, Some(rest)));
            let value = items.get(at.parse::<usize>().ok()?)?;
            rest.map_or(Some(value), |rest| leaf(value, rest))
        }
        _ => None,
    }
}

/// The ways to split a key off the beginning of a path, the longest first.
fn ends(path: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    let dots = path.rmatch_indices('.').filter_map(|(at, _)| Some((path.get(..at)?, path.get(at + 1..))));
    std::iter::once((path, None)).chain(dots)
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

/// The body with `text` at `path`; unchanged if there is no such place.
#[must_use]
pub fn with_leaf(mut body: Value, path: &str, text: &str) -> Value {
    if let Some(place) = place_of(&mut body, path) {
        *place = Value::String(text.to_owned());
    }
    body
}

fn place_of<'a>(body: &'a mut Value, path: &str) -> Option<&'a mut Value> {
    match body {
        Value::Object(map) => {
            let is_there = |(key, rest): &(&str, Option<&str>)| {
                map.get(*key).is_some_and(|value| rest.is_none_or(|rest| leaf(value, rest).is_some()))
            };
            let (key, rest) = ends(path).find(is_there)?;
            let value = map.get_mut(key)?;
            match rest {
                Some(rest) => place_of(value, rest),
                None => Some(value),
            }
        }
        Value::Array(items) => {
            let (at, rest) = path.split_once('.').map_or((path, None), |(at, rest)| (at, Some(rest)));
            let value = items.get_mut(at.parse::<usize>().ok()?)?;
            match rest {
                Some(rest) => place_of(value, rest),
                None => Some(value),
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn leaf_is_found_and_set() {
        let body = json!({"a": [{"b": "x"}], "n": 1});
        assert_eq!(leaf(&body, "a.0.b"), Some(&json!("x")));
        assert_eq!(leaf(&body, "a.1.b"), None);
        assert_eq!(text_leaves(&body), ["a.0.b"]);
        assert_eq!(with_leaf(body.clone(), "a.0.b", "y")["a"][0]["b"], json!("y"));
        assert_eq!(with_leaf(body.clone(), "z", "y"), body);
    }

    #[test]
    fn leaf_is_found_at_any_depth_and_under_keys_with_dots() {
        let body = json!({"params": {"arguments": {"id": "1"}}, "a.b": {"c.d": ["x"]}, "a": {"b": 2}});
        assert_eq!(text_leaves(&body), ["params.arguments.id", "a.b.c.d.0"]);
        for path in text_leaves(&body) {
            assert_eq!(leaf(&with_leaf(body.clone(), &path, "new"), &path), Some(&json!("new")), "{path}");
        }
        assert_eq!(with_leaf(body, "a.b.c.d.0", "y")["a.b"]["c.d"][0], json!("y"));
    }
}
