//! The calls of a flood, by what was changed in them.

use serde::{Deserialize, Serialize};

/// The results of those calls of a flood that have the same change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variation {
    /// The change; empty for unchanged calls.
    pub what: String,
    /// Sends.
    pub sent: u64,
    /// Answers with a success.
    pub served: u64,
}
