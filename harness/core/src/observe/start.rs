//! How a trace begins: all that the plan is made of.

use serde::{Deserialize, Serialize};

use crate::scenario::{Suite, Target};
use crate::vocab::Nonce;

/// Format version of the traces that are written; those of version 1 are read as well.
pub const TRACE_VERSION: u32 = 2;

/// How a run begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// `pincer/trace`.
    pub format: String,
    /// [`TRACE_VERSION`], or 1.
    pub version: u32,
    /// Id of the run.
    pub run: String,
    /// Version of Pincer.
    pub pincer: String,
    /// Wall clock, RFC 3339.
    pub started: String,
    /// Name of the suite.
    pub suite_name: String,
    /// Seed.
    pub seed: u64,
    /// What makes the marks of this run its own; empty in traces of versions without one.
    #[serde(default, skip_serializing_if = "Nonce::is_empty")]
    pub nonce: Nonce,
    /// The target, credentials replaced.
    pub target: Target,
    /// The suite.
    pub suite: Suite,
    /// The one attack case that is done, if only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only_case: Option<u32>,
    /// How often each attack case of an agent is done; once when absent.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub trials: u32,
    /// The arguments that chose target and scenarios, as the user typed them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<String>,
}

fn once() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_once(trials: &u32) -> bool {
    *trials == 1
}
