//! The operator's settings: three texts come in (settings, API document, policy), a [`Config`] goes out.

mod bounds;
mod token;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::weakness::{NoWeaknesses, Weakness};

pub use bounds::{AlertSettings, LimitSettings, RateSettings, Threshold};
pub use token::{KeySource, TokenAlgorithm, TokenSettings};

/// Why settings can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The text is not valid YAML, or not settings.
    #[error("the settings can't be read: {0}")]
    Yaml(String),
    /// A file that the settings name can't be read.
    #[error("can't read {path}: {why}")]
    File {
        /// Its path.
        path: PathBuf,
        /// The system's error.
        why: std::io::Error,
    },
    /// An environment variable is missing.
    #[error("the environment variable {0} is not set, or is no header value")]
    Environment(String),
    /// This build has no weaknesses.
    #[error(transparent)]
    NoWeaknesses(#[from] NoWeaknesses),
    /// A rate that no limiter can keep.
    #[error("the rate of `{0}` needs a quota and a window above zero")]
    Rate(String),
    /// A key hash that `hash-key` did not print.
    #[error("the api_key of `{0}` is not `sha256:` and 64 hexadecimal digits")]
    KeyHash(String),
    /// An upstream's address that is not a URL.
    #[error("the url of the upstream `{0}` is not http://HOST[:PORT][/PATH] or https://…")]
    Upstream(String),
    /// The API document asks for what the gateway can't do.
    #[error("the API document: {0}")]
    Api(String),
    /// The policy and the API document disagree.
    #[error("the policy: {0}")]
    Policy(String),
    /// Certificate or key can't be used.
    #[error("TLS: {0}")]
    Tls(String),
    /// The key set file holds no usable key.
    #[error("the key set {path}: {why}")]
    KeySet {
        /// Its path.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

/// All that a gateway starts from.
#[derive(Debug, Clone)]
pub struct Config {
    /// The settings.
    pub settings: Settings,
    /// The API document: `OpenAPI` 3 as YAML or JSON.
    pub api: String,
    /// The policy, as YAML.
    pub policy: String,
}

/// All settings. Paths are relative to the file that the settings are in.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Certificate and key; plain HTTP when absent.
    #[serde(default)]
    pub tls: Option<TlsSettings>,
    /// The API document.
    #[serde(default = "api")]
    pub api: PathBuf,
    /// The policy.
    #[serde(default = "policy")]
    pub policy: PathBuf,
    /// The APIs behind the gateway, by name.
    pub upstreams: BTreeMap<String, UpstreamSettings>,
    /// Callers with an API key.
    #[serde(default)]
    pub identities: Vec<IdentitySettings>,
    /// The accepted JWTs; none if absent.
    #[serde(default)]
    pub tokens: Option<TokenSettings>,
    /// The audit log; none when absent.
    #[serde(default)]
    pub audit: Option<PathBuf>,
    /// Bounds.
    #[serde(default)]
    pub limits: LimitSettings,
    /// When a pattern of refused calls raises an alert.
    #[serde(default)]
    pub alerts: AlertSettings,
    /// Weaknesses to switch on; only in builds with the feature `weaknesses`.
    #[serde(default)]
    pub weaken: Vec<Weakness>,
}

/// The listener's identity.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsSettings {
    /// A second address for TLS; if absent, `listen` itself speaks TLS.
    #[serde(default)]
    pub listen: Option<SocketAddr>,
    /// PEM file with the certificate and the intermediate ones.
    pub cert: PathBuf,
    /// PEM file with the private key.
    pub key: PathBuf,
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
    /// The file that holds the gateway's bearer token for it.
    #[serde(default)]
    pub token_file: Option<PathBuf>,
}

/// A caller.
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
    /// Scopes.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Ids of the objects that it owns, by kind.
    #[serde(default)]
    pub objects: BTreeMap<String, Vec<String>>,
    /// `sha256:` and the digest of the API key, as `hash-key` prints it.
    pub api_key: String,
}

fn api() -> PathBuf {
    PathBuf::from("openapi.yaml")
}

fn policy() -> PathBuf {
    PathBuf::from("policy.yaml")
}

impl Config {
    /// Reads the settings and the two files that they name.
    pub fn load(path: &Path) -> Result<Self, SettingsError> {
        let mut settings = Settings::from_yaml(&read(path)?)?;
        settings.resolve(path.parent().unwrap_or(Path::new("")));
        let (api, policy) = (read(&settings.api)?, read(&settings.policy)?);
        Ok(Self { settings, api, policy })
    }
}

impl Settings {
    /// Reads settings.
    pub fn from_yaml(text: &str) -> Result<Self, SettingsError> {
        serde_saphyr::from_str(text).map_err(|error| SettingsError::Yaml(error.to_string()))
    }

    fn resolve(&mut self, folder: &Path) {
        let mut paths = vec![&mut self.api, &mut self.policy];
        paths.extend(&mut self.audit);
        paths.extend(self.upstreams.values_mut().filter_map(|upstream| upstream.token_file.as_mut()));
        if let Some(tls) = &mut self.tls {
            paths.extend([&mut tls.cert, &mut tls.key]);
        }
        if let Some(TokenSettings { keys: KeySource::File(file), .. }) = &mut self.tokens {
            paths.push(file);
        }
        for path in paths {
            *path = folder.join(&*path);
        }
    }
}

/// A file as text.
pub(crate) fn read(path: &Path) -> Result<String, SettingsError> {
    std::fs::read_to_string(path).map_err(|why| SettingsError::File { path: path.to_owned(), why })
}

/// The hash of an API key, as used in the settings. Keys are random, so one round of SHA-256 is enough.
pub fn hash_key(api_key: &str) -> String {
    let digest = Sha256::digest(api_key.as_bytes());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}
