//! Turns a reader's messages into plain words: what is wrong, and one remedy.

use crate::scenario::error::nearest;

/// What is wrong, without its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::scenario) struct Fault {
    /// What is wrong.
    pub(super) message: String,
    /// A remedy.
    pub(super) help: Option<String>,
}

impl Fault {
    pub(super) fn new(message: impl Into<String>, help: Option<&str>) -> Self {
        Self { message: message.into(), help: help.map(str::to_owned) }
    }
}

/// An unknown key.
pub(super) fn unknown_key(key: &str, valid: &[&str]) -> Fault {
    Fault { message: format!("`{key}` is not a valid key here"), help: one_of(key, valid) }
}

/// An unknown word.
pub(super) fn unknown_word(word: &str, valid: &[&str]) -> Fault {
    Fault { message: format!("`{word}` is not a valid value here"), help: one_of(word, valid) }
}

/// A missing key.
pub(super) fn missing(key: &str) -> Fault {
    Fault::new(format!("the key `{key}` is missing"), Some(&format!("add `{key}: …` to this mapping")))
}

/// A duplicate key in one mapping.
pub(super) fn twice(key: Option<&str>) -> Fault {
    let message =
        key.map_or_else(|| "this mapping has a key twice".to_owned(), |key| format!("the key `{key}` is here twice"));
    Fault::new(message, Some("keep one of the two"))
}

/// The value here does not fit the format. `expected` and `unexpected` are serde's words; `here` is the text from the
/// place on.
pub(super) fn mismatch(expected: &str, unexpected: Option<&str>, here: &str) -> Fault {
    let (wanted, help) = wanted(expected);
    let found = unexpected.and_then(found).or_else(|| seen(here));
    let message = match found {
        Some(found) if !wanted.contains(found) => format!("{wanted} is expected here, not {found}"),
        _ => format!("{wanted} is expected here"),
    };
    Fault { message, help: help.map(str::to_owned) }
}

/// The reader's own message without its place.
pub(super) fn said(message: &str) -> Fault {
    let line = message.split(" at line ").next().unwrap_or(message);
    let unprintable =
        line.contains("control character") || line.contains("non-printable") || line.contains("unprintable");
    let help = if unprintable {
        Some("write the character as an escape in double quotes, for example `\"\\x80\"`")
    } else if line.contains("tab") {
        Some("indent with spaces")
    } else {
        None
    };
    Fault::new(line, help)
}

/// What serde expects, in plain words, and an example of it.
fn wanted(expected: &str) -> (String, Option<&'static str>) {
    const LIST: (&str, &str) = ("a list", "write `[a, b]`, or one item per line after `- `");
    const MAPPING: (&str, &str) = ("a mapping", "write `{ key: value }`, or one `key: value` per line");
    const TEXT: (&str, &str) = ("a string", "write one value, in quotes if it contains `{`, `[`, `: ` or ` #`");
    const WORD: (&str, &str) = ("a word, or a word with a value", "write `word` or `{ word: value }`");
    const COUNT: (&str, &str) = ("a whole number of 0 or more", "write digits only, for example `20`");
    const NUMBER: (&str, &str) = ("a whole number", "write digits only, for example `20`");
    let of = |(name, help): (&str, &'static str)| (name.to_owned(), Some(help));
    let starts = |words: &[&str]| words.iter().any(|word| expected.starts_with(word));
    if starts(&["sequence", "a sequence", "seq", "tuple", "a tuple", "an array"]) {
        of(LIST)
    } else if starts(&["mapping", "a map", "map", "struct", "empty mapping", "internally tagged"]) {
        of(MAPPING)
    } else if starts(&["string", "a string", "scalar", "str", "path"]) {
        of(TEXT)
    } else if starts(&["enum", "variant", "unit variant", "newtype variant", "struct variant", "adjacently"]) {
        of(WORD)
    } else if starts(&["a boolean", "bool"]) {
        of(("`true` or `false`", "write `true` or `false`, without quotes"))
    } else if starts(&["u8", "u16", "u32", "u64", "usize"]) {
        of(COUNT)
    } else if starts(&["an integer", "i8", "i16", "i32", "i64", "integer"]) {
        of(NUMBER)
    } else if starts(&["f32", "f64", "a number", "float"]) {
        of(("a number", "write it without quotes, for example `1.5`"))
    } else if starts(&["unit", "null"]) {
        ("nothing".to_owned(), Some("remove the value"))
    } else {
        // One of our own types describes itself.
        (expected.to_owned(), None)
    }
}

/// What serde found, in plain words.
fn found(unexpected: &str) -> Option<&'static str> {
    let starts = |words: &[&str]| words.iter().any(|word| unexpected.starts_with(word));
    if starts(&["map", "struct"]) {
        Some("a mapping")
    } else if starts(&["seq", "tuple", "array"]) {
        Some("a list")
    } else if starts(&["string", "str", "character"]) {
        Some("a string")
    } else if starts(&["boolean", "bool"]) {
        Some("`true` or `false`")
    } else if starts(&["integer", "floating", "number"]) {
        Some("a number")
    } else if starts(&["null", "unit", "Option"]) {
        Some("nothing")
    } else {
        None
    }
}

/// The kind of value at the beginning of a text.
fn seen(here: &str) -> Option<&'static str> {
    match here.trim_start().chars().next()? {
        '{' => Some("a mapping"),
        '[' => Some("a list"),
        '-' if here.trim_start().trim_start_matches('-').starts_with([' ', '\n']) => Some("a list"),
        '"' | '\'' => Some("a string"),
        _ => {
            let line = here.lines().next().unwrap_or_default();
            // In `{ a: b, c: d }` the value ends before the next key.
            let value = line.split(" #").next().unwrap_or_default();
            let value = value.split([',', '}', ']']).next().unwrap_or_default().trim();
            if value.contains(": ") || value.ends_with(':') { Some("a mapping") } else { Some("a single value") }
        }
    }
}

/// Help that names the nearest valid word, or all when none is near.
pub fn one_of<'a>(word: &str, valid: impl IntoIterator<Item = &'a &'a str> + Clone) -> Option<String> {
    if let Some(near) = nearest(word, valid.clone().into_iter().copied()) {
        Some(format!("did you mean `{near}`?"))
    } else {
        let mut all: Vec<&str> = valid.into_iter().copied().collect();
        all.sort_unstable();
        (!all.is_empty()).then(|| format!("one of: {}", all.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_serde_become_plain() {
        for (expected, unexpected, here, message) in [
            ("sequence start", None, "{ a: 1 }", "a list is expected here, not a mapping"),
            ("sequence start", None, "reader\n", "a list is expected here, not a single value"),
            ("a sequence", Some("map"), "", "a list is expected here, not a mapping"),
            ("struct Target", Some("sequence"), "", "a mapping is expected here, not a list"),
            ("mapping start", None, "- a\n", "a mapping is expected here, not a list"),
            ("a string", Some("unit value"), "", "a string is expected here, not nothing"),
            ("u16", Some("string \"x\""), "", "a whole number of 0 or more is expected here, not a string"),
            ("u32", None, "-5\n", "a whole number of 0 or more is expected here, not a single value"),
            ("string scalar", None, "[a]", "a string is expected here, not a list"),
            (
                "a name, a list of names, or \"*\"",
                Some("map"),
                "",
                "a name, a list of names, or \"*\" is expected here, not a mapping",
            ),
        ] {
            let fault = mismatch(expected, unexpected, here);
            assert_eq!(fault.message, message, "{expected} {unexpected:?}");
        }
    }

    #[test]
    fn message_of_the_reader_has_no_place() {
        assert_eq!(said("did not find expected ',' at line 3, column 5").message, "did not find expected ','");
    }
}
