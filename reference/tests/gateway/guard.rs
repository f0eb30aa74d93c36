//! Raw bytes against the connection's guard.

use std::time::Duration;

use tokio::io::AsyncWriteExt as _;

use crate::rig::{Rig, answers, get, key, to_end};

fn lines(lines: &str) -> String {
    format!(
        "POST /batches HTTP/1.1\r\nhost: a\r\nx-api-key: {}\r\ncontent-type: application/json\r\n{lines}",
        key("alice")
    )
}

#[tokio::test]
async fn ambiguous_request_gets_a_recorded_400() {
    let rig = Rig::start().await;
    let smuggled = format!("GET /accounts/7 HTTP/1.1\r\nhost: a\r\nx-api-key: {}\r\n\r\n", key("alice"));
    for (bytes, reason) in [
        (lines(&format!("content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n{smuggled}")), "framing"),
        (lines(&format!("transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n0\r\n\r\n{smuggled}")), "framing"),
        (lines("content-length: 2\r\ncontent-length: 2\r\n\r\n[]"), "framing"),
        (lines("content-length: 2, 2\r\n\r\n[]"), "framing"),
        (lines("content-length: +2\r\n\r\n[]"), "framing"),
        (lines("transfer-encoding: xchunked\r\n\r\n0\r\n\r\n"), "framing"),
        (lines("transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n0\r\n\r\n"), "framing"),
        (lines("transfer-encoding : chunked\r\n\r\n0\r\n\r\n"), "head"),
        (lines("host: b\r\ncontent-length: 2\r\n\r\n[]"), "host"),
        (lines("a: b\r\n c\r\ncontent-length: 2\r\n\r\n[]"), "folded"),
        (lines("a: b\nc: d\r\ncontent-length: 2\r\n\r\n[]"), "line-end"),
        (lines("a: b\rc: d\r\ncontent-length: 2\r\n\r\n[]"), "line-end"),
        (lines("a: b\0c\r\ncontent-length: 2\r\n\r\n[]"), "nul"),
        (
            format!(
                "POST /batches HTTP/1.0\r\nx-api-key: {}\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
                key("alice")
            ),
            "framing",
        ),
        (get("/accounts/1").replace("/accounts", "http://b/accounts"), "target"),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(), "head"),
        ("\u{16}\u{3}\u{1}\0".to_owned(), "nul"),
    ] {
        let got = rig.exchange(bytes.as_bytes()).await;
        assert_eq!(got.len(), 1, "one answer and the end: {bytes:?} {got:?}");
        let answer = &got[0];
        assert_eq!((answer.status, answer.header("content-type")), (400, "application/problem+json"), "{bytes:?}");
        let record = rig.record(answer);
        assert_eq!((&record["reason"], &record["outcome"]), (&reason.into(), &"refused".into()), "{bytes:?}");
        assert_eq!(answer.json()["tracking_id"], record["tracking_id"]);
    }
    assert!(rig.upstream.arrivals().is_empty());
    assert_eq!(rig.log().len(), 17, "one record a request");
}

#[tokio::test]
async fn keep_alive_and_pipelining_work() {
    let rig = Rig::start().await;
    let mut bytes = String::new();
    bytes.push_str("\r\n");
    bytes.push_str(&lines("transfer-encoding: chunked\r\n\r\n4\r\n[1,2\r\n1\r\n]\r\n0\r\n\r\n"));
    bytes.push_str(&lines("content-length: 3\r\n\r\n[3]"));
    bytes.push_str(&lines("content-length: 0\r\n\r\n"));
    bytes.push_str(&get("/accounts/4"));
    let whole = rig.exchange(bytes.as_bytes()).await;
    assert_eq!(whole.iter().map(|answer| answer.status).collect::<Vec<_>>(), [200, 200, 400, 200]);
    // The same, byte by byte.
    let mut stream = rig.connect().await;
    for byte in bytes.as_bytes() {
        stream.write_all(&[*byte]).await.unwrap();
        stream.flush().await.unwrap();
    }
    let slow = answers(&to_end(&mut stream).await);
    assert_eq!(slow.iter().map(|answer| answer.status).collect::<Vec<_>>(), [200, 200, 400, 200]);
    let bodies: Vec<_> = rig.upstream.arrivals().iter().map(|arrival| arrival.body.clone()).collect();
    assert_eq!(bodies, ["[1,2]", "[3]", "", "[1,2]", "[3]", ""]);
}

#[tokio::test]
async fn refusal_keeps_its_place_in_a_pipeline_and_ends_it() {
    let rig = Rig::start().await;
    let mut bytes = lines("content-length: 3\r\n\r\n[1]");
    bytes.push_str(&lines("content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"));
    bytes.push_str(&get("/accounts/3"));
    let got = rig.exchange(bytes.as_bytes()).await;
    assert_eq!(got.iter().map(|answer| answer.status).collect::<Vec<_>>(), [200, 400]);
    assert_eq!(got[1].header("connection"), "close");
    assert_eq!(rig.upstream.arrivals().len(), 1);
}

#[tokio::test]
async fn chunks_in_another_form_are_a_broken_body() {
    let rig = Rig::start().await;
    for chunks in [
        "2;a=b\r\n[]\r\n0\r\n\r\n",
        "2\n[]\r\n0\r\n\r\n",
        "2\r\n[]x",
        "0\r\ntrailer: a\r\n\r\n",
        "+2\r\n[]\r\n0\r\n\r\n",
    ] {
        let answer = rig.call(&lines(&format!("transfer-encoding: chunked\r\n\r\n{chunks}"))).await;
        assert_eq!(answer.status, 400, "{chunks:?}");
        assert_eq!(rig.record(&answer)["reason"], "body", "{chunks:?}");
    }
    assert!(rig.upstream.arrivals().is_empty());
}

#[tokio::test]
async fn slow_head_is_answered_408() {
    let rig = Rig::with(|settings| settings.limits.head_ms = 50).await;
    let answer = rig.call("GET / HTTP/1.1\r\nhost: a\r\n").await;
    assert_eq!(answer.status, 408);
    assert_eq!(rig.record(&answer)["reason"], "head-late");
}

#[tokio::test]
async fn idle_connection_is_closed_without_an_answer() {
    let rig = Rig::with(|settings| settings.limits.idle_ms = 50).await;
    assert!(rig.exchange(b"").await.is_empty());
    // Also after a request.
    let got = rig.exchange(get("/accounts/1").replace("connection: close\r\n", "").as_bytes()).await;
    assert_eq!(got.iter().map(|answer| answer.status).collect::<Vec<_>>(), [200]);
    assert_eq!(rig.events("request").len(), 1);
}

#[tokio::test]
async fn answer_under_way_is_not_idle() {
    let play = |_: &crate::rig::Arrival| {
        let late = async {
            tokio::time::sleep(Duration::from_millis(400)).await;
            Ok::<_, std::convert::Infallible>(bytes::Bytes::from_static(b"{}"))
        };
        http::Response::new(axum::body::Body::from_stream(futures_util::stream::once(late)))
    };
    let rig = Rig::playing(play, |settings| settings.limits.idle_ms = 50).await;
    assert_eq!(rig.call(&get("/accounts/1").replace("connection: close\r\n", "")).await.status, 200);
}
