//! A hardened gateway for the API calls of AI agents.
//!
//! Settings, an API document (`OpenAPI` 3) and a policy come in; a running [`Gateway`] goes out. A request passes, in
//! this order: the guard of its connection, size of target and head, path rules, authentication, routing, roles and
//! scopes, rate limit, size of body, JSON, the document's rules, input filter, and only then the upstream. What the
//! upstream answers is read whole within bounds before a byte of it is passed on, so that each of its faults becomes
//! a clean error; only a declared stream of events is passed on as it comes.
//! Every answer has a tracking id, and every request one audit record, written before the answer leaves.

mod alerts;
mod audit;
mod client;
mod connection;
mod contract;
mod filter;
mod forward;
mod held;
mod identity;
mod json;
mod limiter;
mod mask;
mod path;
mod policy;
mod problem;
mod service;
mod settings;
mod trail;
pub mod weakness;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

pub use settings::{
    AlertSettings, Config, IdentitySettings, KeySource, LimitSettings, RateSettings, Settings, SettingsError,
    Threshold, TlsSettings, TokenAlgorithm, TokenSettings, UpstreamSettings, hash_key,
};

/// How often callers that have gone are forgotten.
const FORGET: Duration = Duration::from_secs(30);

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
    stop: watch::Sender<bool>,
    accepting: JoinSet<()>,
    /// What else runs; ends when this is dropped.
    _chores: JoinSet<()>,
}

impl Gateway {
    /// Starts a gateway.
    pub async fn start(mut config: Config) -> Result<Running, StartError> {
        let weak = weakness::Weaknesses::new(&config.settings.weaken)?;
        config.settings.limits.loosen(&weak);
        let listen = config.settings.listen;
        let fail = |why| StartError::Listen { address: listen, why };
        let (service, router) = service::Service::start(&config).await?;
        let shared = connection::Listener {
            router,
            tls: config.settings.tls.as_ref().map(connection::acceptor).transpose()?,
            limits: config.settings.limits,
            weak,
        };
        let listener = TcpListener::bind(listen).await.map_err(fail)?;
        let address = listener.local_addr().map_err(fail)?;
        let (stop, stopped) = watch::channel(false);
        let (mut accepting, mut chores) = (JoinSet::new(), JoinSet::new());
        accepting.spawn(Arc::new(shared).accept(listener, stopped));
        chores.spawn(async move {
            let mut tick = tokio::time::interval(FORGET);
            loop {
                tick.tick().await;
                service.forget();
            }
        });
        Ok(Running { address, stop, accepting, _chores: chores })
    }

    /// Checks all that a gateway starts from, short of listening.
    pub async fn check(config: &Config) -> Result<(), StartError> {
        // The service itself is not needed: that it can be made is.
        let _ = service::Service::start(config).await?;
        config.settings.tls.as_ref().map(connection::acceptor).transpose()?;
        Ok(())
    }
}

impl Running {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more connections, and ends when the requests under way have, or a few seconds later.
    pub async fn stop(mut self) {
        // Where nobody waits for it, it has ended already.
        let _ = self.stop.send(true);
        self.accepting.join_next().await;
    }
}
