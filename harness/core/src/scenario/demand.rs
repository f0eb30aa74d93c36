//! A key with a single meaningful value.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A requirement with one value. The other value would require nothing and is refused: a test that seems to require the
/// opposite could not fail.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Demand<const VALUE: bool>;

/// Must be so: `true`.
pub type Must = Demand<true>;

/// Must not be so: `false`.
pub type MustNot = Demand<false>;

impl<const VALUE: bool> Serialize for Demand<VALUE> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bool(VALUE)
    }
}

impl<'de, const VALUE: bool> Deserialize<'de> for Demand<VALUE> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match bool::deserialize(deserializer)? {
            value if value == VALUE => Ok(Self),
            other => {
                Err(D::Error::custom(format_args!("`{other}` tests nothing here: write `{VALUE}` or remove the key")))
            }
        }
    }
}

impl<const VALUE: bool> JsonSchema for Demand<VALUE> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        if VALUE { "Must".into() } else { "MustNot".into() }
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "boolean", "const": VALUE })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn demand_accepts_only_its_meaningful_value() {
        assert_eq!(serde_json::from_str::<Must>("true").unwrap(), Demand);
        assert_eq!(serde_json::to_string(&Demand::<false>).unwrap(), "false");
        let refused = serde_json::from_str::<Must>("false").unwrap_err().to_string();
        assert!(refused.contains("`false` tests nothing here: write `true` or remove the key"), "{refused}");
        assert!(serde_json::from_str::<MustNot>("true").is_err());
        assert!(serde_json::from_str::<MustNot>("0").is_err());
    }
}
