//! A document of another tool as a tree in which each part knows its place.
//!
//! In: YAML or JSON. Out: [`Node`]s, `$ref`s inside the document followed, and faults with their places. Such formats
//! have many keys that mean nothing here, so that a tree is walked where our own formats are typed.

use percent_encoding::percent_decode_str;
use pincer_core::scenario::{Diagnostic, Seg, Source, one_of};
use serde_json::Value;

/// A text and its tree.
pub(super) struct Document<'s> {
    source: &'s Source,
    root: Value,
}

/// A part of a document and the path to it.
#[derive(Clone)]
pub(super) struct Node<'d> {
    pub(super) value: &'d Value,
    pub(super) at: Vec<Seg>,
}

/// `$ref`s that point to one another, one after another; more is a ring or no document that people write.
const MOST_HOPS: usize = 32;

impl<'s> Document<'s> {
    /// Reads a text; fails where it is not YAML.
    pub(super) fn read(source: &'s Source) -> Result<Self, Diagnostic> {
        Ok(Self { source, root: source.parse()? })
    }

    /// The whole.
    pub(super) fn root(&self) -> Node<'_> {
        Node { value: &self.root, at: Vec::new() }
    }

    /// A fault at a node.
    pub(super) fn fault(&self, node: &Node<'_>, message: impl Into<String>, help: Option<String>) -> Diagnostic {
        self.source.fault(&node.at, message.into(), help)
    }

    /// A fault at a node whose text is none of the valid words.
    pub(super) fn no_word(&self, node: &Node<'_>, kind: &str, valid: &[&str]) -> Diagnostic {
        let word = node.text().unwrap_or_default();
        self.fault(node, format!("`{word}` is not {kind}"), one_of(&word, valid))
    }

    /// The node, which must be a mapping.
    pub(super) fn map<'d>(&self, node: Node<'d>) -> Result<Node<'d>, Diagnostic> {
        if node.value.is_object() { Ok(node) } else { Err(self.fault(&node, "a mapping is expected here", None)) }
    }

    /// The node, which must be a list.
    pub(super) fn list<'d>(&self, node: Node<'d>) -> Result<Node<'d>, Diagnostic> {
        if node.value.is_array() { Ok(node) } else { Err(self.fault(&node, "a list is expected here", None)) }
    }

    /// What a node stands for: itself, or what its `$ref` leads to inside the document.
    pub(super) fn resolve<'d>(&'d self, node: Node<'d>) -> Result<Node<'d>, Diagnostic> {
        let mut place = node;
        for _ in 0..MOST_HOPS {
            let Some(reference) = place.get("$ref") else { return Ok(place) };
            let Some(target) = reference.value.as_str() else {
                return Err(self.fault(&reference, "`$ref` must be a string", None));
            };
            let Some(pointer) = target.strip_prefix('#') else {
                let help = Some("bundle the document into one file".to_owned());
                return Err(self.fault(&reference, format!("`{target}` points outside the document"), help));
            };
            place = self.walk(&reference, pointer)?;
        }
        Err(self.fault(&place, "this `$ref` refers to itself", None))
    }

    /// What a JSON pointer (RFC 6901, as a URI fragment) leads to.
    fn walk<'d>(&'d self, from: &Node<'_>, pointer: &str) -> Result<Node<'d>, Diagnostic> {
        let mut place = self.root();
        for word in pointer.split('/').skip(1) {
            let word = percent_decode_str(word).decode_utf8_lossy().replace("~1", "/").replace("~0", "~");
            let next = place.get(&word).or_else(|| place.item(word.parse().ok()?));
            let Some(next) = next else {
                let known: Vec<&str> = place.entries().into_iter().map(|(key, _)| key).collect();
                return Err(self.fault(from, format!("nothing exists at `#{pointer}`"), one_of(&word, &known)));
            };
            place = next;
        }
        Ok(place)
    }
}

impl<'d> Node<'d> {
    fn below(&self, seg: Seg, value: &'d Value) -> Self {
        let mut at = self.at.clone();
        at.push(seg);
        Self { value, at }
    }

    /// The value of a mapping.
    pub(super) fn get(&self, key: &str) -> Option<Self> {
        self.value.as_object()?.get(key).map(|value| self.below(key.into(), value))
    }

    /// An item of a list.
    pub(super) fn item(&self, at: usize) -> Option<Self> {
        self.value.as_array()?.get(at).map(|value| self.below(at.into(), value))
    }

    /// The items of a list; none of anything else.
    pub(super) fn items(&self) -> Vec<Self> {
        let items = self.value.as_array().into_iter().flatten().enumerate();
        items.map(|(at, value)| self.below(at.into(), value)).collect()
    }

    /// The entries of a mapping, in the order of the text; none of anything else.
    pub(super) fn entries(&self) -> Vec<(&'d str, Self)> {
        let entries = self.value.as_object().into_iter().flatten();
        entries.map(|(key, value)| (key.as_str(), self.below(key.as_str().into(), value))).collect()
    }

    /// A scalar as text; nothing of a list, a mapping or nothing.
    pub(super) fn text(&self) -> Option<String> {
        text_of(self.value)
    }

    /// The scalar of a mapping as text.
    pub(super) fn text_at(&self, key: &str) -> Option<String> {
        self.get(key)?.text()
    }

    /// Whether a key says `true`.
    pub(super) fn is(&self, key: &str) -> bool {
        self.value.get(key).and_then(Value::as_bool) == Some(true)
    }
}

/// A scalar as text.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(text: &str) -> Result<String, String> {
        let source = Source::new("d.yaml", text);
        let document = Document::read(&source).map_err(|fault| fault.to_string())?;
        let start = document.root().get("start").unwrap();
        document.resolve(start).map(|node| node.text().unwrap_or_default()).map_err(|fault| fault.to_string())
    }

    #[test]
    fn a_reference_is_followed() {
        assert_eq!(resolved("start: { $ref: '#/a~1b/c%20d/1' }\na/b: { c d: [x, y] }\n"), Ok("y".to_owned()));
        assert_eq!(resolved("start: { $ref: '#/b' }\nb: { $ref: '#/c' }\nc: z\n"), Ok("z".to_owned()));
    }

    #[test]
    fn a_reference_to_nothing_is_refused_at_its_place() {
        for (text, message) in [
            (
                "start: { $ref: '#/part/Acount' }\npart: { Account: x }\n",
                "d.yaml:1:16: nothing exists at `#/part/Acount` (did you mean `Account`?)",
            ),
            ("start: { $ref: other.yaml#/a }\n", "d.yaml:1:16: `other.yaml#/a` points outside the document"),
            ("start: { $ref: 7 }\n", "d.yaml:1:16: `$ref` must be a string"),
            ("start: { $ref: '#/b' }\nb: { $ref: '#/start' }\n", "this `$ref` refers to itself"),
            ("start: { $ref: '#/start' }\n", "this `$ref` refers to itself"),
        ] {
            let fault = resolved(text).unwrap_err();
            assert!(fault.contains(message), "{text}: {fault}");
        }
    }
}
