//! The upstream jaw: Pincer plays the target's external APIs and listens to its audit log.
//!
//! [`hostile`] is an own listener that sees every byte, keeps to the standard, and breaks the wire where a case says so; it
//! also plays a host that nobody knows; [`model`] is the model behind an agent; [`tap`] follows the target's audit log; [`idp`]
//! plays the identity provider; [`secure`] speaks TLS in front of an upstream; [`sink`] only counts, for loads. What arrives is reported as it came, with
//! the case that its canary names.

mod flight;
pub mod hostile;
pub mod idp;
pub mod model;
mod playbook;
pub mod secure;
mod sensor;
pub mod sink;
pub mod tap;
mod watched;

/// Properties for every input, by the name of their fuzz targets.
#[cfg(feature = "properties")]
pub mod property {
    pub use crate::hostile::property::arrival;
    pub use crate::model::property::model_wire;

    /// A property by the name of its fuzz target.
    pub type Property = (&'static str, fn(&[u8]));

    /// All properties of this crate.
    pub const PROPERTIES: &[Property] = &[("arrival", arrival), ("model_wire", model_wire)];
}

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use tokio::time::{Instant, sleep};

pub use flight::Flight;
pub use playbook::{Playbook, Sample};
pub use sensor::{Clock, Owner, Sensor};

/// Why an upstream cannot be played.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StageError {
    /// The address is taken, or not one of this machine.
    #[error("the upstream `{upstream}` can't listen on {address}: {why}")]
    Listen {
        /// Which upstream.
        upstream: String,
        /// The address.
        address: String,
        /// The system's error.
        why: std::io::Error,
    },
}

/// Binds a listener for an upstream.
pub fn bind(upstream: &str, address: SocketAddr) -> Result<TcpListener, StageError> {
    let fail = |why| StageError::Listen { upstream: upstream.to_owned(), address: address.to_string(), why };
    let listener = TcpListener::bind(address).map_err(fail)?;
    // The standard library's backlog is 128. If a gateway opens more connections at once, some are delayed by a second,
    // which would look like a fault of the gateway.
    rustix::net::listen(&listener, BACKLOG).map_err(|why| fail(why.into()))?;
    listener.set_nonblocking(true).map_err(fail)?;
    Ok(listener)
}

/// Connections that may wait to be accepted; systems limit it (`net.core.somaxconn`).
const BACKLOG: i32 = 4096;

/// The same, but waits a little for a previous listener: one whose task or thread was told to end closes only when it
/// runs next.
pub async fn bind_freed(upstream: &str, address: SocketAddr) -> Result<TcpListener, StageError> {
    let until = Instant::now() + FREED;
    loop {
        match bind(upstream, address) {
            Err(StageError::Listen { why, .. }) if why.kind() == ErrorKind::AddrInUse && Instant::now() < until => {
                sleep(AGAIN).await;
            }
            bound => return bound,
        }
    }
}

/// How long a port may take to become free, and how often it is tried. An aborted task ends within milliseconds on an
/// idle machine.
const FREED: Duration = Duration::from_secs(2);
const AGAIN: Duration = Duration::from_millis(5);

#[cfg(test)]
mod tests {
    use super::*;

    /// A gateway under a flood of HTTP/2 resets opens hundreds of connections at once. Those beyond the backlog took a
    /// second, and its callers got 504.
    #[test]
    fn many_connections_wait_without_delay() {
        let listener = bind("ledger", ([127, 0, 0, 1], 0).into()).unwrap();
        let address = listener.local_addr().unwrap();
        let connect = || std::net::TcpStream::connect_timeout(&address, Duration::from_millis(500));
        let waiting: Vec<_> = (0..400).map(|_| connect().unwrap()).collect();
        assert_eq!(waiting.len(), 400);
    }

    /// A lane's upstreams were still closing when those of the next lane took their ports.
    #[tokio::test]
    async fn port_is_taken_as_soon_as_its_task_has_ended() {
        let held = bind("ledger", ([127, 0, 0, 1], 0).into()).unwrap();
        let address = held.local_addr().unwrap();
        assert!(matches!(bind("ledger", address), Err(StageError::Listen { .. })));
        // It runs, on the only thread, when the next line waits.
        tokio::spawn(async move { drop(held) });
        let listener = bind_freed("ledger", address).await.unwrap();
        assert_eq!(listener.local_addr().unwrap(), address);
    }
}
