//! Calls of a flood, by what was changed in them.

use serde::{Deserialize, Serialize};

/// What became of the calls of a flood in which the same was changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variation {
    /// What was changed; nothing in those that were sent as they are.
    pub what: String,
    /// Sends.
    pub sent: u64,
    /// Answers with a success.
    pub served: u64,
}
