//! Who may call what, and how often: the policy file comes in, a grant for each operation goes out.
//!
//! Operations that the policy does not name are refused. A policy for an unknown operation is an error.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::contract::Operation;
use crate::settings::{RateSettings, SettingsError};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    operations: BTreeMap<String, Grant>,
}

/// Who may call an operation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Grant {
    /// One of these roles is needed.
    pub(crate) roles: Vec<String>,
    /// All of these scopes are needed.
    #[serde(default)]
    pub(crate) scopes: Vec<String>,
    /// How often each subject may call; no limit if absent.
    #[serde(default)]
    pub(crate) rate: Option<RateSettings>,
    /// Parameters in path and query, and members of the body, that name an object, with its kind. The caller must own
    /// it.
    #[serde(default)]
    pub(crate) owned: BTreeMap<String, String>,
}

/// Reads a policy for these operations.
pub(crate) fn read(text: &str, operations: &[Operation]) -> Result<BTreeMap<String, Grant>, SettingsError> {
    let document: Document = serde_saphyr::from_str(text).map_err(|error| SettingsError::Policy(error.to_string()))?;
    for (name, grant) in &document.operations {
        if !operations.iter().any(|operation| operation.name == *name) {
            return Err(SettingsError::Policy(format!("`{name}` is no operation of the API document")));
        }
        // Scopes appear between quotes in a challenge (RFC 6750 section 3, RFC 6749 section 3.3).
        let sound =
            |scope: &String| !scope.is_empty() && scope.bytes().all(|b| b.is_ascii_graphic() && !b"\"\\".contains(&b));
        if !grant.scopes.iter().all(sound) {
            return Err(SettingsError::Policy(format!("`{name}` has a scope that is none")));
        }
    }
    Ok(document.operations)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policy_for_unknown_operation_is_an_error() {
        let error = read("operations: { fly: { roles: [pilot] } }", &[]).unwrap_err().to_string();
        assert!(error.contains("`fly`"), "{error}");
    }
}
