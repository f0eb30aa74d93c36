//! What the operator sets.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::weakness::Weakness;

/// Why settings can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The text is no YAML of this shape.
    #[error("the settings can't be read: {0}")]
    Yaml(String),
    /// An environment variable is missing.
    #[error("the environment variable {0} is not set")]
    Environment(String),
    /// This build has no weaknesses.
    #[error("this build has no weaknesses to switch on, so not `{0}` either: build with the feature `weaknesses`")]
    NoWeaknesses(&'static str),
    /// A rate that no limiter can keep.
    #[error("the rate of `{0}` needs a quota and a window above zero")]
    Rate(String),
}

/// All settings.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The APIs behind the gateway, by name.
    pub upstreams: BTreeMap<String, UpstreamSettings>,
    /// Who may call.
    pub identities: Vec<IdentitySettings>,
    /// The audit log; none when absent.
    #[serde(default)]
    pub audit: Option<PathBuf>,
    /// Bounds.
    #[serde(default)]
    pub limits: LimitSettings,
    /// Rate limits by operation.
    #[serde(default)]
    pub rates: BTreeMap<String, RateSettings>,
    /// Protections to take away; only in builds with the feature `weaknesses`.
    #[serde(default)]
    pub weaken: Vec<Weakness>,
}

/// An API behind the gateway.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpstreamSettings {
    /// Its address.
    pub url: String,
    /// The environment variable that holds the gateway's bearer token for it.
    #[serde(default)]
    pub token_env: Option<String>,
}

/// Somebody who may call.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentitySettings {
    /// Name, for the upstream and the audit log.
    pub subject: String,
    /// Tenant.
    #[serde(default)]
    pub tenant: String,
    /// Roles.
    pub roles: Vec<String>,
    /// `sha256:` and the digest of the API key, as `hash-key` prints it.
    pub api_key: String,
}

/// Bounds, in bytes and milliseconds.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitSettings {
    /// Bytes of a body.
    pub body: usize,
    /// Bytes of a head.
    pub header: usize,
    /// Bytes of a request target.
    pub url: usize,
    /// Nested arrays and objects.
    pub depth: usize,
    /// Bytes of an upstream's answer.
    pub response: usize,
    /// Until an upstream's answer begins.
    pub upstream_begin_ms: u64,
    /// Until an upstream's answer is whole.
    pub upstream_total_ms: u64,
    /// Until a caller's body is whole.
    pub body_ms: u64,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            body: 64 * 1024,
            header: 16 * 1024,
            url: 4 * 1024,
            depth: 32,
            response: 1024 * 1024,
            upstream_begin_ms: 1000,
            upstream_total_ms: 2000,
            body_ms: 5000,
        }
    }
}

/// A rate limit: in any window at most quota and burst.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateSettings {
    /// Calls in a window, per subject.
    pub quota: u32,
    /// Window.
    pub window_ms: u64,
    /// Calls at once beyond the steady rate.
    pub burst: u32,
}

impl Settings {
    /// Reads settings.
    pub fn from_yaml(text: &str) -> Result<Self, SettingsError> {
        serde_saphyr::from_str(text).map_err(|error| SettingsError::Yaml(error.to_string()))
    }
}

/// How an API key stands in the settings: keys are random, so one round of SHA-256 keeps them.
pub fn hash_key(api_key: &str) -> String {
    let digest = Sha256::digest(api_key.as_bytes());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}
