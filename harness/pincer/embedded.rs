//! What is inside the binary: scenarios, payloads, controls, and the reference as the default target.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::reference::agent::{Agent, AgentConfig, RunningAgent};
use crate::reference::weakness::Weakness;
use crate::reference::{Config, Gateway, Running, Settings};
use include_dir::{Dir, include_dir};
use pincer_core::scenario::{Catalogue, ReadError, Source, Suite, Target, Vocabulary, read_catalogue, read_target};
use pincer_core::vocab::{TargetKind, Template, TemplateError, Tracer, Upstream, Word};
use pincer_drive::Credentials;
use pincer_stage::secure::Authority;

use crate::certificate;
use crate::conduct::Address;
use crate::supervise::WorkFolder;

/// Whether this build holds the reference.
pub const REFERENCE: bool = cfg!(feature = "reference");

/// What is said where the reference is needed and this build does not hold it.
pub(crate) const LEFT_OUT: &str = "this build leaves out the embedded reference: name your target by `--target FILE`, \
     or build Pincer with its feature `reference`, which is on by default";

static SCENARIOS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/scenarios");

/// Why the embedded reference can't run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmbeddedError {
    /// No folder for its audit log and its certificate.
    #[error("no temporary folder: {0}")]
    Folder(#[from] std::io::Error),
    /// It does not start.
    #[error(transparent)]
    Start(#[from] crate::reference::StartError),
    /// A file of its is no template.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// A word that means nothing here.
    #[error("`${{{0}}}` means nothing inside the binary")]
    Word(String),
    /// Its settings are wrong.
    #[error(transparent)]
    Settings(#[from] crate::reference::SettingsError),
}

/// The names of the reference's weaknesses; none in a build without it.
pub fn weaknesses() -> Vec<&'static str> {
    Weakness::ALL.iter().map(|weakness| weakness.name()).collect()
}

/// The embedded text of a file below `scenarios/`.
pub fn text(path: &str) -> &'static str {
    SCENARIOS.get_file(path).and_then(|file| file.contents_utf8()).unwrap_or_default()
}

/// The control catalogue.
pub fn catalogue() -> Result<Catalogue, ReadError> {
    read_catalogue(&Source::new("controls.yaml", text("controls.yaml")))
}

/// All embedded scenarios and payload sets.
pub fn sources() -> Vec<Source> {
    let mut sources: Vec<Source> = ["gateway", "agent", "payloads"]
        .iter()
        .filter_map(|folder| SCENARIOS.get_dir(folder))
        .flat_map(Dir::files)
        .filter(|file| file.path().extension().is_some_and(|end| end == "yaml"))
        .filter_map(|file| Some(Source::new(file.path().to_string_lossy(), file.contents_utf8()?)))
        .collect();
    sources.sort_by(|a, b| a.name.cmp(&b.name));
    sources
}

/// The embedded suite, with the user's own sources over it. These may speak of what the reference declares and of
/// what any of the user's targets does.
pub fn suite(own: Vec<Source>, targets: &[Target]) -> Result<Suite, ReadError> {
    let mut all = sources();
    let layered = all.len();
    all.extend(own);
    Suite::read(catalogue()?, &all, layered, &vocabulary(targets)?)
}

/// The names that scenarios may use: what the reference declares, and what any of these targets does.
pub fn vocabulary(targets: &[Target]) -> Result<Vocabulary, ReadError> {
    let references = [target(TargetKind::Gateway)?, target(TargetKind::Agent)?];
    Ok(Vocabulary::new(&weaknesses(), targets.iter().chain(&references)))
}

/// The descriptor of the reference of a kind.
pub fn target(kind: TargetKind) -> Result<Target, ReadError> {
    read_target(&Source::new(format!("{}/target.yaml", folder(kind)), file(kind, "target.yaml")))
}

/// A file of the reference of a kind.
pub fn file(kind: TargetKind, name: &str) -> &'static str {
    text(&format!("{}/{name}", folder(kind)))
}

fn folder(kind: TargetKind) -> &'static str {
    match kind {
        TargetKind::Gateway => "targets/reference",
        TargetKind::Agent => "targets/reference-agent",
    }
}

/// What the callers of the reference show: it follows from the seed and lives as long as the run.
pub fn credentials(target: &Target, tracer: &Tracer) -> Credentials {
    let say = |word: &Word| match word {
        Word::Canary(name) => Ok(tracer.secret(name)),
        other => Err(EmbeddedError::Word(other.to_string())),
    };
    let callers = target.identities.iter().filter_map(|(identity, shown)| {
        let headers = shown.header.iter().map(|(name, value)| Ok((name.clone(), value.fill(say)?)));
        // A test fills in what the binary holds.
        Some((identity.clone(), headers.collect::<Result<_, EmbeddedError>>().ok()?))
    });
    let words = target.identities.iter().flat_map(|(identity, shown)| {
        let words = shown.header.values().flat_map(Template::words);
        words.filter_map(|word| Some((identity.clone(), say(word).ok()?)))
    });
    Credentials::new(callers).declaring(words)
}

/// What surrounds the reference.
#[derive(Debug)]
pub struct Around<'a> {
    /// Where its upstreams are.
    pub(crate) upstreams: &'a [(Upstream, Address)],
    /// Who certifies those that speak TLS.
    pub authority: Option<&'a Authority>,
    /// Where the identity provider is.
    pub idp: Option<SocketAddr>,
    /// Where the model of an agent is.
    pub model: Option<SocketAddr>,
    /// Makes its secrets.
    pub tracer: &'a Tracer,
}

/// The reference, running inside this process.
#[derive(Debug)]
pub struct Embedded {
    running: Reference,
    _folder: WorkFolder,
}

#[derive(Debug)]
enum Reference {
    Gateway(Running),
    Agent(RunningAgent),
}

impl Embedded {
    /// Starts it on a free port, in this folder, by the same files that start it as a program.
    pub(crate) async fn start(
        kind: TargetKind,
        folder: WorkFolder,
        around: &Around<'_>,
        weaken: &[Weakness],
    ) -> Result<Self, EmbeddedError> {
        if kind == TargetKind::Gateway {
            return Self::gateway(folder, around, |config| config.settings.weaken = weaken.to_vec()).await;
        }
        let fill = |name: &str| around.fill(kind, name, folder.path());
        let mut config = AgentConfig::read(&fill("agent.yaml")?, &fill("openapi.yaml")?)?;
        config.settings.weaken = weaken.to_vec();
        let running = Reference::Agent(Agent::start(config).await?);
        Ok(Self { running, _folder: folder })
    }

    /// Starts the gateway with something changed.
    pub(crate) async fn gateway(
        folder: WorkFolder,
        around: &Around<'_>,
        change: impl FnOnce(&mut Config),
    ) -> Result<Self, EmbeddedError> {
        let fill = |name: &str| around.fill(TargetKind::Gateway, name, folder.path());
        let settings = Settings::from_yaml(&fill("gateway.yaml")?)?;
        let mut config = Config { settings, api: fill("openapi.yaml")?, policy: fill("policy.yaml")? };
        change(&mut config);
        Ok(Self { running: Reference::Gateway(Gateway::start(config).await?), _folder: folder })
    }

    /// Lets its limiter know so many callers of an operation that don't call.
    pub(crate) fn crowd(&self, operation: &str, callers: u32) {
        if let Reference::Gateway(running) = &self.running {
            running.crowd(operation, callers);
        }
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        match &self.running {
            Reference::Gateway(running) => format!("http://{}", running.address()),
            Reference::Agent(running) => format!("http://{}", running.address()),
        }
    }

    /// Where it speaks TLS.
    pub fn tls_url(&self) -> Option<String> {
        match &self.running {
            Reference::Gateway(running) => running.tls_address().map(|address| format!("https://{address}")),
            Reference::Agent(_) => None,
        }
    }

    /// Its audit log, when it works in this folder.
    pub fn audit(folder: &Path) -> PathBuf {
        folder.join("audit.jsonl")
    }
}

impl Around<'_> {
    /// The text of a file of the reference with its words filled in.
    fn fill(&self, kind: TargetKind, name: &str, folder: &Path) -> Result<String, EmbeddedError> {
        let template: Template = file(kind, name).parse()?;
        template.fill(|word| self.say(word, folder))
    }

    fn say(&self, word: &Word, folder: &Path) -> Result<String, EmbeddedError> {
        let unknown = || EmbeddedError::Word(word.to_string());
        match word {
            // The system chooses the port, and the reference says which.
            Word::Port(_) => Ok("0".to_owned()),
            Word::Work => Ok(folder.display().to_string()),
            Word::Certificate => Ok(certificate::in_folder(folder)?.display().to_string()),
            Word::Canary(name) => Ok(self.tracer.secret(name)),
            Word::Digest(name) => Ok(self.tracer.secret_digest(name)),
            Word::Model => self.model.map(|address| format!("http://{address}")).ok_or_else(unknown),
            Word::Idp => self.idp.map(|address| format!("http://{address}")).ok_or_else(unknown),
            Word::Upstream(name) | Word::UpstreamHost(name) | Word::UpstreamPort(name) => {
                let found = self.upstreams.iter().find(|(known, _)| known == name);
                found.map(|(_, address)| address.say(word)).ok_or_else(unknown)
            }
            Word::Authority => {
                let authority = self.authority.ok_or_else(unknown)?;
                Ok(certificate::of_authority(folder, authority)?.display().to_string())
            }
            _ => Err(unknown()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_caller_of_the_reference_has_what_it_shows() {
        let target = target(TargetKind::Gateway).unwrap();
        let credentials = credentials(&target, &Tracer::new(1, pincer_core::vocab::Nonce::default()));
        for (identity, shown) in &target.identities {
            assert_eq!(credentials.of(Some(identity)).len(), shown.header.len(), "{identity}");
        }
    }
}
