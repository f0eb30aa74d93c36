//! What a body says, whatever it is spelled like.

use serde_json::Value;

/// A body by what it says: JSON by its values, all else by its bytes. Two are equal where they say the same.
#[derive(Debug, Clone)]
pub struct Meaning(Said);

#[derive(Debug, Clone)]
enum Said {
    Json(Value),
    Bytes(Vec<u8>),
}

impl Meaning {
    /// What these bytes say.
    pub fn of(bytes: &[u8]) -> Self {
        Self(serde_json::from_slice(bytes).map_or_else(|_| Said::Bytes(bytes.to_vec()), Said::Json))
    }
}

impl PartialEq for Meaning {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Said::Json(one), Said::Json(other)) => same(one, other),
            (Said::Bytes(one), Said::Bytes(other)) => one == other,
            _ => false,
        }
    }
}

/// Whether two JSON values say the same: numbers by what they are, not by how they are written, and members in any order.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let known = |(name, value)| other.get(name).is_some_and(|known| same(value, known));
            one.len() == other.len() && one.iter().all(known)
        }
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_by_what_they_are() {
        let same = |one: &str, other: &str| Meaning::of(one.as_bytes()) == Meaning::of(other.as_bytes());
        assert!(same(r#"{"a":1.0,"b":[1.5e3]}"#, r#"{ "b": [1500], "a": 1 }"#));
        assert!(same("not JSON", "not JSON") && same("", ""));
        for (one, other) in [
            (r#"{"a":1.0}"#, r#"{"a":1.5}"#),
            (r#"{"a":1}"#, r#"{"a":"1"}"#),
            ("[1]", "[1,2]"),
            (r#"{"a":1}"#, r#"{"b":1}"#),
            ("not JSON", "not  JSON"),
            ("1", ""),
        ] {
            assert!(!same(one, other), "{one} {other}");
        }
    }
}
