//! Limits on size, number, time and rate.

use axum::body::Body;
use http::Response;
use tokio::io::AsyncWriteExt as _;

use crate::rig::{Arrival, Rig, answers, get, key, post, request, to_end, within};

/// An answer with a head and no body.
fn half(_: &Arrival) -> Response<Body> {
    let never = futures_util::stream::pending::<Result<bytes::Bytes, std::convert::Infallible>>();
    Response::builder().header("content-type", "text/event-stream").body(Body::from_stream(never)).unwrap()
}

#[tokio::test]
async fn requests_over_a_limit_are_refused() {
    let rig = Rig::start().await;
    let long = "a".repeat(5000);
    let many = "a: b\r\n".repeat(80);
    let alice = format!("x-api-key: {}\r\n", key("alice"));
    for (bytes, status) in [
        (get(&format!("/search?q={long}")), 414),
        (request("GET", "/accounts/1", &format!("{alice}a: {}\r\n", "a".repeat(20_000)), ""), 431),
        (request("GET", "/accounts/1", &format!("{alice}{many}"), ""), 431),
        (request("GET", "/accounts/1", &format!("{alice}{}", "a: b\r\n".repeat(300)), ""), 431),
        (post("/batches", &format!("\"{}\"", "a".repeat(70_000))), 413),
        (post("/batches", &format!("{}{}", "[".repeat(40), "]".repeat(40))), 400),
        (post("/search", "{}"), 405),
    ] {
        let answer = rig.call(&bytes).await;
        assert_eq!(answer.status, status, "{}", &bytes[..40]);
        assert_eq!(rig.record(&answer)["status"], status);
    }
    assert!(rig.upstream.arrivals().is_empty());
    assert_eq!(rig.call(&post("/batches", &format!("\"{}\"", "a".repeat(65_000)))).await.status, 200);
}

#[tokio::test]
async fn body_that_does_not_come_is_answered_408() {
    let rig = Rig::with(|settings| settings.limits.body_ms = 50).await;
    let answer = rig.call(&post("/batches", "[1]").replace("[1]", "[")).await;
    assert_eq!(answer.status, 408);
    assert!(rig.upstream.arrivals().is_empty());
}

#[tokio::test]
async fn connections_and_requests_are_limited() {
    let rig = Rig::playing(half, |settings| {
        settings.limits.connections = 2;
        settings.limits.in_flight = 1;
    })
    .await;
    let mut first = rig.connect().await;
    first.write_all(get("/events").as_bytes()).await.unwrap();
    rig.await_record(|record| record["status"] == 200).await;
    let answer = rig.call(&get("/accounts/1")).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, "1"));
    assert_eq!(rig.record(&answer)["reason"], "in-flight");
    // Until the connection of the stream ends, there is room for one more.
    let mut second = rig.connect().await;
    second.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    let answer = within(async {
        loop {
            let answer = rig.call(&get("/accounts/1")).await;
            // The second connection may be accepted but not counted yet.
            if rig.record(&answer)["reason"] == "connections" {
                return answer;
            }
        }
    })
    .await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, "1"));
    drop((first, second));
    within(async { while rig.call(&get("/nothing")).await.status != 404 {} }).await;
}

#[tokio::test]
async fn slow_upstream_is_cut_off_in_time() {
    let rig = Rig::playing(half, |settings| settings.limits.upstream_total_ms = 100).await;
    let answer = rig.call(&get("/accounts/1")).await;
    assert_eq!(answer.status, 504);
    assert_eq!(rig.record(&answer)["reason"], "upstream-late");
}

#[tokio::test]
async fn rate_is_kept_and_reported() {
    let rig = Rig::start().await;
    let mut left = Vec::new();
    let refused = loop {
        let answer = rig.call(&get("/quotes/A")).await;
        assert_eq!(answer.header("ratelimit-policy"), r#""quote";q=20;w=1"#);
        let state = answer.header("ratelimit").strip_prefix(r#""quote";r="#).unwrap().to_owned();
        let (r, t) = state.split_once(";t=").unwrap();
        let (r, t): (u32, u64) = (r.parse().unwrap(), t.parse().unwrap());
        assert!(t >= 1);
        left.push(r);
        if answer.status == 429 {
            let wait: u64 = answer.header("retry-after").parse().unwrap();
            assert!(r == 0 && wait >= t, "{answer:?}");
            break answer;
        }
        assert_eq!(answer.status, 200);
        assert!(left.len() < 1000, "never refused");
    };
    assert!(left[0] == 4 && left.iter().all(|r| *r < 5), "{left:?}");
    assert_eq!(rig.record(&refused)["reason"], "quota");
    assert_eq!(rig.upstream.arrivals().len(), left.len() - 1);
    // Another caller has its own quota; another operation has none.
    let bob = request("GET", "/quotes/A", &format!("x-api-key: {}\r\n", key("bob")), "");
    assert_eq!(rig.call(&bob).await.status, 200);
    let other = rig.call(&get("/accounts/1")).await;
    assert_eq!((other.status, other.header("ratelimit")), (200, ""));
}

#[tokio::test]
async fn answer_to_a_large_body_is_not_lost() {
    let rig = Rig::start().await;
    let mut stream = rig.connect().await;
    let bytes = post("/batches", &"a".repeat(500_000));
    // The gateway may stop reading in the middle of it.
    let _ = stream.write_all(bytes.as_bytes()).await;
    let got = answers(&to_end(&mut stream).await);
    assert_eq!(got[0].status, 413);
}
