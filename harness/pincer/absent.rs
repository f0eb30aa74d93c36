//! What stands in for `pincer_reference` in a build without the feature `reference`: the names that the harness uses,
//! so that nothing else has to know of the feature. Nothing here can be started, and no weakness has a name.
#![expect(clippy::unused_async, clippy::unused_self, reason = "the shape is that of the reference")]

use std::convert::Infallible;
use std::marker::PhantomData;
use std::net::SocketAddr;

/// Why nothing starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", crate::embedded::LEFT_OUT)]
pub struct Absent;

/// Why the reference can't start.
pub(crate) type StartError = Absent;

/// Why its settings can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct SettingsError(Absent);

/// The settings of the gateway.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) weaken: Vec<weakness::Weakness>,
    pub(crate) audit: Option<Infallible>,
    pub(crate) tokens: Option<Infallible>,
}

impl Settings {
    /// Fails.
    pub(crate) fn from_yaml(_: &str) -> Result<Self, SettingsError> {
        Err(SettingsError(Absent))
    }
}

/// What the gateway starts from.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) settings: Settings,
    pub(crate) api: String,
    pub(crate) policy: String,
}

/// The gateway.
#[derive(Debug)]
pub(crate) struct Gateway;

impl Gateway {
    /// Fails.
    pub(crate) async fn start(_: Config) -> Result<Running, StartError> {
        Err(Absent)
    }
}

/// A target that runs: there is none.
#[derive(Debug)]
pub(crate) struct Running<Of = Gateway>(Infallible, PhantomData<Of>);

impl<Of> Running<Of> {
    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        match self.0 {}
    }

    /// Where it speaks TLS.
    pub(crate) fn tls_address(&self) -> Option<SocketAddr> {
        match self.0 {}
    }

    /// Callers that don't call.
    pub(crate) fn crowd(&self, _: &str, _: u32) {
        match self.0 {}
    }
}

/// The agent.
pub(crate) mod agent {
    use super::{Absent, Settings, SettingsError, StartError};

    /// An agent that runs: there is none.
    pub(crate) type RunningAgent = super::Running<Agent>;

    /// What the agent starts from.
    #[derive(Debug)]
    pub(crate) struct AgentConfig {
        pub(crate) settings: Settings,
    }

    impl AgentConfig {
        /// Fails.
        pub(crate) fn read(_: &str, _: &str) -> Result<Self, SettingsError> {
            Err(SettingsError(Absent))
        }
    }

    /// The agent.
    #[derive(Debug)]
    pub(crate) struct Agent;

    impl Agent {
        /// Fails.
        pub(crate) async fn start(_: AgentConfig) -> Result<RunningAgent, StartError> {
            Err(Absent)
        }
    }
}

/// What may be taken away.
pub(crate) mod weakness {
    use std::str::FromStr;

    use super::Absent;

    /// A protection that is taken away: those of which a measurement speaks.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Weakness {
        NoAuthentication,
        NoRoleCheck,
        NoScopeCheck,
        NoSchemaValidation,
        UnmaskedAudit,
    }

    impl Weakness {
        /// None that can be taken away.
        pub(crate) const ALL: &[Self] = &[];

        /// Its name.
        pub(crate) fn name(self) -> &'static str {
            ""
        }

        /// Whether it is the agent's.
        pub(crate) fn is_agents(self) -> bool {
            false
        }
    }

    impl FromStr for Weakness {
        type Err = Absent;

        fn from_str(_: &str) -> Result<Self, Absent> {
            Err(Absent)
        }
    }
}
