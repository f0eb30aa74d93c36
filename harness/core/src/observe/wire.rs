//! Types shared by all observations.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::vocab::Octets;

/// A header: name and value.
pub type Header = (String, Octets);

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// No connection.
    Unreachable,
    /// The connection was closed without an answer.
    Closed,
    /// The bytes are not HTTP.
    Malformed,
    /// Nothing within the case's deadline.
    Timeout,
    /// The client library refused to send it.
    Unsendable,
    /// The address may not be attacked.
    Forbidden,
}
