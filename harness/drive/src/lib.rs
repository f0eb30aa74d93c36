//! The caller jaw: well-formed requests by reqwest, malformed bytes by our own code, floods on a schedule, and load as
//! fast as the target accepts it.

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

/// Properties for every input, by the name of their fuzz targets.
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

/// Why a target cannot be driven.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DriveError {
    /// The target's address is not a URL.
    #[error("`{0}` is not an http or https URL")]
    Url(String),
    /// The target's host has no address.
    #[error("`{host}` has no address: {why}")]
    Resolve {
        /// The host.
        host: String,
        /// The resolver's error.
        why: std::io::Error,
    },
    /// The target is neither on this machine nor allowed.
    #[error("{0} may not be attacked: only loopback may, and what the descriptor's `authorize` lists")]
    Forbidden(String),
    /// The target's address is not that of a single host.
    #[error(
        "{0} is no address of one host and may not be attacked: write 127.0.0.1 or [::1], or list it in `authorize`"
    )]
    Unspecified(String),
    /// The client library cannot be set up.
    #[error("the HTTP client can't be set up: {0}")]
    Client(#[from] reqwest::Error),
}

/// Drives one target.
#[derive(Debug)]
pub struct Drive {
    door: Door,
    /// The target's TLS address, and the same port for plain HTTP.
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

/// The result of a call.
#[derive(Debug)]
pub struct Sent {
    /// How long it took.
    pub took: Duration,
    /// The answer, or why there is none.
    pub outcome: Result<Answered, Failure>,
}

impl Drive {
    /// A drive of the target at `url`, with TLS at `tls`; fails before sending anything if the fence forbids an
    /// address.
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

    /// Whether anything accepts a connection at the target's address; nothing is sent.
    pub async fn listens(&self) -> bool {
        timeout(CONNECT, TcpStream::connect(self.door.address)).await.is_ok_and(|connected| connected.is_ok())
    }

    /// The same drive; its well-formed requests look like those of this client.
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

    /// Bytes that came after answers to well-formed calls, after these had been reported, on idle connections. Each is
    /// returned once.
    pub fn found_behind(&self) -> Vec<(CaseId, Capture)> {
        let secure = self.secure.iter().flat_map(|(tls, plain)| [tls, plain]);
        std::iter::once(&self.door).chain(secure).flat_map(|door| door.pool.found()).collect()
    }

    /// The address for a case's call; none if the target lacks the kind that the case needs.
    fn door(&self, case: &Case) -> Option<&Door> {
        let secure = self.secure.as_ref();
        match case.call.via() {
            Via::Url => Some(&self.door),
            Via::Tls => secure.map(|(secure, _)| secure),
            Via::PlainOnTls => secure.map(|(_, plain)| plain),
        }
    }

    /// Opens connections with a case's call, keeps them busy, and lets another caller call meanwhile. The report lacks
    /// what reached the upstream.
    pub async fn hold(&self, case: &Case, plan: &HoldPlan, tracer: &Tracer) -> HoldReport {
        // A new caller has no earlier connection.
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

    /// A case's call, prepared for a load; none if the target lacks the address that it needs.
    pub fn shot(&self, case: &Case) -> Option<Shot> {
        let door = self.door(case)?;
        let shown = self.credentials.shown(case);
        let well_formed = case.call.http().filter(|call| call.wire == Wire::Polite);
        let bytes = well_formed.and_then(|call| http::bytes((&door.base, door.look), call, &shown));
        let bytes = bytes.unwrap_or_else(|| raw::lasting(raw::bytes(&door.base, &case.call, &shown)));
        let head = case.call.http().is_some_and(|call| call.method == "HEAD");
        Some(Shot { base: door.base.clone(), address: door.address, bytes, head })
    }

    /// Probes the target's TLS, if it has a TLS address; the deadline is for each hello.
    pub async fn survey(&self, deadline: Duration) -> Option<Survey> {
        let (secure, _) = self.secure.as_ref()?;
        Some(probe::survey(secure.address, secure.base.host_str().unwrap_or_default(), deadline).await)
    }

    /// Floods with a case's call. The report lacks the arrivals, which the upstream adds.
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
        // The port is explicit, because http has another default.
        let renamed = base.set_scheme("http").and_then(|()| base.set_port(Some(self.address.port())));
        renamed.map_err(|()| DriveError::Url(self.base.to_string()))?;
        Ok(Self { base, pool: Arc::default(), ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn both_addresses_are_fenced() {
        let new = |url, tls| async move { Drive::new(url, tls, &Fence::default(), Credentials::default()).await };
        let (here, there) = ("http://127.0.0.1:9", "https://192.0.2.7:9");
        assert!(new(here, Some("https://127.0.0.1:9")).await.is_ok());
        assert!(matches!(new(here, Some(there)).await, Err(DriveError::Forbidden(_))));
        assert!(matches!(new(there, None).await, Err(DriveError::Forbidden(_))));
    }

    #[tokio::test]
    async fn plain_http_goes_to_the_tls_port() {
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
