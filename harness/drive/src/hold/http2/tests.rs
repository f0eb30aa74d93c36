use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use h2::server::Builder;
use http::Response;
use reqwest::Url;
use tokio::time::Instant;

use super::super::{Back, Script, one};
use super::*;

const REQUEST: &[u8] = b"GET /a?b=c HTTP/1.1\r\nhost: x:1\r\nconnection: close\r\nX-Api-Key: k\r\n\r\n";

/// A server that answers each request that it accepts; returns whether it ended the connection within 500 ms, and how
/// many requests it accepted.
async fn held(back: Back, server: Builder) -> (bool, u64) {
    let (client, stream) = tokio::io::duplex(1 << 20);
    let taken = Arc::new(AtomicU64::new(0));
    let count = taken.clone();
    tokio::spawn(async move {
        let mut connection = server.handshake::<_, Bytes>(stream).await.unwrap();
        while let Some(Ok((request, mut respond))) = connection.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            assert_eq!((request.method().as_str(), request.uri().to_string()), ("GET", "http://x:1/a?b=c".to_owned()));
            assert_eq!((&request.headers()["x-api-key"], request.headers().len()), (&"k".parse().unwrap(), 1));
            // It was reset, so nobody needs the answer.
            let _ = respond.send_response(Response::new(()), true);
        }
    });
    let script = Script::new(&Url::parse("http://x:1/").unwrap(), REQUEST, back).unwrap();
    let ended = one(Box::new(client), &script, Instant::now() + Duration::from_millis(500)).await;
    (ended, taken.load(Ordering::SeqCst))
}

/// Limits for pending resets and for the bytes of a head.
fn server(resets: usize, head: u32) -> Builder {
    let mut builder = Builder::new();
    builder.max_pending_accept_reset_streams(resets).max_header_list_size(head);
    builder
}

#[tokio::test]
async fn reset_streams_are_ended_by_a_server_that_counts_them() {
    assert!(held(Back::Resets, server(20, 16_384)).await.0);
    // All of them are valid requests, and nothing that a server says about them is an end.
    let (ended, taken) = held(Back::Resets, server(usize::MAX, 16_384)).await;
    assert!(!ended && taken >= u64::from(RESETS), "{taken}");
}

#[tokio::test]
async fn endless_heads_are_ended_by_a_server_that_counts_them() {
    assert_eq!(held(Back::Continuation, server(20, 16_384)).await, (true, 0));
    assert_eq!(held(Back::Continuation, server(20, u32::MAX)).await, (false, 0));
}

#[tokio::test]
async fn close_during_the_preface_is_an_end() {
    let (client, stream) = tokio::io::duplex(1024);
    drop(stream);
    let script = Script::new(&Url::parse("http://x:1/").unwrap(), REQUEST, Back::Resets).unwrap();
    assert!(one(Box::new(client), &script, Instant::now() + Duration::from_secs(5)).await);
}

#[tokio::test]
async fn only_goaway_and_the_end_of_the_connection_are_an_end() {
    let said = [
        frame(SETTINGS, 0, 0, &[0, 3, 0, 0, 0, 100]),
        frame(8, 0, 0, &[0, 0, 0, 7]),
        frame(6, 0, 0, &[7; 8]),
        frame(HEADERS, END_HEADERS, 1, &[0x88]),
    ]
    .concat();
    for (last, left) in [(frame(GOAWAY, 0, 0, &[0; 8]), 4), (vec![0, 0, 9, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4], 0)] {
        let bytes = [&said[..], &last, b"more"].concat();
        let mut from = &bytes[..];
        end(&mut from).await;
        assert_eq!(from.len(), left);
    }
}

#[test]
fn lengths_are_those_of_hpack() {
    let start = |length: usize| text(&vec![b'a'; length])[..4].to_vec();
    assert_eq!(start(126)[..2], [126, b'a']);
    assert_eq!(start(127)[..3], [127, 0, b'a']);
    assert_eq!(start(1000), [127, 233, 6, b'a']);
}

#[test]
fn fields_that_do_not_fit_a_frame_are_not_sent() {
    let long = [&REQUEST[..REQUEST.len() - 2], b"x-b: ", &[b'b'; LARGEST], b"\r\n\r\n"].concat();
    assert!(Script::new(&Url::parse("http://x:1/").unwrap(), &long, Back::Resets).is_none());
}
