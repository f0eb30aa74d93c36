//! JSON Schemas of the formats, from the types.

use serde_json::Value;

use super::{Catalogue, PayloadSet, Profile, Scenario, Target};

/// Each format's file name and its schema.
pub fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("scenario-v1.schema.json", schemars::schema_for!(Scenario).to_value()),
        ("payloads-v1.schema.json", schemars::schema_for!(PayloadSet).to_value()),
        ("target-v1.schema.json", schemars::schema_for!(Target).to_value()),
        ("controls-v1.schema.json", schemars::schema_for!(Catalogue).to_value()),
        ("profile-v1.schema.json", schemars::schema_for!(Profile).to_value()),
    ]
}
