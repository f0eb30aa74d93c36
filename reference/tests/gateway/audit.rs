//! The audit log: complete, safe to read, free of secrets, with alerts, and required.

use std::path::PathBuf;

use axum::body::Body;
use http::Response;
use pincer_reference::Threshold;
use tokio::io::AsyncWriteExt as _;

use crate::rig::{Arrival, Rig, get, key, post, request};

#[tokio::test]
async fn record_says_who_what_when_and_how_it_ended() {
    let rig = Rig::start().await;
    let answer = rig.call(&get("/accounts/1001")).await;
    let record = rig.record(&answer);
    for (name, value) in [
        ("event", "request"),
        ("subject", "alice"),
        ("tenant", "a"),
        ("operation", "read"),
        ("upstream", "ledger"),
        ("method", "GET"),
        ("path", "/accounts/1001"),
        ("outcome", "allowed"),
        ("reason", "-"),
        ("peer", "127.0.0.1"),
    ] {
        assert_eq!(record[name], value, "{name}");
    }
    assert_eq!(record["status"], 200);
    assert!(record["ts"].as_str().unwrap().ends_with('Z') && record["duration_us"].is_u64());
    let refused = rig.call(&get("/accounts/x")).await;
    assert_eq!(rig.record(&refused)["upstream"], "-");
}

#[tokio::test]
async fn secrets_never_appear_in_the_log() {
    let rig = Rig::start().await;
    let alice = key("alice");
    let secrets = [
        alice.as_str(),
        "4111111111111111",
        "someone@example.com",
        "0123456789abcdef0123456789abcdef01234567",
        "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln",
    ];
    for secret in secrets {
        rig.call(&get(&format!("/accounts/{secret}"))).await;
        rig.call(&get(&format!("/accounts/{}", secret.replace('@', "%40")))).await;
        rig.call(&get(&format!("/search?q={secret}"))).await;
        let headers = format!("x-api-key: {alice}\r\nx-request-id: {secret}\r\nuser-agent: {secret}\r\n");
        rig.call(&request("GET", "/accounts/1", &headers, "")).await;
        rig.call(&request("GET", "/accounts/1", &format!("authorization: Bearer {secret}\r\n"), "")).await;
        rig.call(&request(&alice.replace('-', "_"), "/", &format!("x-api-key: {}\r\n", alice.replace('-', "_")), ""))
            .await;
    }
    assert_eq!(rig.events("request").len(), 30);
    let log = std::fs::read_to_string(rig.folder.path().join("audit.jsonl")).unwrap();
    for secret in secrets.iter().filter(|secret| secret.len() != 40) {
        assert!(!log.contains(secret), "{secret}");
    }
    // In the id of a request, hexadecimal is not a secret.
    assert!(rig.events("request").iter().all(|record| !record["path"].as_str().unwrap().contains(secrets[3])));
    assert!(log.contains("[masked]"));
}

#[tokio::test]
async fn text_of_the_caller_cannot_end_a_line() {
    let rig = Rig::start().await;
    for target in [
        "/accounts/1%0d%0a{%22event%22:%22request%22}",
        "/accounts/%1b%5b31m",
        "/accounts/%e2%80%a8x",
        "/accounts/%22,%22outcome%22:%22allowed",
        "/accounts/%00",
    ] {
        assert!(matches!(rig.call(&get(target)).await.status, 400 | 404 | 422), "{target}");
    }
    let log = std::fs::read_to_string(rig.folder.path().join("audit.jsonl")).unwrap();
    assert_eq!(log.lines().count(), 5);
    assert!(!log.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{2028}'));
    assert!(rig.log().iter().all(|record| record["outcome"] == "refused"));
}

#[tokio::test]
async fn caller_that_leaves_is_recorded() {
    let never = |_: &Arrival| {
        let body = futures_util::stream::pending::<Result<bytes::Bytes, std::convert::Infallible>>();
        Response::new(Body::from_stream(body))
    };
    let rig = Rig::playing(never, |settings| settings.limits.upstream_total_ms = 60_000).await;
    let mut stream = rig.connect().await;
    stream.write_all(get("/accounts/1").as_bytes()).await.unwrap();
    crate::rig::within(async {
        while rig.upstream.arrivals().is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    drop(stream);
    let record = rig.await_record(|record| record["reason"] == "caller-left").await;
    assert_eq!((&record["status"], &record["upstream"]), (&499.into(), &"ledger".into()));
}

#[tokio::test]
async fn call_of_an_upstream_is_recorded_before_it_is_made() {
    let rig = Rig::start().await;
    let answer = rig.call(&get("/accounts/1001")).await;
    rig.call(&get("/accounts/x")).await;
    let log = rig.log();
    assert_eq!(
        log.iter().map(|line| line["event"].as_str().unwrap()).collect::<Vec<_>>(),
        ["attempt", "request", "request"]
    );
    assert_eq!(
        (log[0]["of"].as_str().unwrap(), &log[0]["operation"]),
        (answer.header("x-tracking-id"), &"read".into())
    );
}

#[tokio::test]
async fn no_call_is_made_without_a_log() {
    // A device that accepts no bytes.
    let rig = Rig::with(|settings| settings.audit = Some(PathBuf::from("/dev/full"))).await;
    for _ in 0..3 {
        let answer = rig.call(&post("/notes", r#"{"text":"a"}"#)).await;
        assert_eq!(answer.status, 503);
        assert!(!answer.body.contains("fine"));
    }
    assert!(rig.upstream.arrivals().is_empty(), "not even the call that shows that the log is gone");
}

#[tokio::test]
async fn pattern_of_refused_calls_raises_one_alert() {
    let missing = |_: &Arrival| Response::builder().status(404).body(Body::empty()).unwrap();
    let rig = Rig::playing(missing, |settings| {
        let threshold = Threshold { count: 5, window_ms: 600_000 };
        settings.alerts.unauthenticated = threshold;
        settings.alerts.forbidden = threshold;
        settings.alerts.enumeration = threshold;
    })
    .await;
    let transfer = post("/transfers", r#"{"to":"a","amount":1}"#);
    for n in 0..4 {
        rig.call(&request("GET", "/accounts/1", "", "")).await;
        rig.call(&transfer).await;
        rig.call(&get(&format!("/accounts/{n}"))).await;
        rig.call(&get("/accounts/0")).await;
    }
    assert!(rig.events("alert").is_empty(), "below the threshold there is none");
    for n in 4..12 {
        rig.call(&request("GET", "/accounts/1", "", "")).await;
        rig.call(&transfer).await;
        rig.call(&get(&format!("/accounts/{n}"))).await;
    }
    let mut alerts: Vec<_> = rig
        .events("alert")
        .iter()
        .map(|alert| {
            assert_eq!((&alert["count"], &alert["window_ms"]), (&5.into(), &600_000.into()));
            format!("{} {}", alert["kind"].as_str().unwrap(), alert["subject"].as_str().unwrap())
        })
        .collect();
    alerts.sort();
    assert_eq!(alerts, ["enumeration alice", "forbidden alice", "unauthenticated 127.0.0.1"]);
}
