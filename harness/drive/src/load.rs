//! Load: one prepared call over many connections, or over many streams of few, as fast as they take it or on a schedule.
//!
//! A worker is a thread with a runtime of its own; it makes the same call each time and reads of an answer no more than
//! where it ends. On a schedule, latency counts from the instant at which a send was due, so that a target that stalls
//! can't hide its stall. Nothing is kept of a single send: times go into histograms.

mod gate;
mod http1;
mod http2;
mod schedule;
mod shared;
mod tally;
mod worker;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use pincer_core::plan::{Client, HttpCall};
use pincer_core::vocab::Octets;
use reqwest::Url;

pub use schedule::Schedule;
pub use tally::LoadReport;

use gate::Gate;
use tally::Tally;
use worker::Talk;

use crate::http2::request;
use crate::{DriveError, Fence};

/// No load makes more sends, has more of them open at once, or lasts longer: it is a measurement, not an outage.
const MOST: u64 = 50_000_000;
const MOST_AT_ONCE: usize = 2_000;
const LONGEST: Duration = Duration::from_mins(10);
/// How long answers are waited for when the time of sending is over.
const GRACE: Duration = Duration::from_secs(2);

/// A call as the bytes that are written, and where to.
#[derive(Debug, Clone)]
pub struct Shot {
    pub(crate) base: Url,
    pub(crate) address: SocketAddr,
    pub(crate) bytes: Vec<u8>,
    /// Whether answers have no body.
    pub(crate) head: bool,
}

/// How much, and how.
#[derive(Debug, Clone)]
pub struct Load {
    /// Connections, at most 2,000.
    pub connections: usize,
    /// Threads.
    pub workers: usize,
    /// When sends leave.
    pub pace: Pace,
    /// What connections speak.
    pub protocol: Protocol,
}

/// What connections speak.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.1: one call after the other.
    #[default]
    Http1,
    /// HTTP/2, by ALPN over TLS and by prior knowledge in plain: so many calls at once on each connection, at most 2,000
    /// on all of them.
    Http2 {
        /// Streams of a connection.
        streams: usize,
    },
}

/// When sends leave.
#[derive(Debug, Clone)]
pub enum Pace {
    /// Each connection, or stream of one, sends when it has its answer, for so long.
    Closed(Duration),
    /// When they are due, as soon as a connection, or stream of one, is free.
    Open(Schedule),
}

impl Load {
    /// As fast as so many connections can, with a worker for each core.
    pub fn closed(connections: usize, lasts: Duration) -> Self {
        Self { connections, workers: cores(), pace: Pace::Closed(lasts), protocol: Protocol::Http1 }
    }

    /// On a schedule over so many connections, with a worker for each core.
    pub fn open(connections: usize, schedule: Schedule) -> Self {
        Self { connections, workers: cores(), pace: Pace::Open(schedule), protocol: Protocol::Http1 }
    }

    /// How long it lasts.
    pub fn lasts(&self) -> Duration {
        let lasts = match &self.pace {
            Pace::Closed(lasts) => *lasts,
            Pace::Open(schedule) => schedule.lasts(),
        };
        lasts.min(LONGEST)
    }
}

/// Cores of this machine.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

impl Shot {
    /// A GET of a URL with these header fields, as this client writes it, if the fence lets it through.
    pub async fn get(
        url: &str,
        headers: &[(String, String)],
        look: &Client,
        fence: &Fence,
    ) -> Result<Self, DriveError> {
        let base = Url::parse(url).map_err(|_| DriveError::Url(url.to_owned()))?;
        let (Some(host), Some(port)) = (base.host_str(), base.port_or_known_default()) else {
            return Err(DriveError::Url(url.to_owned()));
        };
        let address = fence.resolve(host, port).await?;
        let path = base.query().map_or_else(|| base.path().to_owned(), |query| format!("{}?{query}", base.path()));
        let own = headers.iter().map(|(name, value)| (name.clone(), Octets::from(value.as_str())));
        let call = HttpCall {
            method: "GET".to_owned(),
            target: Octets::from(path.as_str()),
            headers: look.dressed(own.collect()),
            ..HttpCall::default()
        };
        let mut origin = base.clone();
        origin.set_path("/");
        origin.set_query(None);
        let bytes = crate::http::bytes((&origin, look), &call, &[]);
        let bytes = bytes.ok_or_else(|| DriveError::Url(url.to_owned()))?;
        Ok(Self { base, address, bytes, head: false })
    }

    /// The bytes that are written each time.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What a load of this call does to its target. It blocks until the load is over or `stop` turns true; it fails where a
    /// worker can't be set up, or HTTP/2 can't say the call.
    pub fn fire(&self, load: &Load, stop: &AtomicBool) -> io::Result<LoadReport> {
        let connections = load.connections.clamp(1, MOST_AT_ONCE);
        let workers = load.workers.clamp(1, connections);
        let talk = match load.protocol {
            Protocol::Http1 => Talk::Http1,
            Protocol::Http2 { streams } => {
                let request = request(&self.base, &self.bytes).ok_or(io::ErrorKind::InvalidInput)?;
                Talk::Http2(Arc::new(request), streams.clamp(1, MOST_AT_ONCE / connections))
            }
        };
        let begun = Instant::now();
        let (shot, gate) = (Arc::new(self.clone()), Arc::new(Gate::new(&load.pace, begun, begun + load.lasts())));
        let most = MOST / u64::try_from(workers).unwrap_or(1);
        let threads: Vec<_> = (0..workers)
            .map(|worker| {
                let (shot, talk, gate) = (shot.clone(), talk.clone(), gate.clone());
                let share = connections / workers + usize::from(worker < connections % workers);
                std::thread::spawn(move || worker::work(shot, &talk, gate, (share, most)))
            })
            .collect();
        gate.keep(stop);
        // All may have been sent before the time is over.
        let took = if gate.is_cut() { begun.elapsed() } else { load.lasts() };
        let tally = |thread: JoinHandle<_>| thread.join().unwrap_or_else(|_| Err(io::Error::other("a worker broke")));
        let tallies = threads.into_iter().map(tally).collect::<io::Result<Vec<Tally>>>()?;
        Ok(LoadReport::of(tallies, gate.released(), took))
    }
}

#[cfg(test)]
mod tests;
