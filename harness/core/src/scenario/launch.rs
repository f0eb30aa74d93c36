//! How a target is started, and when it is ready.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::vocab::{Identity, Period, StatusSet, Template};

/// How a target is started.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Launch {
    /// Program and arguments; `${dir}` is the descriptor's folder, `${port:NAME}` a free port.
    pub command: Vec<Template>,
    /// Files beside the descriptor that are copied into `${work}` with their placeholders filled in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fill: Vec<String>,
    /// Additional environment variables.
    #[serde(default)]
    pub env: BTreeMap<String, Template>,
    /// When it is ready.
    #[serde(default, skip_serializing_if = "Ready::is_unsaid")]
    pub ready: Ready,
    /// Programs that run beside it, such as its database. Each is started when the one before is ready, and the target
    /// after them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sidecars: Vec<Sidecar>,
}

/// A program that runs beside a target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sidecar {
    /// Program and arguments.
    pub command: Vec<Template>,
    /// Additional environment variables.
    #[serde(default)]
    pub env: BTreeMap<String, Template>,
    /// Where it accepts connections, such as `http://127.0.0.1:${port:store}`; without it the program is ready at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<Template>,
    /// When it is ready; by default when it accepts connections.
    #[serde(default, skip_serializing_if = "Ready::is_unsaid")]
    pub ready: Ready,
}

impl Launch {
    /// All commands and environment values, including those of sidecars.
    pub fn templates(&self) -> impl Iterator<Item = &Template> {
        let sidecars = self.sidecars.iter().flat_map(|sidecar| sidecar.command.iter().chain(sidecar.env.values()));
        self.command.iter().chain(self.env.values()).chain(sidecars)
    }

    /// The same, mutable.
    pub fn templates_mut(&mut self) -> impl Iterator<Item = &mut Template> {
        let sidecars = &mut self.sidecars;
        let sidecars = sidecars.iter_mut().flat_map(|one| one.command.iter_mut().chain(one.env.values_mut()));
        self.command.iter_mut().chain(self.env.values_mut()).chain(sidecars)
    }
}

/// When a started target is ready.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ready {
    /// A path whose answer has a status below 400, or one of `status`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<String>,
    /// The identity that calls it; anonymous if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#as: Option<Identity>,
    /// The status that means ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<StatusSet>,
    /// The port accepts connections.
    #[serde(default)]
    pub tcp: bool,
    /// How long to wait.
    pub within: Period,
}

impl Default for Ready {
    fn default() -> Self {
        Self { http: None, r#as: None, status: None, tcp: false, within: Period(Duration::from_secs(30)) }
    }
}

impl Ready {
    fn is_unsaid(&self) -> bool {
        *self == Self::default()
    }
}
