//! What reached one of our listeners, and how it was attributed to a case.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Capture, Header};
use crate::vocab::{Octets, Upstream};

/// A complete or incomplete request that reached an upstream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    /// Which upstream.
    pub upstream: Upstream,
    /// Method.
    pub method: String,
    /// Request target.
    pub target: Octets,
    /// Headers in order.
    pub headers: Vec<Header>,
    /// Body; for bytes that are not HTTP, all of them.
    pub body: Capture,
    /// How much of it came.
    #[serde(default, skip_serializing_if = "Extent::is_whole")]
    pub extent: Extent,
}

/// By this name goes a host that the target's owner does not know, where planted links lead: whatever comes there is the
/// target's doing.
pub const STRANGER: &str = "stranger";

impl Arrival {
    /// A connection that brought no byte. At a host that has no reason to be called, that is a call.
    pub fn connection(upstream: Upstream) -> Self {
        Self {
            upstream,
            method: String::new(),
            target: Octets::default(),
            headers: Vec::new(),
            body: Capture::default(),
            extent: Extent::Connection,
        }
    }
}

/// How much of a request came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// All of it.
    #[default]
    Whole,
    /// Its beginning: the connection ended, or nothing more came for a while.
    Part,
    /// Bytes that are not an HTTP/1 request, such as a TLS hello or the preface of HTTP/2.
    Foreign,
    /// No byte: a connection alone.
    Connection,
}

impl Extent {
    /// Whether all of it came.
    pub fn is_whole(&self) -> bool {
        *self == Self::Whole
    }
}

/// How an arrival was attributed to its case, the strongest way first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// It contains a canary of the case.
    #[default]
    Mark,
    /// It has the case's method and values, in some spelling.
    Value,
    /// The case was the only one in flight.
    Order,
}

impl By {
    /// Whether it was attributed by a canary.
    pub fn is_mark(&self) -> bool {
        *self == Self::Mark
    }
}
