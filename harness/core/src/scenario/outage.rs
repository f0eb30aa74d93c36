//! What around the target fails during a call.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something that the target depends on, and how it fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outage {
    /// The identity provider closes each connection without an answer.
    KeysDown,
    /// The identity provider answers 500 for its key set.
    KeysError,
    /// The identity provider's key set is not JSON.
    KeysGarbage,
    /// The identity provider's key set is empty.
    KeysEmpty,
    /// The identity provider accepts the request for its key set and does not answer.
    KeysHang,
    /// Each upstream closes each connection without an answer.
    UpstreamDown,
    /// The audit sink accepts no records.
    AuditDown,
}

impl Outage {
    /// Whether it concerns the identity provider.
    pub fn is_of_keys(self) -> bool {
        !matches!(self, Self::UpstreamDown | Self::AuditDown)
    }
}
