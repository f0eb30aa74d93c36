//! The JSON Web Tokens that the gateway accepts.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Which tokens are accepted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenSettings {
    /// The only issuer (`iss`).
    pub issuer: String,
    /// This gateway's name in `aud`.
    pub audience: String,
    /// The only accepted algorithms.
    pub algorithms: Vec<TokenAlgorithm>,
    /// Where the issuer's keys are.
    pub keys: KeySource,
    /// Allowed clock difference, in seconds.
    #[serde(default = "skew")]
    pub skew_s: u64,
    /// Least time between two fetches of the key set, in seconds.
    #[serde(default = "refresh")]
    pub refresh_s: u64,
}

/// A signature algorithm (RFC 7518 section 3.1, RFC 8037 section 3.1). None of them uses a shared secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TokenAlgorithm {
    /// ECDSA on P-256.
    #[serde(rename = "ES256")]
    Es256,
    /// Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    #[serde(rename = "RS256")]
    Rs256,
}

/// A JSON Web Key Set (RFC 7517 section 5).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum KeySource {
    /// A file, read at the start.
    File(PathBuf),
    /// An address, fetched at the start and when a token names an unknown key.
    Url(String),
}

fn skew() -> u64 {
    30
}

fn refresh() -> u64 {
    60
}
