//! Challenges: the certifier chooses seed and nonce after the vendor has named the artefact, so that no test can be
//! prepared for.

use serde::{Deserialize, Serialize};

use crate::scenario::{ReadError, Source};
use crate::vocab::{Digest, Nonce};

/// What a certifier gives a vendor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Challenge {
    /// Format and version: `challenge/v1`.
    pub pincer: String,
    /// The digest of what will be tested, as the vendor has named it.
    pub artefact: Digest,
    /// The seed to run with.
    pub seed: u64,
    /// The nonce to run with.
    pub nonce: Nonce,
    /// When it was given, RFC 3339.
    pub issued: String,
}

/// Reads a challenge.
pub fn read_challenge(source: &Source) -> Result<Challenge, ReadError> {
    source.read("challenge/v1").map_err(|fault| ReadError(vec![fault]))
}
