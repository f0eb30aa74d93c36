//! JSON bodies: a sample comes in, the text that is sent goes out.

use serde_json::Value;

/// The JSON text of an object with these members behind its own, written as they are; anything else as it is.
pub(super) fn with_members(object: &Value, members: &str) -> String {
    let text = object.to_string();
    match text.strip_suffix('}') {
        Some("{") => format!("{{{members}}}"),
        Some(open) => format!("{open},{members}}}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_stand_behind_those_of_the_object() {
        assert_eq!(with_members(&json!({"a": 1}), r#""b":2"#), r#"{"a":1,"b":2}"#);
        assert_eq!(with_members(&json!({"a": 1}), r#""a":2"#), r#"{"a":1,"a":2}"#);
        assert_eq!(with_members(&json!({}), r#""b":2"#), r#"{"b":2}"#);
        assert_eq!(with_members(&json!(["a"]), r#""b":2"#), r#"["a"]"#);
    }
}
