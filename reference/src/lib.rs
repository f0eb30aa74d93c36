//! A hardened gateway for the API calls of AI agents.
//!
//! A request passes, in this order: size of target and head, path rules, authentication, routing, roles, rate limit,
//! size of body, JSON, parameter rules, input filter, and only then the upstream. What the upstream answers is read
//! whole within bounds before a byte of it is passed on, so that each of its faults becomes a clean error.
//! Every answer has a tracking id, and every request one audit record, written before the answer leaves.

mod audit;
mod filter;
mod forward;
mod limiter;
mod problem;
mod routes;
mod service;
mod settings;
pub mod weakness;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

pub use settings::{
    IdentitySettings, LimitSettings, RateSettings, Settings, SettingsError, UpstreamSettings, hash_key,
};

/// hyper's own bound on a head; ours is lower, so that the answer is ours too.
const HEAD_BUFFER: usize = 512 * 1024;

/// Why a gateway can't start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address is taken or not of this machine.
    #[error("can't listen on {address}: {why}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system says.
        why: std::io::Error,
    },
    /// The audit log can't be opened.
    #[error("can't open the audit log {path}: {why}")]
    Audit {
        /// Where.
        path: String,
        /// What the system says.
        why: std::io::Error,
    },
    /// A setting that can't be met.
    #[error(transparent)]
    Settings(#[from] SettingsError),
}

/// The gateway.
#[derive(Debug)]
pub struct Gateway;

/// A running gateway; dropping it ends it with all its connections.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    tasks: JoinSet<()>,
}

impl Gateway {
    /// Starts a gateway.
    pub async fn start(settings: Settings) -> Result<Running, StartError> {
        let listen = settings.listen;
        let fail = |why| StartError::Listen { address: listen, why };
        let listener = TcpListener::bind(listen).await.map_err(fail)?;
        let address = listener.local_addr().map_err(fail)?;
        let service = Arc::new(service::Service::new(settings)?);
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, service));
        Ok(Running { address, tasks })
    }
}

impl Running {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends it.
    pub async fn stop(mut self) {
        self.tasks.shutdown().await;
    }
}

async fn accept(listener: TcpListener, service: Arc<service::Service>) {
    // Dropped with this task, and so are the connections.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                // Small answers must not wait for an acknowledgement; a socket that can't is served all the same.
                let _ = stream.set_nodelay(true);
                let service = service.clone();
                connections.spawn(async move {
                    let handle = service_fn(move |request| {
                        let service = service.clone();
                        async move { Ok::<_, std::convert::Infallible>(service.handle(request).await) }
                    });
                    let mut server = http1::Builder::new();
                    server.timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(5)).max_buf_size(HEAD_BUFFER);
                    // How a connection ended is its caller's affair.
                    let _ = server.serve_connection(TokioIo::new(stream), handle).await;
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}
