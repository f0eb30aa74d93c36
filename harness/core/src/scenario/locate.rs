//! Where a value stands in a YAML text.
//!
//! The typed values carry no spans, so that they can be kept in a trace; when a check finds a fault, the text is
//! read once more, as a tree with spans, and the path to the fault is walked.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer};
use serde_saphyr::{Location, Spanned};

/// One step into a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seg {
    /// A value of a mapping.
    Key(String),
    /// An item of a list.
    Item(usize),
}

impl From<&str> for Seg {
    fn from(key: &str) -> Self {
        Self::Key(key.to_owned())
    }
}

impl From<usize> for Seg {
    fn from(item: usize) -> Self {
        Self::Item(item)
    }
}

/// The place of the deepest part of `path` that exists.
pub(super) fn locate(text: &str, path: &[Seg]) -> Option<Location> {
    let root: Spanned<Node> = serde_saphyr::from_str(text).ok()?;
    let mut place = root.referenced;
    let mut node = &root.value;
    for seg in path {
        let next = match (seg, node) {
            (Seg::Key(key), Node::Map(entries)) => entries.iter().find(|(k, _)| k.value == *key).map(|(_, v)| v),
            (Seg::Item(item), Node::List(items)) => items.get(*item),
            _ => None,
        };
        let Some(next) = next else { break };
        place = next.referenced;
        node = &next.value;
    }
    Some(place)
}

enum Node {
    Map(Vec<(Spanned<String>, Spanned<Node>)>),
    List(Vec<Spanned<Node>>),
    Scalar,
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Node;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any YAML value")
            }
            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Node::Map(entries))
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Node::List(items))
            }
            fn visit_bool<E>(self, _: bool) -> Result<Node, E> {
                Ok(Node::Scalar)
            }
            fn visit_i64<E>(self, _: i64) -> Result<Node, E> {
                Ok(Node::Scalar)
            }
            fn visit_u64<E>(self, _: u64) -> Result<Node, E> {
                Ok(Node::Scalar)
            }
            fn visit_f64<E>(self, _: f64) -> Result<Node, E> {
                Ok(Node::Scalar)
            }
            fn visit_str<E>(self, _: &str) -> Result<Node, E> {
                Ok(Node::Scalar)
            }
            fn visit_unit<E>(self) -> Result<Node, E> {
                Ok(Node::Scalar)
            }
            fn visit_none<E>(self) -> Result<Node, E> {
                Ok(Node::Scalar)
            }
            fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
                Node::deserialize(deserializer)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_found() {
        let text = "a: 1\nb:\n  - c: x\n  - c: [p, q]\n";
        let at = |path: &[Seg]| locate(text, path).map(|l| (l.line(), l.column()));
        assert_eq!(at(&["b".into(), 1.into(), "c".into(), 1.into()]), Some((4, 12)));
        assert_eq!(at(&["b".into(), 9.into()]), at(&["b".into()]));
    }
}
