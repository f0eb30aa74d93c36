//! The load of a step: floods and busy connections.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::caller::Caller;
use super::spelling::Spelling;
use crate::vocab::{Factor, Period};

/// An open-loop flood: calls are sent on schedule, whatever the answers. `${n}` in a parameter of the call is a
/// counter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Flood {
    /// Offered load as a multiple of the declared quota.
    pub rate: Factor,
    /// How long it lasts.
    pub r#for: Period,
    /// Other callers at the same time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<Stream>,
    /// Header values that change with each send, to evade the limiter's key; `${n}` is a counter. Calls with one
    /// changed header alternate with unchanged calls, which shows what evades the limit.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub vary: BTreeMap<String, String>,
    /// Spellings of the path that alternate with its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spell: Vec<Spelling>,
}

/// One more caller beside a flood.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stream {
    /// The caller.
    #[serde(rename = "as")]
    pub identity: Caller,
    /// Offered load as a multiple of the declared quota.
    pub rate: Factor,
}

/// Connections that are opened and kept busy while another caller calls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    /// Their number.
    pub connections: u32,
    /// What each connection withholds.
    pub back: Back,
    /// How long, unless the target ends them earlier; longer if needed to see that the target does not.
    pub r#for: Period,
    /// The caller beside them, who calls twenty times a second.
    pub beside: Caller,
}

impl Hold {
    /// Most connections of one step.
    pub const MOST: u32 = 2_000;
}

/// What a connection withholds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Back {
    /// The end of its head: it sends one byte every 200 ms.
    Head,
    /// The end of its body: it sends one byte every 200 ms.
    Body,
    /// Reading: it requests the answer and does not read it.
    Answer,
    /// Everything.
    All,
    /// Interest in the answer, in HTTP/2: 1,000 requests a second, each reset as soon as it is sent.
    Resets,
    /// The end of its head, in HTTP/2: 100 CONTINUATION frames a second.
    Continuation,
}

impl Back {
    /// Whether it needs HTTP/2.
    pub fn is_http2(self) -> bool {
        matches!(self, Self::Resets | Self::Continuation)
    }
}
