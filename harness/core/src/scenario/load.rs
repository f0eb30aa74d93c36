//! Load that a step puts on the target: floods, and connections that are held back.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::caller::Caller;
use super::spelling::Spelling;
use crate::vocab::{Factor, Period};

/// An open-loop flood: sends are scheduled, whatever the answers do. `${n}` in a parameter of the call counts them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Flood {
    /// Offered load as a multiple of the declared quota.
    pub rate: Factor,
    /// How long.
    pub r#for: Period,
    /// Other callers at the same time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<Stream>,
    /// Header values that change with each send, to evade the limiter's key; `${n}` counts. Calls in which one of them is
    /// changed alternate with those that are sent as they are, so that it is known which one evades.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub vary: BTreeMap<String, String>,
    /// Ways to write the path that alternate with its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spell: Vec<Spelling>,
}

/// One more caller beside a flood.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stream {
    /// Who.
    #[serde(rename = "as")]
    pub identity: Caller,
    /// Offered load as a multiple of the declared quota.
    pub rate: Factor,
}

/// Connections that are opened and held back, while another caller calls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    /// How many.
    pub connections: u32,
    /// What each holds back.
    pub back: Back,
    /// How long, unless the target ends them first; longer where that takes more to tell that it does not.
    pub r#for: Period,
    /// Who calls meanwhile, twenty times a second.
    pub beside: Caller,
}

impl Hold {
    /// No hold opens more connections.
    pub const MOST: u32 = 2_000;
}

/// What a connection holds back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Back {
    /// The end of its head: a byte of it every 200 ms.
    Head,
    /// The end of its body: a byte of it every 200 ms.
    Body,
    /// Its reading: the answer is asked for and not taken.
    Answer,
    /// Everything.
    All,
    /// Its wish for an answer, in HTTP/2: 1,000 requests a second, each reset as soon as it is sent.
    Resets,
    /// The end of its head, in HTTP/2: 100 CONTINUATION frames a second.
    Continuation,
}

impl Back {
    /// Whether it takes frames of HTTP/2.
    pub fn is_http2(self) -> bool {
        matches!(self, Self::Resets | Self::Continuation)
    }
}
