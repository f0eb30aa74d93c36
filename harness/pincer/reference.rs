//! The reference as a target inside this process.

use std::path::Path;
use std::sync::Arc;
use std::{fmt, io};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use pincer_core::scenario::Target;
use pincer_core::vocab::{TargetKind, Template, TemplateError, Tracer, Word};
use pincer_drive::Credentials;
use pincer_reference::agent::{Agent, AgentConfig, RunningAgent};
use pincer_reference::weakness::Weakness;
use pincer_reference::{Config, Gateway, Running, Settings};
use pincer_stand::{LaunchError, RunningTarget, StandError, Subject, Surroundings, Variables};

use crate::embedded::file;

/// Why the embedded reference cannot run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmbeddedError {
    /// Its files cannot be filled in.
    #[error(transparent)]
    Launch(#[from] LaunchError),
    /// It does not start.
    #[error(transparent)]
    Start(#[from] pincer_reference::StartError),
    /// One of its files is not a valid template.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// An unknown placeholder.
    #[error("`${{{0}}}` means nothing inside the binary")]
    Word(String),
    /// Its settings are invalid.
    #[error(transparent)]
    Settings(#[from] pincer_reference::SettingsError),
}

/// The credentials of the reference's callers: derived from the seed and valid for the run.
fn credentials(target: &Target, tracer: &Tracer) -> Credentials {
    let say = |word: &Word| match word {
        Word::Canary(name) => Ok(tracer.secret(name)),
        other => Err(EmbeddedError::Word(other.to_string())),
    };
    let callers = target.identities.iter().filter_map(|(identity, shown)| {
        let headers = shown.header.iter().map(|(name, value)| Ok((name.clone(), value.fill(say)?)));
        // A test fills in the embedded files.
        Some((identity.clone(), headers.collect::<Result<_, EmbeddedError>>().ok()?))
    });
    let words = target.identities.iter().flat_map(|(identity, shown)| {
        let words = shown.header.values().flat_map(Template::words);
        words.filter_map(|word| Some((identity.clone(), say(word).ok()?)))
    });
    Credentials::new(callers).declaring(words)
}

/// A change to the reference gateway's settings before it starts.
#[derive(Clone)]
struct Change(Arc<dyn Fn(&mut Config) + Send + Sync>);

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Change")
    }
}

/// The reference, inside this process.
#[derive(Debug, Clone, Default)]
pub struct Reference {
    weaken: Vec<Weakness>,
    change: Option<Change>,
}

impl Reference {
    /// The reference with these weaknesses.
    pub fn weakened(weaken: Vec<Weakness>) -> Self {
        Self { weaken, change: None }
    }

    /// The reference gateway with changed settings.
    pub(crate) fn changed(change: impl Fn(&mut Config) + Send + Sync + 'static) -> Self {
        Self { weaken: Vec::new(), change: Some(Change(Arc::new(change))) }
    }
}

impl Subject for Reference {
    fn credentials(&self, target: &Target, tracer: &Tracer) -> Credentials {
        credentials(target, tracer)
    }

    fn file(&self, target: &Target, name: &str) -> io::Result<String> {
        Ok(file(target.kind, name).to_owned())
    }

    fn start<'a>(&'a self, surroundings: Surroundings<'a>) -> BoxFuture<'a, Result<RunningTarget, StandError>> {
        self.start_in(surroundings).boxed()
    }
}

impl Reference {
    async fn start_in(&self, around: Surroundings<'_>) -> Result<RunningTarget, StandError> {
        let variables = Variables::new(Path::new("."), around.addresses.clone(), around.tracer)?;
        let mut variables = variables.choosing_ports();
        // The tap is there before the target writes.
        let tap = around.tap(variables.work().join("audit.jsonl")).await?;
        let embedded = match around.target.kind {
            TargetKind::Gateway => self.gateway(&mut variables, around.target).await,
            TargetKind::Agent => self.agent(&mut variables).await,
        };
        let embedded = embedded
            .map_err(|error| StandError::Inside(format!("the embedded reference can't start: {error}").into()))?;
        let running = RunningTarget::at(embedded.url(), embedded.tls_url());
        Ok(running.tapped(tap).keeping(embedded).keeping(variables))
    }

    async fn gateway(&self, variables: &mut Variables, target: &Target) -> Result<Embedded, EmbeddedError> {
        let mut fill = |name: &str| filled(TargetKind::Gateway, name, variables);
        let settings = Settings::from_yaml(&fill("gateway.yaml")?)?;
        let mut config = Config { settings, api: fill("openapi.yaml")?, policy: fill("policy.yaml")? };
        config.settings.weaken.clone_from(&self.weaken);
        if target.idp.is_none() {
            // Nobody issues tokens: callers have only keys.
            config.settings.tokens = None;
        }
        if let Some(Change(change)) = &self.change {
            change(&mut config);
        }
        Ok(Embedded::Gateway(Gateway::start(config).await?))
    }

    async fn agent(&self, variables: &mut Variables) -> Result<Embedded, EmbeddedError> {
        let mut fill = |name: &str| filled(TargetKind::Agent, name, variables);
        let mut config = AgentConfig::read(&fill("agent.yaml")?, &fill("openapi.yaml")?)?;
        config.settings.weaken.clone_from(&self.weaken);
        Ok(Embedded::Agent(Agent::start(config).await?))
    }
}

/// The text of a file of the reference with its placeholders filled in.
fn filled(kind: TargetKind, name: &str, variables: &mut Variables) -> Result<String, EmbeddedError> {
    let template: Template = file(kind, name).parse()?;
    Ok(variables.fill(&template)?)
}

/// The reference as it runs inside this process.
#[derive(Debug)]
pub(crate) enum Embedded {
    Gateway(Running),
    Agent(RunningAgent),
}

impl Embedded {
    /// Gives its limiter this many idle callers of an operation.
    pub(crate) fn crowd(&self, operation: &str, callers: u32) {
        if let Self::Gateway(running) = self {
            running.crowd(operation, callers);
        }
    }

    fn url(&self) -> String {
        match self {
            Self::Gateway(running) => format!("http://{}", running.address()),
            Self::Agent(running) => format!("http://{}", running.address()),
        }
    }

    fn tls_url(&self) -> Option<String> {
        match self {
            Self::Gateway(running) => running.tls_address().map(|address| format!("https://{address}")),
            Self::Agent(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedded::target;

    #[test]
    fn every_caller_of_the_reference_has_credentials() {
        let target = target(TargetKind::Gateway).unwrap();
        let credentials = credentials(&target, &Tracer::new(1, pincer_core::vocab::Nonce::default()));
        for (identity, shown) in &target.identities {
            assert_eq!(credentials.of(Some(identity)).len(), shown.header.len(), "{identity}");
        }
    }
}
