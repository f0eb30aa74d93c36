//! The values of a descriptor's placeholders, such as `${port:http}`, for one start of its target.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use pincer_core::vocab::{Template, Tracer, Upstream, Word};
use pincer_stage::secure::Authority;

use crate::supervise::WorkFolder;
use crate::{Address, LaunchError, certificate};

/// The values for one start. Dropping them removes their work folder.
#[derive(Debug)]
pub struct Variables {
    folder: PathBuf,
    work: WorkFolder,
    ports: BTreeMap<String, u16>,
    /// Whether the target chooses its own ports.
    chosen: bool,
    addresses: Addresses,
    tracer: Tracer,
}

/// The addresses of the services that Pincer plays for the target.
#[derive(Debug, Clone, Default)]
pub struct Addresses {
    /// The upstreams.
    pub upstreams: Vec<(Upstream, Address)>,
    /// The authority of the upstreams' certificates.
    pub authority: Option<Arc<Authority>>,
    /// The address for audit records.
    pub audit: Option<SocketAddr>,
    /// The identity provider.
    pub idp: Option<SocketAddr>,
    /// The model of an agent.
    pub model: Option<SocketAddr>,
}

impl Variables {
    /// The values for a descriptor in `folder`.
    pub fn new(folder: &Path, addresses: Addresses, tracer: &Tracer) -> Result<Self, LaunchError> {
        let fail = |why| LaunchError::Prepare { what: "a folder for the target".to_owned(), why };
        let work = WorkFolder::new().map_err(fail)?;
        let (folder, tracer) = (folder.to_owned(), tracer.clone());
        Ok(Self { folder, work, ports: BTreeMap::new(), chosen: false, addresses, tracer })
    }

    /// The same for a target that chooses its own ports; it gets port 0.
    #[must_use]
    pub fn choosing_ports(self) -> Self {
        Self { chosen: true, ..self }
    }

    /// The descriptor's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The work folder of this start.
    pub fn work(&self) -> &Path {
        self.work.path()
    }

    /// The text of a template; fails for a placeholder without a value.
    pub fn fill(&mut self, template: &Template) -> Result<String, LaunchError> {
        template.fill(|word| self.value(word))
    }

    /// The value of a variable.
    pub fn value(&mut self, word: &Word) -> Result<String, LaunchError> {
        let unknown = || LaunchError::Word(word.to_string());
        match word {
            Word::Dir => Ok(self.folder.display().to_string()),
            Word::Work => Ok(self.work.path().display().to_string()),
            Word::Audit => self.addresses.audit.map(|address| format!("http://{address}")).ok_or_else(unknown),
            Word::Model => self.addresses.model.map(|address| format!("http://{address}")).ok_or_else(unknown),
            Word::Idp => self.addresses.idp.map(|address| format!("http://{address}")).ok_or_else(unknown),
            Word::Certificate => {
                let fail = |why| LaunchError::Prepare { what: "a certificate".to_owned(), why };
                certificate::in_folder(self.work.path()).map(|path| path.display().to_string()).map_err(fail)
            }
            Word::Canary(name) => Ok(self.tracer.secret(name)),
            Word::Digest(name) => Ok(self.tracer.secret_digest(name)),
            Word::Port(_) if self.chosen => Ok("0".to_owned()),
            Word::Port(name) => self.port(name).map(|port| port.to_string()),
            Word::Upstream(name) | Word::UpstreamHost(name) | Word::UpstreamPort(name) => {
                let found = self.addresses.upstreams.iter().find(|(known, _)| known == name);
                found.map(|(_, address)| address.value(word)).ok_or_else(unknown)
            }
            Word::Authority => {
                let fail = |why| LaunchError::Prepare { what: "a certificate".to_owned(), why };
                let authority = self.addresses.authority.as_deref().ok_or_else(unknown)?;
                certificate::of_authority(self.work.path(), authority)
                    .map(|path| path.display().to_string())
                    .map_err(fail)
            }
            // These are resolved elsewhere, and the task is not known yet.
            Word::Env(_) | Word::File(_) | Word::Task => Err(unknown()),
        }
    }

    /// A port for the target that was free a moment ago; nothing better is possible for a server that takes its port
    /// from its configuration.
    fn port(&mut self, name: &str) -> Result<u16, LaunchError> {
        if let Some(port) = self.ports.get(name) {
            return Ok(*port);
        }
        let port = free_port().map_err(|why| LaunchError::Prepare { what: "a free port".to_owned(), why })?;
        self.ports.insert(name.to_owned(), port);
        Ok(port)
    }
}

/// Ports below the system's ephemeral range (ip(7), `ip_local_port_range`). Until a target listens on one of them, no
/// connection and no other listener takes it, so whatever answers there is the target.
const PORTS: std::ops::Range<u16> = 10_240..32_768;

/// A free port of these, a new one each time.
fn free_port() -> std::io::Result<u16> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    // Parallel processes begin far from each other.
    let begin = std::process::id().wrapping_mul(7_919);
    for _ in PORTS {
        let next = begin.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % u32::from(PORTS.end - PORTS.start);
        let port = PORTS.start + u16::try_from(next).unwrap_or_default();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr()).map(|address| address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A port from the system's ephemeral range was taken by another process before the target listened on it.
    #[test]
    fn target_port_is_not_from_the_ephemeral_range() {
        let ports: Vec<u16> = (0..20).map(|_| free_port().unwrap()).collect();
        assert!(ports.iter().all(|port| PORTS.contains(port)), "{ports:?}");
        let different: std::collections::BTreeSet<_> = ports.iter().collect();
        assert_eq!(different.len(), ports.len());
    }
}
