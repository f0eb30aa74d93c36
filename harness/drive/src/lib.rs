//! The caller jaw: well-formed traffic by reqwest, malformed bytes by our own hand, floods on a schedule.

mod credentials;
mod fence;
mod flood;
mod hold;
mod http;
pub mod probe;
mod raw;
mod tls;
mod token;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use pincer_core::observe::{Answered, Failure, FloodReport, HoldReport};
use pincer_core::plan::{Case, FloodPlan, HoldPlan};
use pincer_core::scenario::Wire;
use pincer_core::vocab::Tracer;
use reqwest::Url;

pub use credentials::Credentials;
pub use fence::Fence;
pub use probe::{Survey, survey};
pub use token::Issuer;

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
    /// The client library can't be set up.
    #[error("the HTTP client can't be set up: {0}")]
    Client(#[from] reqwest::Error),
}

/// Drives one target.
#[derive(Debug)]
pub struct Drive {
    client: reqwest::Client,
    base: Url,
    address: SocketAddr,
    credentials: Credentials,
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
    /// A drive of the target at `url`; nothing is sent if the fence forbids its address.
    pub async fn new(url: &str, fence: &Fence, credentials: Credentials) -> Result<Self, DriveError> {
        let base = Url::parse(url).map_err(|_| DriveError::Url(url.to_owned()))?;
        let host = base.host_str().ok_or_else(|| DriveError::Url(url.to_owned()))?.to_owned();
        let port = base.port_or_known_default().ok_or_else(|| DriveError::Url(url.to_owned()))?;
        let address = fence.resolve(&host, port).await?;
        let client = http::client(&host, address)?;
        Ok(Self { client, base, address, credentials })
    }

    /// Sends a case's call and reads its answer, at most until the deadline.
    pub async fn send(&self, case: &Case, deadline: Duration) -> Sent {
        let start = Instant::now();
        let headers = self.credentials.shown(case);
        let outcome = match case.call.wire {
            Wire::Polite => http::send(&self.client, &self.base, &case.call, &headers, deadline).await,
            Wire::Raw => raw::send(&self.base, self.address, &case.call, &headers, deadline).await,
        };
        Sent { took: start.elapsed(), outcome }
    }

    /// Opens connections with a case's call, holds them back, and lets another caller call meanwhile. The report lacks
    /// what reached the upstream.
    pub async fn hold(&self, case: &Case, plan: &HoldPlan, tracer: &Tracer) -> HoldReport {
        let bytes = raw::bytes(&self.base, &case.call, &self.credentials.shown(case));
        let connections = hold::run(&self.base, self.address, &bytes, plan);
        let stream = (case, &plan.beside, plan.lasts);
        let beside = flood::beside(&self.client, &self.base, &self.credentials, stream, tracer);
        let (mut report, (beside, late)) = tokio::join!(connections, beside);
        (report.beside, report.send_error_p99_us) = (beside, late);
        report
    }

    /// Floods with a case's call. The report lacks what reached the upstream: that is for the upstream to say.
    pub async fn flood(&self, case: &Case, plan: &FloodPlan, tracer: &Tracer) -> FloodReport {
        flood::run(&self.client, &self.base, &self.credentials, (case, plan), tracer).await
    }
}
