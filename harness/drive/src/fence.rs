//! Which addresses may be attacked: loopback, and hosts under `authorize`.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::DriveError;

/// How long a connection to one of several addresses may take.
const PATIENCE: Duration = Duration::from_secs(1);

/// The additional hosts that may be attacked.
#[derive(Debug, Clone, Default)]
pub struct Fence {
    authorized: Vec<String>,
}

impl Fence {
    /// A fence that allows loopback and these hosts.
    pub fn new(authorized: impl IntoIterator<Item = String>) -> Self {
        Self { authorized: authorized.into_iter().collect() }
    }

    /// The address for all connections: the first of several that accepts one, because a target may listen on only one.
    /// It is resolved once, so that a later DNS change has no effect.
    pub async fn resolve(&self, host: &str, port: u16) -> Result<SocketAddr, DriveError> {
        let addresses = self.addresses(host, port).await?;
        let reached = if addresses.len() > 1 { reached(&addresses).await } else { None };
        reached.or(addresses.first().copied()).ok_or_else(|| DriveError::Forbidden(host.to_owned()))
    }

    /// The addresses of a host that may be attacked, at least one; fails if there is none.
    pub async fn addresses(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, DriveError> {
        let bare = bare(host);
        let fail = |why| DriveError::Resolve { host: host.to_owned(), why };
        let all: Vec<SocketAddr> = tokio::net::lookup_host((bare, port)).await.map_err(fail)?.collect();
        let named = self.authorized.iter().any(|known| self::bare(known).eq_ignore_ascii_case(bare));
        let mut addresses = all.clone();
        addresses.retain(|address| named || self.admits(address.ip()));
        if !addresses.is_empty() {
            return Ok(addresses);
        }
        let host = host.to_owned();
        let any = !all.is_empty() && all.iter().all(|address| address.ip().to_canonical().is_unspecified());
        Err(if any { DriveError::Unspecified(host) } else { DriveError::Forbidden(host) })
    }

    /// Whether an address may be attacked, in any form: an IPv4 address inside an IPv6 one counts as that IPv4 address
    /// (RFC 4291 section 2.5.5.2).
    fn admits(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let listed = |known: &String| bare(known).parse::<IpAddr>().is_ok_and(|known| known.to_canonical() == address);
        address.is_loopback() || self.authorized.iter().any(listed)
    }
}

/// A host without the brackets that URLs put around an IPv6 address.
pub fn bare(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}

/// The first address that accepts a connection.
pub(crate) async fn reached(addresses: &[SocketAddr]) -> Option<SocketAddr> {
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
    async fn only_loopback_and_listed_hosts_are_allowed() {
        let fence = Fence::new(["192.0.2.7".to_owned()]);
        assert!(fence.resolve("127.0.0.1", 80).await.is_ok());
        assert!(fence.resolve("[::1]", 80).await.is_ok());
        assert!(fence.resolve("192.0.2.7", 80).await.is_ok());
        assert!(matches!(fence.resolve("192.0.2.8", 80).await, Err(DriveError::Forbidden(_))));
        assert!(matches!(Fence::default().resolve("10.0.0.1", 80).await, Err(DriveError::Forbidden(_))));
    }

    #[tokio::test]
    async fn address_is_the_same_in_every_spelling() {
        assert!(Fence::default().resolve("[::ffff:127.0.0.1]", 80).await.is_ok());
        assert!(Fence::default().resolve("[::ffff:7f00:1]", 80).await.is_ok());
        assert!(matches!(Fence::default().resolve("[::ffff:10.0.0.1]", 80).await, Err(DriveError::Forbidden(_))));
        let fence = Fence::new(["10.0.0.1".to_owned(), "[2001:db8::1]".to_owned()]);
        assert!(fence.resolve("[::ffff:10.0.0.1]", 80).await.is_ok());
        assert!(fence.resolve("[2001:DB8:0::1]", 80).await.is_ok());
        assert!(matches!(fence.resolve("[2001:db8::2]", 80).await, Err(DriveError::Forbidden(_))));
    }

    /// A system sends traffic for 0.0.0.0 to itself, or nowhere: it is not the address of a single host.
    #[tokio::test]
    async fn unspecified_address_is_refused_unless_listed() {
        for host in ["0.0.0.0", "[::]", "[::ffff:0.0.0.0]"] {
            assert!(matches!(Fence::default().resolve(host, 80).await, Err(DriveError::Unspecified(_))), "{host}");
        }
        assert!(Fence::new(["0.0.0.0".to_owned()]).resolve("0.0.0.0", 80).await.is_ok());
    }

    #[tokio::test]
    async fn address_that_answers_is_chosen() {
        let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let here = listener.local_addr().unwrap();
        assert_eq!(reached(&[gone, here]).await, Some(here));
        assert_eq!(reached(&[gone]).await, None);
    }
}
