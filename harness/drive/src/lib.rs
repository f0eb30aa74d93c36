//! The caller jaw: well-formed requests by reqwest, malformed bytes by our own hand, floods on a schedule, and load as
//! fast as the target takes it.

mod answer;
mod credentials;
mod fence;
mod flood;
mod hold;
mod http;
mod http2;
mod load;
mod pool;
mod probe;
mod raw;
mod reach;
mod tls;
mod token;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pincer_core::observe::tls::Survey;
use pincer_core::observe::{Answered, Capture, Failure, FloodReport, HoldReport};
use pincer_core::plan::{Call, Case, Client, FloodPlan, HoldPlan};
use pincer_core::scenario::{Via, Wire};
use pincer_core::vocab::{CaseId, Tracer};
use reqwest::Url;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::pool::Pool;

/// What must hold for every input, by the name of its fuzz target.
#[cfg(feature = "properties")]
pub mod property {
    pub use crate::answer::property::raw_answer;

    /// A property by the name of its fuzz target.
    pub type Property = (&'static str, fn(&[u8]));

    /// All properties of this crate.
    pub const PROPERTIES: &[Property] = &[("raw_answer", raw_answer)];
}

pub use credentials::Credentials;
pub use fence::{Fence, bare};
pub use load::{Load, LoadReport, Pace, Protocol, Schedule, Shot, cores};
pub use reach::Reach;
pub use token::{Issuer, NoRandomBytes};

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);
/// Bytes kept of an answer.
const KEEP: usize = 256 * 1024;

/// Why a target can't be driven.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DriveError {
    /// The target's address is no URL.
    #[error("`{0}` is not an http or https URL")]
    Url(String),
    /// The target's host has no address.
    #[error("`{host}` has no address: {why}")]
    Resolve {
        /// The host.
        host: String,
        /// What the resolver says.
        why: std::io::Error,
    },
    /// The target is neither on this machine nor allowed.
    #[error("{0} may not be attacked: only loopback may, and what the descriptor's `authorize` lists")]
    Forbidden(String),
    /// The target's address is that of no single host.
    #[error(
        "{0} is no address of one host and may not be attacked: write 127.0.0.1 or [::1], or list it in `authorize`"
    )]
    Unspecified(String),
    /// The client library can't be set up.
    #[error("the HTTP client can't be set up: {0}")]
    Client(#[from] reqwest::Error),
}

/// Drives one target.
#[derive(Debug)]
pub struct Drive {
    door: Door,
    /// Where the target speaks TLS, and the same port for plain HTTP.
    secure: Option<(Door, Door)>,
    credentials: Credentials,
}

/// One way in.
#[derive(Debug, Clone)]
struct Door {
    client: reqwest::Client,
    /// For calls that are HTTP/2 streams of one connection.
    streams: reqwest::Client,
    base: Url,
    address: SocketAddr,
    look: &'static Client,
    /// Connections for all other calls.
    pool: Arc<Pool>,
}

/// What came of a send.
#[derive(Debug)]
pub struct Sent {
    /// How long it took.
    pub took: Duration,
    /// The answer, or why there is none.
    pub outcome: Result<Answered, Failure>,
}

impl Drive {
    /// A drive of the target at `url`, which speaks TLS at `tls`; nothing is sent if the fence forbids an address.
    pub async fn new(
        url: &str,
        tls: Option<&str>,
        fence: &Fence,
        credentials: Credentials,
    ) -> Result<Self, DriveError> {
        let door = Door::new(url, fence).await?;
        let secure = match tls {
            Some(tls) => {
                let secure = Door::new(tls, fence).await?;
                let plain = secure.plain()?;
                Some((secure, plain))
            }
            None => None,
        };
        Ok(Self { door, secure, credentials })
    }

    /// Whether anything takes a connection where the target is to be called; nothing is sent.
    pub async fn listens(&self) -> bool {
        timeout(CONNECT, TcpStream::connect(self.door.address)).await.is_ok_and(|connected| connected.is_ok())
    }

    /// The same drive, whose well-formed requests look like those of this client.
    pub fn looking_like(self, look: &'static Client) -> Result<Self, DriveError> {
        let secure =
            self.secure.map(|(tls, plain)| Ok::<_, DriveError>((tls.looking_like(look)?, plain.looking_like(look)?)));
        Ok(Self { door: self.door.looking_like(look)?, secure: secure.transpose()?, ..self })
    }

    /// Sends a case's call and reads its answer, at most until the deadline.
    pub async fn send(&self, case: &Case, deadline: Duration) -> Sent {
        let start = Instant::now();
        let headers = self.credentials.shown(case);
        let Some(door) = self.door(case) else {
            return Sent { took: Duration::ZERO, outcome: Err(Failure::Unsendable) };
        };
        let outcome = match &case.call {
            Call::Http(call) if call.wire != Wire::Raw => {
                http::send(door, (call, Some(case.id)), &headers, deadline).await
            }
            Call::Http(_) | Call::Raw(_) => raw::send(&door.base, door.address, &case.call, &headers, deadline).await,
            // It is for the program that is started for it.
            Call::Task(_) => Err(Failure::Unsendable),
        };
        Sent { took: start.elapsed(), outcome }
    }

    /// What came behind the answers to well-formed calls since the last time, when those had been told: on connections that
    /// wait for their next call.
    pub fn found_behind(&self) -> Vec<(CaseId, Capture)> {
        let secure = self.secure.iter().flat_map(|(tls, plain)| [tls, plain]);
        std::iter::once(&self.door).chain(secure).flat_map(|door| door.pool.found()).collect()
    }

    /// The way by which a case's call goes; none where it asks for one that the target does not have.
    fn door(&self, case: &Case) -> Option<&Door> {
        let secure = self.secure.as_ref();
        match case.call.via() {
            Via::Url => Some(&self.door),
            Via::Tls => secure.map(|(secure, _)| secure),
            Via::PlainOnTls => secure.map(|(_, plain)| plain),
        }
    }

    /// Opens connections with a case's call, holds them back, and lets another caller call meanwhile. The report lacks
    /// what reached the upstream.
    pub async fn hold(&self, case: &Case, plan: &HoldPlan, tracer: &Tracer) -> HoldReport {
        // A newcomer has no connection from before.
        let Some(newcomer) = self.door(case).and_then(Door::afresh) else { return HoldReport::default() };
        let bytes = raw::bytes(&newcomer.base, &case.call, &self.credentials.shown(case));
        let Some(script) = hold::Script::new(&newcomer.base, &bytes, plan.back) else { return HoldReport::default() };
        let held = hold::open(&newcomer.base, newcomer.address, plan).await;
        let stream = (case, &plan.beside, plan.lasts);
        let beside = flood::beside(&newcomer, &self.credentials, stream, tracer);
        let (mut report, (beside, late)) = tokio::join!(held.hold(script, plan.lasts), beside);
        (report.beside, report.send_error_p99_us) = (beside, late);
        report
    }

    /// A case's call, prepared for a load; none where the target has no such way in.
    pub fn shot(&self, case: &Case) -> Option<Shot> {
        let door = self.door(case)?;
        let shown = self.credentials.shown(case);
        let well_formed = case.call.http().filter(|call| call.wire == Wire::Polite);
        let bytes = well_formed.and_then(|call| http::bytes((&door.base, door.look), call, &shown));
        let bytes = bytes.unwrap_or_else(|| raw::lasting(raw::bytes(&door.base, &case.call, &shown)));
        let head = case.call.http().is_some_and(|call| call.method == "HEAD");
        Some(Shot { base: door.base.clone(), address: door.address, bytes, head })
    }

    /// Asks how the target speaks TLS, if it says where; each hello has this deadline.
    pub async fn survey(&self, deadline: Duration) -> Option<Survey> {
        let (secure, _) = self.secure.as_ref()?;
        Some(probe::survey(secure.address, secure.base.host_str().unwrap_or_default(), deadline).await)
    }

    /// Floods with a case's call. The report lacks what reached the upstream: that is for the upstream to say.
    pub async fn flood(&self, case: &Case, plan: &FloodPlan, tracer: &Tracer) -> FloodReport {
        match self.door(case) {
            Some(door) => flood::run(door, &self.credentials, (case, plan), tracer).await,
            None => FloodReport::default(),
        }
    }
}

impl Door {
    async fn new(url: &str, fence: &Fence) -> Result<Self, DriveError> {
        let base = Url::parse(url).map_err(|_| DriveError::Url(url.to_owned()))?;
        let host = base.host_str().ok_or_else(|| DriveError::Url(url.to_owned()))?.to_owned();
        let port = base.port_or_known_default().ok_or_else(|| DriveError::Url(url.to_owned()))?;
        let address = fence.resolve(&host, port).await?;
        let look = Client::plain();
        let (client, streams) = (http::client(&host, address, look)?, http::streams(&host, address)?);
        Ok(Self { client, streams, base, address, look, pool: Arc::default() })
    }

    /// The same without open connections.
    fn afresh(&self) -> Option<Self> {
        let (host, address) = (self.base.host_str().unwrap_or_default(), self.address);
        let (client, streams) = (http::client(host, address, self.look).ok()?, http::streams(host, address).ok()?);
        Some(Self { client, streams, pool: Arc::default(), ..self.clone() })
    }

    /// The same, with requests that look like those of this client.
    fn looking_like(self, look: &'static Client) -> Result<Self, DriveError> {
        let client = http::client(self.base.host_str().unwrap_or_default(), self.address, look)?;
        Ok(Self { client, look, pool: Arc::default(), ..self })
    }

    /// The same port, for plain HTTP.
    fn plain(&self) -> Result<Self, DriveError> {
        let mut base = self.base.clone();
        // The port in words, for that of http is another one.
        let renamed = base.set_scheme("http").and_then(|()| base.set_port(Some(self.address.port())));
        renamed.map_err(|()| DriveError::Url(self.base.to_string()))?;
        Ok(Self { base, pool: Arc::default(), ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn both_ways_in_are_fenced() {
        let new = |url, tls| async move { Drive::new(url, tls, &Fence::default(), Credentials::default()).await };
        let (here, there) = ("http://127.0.0.1:9", "https://192.0.2.7:9");
        assert!(new(here, Some("https://127.0.0.1:9")).await.is_ok());
        assert!(matches!(new(here, Some(there)).await, Err(DriveError::Forbidden(_))));
        assert!(matches!(new(there, None).await, Err(DriveError::Forbidden(_))));
    }

    #[tokio::test]
    async fn plain_http_goes_to_the_port_of_tls() {
        for (tls, plain) in [
            ("https://127.0.0.1:8443", "http://127.0.0.1:8443/"),
            ("https://127.0.0.1", "http://127.0.0.1:443/"),
            ("https://127.0.0.1:80/a", "http://127.0.0.1/a"),
        ] {
            let door = Door::new(tls, &Fence::default()).await.unwrap().plain().unwrap();
            assert_eq!(door.base.as_str(), plain);
        }
    }
}
