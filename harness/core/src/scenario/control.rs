//! The control catalogue: the list of requirements.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::vocab::{ControlId, Level};

/// All controls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// Format and version: `controls/v1`.
    pub pincer: String,
    /// Names of the families, by their prefixes.
    pub families: BTreeMap<String, String>,
    /// The controls.
    pub controls: Vec<Control>,
}

/// One control.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// Family, dash, number.
    pub id: ControlId,
    /// Whether breaking it fails or warns.
    pub level: Level,
    /// `gateway`, `agent` or `both`.
    pub applies: String,
    /// What must hold.
    pub statement: String,
    /// How it is tested.
    pub test: String,
    /// The standards it maps to, by their short name.
    #[serde(default)]
    pub maps: BTreeMap<String, String>,
}

impl Catalogue {
    /// The control with this id.
    pub fn get(&self, id: &str) -> Option<&Control> {
        self.controls.iter().find(|control| control.id.as_str() == id)
    }
}
