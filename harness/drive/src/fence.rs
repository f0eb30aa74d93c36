//! What may be attacked: loopback, and hosts that their owner lists.

use std::net::SocketAddr;

use crate::DriveError;

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

    /// The address to which all connections go. It is resolved once and pinned, so that a later change of a name's
    /// address leads nowhere else.
    pub async fn resolve(&self, host: &str, port: u16) -> Result<SocketAddr, DriveError> {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let fail = |why| DriveError::Resolve { host: host.to_owned(), why };
        let mut addresses = tokio::net::lookup_host((bare, port)).await.map_err(fail)?;
        let allowed = self.authorized.iter().any(|known| known.eq_ignore_ascii_case(bare));
        addresses
            .find(|address| address.ip().is_loopback() || allowed)
            .ok_or_else(|| DriveError::Forbidden(host.to_owned()))
    }
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
}
