//! Connections that are kept busy: slow heads, slow bodies, unread answers, and silence; in HTTP/2, streams that are
//! reset at once, and endless heads.

mod http2;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use memchr::memmem;
use pincer_core::observe::HoldReport;
use pincer_core::plan::HoldPlan;
use pincer_core::scenario::{Back, Hold};
use reqwest::Url;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, sleep_until, timeout_at};

use crate::http2::request;
use crate::raw::{self, Wire};
use crate::tls::H2;

/// Time between two turns.
const TURN: Duration = Duration::from_millis(200);

/// Open connections, each with the time at which it was opened.
pub(crate) struct Open {
    connections: Vec<(Box<dyn Wire>, Instant)>,
    refused: u32,
}

/// What is sent on each connection, and what ends it.
pub(crate) struct Script {
    /// Sent at once.
    first: Vec<u8>,
    rest: Rest,
    end: End,
}

/// Sent in each turn.
enum Rest {
    Nothing,
    Same(Vec<u8>),
    /// More streams with these fields; the flag says whether the request has no body.
    Resets(Vec<u8>, bool),
}

/// What ends a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Any byte: an answer counts like a close or a reset.
    Byte,
    /// Nothing: an unread answer hides whether more would come.
    Nothing,
    /// In HTTP/2, where many frames end nothing: GOAWAY, a close or a reset.
    GoAway,
}

/// Opens all connections at once.
pub(crate) async fn open(base: &Url, address: SocketAddr, plan: &HoldPlan) -> Open {
    let until = Instant::now() + plan.lasts;
    let alpn = plan.back.is_http2().then_some(H2);
    let mut connecting = JoinSet::new();
    for _ in 0..plan.connections.min(Hold::MOST) {
        let base = base.clone();
        connecting.spawn(async move { timeout_at(until, raw::connect(&base, address, alpn)).await });
    }
    let mut open = Open { connections: Vec::new(), refused: 0 };
    while let Some(connected) = connecting.join_next().await {
        match connected {
            Ok(Ok(Ok(stream))) => open.connections.push((stream, Instant::now())),
            _ => open.refused += 1,
        }
    }
    open
}

impl Open {
    /// Keeps each busy until the target ends it or the time is over.
    pub(crate) async fn hold(self, script: Script, lasts: Duration) -> HoldReport {
        let until = Instant::now() + lasts;
        let script = Arc::new(script);
        let mut holding = JoinSet::new();
        let mut report = HoldReport { refused: self.refused, ..HoldReport::default() };
        for (stream, opened) in self.connections {
            report.opened += 1;
            let script = script.clone();
            holding.spawn(async move { one(stream, &script, until).await.then(|| opened.elapsed()) });
        }
        while let Some(done) = holding.join_next().await {
            if let Ok(Some(took)) = done {
                report.ended += 1;
                report.longest_us = report.longest_us.max(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
            }
        }
        report
    }
}

impl Script {
    /// How to keep this request busy; none if HTTP/2 is needed and cannot express it.
    pub(crate) fn new(base: &Url, bytes: &[u8], back: Back) -> Option<Self> {
        let head = bytes.get(..memmem::find(bytes, b"\r\n\r\n").unwrap_or(bytes.len())).unwrap_or(bytes);
        let streamed = || {
            let request = request(base, bytes)?;
            Some((http2::fields(&request)?, request.body().is_empty()))
        };
        let byte = || Rest::Same(b"a".to_vec());
        let (first, rest, end) = match back {
            Back::All => (Vec::new(), Rest::Nothing, End::Byte),
            Back::Answer => (bytes.to_vec(), Rest::Nothing, End::Nothing),
            Back::Head => ([head, b"\r\nx-note: "].concat(), byte(), End::Byte),
            Back::Body => (endless(head), byte(), End::Byte),
            Back::Resets => {
                let (fields, whole) = streamed()?;
                (Vec::new(), Rest::Resets(fields, whole), End::GoAway)
            }
            Back::Continuation => (http2::begin(&streamed()?.0), Rest::Same(http2::continuations()), End::GoAway),
        };
        Some(Self { first, rest, end })
    }

    /// The bytes of a turn.
    fn turn(&self, turn: u32) -> Vec<u8> {
        match &self.rest {
            Rest::Nothing => Vec::new(),
            Rest::Same(bytes) => bytes.clone(),
            Rest::Resets(fields, whole) => http2::resets(fields, *whole, turn),
        }
    }
}

/// The head with a length that the body never reaches, and the body's beginning.
fn endless(head: &[u8]) -> Vec<u8> {
    let lines = head.split(|byte| *byte == b'\n');
    let kept = lines.filter(|line| !line.to_ascii_lowercase().starts_with(b"content-length:"));
    let mut first = kept.collect::<Vec<_>>().join(&b'\n');
    if !first.ends_with(b"\r") {
        first.push(b'\r');
    }
    first.extend(b"\ncontent-length: 1000\r\n\r\n\"");
    first
}

/// Keeps one connection busy; returns whether the target ended it.
async fn one(mut stream: Box<dyn Wire>, script: &Script, until: Instant) -> bool {
    if script.end == End::GoAway {
        match timeout_at(until, http2::greet(&mut stream)).await {
            Ok(Ok(())) => {}
            greeted => return greeted.is_ok(),
        }
    }
    let (mut from, mut to) = tokio::io::split(stream);
    let talk = async {
        // A target that reads no more has ended the connection, which reading shows.
        let mut open = to.write_all(&script.first).await.is_ok();
        let mut tick = interval(TURN);
        for turn in 0.. {
            tick.tick().await;
            open = open && to.write_all(&script.turn(turn)).await.is_ok() && to.flush().await.is_ok();
        }
    };
    let end = async {
        match script.end {
            End::Byte => drop(from.read_u8().await),
            End::Nothing => std::future::pending().await,
            End::GoAway => http2::end(&mut from).await,
        }
    };
    tokio::select! {
        () = end => true,
        () = talk => false,
        () = sleep_until(until) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: &[u8] = b"POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\nx-a: b\r\n\r\n{}";

    #[test]
    fn busy_connection_never_ends_by_itself() {
        let script = |back| Script::new(&Url::parse("http://x/").unwrap(), REQUEST, back).unwrap();
        let head = script(Back::Head);
        assert!(head.first.ends_with(b"x-a: b\r\nx-note: ") && head.turn(7) == b"a");
        let body = script(Back::Body).first;
        assert_eq!(body, b"POST /a HTTP/1.1\r\nhost: x\r\nx-a: b\r\ncontent-length: 1000\r\n\r\n\"");
        assert_eq!(script(Back::Answer).first, REQUEST);
        assert!(script(Back::All).first.is_empty() && script(Back::All).turn(0).is_empty());
    }
}
