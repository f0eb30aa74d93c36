//! One name, several, or all that the target declares.

use std::fmt;
use std::marker::PhantomData;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Names, or placeholders for names: `allowed`, `[allowed, other]`, or `"*"` for all that the target declares.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema)]
#[schemars(with = "ChoiceShape")]
pub enum Choice<T> {
    /// All.
    All,
    /// These.
    These(Vec<T>),
}

#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
enum ChoiceShape {
    One(String),
    Many(Vec<String>),
}

impl<T> Default for Choice<T> {
    fn default() -> Self {
        Self::These(Vec::new())
    }
}

impl<T> Choice<T> {
    /// Whether nobody is chosen.
    pub fn is_none(&self) -> bool {
        matches!(self, Self::These(names) if names.is_empty())
    }

    /// The names that are written out.
    pub fn named(&self) -> &[T] {
        match self {
            Self::All => &[],
            Self::These(names) => names,
        }
    }
}

impl<T: Serialize> Serialize for Choice<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All => serializer.serialize_str("*"),
            Self::These(names) => match names.as_slice() {
                [one] => one.serialize(serializer),
                many => many.serialize(serializer),
            },
        }
    }
}

impl<'de, T: TryFrom<String, Error: fmt::Display>> Deserialize<'de> for Choice<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<T>(PhantomData<T>);
        impl<'de, T: TryFrom<String, Error: fmt::Display>> de::Visitor<'de> for Visitor<T> {
            type Value = Choice<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name, a list of names, or \"*\"")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Choice<T>, E> {
                match text {
                    "*" => Ok(Choice::All),
                    name => T::try_from(name.to_owned()).map(|name| Choice::These(vec![name])).map_err(E::custom),
                }
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Choice<T>, A::Error> {
                let mut names = Vec::new();
                while let Some(name) = seq.next_element::<String>()? {
                    names.push(T::try_from(name).map_err(de::Error::custom)?);
                }
                Ok(Choice::These(names))
            }
        }
        deserializer.deserialize_any(Visitor(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocab::Identity;

    #[test]
    fn choice_is_read_and_applied() {
        let read = |text: &str| serde_saphyr::from_str::<Choice<Identity>>(text).unwrap();
        let named = |text: &str| read(text).named().iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(named("[c, a, z]"), ["c", "a", "z"]);
        assert_eq!(named("b"), ["b"]);
        assert_eq!(read("\"*\""), Choice::All);
        assert!(read("[]").is_none());
    }
}
