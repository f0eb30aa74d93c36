//! Load: one prepared call over many connections, or over many streams of a few, as fast as they accept it or on a
//! schedule.
//!
//! A worker is a thread with its own runtime. It always makes the same call and reads an answer only to find its end.
//! On a schedule, latency counts from the due time, so that a stalled target cannot hide its stall. No single call is
//! kept: times go into histograms.

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

/// Most calls of a load, most open at once, and longest duration: it is a measurement, not an outage.
const MOST: u64 = 50_000_000;
const MOST_AT_ONCE: usize = 2_000;
const LONGEST: Duration = Duration::from_mins(10);
/// How long to wait for answers after the last call.
const GRACE: Duration = Duration::from_secs(2);

/// A call as bytes, and its address.
#[derive(Debug, Clone)]
pub struct Shot {
    pub(crate) base: Url,
    pub(crate) address: SocketAddr,
    pub(crate) bytes: Vec<u8>,
    /// Whether answers have no body.
    pub(crate) head: bool,
}

/// The amount and kind of a load.
#[derive(Debug, Clone)]
pub struct Load {
    /// Connections, at most 2,000.
    pub connections: usize,
    /// Threads.
    pub workers: usize,
    /// When calls are sent.
    pub pace: Pace,
    /// The protocol of the connections.
    pub protocol: Protocol,
}

/// The protocol of the connections.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.1: one call after another.
    #[default]
    Http1,
    /// HTTP/2, by ALPN over TLS and by prior knowledge without it: this many calls at once on each connection, at most
    /// 2,000 in total.
    Http2 {
        /// Streams per connection.
        streams: usize,
    },
}

/// When calls are sent.
#[derive(Debug, Clone)]
pub enum Pace {
    /// Each connection or stream sends when it has its answer, for this long.
    Closed(Duration),
    /// When they are due, as soon as a connection or stream is free.
    Open(Schedule),
}

impl Load {
    /// As fast as this many connections can, with a worker for each core.
    pub fn closed(connections: usize, lasts: Duration) -> Self {
        Self { connections, workers: cores(), pace: Pace::Closed(lasts), protocol: Protocol::Http1 }
    }

    /// On a schedule over this many connections, with a worker for each core.
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
    /// A GET of a URL with these header fields, as this client writes it, if the fence allows it.
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

    /// The bytes of each call.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Runs the load and reports its effect. It blocks until the load is over or `stop` becomes true; it fails if a
    /// worker cannot be set up, or if HTTP/2 cannot express the call.
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
        // Everything may have been sent before the time is over.
        let took = if gate.is_cut() { begun.elapsed() } else { load.lasts() };
        let tally = |thread: JoinHandle<_>| thread.join().unwrap_or_else(|_| Err(io::Error::other("a worker broke")));
        let tallies = threads.into_iter().map(tally).collect::<io::Result<Vec<Tally>>>()?;
        Ok(LoadReport::of(tallies, gate.released(), took))
    }
}

#[cfg(test)]
mod tests;
