//! Connections that are held back: slow heads, slow bodies, answers that nobody takes, and silence.

use std::net::SocketAddr;
use std::time::Duration;

use memchr::memmem;
use pincer_core::observe::{Failure, HoldReport};
use pincer_core::plan::HoldPlan;
use pincer_core::scenario::Back;
use reqwest::Url;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, sleep_until, timeout_at};

use crate::raw;

/// No hold opens more.
const MOST: u32 = 2_000;
/// Between two bytes of what is held back.
const DRIP: Duration = Duration::from_millis(200);

/// Opens all connections at once and holds each until the target ends it or the time is over.
pub(crate) async fn run(base: &Url, address: SocketAddr, request: &[u8], plan: &HoldPlan) -> HoldReport {
    let until = Instant::now() + plan.lasts;
    let (first, rest) = split(request, plan.back);
    let mut connections = JoinSet::new();
    for _ in 0..plan.connections.min(MOST) {
        let (base, first, rest, back) = (base.clone(), first.clone(), rest.clone(), plan.back);
        connections.spawn(async move { one(&base, address, (&first, &rest), back, until).await });
    }
    let mut report = HoldReport::default();
    while let Some(done) = connections.join_next().await {
        match done {
            Ok(Ok(ended)) => {
                report.opened += 1;
                report.ended += u32::from(ended.is_some());
                let took = ended.map_or(0, |took| u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
                report.longest_us = report.longest_us.max(took);
            }
            Ok(Err(_)) | Err(_) => report.refused += 1,
        }
    }
    report
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

/// Holds one connection; gives when the target ended it.
async fn one(
    base: &Url,
    address: SocketAddr,
    (first, rest): (&[u8], &[u8]),
    back: Back,
    until: Instant,
) -> Result<Option<Duration>, Failure> {
    let opened = Instant::now();
    let stream = timeout_at(until, raw::connect(base, address)).await.map_err(|_| Failure::Timeout)??;
    let (mut from, mut to) = tokio::io::split(stream);
    // A target that takes no more has ended the connection, which reading shows.
    let _ = to.write_all(first).await;
    let drip = async {
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
        () = end => Ok(Some(opened.elapsed())),
        () = drip => Ok(None),
        () = sleep_until(until) => Ok(None),
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
