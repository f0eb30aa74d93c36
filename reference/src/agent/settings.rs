//! The operator's settings: two texts come in (settings, API document), an [`AgentConfig`] goes out.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::settings::{SettingsError, read};
use crate::weakness::Weakness;

/// All that an agent starts from.
#[derive(Debug, Clone)]
pub struct AgentConfig {
    /// The settings.
    pub settings: AgentSettings,
    /// The API document: `OpenAPI` 3 as YAML or JSON.
    pub api: String,
}

/// All settings. Paths are relative to the file that the settings are in.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentSettings {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The model that decides.
    pub model: ModelSettings,
    /// The API document.
    #[serde(default = "api")]
    pub api: PathBuf,
    /// The API that the tools call.
    pub upstream: BoundSettings,
    /// Who may give tasks, by the key in `X-User-Key`; everybody if none are named. The API is told the user's name.
    #[serde(default)]
    pub users: Vec<UserSettings>,
    /// The operations that are tools. No other is ever called.
    pub tools: Vec<String>,
    /// The tools that run only after an approval.
    #[serde(default)]
    pub approve: Vec<String>,
    /// Bounds.
    #[serde(default)]
    pub limits: AgentLimits,
    /// The action log; none when absent.
    #[serde(default)]
    pub log: Option<PathBuf>,
    /// Weaknesses to switch on; only in builds with the feature `weaknesses`.
    #[serde(default)]
    pub weaken: Vec<Weakness>,
}

/// A model behind the Chat Completions interface.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSettings {
    /// The address that `/chat/completions` is appended to.
    pub url: String,
    /// The model's name.
    pub name: String,
    /// The bearer token for it.
    pub key: Secret,
}

/// An API with the credential that is bound to its origin.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoundSettings {
    /// Its address.
    pub url: String,
    /// The header for the credential.
    #[serde(default = "header")]
    pub header: String,
    /// The credential.
    pub key: Secret,
    /// A PEM file with the accepted authorities; the system's if absent.
    #[serde(default)]
    pub authority: Option<PathBuf>,
}

/// A user.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserSettings {
    /// The name that the API is told.
    pub name: String,
    /// The key that the user shows.
    pub key: Secret,
}

/// Bounds of a task: counts, bytes and milliseconds.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AgentLimits {
    /// Tool calls of a task, including refused ones.
    pub calls: u32,
    /// Requests to the model in a task.
    pub turns: u32,
    /// Bytes of an API's answer.
    pub response: usize,
    /// Time for a task, without the wait for an approval.
    pub task_ms: u64,
    /// Retries of a failed read.
    pub retries: u32,
    /// The longest accepted `Retry-After`.
    pub retry_after_ms: u64,
    /// Time for a complete answer of an API.
    pub upstream_ms: u64,
}

/// A text that debug output does not show.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, form: &mut fmt::Formatter<'_>) -> fmt::Result {
        form.write_str("Secret")
    }
}

impl Default for AgentLimits {
    fn default() -> Self {
        Self {
            calls: 20,
            turns: 20,
            response: 64 * 1024,
            task_ms: 20_000,
            retries: 3,
            retry_after_ms: 5000,
            upstream_ms: 3000,
        }
    }
}

fn api() -> PathBuf {
    PathBuf::from("openapi.yaml")
}

fn header() -> String {
    "X-Api-Key".to_owned()
}

impl AgentConfig {
    /// Reads the settings and the document that they name.
    pub fn load(path: &Path) -> Result<Self, SettingsError> {
        let mut settings = AgentSettings::from_yaml(&read(path)?)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        settings.api = folder.join(&settings.api);
        settings.log = settings.log.map(|log| folder.join(log));
        settings.upstream.authority = settings.upstream.authority.map(|file| folder.join(file));
        Ok(Self { api: read(&settings.api)?, settings })
    }

    /// Takes both as text. The path of the document is not used; that of the log is used unchanged.
    pub fn read(settings: &str, api: &str) -> Result<Self, SettingsError> {
        Ok(Self { settings: AgentSettings::from_yaml(settings)?, api: api.to_owned() })
    }
}

impl AgentSettings {
    fn from_yaml(text: &str) -> Result<Self, SettingsError> {
        serde_saphyr::from_str(text).map_err(|error| SettingsError::Yaml(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: &str = "listen: 127.0.0.1:0\nmodel: { url: \"http://m/v1\", name: m, key: hidden-key }\n\
                         upstream: { url: \"http://u\", key: hidden-key }\ntools: [read]\n";

    #[test]
    fn defaults_are_filled_in_and_keys_are_not_shown() {
        let settings = AgentConfig::read(LEAST, "").unwrap().settings;
        assert_eq!((settings.limits.calls, settings.upstream.header.as_str()), (20, "X-Api-Key"));
        assert!(!format!("{settings:?}").contains("hidden-key"));
    }

    #[test]
    fn unknown_settings_are_refused() {
        for more in ["owners: []\n", "limits: { cals: 3 }\n"] {
            assert!(AgentConfig::read(&format!("{LEAST}{more}"), "").is_err(), "{more}");
        }
    }
}
