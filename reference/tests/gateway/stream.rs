//! Streams of events are passed on as they come, within bounds.

use std::sync::{Arc, Mutex};

use axum::body::Body;
use bytes::Bytes;
use futures_util::StreamExt as _;
use http::Response;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc;

use crate::rig::{Arrival, Rig, get, to_end, within};

/// An upstream that sends what the test gives it, when the test gives it.
fn fed() -> (mpsc::UnboundedSender<Bytes>, impl Fn(&Arrival) -> Response<Body> + Send + Sync + 'static) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let receiver = Arc::new(Mutex::new(Some(receiver)));
    let play = move |_: &Arrival| {
        let receiver: mpsc::UnboundedReceiver<Bytes> = receiver.lock().unwrap().take().unwrap();
        let pieces =
            futures_util::stream::unfold(receiver, async |mut receiver| Some((receiver.recv().await?, receiver)));
        let body = Body::from_stream(pieces.map(Ok::<_, std::convert::Infallible>));
        Response::builder().header("content-type", "text/event-stream; charset=utf-8").body(body).unwrap()
    };
    (sender, play)
}

async fn read_until(stream: &mut (impl tokio::io::AsyncRead + Unpin), end: &str) -> String {
    let mut text = String::new();
    while !text.contains(end) {
        let mut byte = [0];
        within(stream.read_exact(&mut byte)).await.unwrap();
        text.push(char::from(byte[0]));
    }
    text
}

#[tokio::test]
async fn event_is_passed_on_before_the_next_one_exists() {
    let (feed, play) = fed();
    let rig = Rig::playing(play, |_| {}).await;
    let mut stream = rig.connect().await;
    stream.write_all(get("/events").as_bytes()).await.unwrap();
    feed.send(Bytes::from_static(b"data: one\n\n")).unwrap();
    let first = read_until(&mut stream, "data: one\n\n").await;
    assert!(first.starts_with("HTTP/1.1 200") && first.contains("text/event-stream"), "{first}");
    feed.send(Bytes::from_static(b"data: two\n\n")).unwrap();
    read_until(&mut stream, "data: two\n\n").await;
    drop(feed);
    assert!(to_end(&mut stream).await.ends_with(b"0\r\n\r\n"), "a proper end");
    assert_eq!(rig.events("request")[0]["operation"], "stream");
}

#[tokio::test]
async fn stream_that_pauses_too_long_is_cut() {
    let (feed, play) = fed();
    let rig = Rig::playing(play, |settings| settings.limits.stream_idle_ms = 100).await;
    let mut stream = rig.connect().await;
    stream.write_all(get("/events").as_bytes()).await.unwrap();
    feed.send(Bytes::from_static(b"data: one\n\n")).unwrap();
    let rest = to_end(&mut stream).await;
    assert!(rest.windows(9).any(|window| window == b"data: one") && !rest.ends_with(b"0\r\n\r\n"));
}

#[tokio::test]
async fn stream_that_is_too_long_is_cut() {
    let (feed, play) = fed();
    let rig = Rig::playing(play, |settings| settings.limits.stream = 1000).await;
    let mut stream = rig.connect().await;
    stream.write_all(get("/events").as_bytes()).await.unwrap();
    for _ in 0..40 {
        feed.send(Bytes::from(vec![b'a'; 100])).unwrap();
    }
    let got = to_end(&mut stream).await;
    assert!(got.len() < 2500 && !got.ends_with(b"0\r\n\r\n"), "{} bytes", got.len());
}

#[tokio::test]
async fn undeclared_stream_is_read_completely() {
    let (feed, play) = fed();
    let rig = Rig::playing(play, |settings| settings.limits.upstream_total_ms = 100).await;
    feed.send(Bytes::from_static(b"data: one\n\n")).unwrap();
    let answer = rig.call(&get("/accounts/1")).await;
    assert_eq!(answer.status, 504);
}
