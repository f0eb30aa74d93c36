//! Sets of HTTP status codes.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Status codes, written `200`, `[400, 403]` or with classes: `[4xx, 503]`.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema)]
#[schemars(with = "StatusShape")]
pub struct StatusSet(Vec<(u16, u16)>);

/// The schema of a [`StatusSet`].
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
enum StatusShape {
    One(u16),
    Class(String),
    Many(Vec<StatusWord>),
}

#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
enum StatusWord {
    Code(u16),
    Class(String),
}

impl StatusSet {
    /// Whether `status` is in the set.
    pub fn contains(&self, status: u16) -> bool {
        self.0.iter().any(|(low, high)| (*low..=*high).contains(&status))
    }

    fn word(code: Option<u64>, text: &str) -> Result<(u16, u16), String> {
        let code = code.or_else(|| text.parse().ok());
        if let Some(code) = code {
            return u16::try_from(code)
                .ok()
                .filter(|c| (100..=599).contains(c))
                .map(|c| (c, c))
                .ok_or_else(|| format!("{code} is not an HTTP status"));
        }
        match text.as_bytes() {
            [d @ b'1'..=b'5', b'x', b'x'] => {
                let low = u16::from(d - b'0') * 100;
                Ok((low, low + 99))
            }
            _ => Err(format!("`{text}` is not an HTTP status, such as 403 or 4xx")),
        }
    }
}

impl fmt::Display for StatusSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (low, high)) in self.0.iter().enumerate() {
            let gap = if i == 0 { "" } else { ", " };
            if low == high {
                write!(f, "{gap}{low}")?;
            } else {
                write!(f, "{gap}{}xx", low / 100)?;
            }
        }
        Ok(())
    }
}

impl Serialize for StatusSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(
            self.0.iter().map(|(low, high)| if low == high { low.to_string() } else { format!("{}xx", low / 100) }),
        )
    }
}

impl<'de> Deserialize<'de> for StatusSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Word(u16, u16);
        impl<'de> Deserialize<'de> for Word {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(OneWord).map(|(low, high)| Self(low, high))
            }
        }
        struct OneWord;
        impl de::Visitor<'_> for OneWord {
            type Value = (u16, u16);
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an HTTP status such as 403 or 4xx")
            }
            fn visit_u64<E: de::Error>(self, code: u64) -> Result<Self::Value, E> {
                StatusSet::word(Some(code), "").map_err(E::custom)
            }
            fn visit_i64<E: de::Error>(self, code: i64) -> Result<Self::Value, E> {
                StatusSet::word(u64::try_from(code).ok(), &code.to_string()).map_err(E::custom)
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                StatusSet::word(None, text).map_err(E::custom)
            }
        }
        struct Words;
        impl<'de> de::Visitor<'de> for Words {
            type Value = StatusSet;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an HTTP status or a list of them")
            }
            fn visit_u64<E: de::Error>(self, code: u64) -> Result<StatusSet, E> {
                OneWord.visit_u64(code).map(|w| StatusSet(vec![w]))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<StatusSet, E> {
                OneWord.visit_str(text).map(|w| StatusSet(vec![w]))
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<StatusSet, A::Error> {
                let mut words = Vec::new();
                while let Some(Word(low, high)) = seq.next_element()? {
                    words.push((low, high));
                }
                Ok(StatusSet(words))
            }
        }
        deserializer.deserialize_any(Words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_and_codes() {
        let set: StatusSet = serde_json::from_str(r#"["4xx", 503]"#).unwrap_or(StatusSet(vec![]));
        assert!(set.contains(404) && set.contains(503) && !set.contains(500));
        assert_eq!(set.to_string(), "4xx, 503");
        assert!(serde_json::from_str::<StatusSet>("99").is_err());
    }
}
