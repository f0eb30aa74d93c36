//! Weaknesses of errors and of the audit log: each removes its protection.

use std::path::PathBuf;

use axum::body::Body;
use http::Response;
use serde_json::json;

use crate::issuer::{Issuer, claims};
use crate::rig::{Arrival, Rig, get, key, post, request};
use crate::tokens;
use crate::weaknesses::weak;

/// A gateway with a weakness. Its upstream answers with the account's number as the status, and closes the connection
/// on 0.
async fn playing(name: &str) -> Rig {
    let play = |arrival: &Arrival| {
        let status = arrival.target.rsplit('/').next().and_then(|id| id.parse().ok()).filter(|status| *status >= 200);
        let body = match status {
            Some(_) => Body::from("{}"),
            None => {
                Body::from_stream(futures_util::stream::iter([Err::<bytes::Bytes, _>(std::io::Error::other("cut"))]))
            }
        };
        Response::builder().status(status.unwrap_or(200)).body(body).unwrap()
    };
    let weakness = name.parse().unwrap();
    Rig::playing(play, |settings| settings.weaken = vec![weakness]).await
}

#[tokio::test]
async fn errors_say_where_they_arose() {
    let big = post("/batches", &format!("\"{}\"", "a".repeat(70_000)));
    let odd = request("GET", "/accounts/1", "host: second\r\n", "");
    for (name, call) in
        [("verbose-bounds", &big), ("verbose-guard", &odd), ("verbose-upstream-faults", &get("/accounts/0"))]
    {
        for (weakness, told) in [(name, true), ("no-alerts", false)] {
            let answer = playing(weakness).await.exchange(call.as_bytes()).await.remove(0);
            assert_eq!(answer.body.contains("/srv/"), told, "{name} under {weakness}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn tracking_ids_are_useless() {
    let missing = request("GET", "/nothing", &format!("x-api-key: {}\r\nx-request-id: order-77\r\n", key("alice")), "");
    let ids = async |name: &str| {
        let rig = weak(name, |_| {}).await;
        let answers = [rig.call(&missing).await, rig.call(&missing).await];
        let known =
            rig.events("request").iter().filter(|line| line["tracking_id"] == answers[0].json()["tracking_id"]).count();
        let shown = answers.map(|answer| {
            (answer.header("x-tracking-id").to_owned(), answer.json()["tracking_id"].as_str().unwrap().to_owned())
        });
        (shown, known)
    };
    let ([(first, body), (second, _)], known) = ids("sequential-tracking-id").await;
    let number = |id: &str| u64::from_str_radix(id.rsplit('-').next().unwrap(), 16).unwrap();
    assert_eq!((body, known), (first.clone(), 1));
    assert!(number(&second) > number(&first) && number(&second) - number(&first) < 100);
    let ([(first, _), _], _) = ids("echoed-tracking-id").await;
    assert_eq!(first, "order-77");
    assert_eq!(ids("unrecorded-error-id").await.1, 0);
    let ([(first, body), _], known) = ids("torn-tracking-id").await;
    assert!(first != body && known == 1);
}

#[tokio::test]
async fn upstream_details_are_passed_on() {
    let rig = playing("tells-missing-from-forbidden").await;
    assert_eq!(rig.call(&get("/accounts/403")).await.status, 403);
    let rig = playing("gives-up-on-upstream").await;
    assert_eq!(rig.call(&get("/accounts/200")).await.status, 200);
    let rig = playing("slow-forbidden").await;
    let begun = std::time::Instant::now();
    assert_eq!(rig.call(&get("/accounts/403")).await.status, 404);
    assert!(begun.elapsed().as_millis() >= 10);
}

#[tokio::test]
async fn accounts_and_keys_can_be_told_apart() {
    let issuer = Issuer::new();
    let header = json!({"alg": "ES256", "kid": "ES256", "typ": "at+jwt"});
    let bad = |token: String| format!("{}.AAAA", token.rsplit_once('.').unwrap().0);
    let mut stranger = claims();
    stranger["sub"] = json!("stranger");
    for (name, told) in [("tells-known-account", true), ("no-alerts", false)] {
        let weakness = name.parse().unwrap();
        let rig = tokens::rig(&issuer, |settings| settings.weaken = vec![weakness]).await;
        assert_eq!(tokens::show(&rig, &issuer.token("ES256"), "/accounts/1").await.status, 200);
        let known = tokens::show(&rig, &bad(issuer.token("ES256")), "/accounts/1").await;
        let unknown = tokens::show(&rig, &bad(issuer.sign(&header, &stranger)), "/accounts/1").await;
        assert_eq!((known.status, unknown.status), (401, 401));
        assert_eq!(known.header("www-authenticate") != unknown.header("www-authenticate"), told, "{name}");
    }
}

#[tokio::test]
async fn audit_log_is_unreliable() {
    let rig = weak("no-guard-audit", |_| {}).await;
    rig.exchange(request("GET", "/accounts/1", "host: second\r\n", "").as_bytes()).await;
    assert!(rig.log().is_empty());
    let rig = weak("local-audit-time", |_| {}).await;
    rig.call(&get("/accounts/1")).await;
    assert!(!rig.events("request")[0]["ts"].as_str().unwrap().ends_with('Z'));
    let rig = weak("unescaped-log", |_| {}).await;
    let headers = format!("x-api-key: {}\r\nx-request-id: a\",\"forged\":\"b\r\n", key("alice"));
    rig.call(&request("GET", "/nothing", &headers, "")).await;
    assert_eq!(rig.events("request")[0]["forged"], "b");
    let rig = weak("audit-failure-ignored", |settings| settings.audit = Some(PathBuf::from("/dev/full"))).await;
    assert_eq!(rig.call(&get("/accounts/1")).await.status, 200);
    let rig = weak("false-alarms", |_| {}).await;
    rig.call(&get("/accounts/1")).await;
    assert_eq!(rig.events("alert").len(), 1);
    let rig = weak("no-alerts", |_| {}).await;
    for _ in 0..30 {
        rig.call(&request("GET", "/accounts/1", "", "")).await;
    }
    assert!(rig.events("alert").is_empty());
}
