//! Reads JSON as JSON, because YAML refuses some of it and reads large texts slowly.

use std::collections::HashSet;
use std::fmt;

use serde::de::{self, Deserialize, DeserializeOwned, Deserializer};
use serde_json::error::Category;

use super::plain::{self, Fault};
use crate::scenario::error::{Place, floor};

/// What a text that may be JSON turns out to be.
pub(super) enum Syntax {
    /// JSON.
    Json,
    /// Not JSON: perhaps YAML, whose mappings and lists may begin the same way.
    Other(Place, Fault),
    /// JSON with a duplicate key.
    Refused(Place, Fault),
}

/// Whether a text begins like JSON.
pub(super) fn may_be(text: &str) -> bool {
    text.trim_start_matches(BLANK).starts_with(['{', '['])
}

/// The syntax of a text that begins like JSON.
pub(super) fn syntax(text: &str) -> Syntax {
    match serde_json::from_str::<Unique>(unmarked(text)) {
        Ok(Unique) => Syntax::Json,
        Err(error) => {
            let (place, fault) = explain(text, &error);
            if error.classify() == Category::Data { Syntax::Refused(place, fault) } else { Syntax::Other(place, fault) }
        }
    }
}

/// Whether a text is JSON.
pub(in crate::scenario) fn is_json(text: &str) -> bool {
    may_be(text) && !matches!(syntax(text), Syntax::Other(..))
}

/// Reads a text as a `T`.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> Result<T, (Place, Fault)> {
    serde_json::from_str(unmarked(text)).map_err(|error| explain(text, &error))
}

/// White space of JSON (RFC 8259 section 2), and the byte order mark that some editors write.
const BLANK: [char; 5] = [' ', '\t', '\n', '\r', MARK];
/// A byte order mark, which a reader may ignore (RFC 8259 section 8.1).
const MARK: char = '\u{feff}';

fn unmarked(text: &str) -> &str {
    text.strip_prefix(MARK).unwrap_or(text)
}

fn explain(text: &str, error: &serde_json::Error) -> (Place, Fault) {
    let place = token(text, offset(text, error.line(), error.column()));
    let said = error.to_string();
    let said = said.rsplit_once(" at line ").map_or(said.as_str(), |(said, _)| said);
    let quoted = |rest: &str| {
        let word = rest.rsplit_once("`, expected ").or_else(|| rest.rsplit_once("`, there are no "));
        word.map_or_else(|| rest.trim_end_matches('`').to_owned(), |(word, _)| word.to_owned())
    };
    let fault = if let Some(rest) = said.strip_prefix("unknown field `") {
        plain::unknown_key(&quoted(rest), &valid(rest))
    } else if let Some(rest) = said.strip_prefix("unknown variant `") {
        plain::unknown_word(&quoted(rest), &valid(rest))
    } else if let Some(rest) = said.strip_prefix("missing field `") {
        plain::missing(rest.trim_end_matches('`'))
    } else if let Some(rest) = said.strip_prefix("duplicate field `") {
        plain::twice(Some(rest.trim_end_matches('`')))
    } else if let Some(rest) = said.strip_prefix("invalid type: ").or_else(|| said.strip_prefix("invalid value: ")) {
        let (found, wanted) = rest.rsplit_once(", expected ").unwrap_or(("", rest));
        plain::mismatch(wanted, Some(found), "")
    } else if said.contains("recursion limit") {
        Fault::new("the document is nested deeper than 128 levels", Some("reduce the nesting"))
    } else if error.is_eof() {
        Fault::new("the file ends too early", Some("close the open bracket or quote"))
    } else {
        plain::said(said)
    };
    (place, fault)
}

/// The words that serde lists after `expected`.
fn valid(rest: &str) -> Vec<&str> {
    let listed = rest.rsplit_once("expected ").map_or("", |(_, listed)| listed);
    listed.split('`').skip(1).step_by(2).collect()
}

/// The byte at a line and a column in bytes, both from 1.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let start = if line <= 1 {
        text.len() - unmarked(text).len()
    } else {
        text.match_indices('\n').nth(line - 2).map_or(text.len(), |(at, _)| at + 1)
    };
    floor(text, start.saturating_add(column.saturating_sub(1)))
}

/// The token that ends at or contains this byte: a reader reports a value after it has read it.
fn token(text: &str, at: usize) -> Place {
    let bytes = text.as_bytes();
    let byte = |at: usize| bytes.get(at).copied().unwrap_or_default();
    if byte(at) == b'"' {
        let open = (0..at).rev().find(|open| byte(*open) == b'"' && !escaped(bytes, *open));
        if let Some(open) = open.filter(|open| at - open <= LONGEST_TOKEN) {
            return Place::of(text, open, at + 1 - open);
        }
    }
    let plain = |at: usize| byte(at).is_ascii_alphanumeric() || b"+-.".contains(&byte(at));
    let start = (0..at).rev().take(LONGEST_TOKEN).take_while(|before| plain(*before)).last().filter(|_| plain(at));
    let start = start.unwrap_or(at);
    Place::of(text, start, (at + 1).min(text.len()).saturating_sub(start))
}

/// Longest token that is marked completely, in bytes.
const LONGEST_TOKEN: usize = 256;

/// Whether an odd number of backslashes precedes this byte.
fn escaped(bytes: &[u8], at: usize) -> bool {
    bytes.get(..at).unwrap_or_default().iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// Any value without duplicate keys.
struct Unique;

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueVisitor)
    }
}

struct UniqueVisitor;

impl<'de> de::Visitor<'de> for UniqueVisitor {
    type Value = Unique;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }
    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Unique, A::Error> {
        let mut keys = HashSet::new();
        while let Some(key) = map.next_key::<String>()? {
            if keys.contains(&key) {
                return Err(de::Error::custom(format_args!("duplicate field `{key}`")));
            }
            map.next_value::<Unique>()?;
            keys.insert(key);
        }
        Ok(Unique)
    }
    fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Unique, A::Error> {
        while let Some(Unique) = seq.next_element()? {}
        Ok(Unique)
    }
    fn visit_bool<E>(self, _: bool) -> Result<Unique, E> {
        Ok(Unique)
    }
    fn visit_i64<E>(self, _: i64) -> Result<Unique, E> {
        Ok(Unique)
    }
    fn visit_u64<E>(self, _: u64) -> Result<Unique, E> {
        Ok(Unique)
    }
    fn visit_f64<E>(self, _: f64) -> Result<Unique, E> {
        Ok(Unique)
    }
    fn visit_str<E>(self, _: &str) -> Result<Unique, E> {
        Ok(Unique)
    }
    fn visit_unit<E>(self) -> Result<Unique, E> {
        Ok(Unique)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duplicate_key_is_refused_at_its_second_place() {
        let text = "{\"a\": 1,\n \"b\": {\"x\": 1, \"x\": 2}}";
        let Syntax::Refused(place, fault) = syntax(text) else { panic!("refused") };
        assert_eq!((place.line, place.column, fault.message.as_str()), (2, 16, "the key `x` is here twice"));
    }

    #[test]
    fn json_that_yaml_refuses_is_read() {
        for text in ["{\"a\": \"\u{80}\"}", "\u{feff}{\"a\":\t1}", "[\"\\/\", \"\\ud83d\\ude00\"]"] {
            assert!(is_json(text), "{text:?}");
        }
        assert!(!is_json("{ a: 1 }") && !is_json("a: 1"));
    }
}
