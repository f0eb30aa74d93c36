//! Finds the place of a value in a text.
//!
//! The typed values have no spans, so that they can be kept in a trace. When a check finds a fault, the text is read
//! again as a tree with spans, and the path to the fault is followed.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer};
use serde_saphyr::{Location, Spanned};

use super::{json, walk, yaml};
use crate::scenario::error::Place;
use crate::scenario::seg::Seg;

/// The places of all values of a text, computed once for all its faults.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::scenario) enum Places {
    /// JSON is searched directly.
    Json,
    /// YAML as a tree.
    Yaml(Location, Node),
    /// Other texts have no places.
    None,
}

impl Places {
    /// The places of a text.
    pub(in crate::scenario) fn of(text: &str) -> Self {
        if json::is_json(text) {
            return Self::Json;
        }
        let root = serde_saphyr::from_str_with_options::<Spanned<Node>>(text, yaml::options(text));
        root.map_or(Self::None, |root| Self::Yaml(root.referenced, root.value))
    }

    /// The place of the deepest part of `path` that exists.
    pub(in crate::scenario) fn find(&self, text: &str, path: &[Seg]) -> Place {
        match self {
            Self::Json => walk::place(text, path),
            Self::Yaml(root, node) => yaml::place_of(text, descend(*root, node, path)),
            Self::None => Place::START,
        }
    }
}

fn descend(root: Location, node: &Node, path: &[Seg]) -> Location {
    let (mut place, mut node) = (root, node);
    for seg in path {
        let next = match (seg, node) {
            (Seg::Key(key), Node::Map(entries)) => entries.iter().find(|(k, _)| k == key).map(|(_, v)| v),
            (Seg::Item(item), Node::List(items)) => items.get(*item),
            _ => None,
        };
        let Some(next) = next else { break };
        place = next.referenced;
        node = &next.value;
    }
    place
}

/// The place of a YAML value and of its parts.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::scenario) enum Node {
    Map(Vec<(String, Spanned<Self>)>),
    List(Vec<Spanned<Self>>),
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

    fn at(text: &str, path: &[Seg]) -> (usize, usize) {
        let place = Places::of(text).find(text, path);
        (place.line, place.column)
    }

    #[test]
    fn path_is_found_in_yaml() {
        let text = "a: 1\nb:\n  - c: x\n  - c: [p, q]\n";
        assert_eq!(at(text, &["b".into(), 1.into(), "c".into(), 1.into()]), (4, 12));
        assert_eq!(at(text, &["b".into(), 9.into()]), at(text, &["b".into()]));
    }

    #[test]
    fn path_is_found_in_json() {
        let text = "{\"a\": \"}\\\"{\",\n \"b\": [ {\"c\": 1}, {\"c\" : [true, \"é\", null]} ]}";
        assert_eq!(at(text, &["b".into(), 1.into(), "c".into(), 2.into()]), (2, 38));
        assert_eq!(at(text, &["a".into()]), (1, 7));
        assert_eq!(at(text, &["b".into(), 9.into()]), at(text, &["b".into()]));
        assert_eq!(at(text, &[]), (1, 1));
    }
}
