//! What is inside the binary: scenarios, payloads, controls, and the reference as the default target.

use std::net::SocketAddr;
use std::path::PathBuf;

use include_dir::{Dir, include_dir};
use pincer_core::scenario::{Catalogue, ReadError, Source, Suite, Target, Vocabulary, read_catalogue, read_target};
use pincer_core::vocab::{Identity, Upstream};
use pincer_drive::Credentials;
use pincer_reference::weakness::Weakness;
use pincer_reference::{Config, Gateway, Running, Settings, hash_key};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

static SCENARIOS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/scenarios");

/// Why the embedded reference can't run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmbeddedError {
    /// No folder for its audit log.
    #[error("no temporary folder: {0}")]
    Folder(#[from] std::io::Error),
    /// It does not start.
    #[error(transparent)]
    Start(#[from] pincer_reference::StartError),
    /// Its settings are wrong.
    #[error(transparent)]
    Settings(#[from] pincer_reference::SettingsError),
}

/// The names of the reference's weaknesses.
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
    let reference = target()?;
    let words = Vocabulary::new(&weaknesses(), targets.iter().chain([&reference]));
    Suite::read(catalogue()?, &all, layered, &words)
}

/// The reference's descriptor.
pub fn target() -> Result<Target, ReadError> {
    read_target(&Source::new("targets/reference/target.yaml", text("targets/reference/target.yaml")))
}

/// The keys of the reference's callers: they follow from the seed and live as long as the run.
pub fn credentials(seed: u64) -> Credentials {
    let callers = ["alice", "bob", "operator"]
        .into_iter()
        .filter_map(|name| Some((Identity::new(name).ok()?, vec![("x-api-key".to_owned(), key(seed, name))])));
    Credentials::new(callers)
}

fn key(seed: u64, name: &str) -> String {
    let digest = Sha256::new().chain_update(b"key").chain_update(seed.to_be_bytes()).chain_update(name).finalize();
    digest.iter().take(20).map(|byte| format!("{byte:02x}")).collect()
}

/// The reference, running inside this process.
#[derive(Debug)]
pub struct Embedded {
    running: Running,
    folder: TempDir,
}

impl Embedded {
    /// Starts it on a free port in front of these upstreams.
    pub async fn start(
        seed: u64,
        upstreams: &[(Upstream, SocketAddr)],
        weaken: &[Weakness],
    ) -> Result<Self, EmbeddedError> {
        let folder = TempDir::new()?;
        let mut settings = Settings::from_yaml(text("targets/reference/gateway.yaml"))?;
        settings.listen = SocketAddr::from(([127, 0, 0, 1], 0));
        settings.audit = Some(folder.path().join("audit.jsonl"));
        for (name, address) in upstreams {
            if let Some(upstream) = settings.upstreams.get_mut(name.as_str()) {
                upstream.url = format!("http://{address}");
            }
        }
        for identity in &mut settings.identities {
            identity.api_key = hash_key(&key(seed, &identity.subject));
        }
        settings.weaken = weaken.to_vec();
        let (api, policy) = (text("targets/reference/openapi.yaml"), text("targets/reference/policy.yaml"));
        let config = Config { settings, api: api.to_owned(), policy: policy.to_owned() };
        Ok(Self { running: Gateway::start(config).await?, folder })
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://{}", self.running.address())
    }

    /// Its audit log.
    pub fn audit(&self) -> PathBuf {
        self.folder.path().join("audit.jsonl")
    }
}
