//! Where the values of a call come from: the user, the model, or data of an API.
//!
//! Data never gives orders. Once data has entered a conversation, a call that changes something needs an approval, and
//! a read is refused unless the user said each of its values. So "read account 1001" always works, but "look into the
//! account that the document names" does not: the user has to name it. Searching the data for the value would not help,
//! because a model decodes disguised text. Values are compared as people see them: case, compatibility forms and
//! invisible characters are ignored.

use serde_json::{Map, Value};
use unicode_normalization::UnicodeNormalization as _;

/// Whether the user said each value of a call.
pub(super) fn named(arguments: &Map<String, Value>, said: &str) -> bool {
    let said = plain(said);
    arguments.values().all(|value| stands_in(value, &said))
}

fn stands_in(value: &Value, said: &str) -> bool {
    let text = match value {
        Value::Null | Value::Bool(_) => return true,
        Value::Number(number) => number.to_string(),
        Value::String(text) => plain(text).trim().to_owned(),
        Value::Array(items) => return items.iter().all(|item| stands_in(item, said)),
        Value::Object(members) => return members.values().all(|value| stands_in(value, said)),
    };
    text.is_empty() || stands(&text, said)
}

/// Whether a text occurs in another, not inside a longer word.
fn stands(text: &str, within: &str) -> bool {
    within.match_indices(text).any(|(at, _)| {
        let (before, rest) = within.split_at(at);
        let behind = rest.strip_prefix(text).and_then(|rest| rest.chars().next());
        !before.chars().next_back().is_some_and(char::is_alphanumeric) && !behind.is_some_and(char::is_alphanumeric)
    })
}

/// A text as people see it.
fn plain(text: &str) -> String {
    let unseen = |c: char| {
        matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
            || matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0100}'..='\u{e01ef}')
    };
    // Unicode tags are letters that people do not see but models read.
    let letter = |c: char| match c {
        '\u{e0020}'..='\u{e007e}' => char::from_u32(u32::from(c) - 0xe0000).unwrap_or(c),
        _ => c,
    };
    text.nfkc().filter(|c| !unseen(*c)).map(letter).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn is_named(arguments: &Value, said: &str) -> bool {
        named(arguments.as_object().unwrap(), said)
    }

    #[test]
    fn only_values_from_the_user_are_named() {
        for value in [json!("1001"), json!(1001), json!("Ada"), json!("20\u{200b}02"), json!(["1001", {"a": "2002"}])] {
            assert!(is_named(&json!({ "id": value }), "Read 1001 and 2002 of ada."), "{value}");
        }
        for value in [json!(true), json!(null), json!(""), json!([])] {
            assert!(is_named(&json!({ "id": value }), ""), "{value}");
        }
        for value in [json!("100"), json!("3003"), json!(3003), json!(["1001", "3003"]), json!({"a": "x"})] {
            assert!(!is_named(&json!({ "id": value }), "Read 1001."), "{value}");
        }
        assert!(is_named(&json!({"id": "2002"}), "read \u{e0032}\u{e0030}\u{e0030}\u{e0032}"));
    }
}
