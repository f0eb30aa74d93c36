//! Connections that are held back: slow heads, slow bodies, answers that nobody takes, and silence.

use std::net::SocketAddr;
use std::time::Duration;

use memchr::memmem;
use pincer_core::observe::HoldReport;
use pincer_core::plan::HoldPlan;
use pincer_core::scenario::Back;
use reqwest::Url;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, sleep_until, timeout_at};

use crate::raw::{self, Wire};

/// No hold opens more.
const MOST: u32 = 2_000;
/// Between two bytes of what is held back.
const DRIP: Duration = Duration::from_millis(200);

/// Connections that stand, each with the time at which it was opened.
pub(crate) struct Open {
    connections: Vec<(Box<dyn Wire>, Instant)>,
    refused: u32,
}

/// Opens all connections at once.
pub(crate) async fn open(base: &Url, address: SocketAddr, plan: &HoldPlan) -> Open {
    let until = Instant::now() + plan.lasts;
    let mut connecting = JoinSet::new();
    for _ in 0..plan.connections.min(MOST) {
        let base = base.clone();
        connecting.spawn(async move { timeout_at(until, raw::connect(&base, address, None)).await });
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
    /// Holds each until the target ends it or the time is over.
    pub(crate) async fn hold(self, request: &[u8], plan: &HoldPlan) -> HoldReport {
        let until = Instant::now() + plan.lasts;
        let (first, rest) = split(request, plan.back);
        let mut holding = JoinSet::new();
        let mut report = HoldReport { refused: self.refused, ..HoldReport::default() };
        for (stream, opened) in self.connections {
            report.opened += 1;
            let (first, rest, back) = (first.clone(), rest.clone(), plan.back);
            holding.spawn(async move { one(stream, (&first, &rest), back, until).await.then(|| opened.elapsed()) });
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

/// What is written at once, and what drips.
fn split(request: &[u8], back: Back) -> (Vec<u8>, Vec<u8>) {
    let head = memmem::find(request, b"\r\n\r\n").unwrap_or(request.len());
    match back {
        Back::All => (Vec::new(), Vec::new()),
        Back::Answer => (request.to_vec(), Vec::new()),
        Back::Head => {
            let mut first = request.get(..head).unwrap_or(request).to_vec();
            first.extend(b"\r\nx-note: ");
            (first, b"a".to_vec())
        }
        Back::Body => {
            let first = request.get(..head).unwrap_or(request);
            let lines = first.split(|byte| *byte == b'\n');
            let kept = lines.filter(|line| !line.to_ascii_lowercase().starts_with(b"content-length:"));
            let mut first = kept.collect::<Vec<_>>().join(&b'\n');
            if !first.ends_with(b"\r") {
                first.push(b'\r');
            }
            first.extend(b"\ncontent-length: 1000\r\n\r\n\"");
            (first, b"a".to_vec())
        }
    }
}

/// Holds one connection; whether the target ended it.
async fn one(stream: Box<dyn Wire>, (first, rest): (&[u8], &[u8]), back: Back, until: Instant) -> bool {
    let (mut from, mut to) = tokio::io::split(stream);
    let drip = async {
        // A target that takes no more has ended the connection, which reading shows.
        let _ = to.write_all(first).await;
        let mut tick = interval(DRIP);
        loop {
            tick.tick().await;
            if rest.is_empty() || to.write_all(rest).await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    };
    let end = async {
        if back == Back::Answer {
            sleep_until(until).await;
        }
        // An answer, a close and a reset end it alike.
        let _ = from.read_u8().await;
    };
    tokio::select! {
        () = end => true,
        () = drip => false,
        () = sleep_until(until) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: &[u8] = b"POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\nx-a: b\r\n\r\n{}";

    #[test]
    fn what_is_held_back_never_ends() {
        let (head, rest) = split(REQUEST, Back::Head);
        assert!(head.ends_with(b"x-a: b\r\nx-note: ") && rest == b"a");
        let (body, _) = split(REQUEST, Back::Body);
        assert_eq!(body, b"POST /a HTTP/1.1\r\nhost: x\r\nx-a: b\r\ncontent-length: 1000\r\n\r\n\"");
        assert_eq!(split(REQUEST, Back::Answer).0, REQUEST);
        assert!(split(REQUEST, Back::All).0.is_empty());
    }
}
