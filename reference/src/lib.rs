//! A hardened gateway for the API calls of AI agents.
//!
//! Settings, an API document (`OpenAPI` 3) and a policy come in; a running [`Gateway`] goes out. A request passes, in
//! this order: the guard of its connection, size of target and head, path rules, authentication, routing, roles and
//! scopes, rate limit, size of body, JSON, the document's rules, the input filter, and only then the upstream. The
//! upstream's answer is read completely, within bounds, before a byte is passed on, so that each of its faults becomes
//! a clean error. Only a declared event stream is passed on piece by piece. Every answer has a tracking id, and every
//! request one audit record, written before the answer leaves.

pub mod agent;
mod alerts;
mod audit;
mod client;
mod connection;
mod contract;
#[cfg(feature = "weaknesses")]
pub mod counter;
mod filter;
mod forward;
#[cfg(feature = "properties")]
mod given;
mod held;
mod identity;
mod json;
mod keyring;
mod limiter;
mod mask;
mod path;
mod policy;
mod problem;
#[cfg(feature = "properties")]
#[expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "a property says by a panic that it is broken"
)]
pub mod property;
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

/// How often inactive callers are forgotten.
const FORGET: Duration = Duration::from_secs(30);

/// Why a gateway can't start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address is taken, or not one of this machine.
    #[error("can't listen on {address}: {why}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system's error.
        why: std::io::Error,
    },
    /// The audit log can't be opened.
    #[error("can't open the audit log {path}: {why}")]
    Audit {
        /// Its path.
        path: String,
        /// The system's error.
        why: std::io::Error,
    },
    /// Invalid settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
}

/// The gateway.
#[derive(Debug)]
pub struct Gateway;

/// A running gateway; dropping it ends it and all its connections.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    tls_address: Option<SocketAddr>,
    stop: watch::Sender<bool>,
    accepting: JoinSet<()>,
    #[cfg(feature = "weaknesses")]
    service: Arc<service::Service>,
    /// Background tasks; they end when this is dropped.
    _chores: JoinSet<()>,
}

impl Gateway {
    /// Starts a gateway.
    pub async fn start(mut config: Config) -> Result<Running, StartError> {
        let weak = weakness::Weaknesses::new(&config.settings.weaken).map_err(SettingsError::from)?;
        config.settings.limits.loosen(&weak);
        let settings = &config.settings;
        let (service, router) = service::Service::start(&config).await?;
        let mut tls = settings.tls.as_ref().map(|tls| connection::Tls::new(tls, &weak)).transpose()?;
        let open = |tls| connection::Listener {
            router: router.clone(),
            tls,
            limits: settings.limits.clone(),
            weak: weak.clone(),
        };
        // Take all ports before serving any.
        let mut ports = Vec::new();
        let mut tls_address = None;
        if let Some(beside) = settings.tls.as_ref().and_then(|tls| tls.listen) {
            let (listener, address) = bind(beside).await?;
            tls_address = Some(address);
            ports.push((listener, open(tls.take())));
        }
        let (listener, address) = bind(settings.listen).await?;
        tls_address = tls_address.or(tls.is_some().then_some(address));
        ports.push((listener, open(tls)));
        let (stop, stopped) = watch::channel(false);
        let (mut accepting, mut chores) = (JoinSet::new(), JoinSet::new());
        #[cfg(feature = "weaknesses")]
        let kept = service.clone();
        for (listener, shared) in ports {
            accepting.spawn(Arc::new(shared).accept(listener, stopped.clone()));
        }
        chores.spawn(async move {
            let mut tick = tokio::time::interval(FORGET);
            loop {
                tick.tick().await;
                service.forget();
            }
        });
        Ok(Running {
            address,
            tls_address,
            stop,
            accepting,
            #[cfg(feature = "weaknesses")]
            service: kept,
            _chores: chores,
        })
    }

    /// Checks everything that a gateway needs, without listening.
    pub async fn check(config: &Config) -> Result<(), StartError> {
        // It only matters that the service can be built.
        let _ = service::Service::start(config).await?;
        let weak = weakness::Weaknesses::new(&config.settings.weaken).map_err(SettingsError::from)?;
        config.settings.tls.as_ref().map(|tls| connection::Tls::new(tls, &weak)).transpose()?;
        Ok(())
    }
}

async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let fail = |why| StartError::Listen { address, why };
    let listener = TcpListener::bind(address).await.map_err(fail)?;
    let address = listener.local_addr().map_err(fail)?;
    Ok((listener, address))
}

impl Running {
    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The TLS address, if it has one.
    pub fn tls_address(&self) -> Option<SocketAddr> {
        self.tls_address
    }

    /// Gives the limiter this many callers that have called the operation once, to measure the cost of many idle
    /// callers.
    #[cfg(feature = "weaknesses")]
    pub fn crowd(&self, operation: &str, callers: u32) {
        self.service.crowd(operation, callers);
    }

    /// Accepts no more connections. Returns when the open requests have ended, at most a few seconds later.
    pub async fn stop(mut self) {
        // If nobody receives it, the gateway has already ended.
        let _ = self.stop.send(true);
        while self.accepting.join_next().await.is_some() {}
    }
}
