//! What may be attacked: loopback, and hosts that their owner lists.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::DriveError;

/// How long a connection to one of several addresses may take.
const PATIENCE: Duration = Duration::from_secs(1);

/// The hosts beyond loopback that may be attacked.
#[derive(Debug, Clone, Default)]
pub struct Fence {
    authorized: Vec<String>,
}

impl Fence {
    /// A fence that lets through loopback and these hosts.
    pub fn new(authorized: impl IntoIterator<Item = String>) -> Self {
        Self { authorized: authorized.into_iter().collect() }
    }

    /// The address to which all connections go: of several the first that takes one, for a target may listen at one of
    /// them alone. It is resolved once and pinned, so that a later change of a name's address leads nowhere else.
    pub async fn resolve(&self, host: &str, port: u16) -> Result<SocketAddr, DriveError> {
        let bare = bare(host);
        let fail = |why| DriveError::Resolve { host: host.to_owned(), why };
        let addresses = tokio::net::lookup_host((bare, port)).await.map_err(fail)?;
        let allowed = self.authorized.iter().any(|known| known.eq_ignore_ascii_case(bare));
        let addresses: Vec<SocketAddr> = addresses.filter(|address| address.ip().is_loopback() || allowed).collect();
        let reached = if addresses.len() > 1 { reached(&addresses).await } else { None };
        reached.or(addresses.first().copied()).ok_or_else(|| DriveError::Forbidden(host.to_owned()))
    }
}

/// A host as all but URLs write it: there, an IPv6 address stands in brackets.
pub fn bare(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}

/// The first address that takes a connection.
async fn reached(addresses: &[SocketAddr]) -> Option<SocketAddr> {
    for address in addresses {
        if let Ok(Ok(_)) = timeout(PATIENCE, TcpStream::connect(address)).await {
            return Some(*address);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_loopback_and_what_is_listed() {
        let fence = Fence::new(["192.0.2.7".to_owned()]);
        assert!(fence.resolve("127.0.0.1", 80).await.is_ok());
        assert!(fence.resolve("[::1]", 80).await.is_ok());
        assert!(fence.resolve("192.0.2.7", 80).await.is_ok());
        assert!(matches!(fence.resolve("192.0.2.8", 80).await, Err(DriveError::Forbidden(_))));
        assert!(matches!(Fence::default().resolve("10.0.0.1", 80).await, Err(DriveError::Forbidden(_))));
    }

    #[tokio::test]
    async fn of_several_addresses_the_one_that_answers_is_taken() {
        let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let here = listener.local_addr().unwrap();
        assert_eq!(reached(&[gone, here]).await, Some(here));
        assert_eq!(reached(&[gone]).await, None);
    }
}
