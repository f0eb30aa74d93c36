//! Each weakness removes its protection and no other.

use std::sync::Arc;

use axum::body::Body;
use http::Response;
use pincer_reference::weakness::Weakness;
use pincer_reference::{RateSettings, Settings};
use serde_json::{Value, json};

use crate::issuer::{Issuer, claims, encode, now};
use crate::rig::{Answer, Arrival, Rig, Upstream, fine, get, key, post, request};
use crate::tokens;

pub(crate) async fn weak(name: &str, change: impl FnOnce(&mut Settings)) -> Rig {
    let weakness: Weakness = name.parse().unwrap();
    Rig::playing(fine, |settings| {
        settings.weaken = vec![weakness];
        change(settings);
    })
    .await
}

#[tokio::test]
async fn each_token_weakness_accepts_only_what_it_names() {
    let issuer = Issuer::new();
    let header = json!({"alg": "ES256", "kid": "ES256", "typ": "at+jwt"});
    let claim = |name: &str, to: Value| {
        let mut claims = claims();
        claims[name] = to;
        issuer.sign(&header, &claims)
    };
    let unsigned =
        |claims: &Value| format!("{}.{}.", encode(br#"{"alg":"nOne"}"#), encode(claims.to_string().as_bytes()));
    let bad = |token: &str| format!("{}.AAAA", token.rsplit_once('.').unwrap().0);
    let mut late = claims();
    late["exp"] = json!(now() - 100);
    let faults = [
        ("jwt-no-signature", bad(&issuer.token("ES256"))),
        ("jwt-alg-none", unsigned(&claims())),
        ("jwt-no-expiry", claim("exp", json!(now() - 100))),
        ("jwt-no-audience", claim("aud", json!("other"))),
        ("jwt-no-issuer", claim("iss", json!("https://other.test"))),
        ("", unsigned(&late)),
        ("", bad(&issuer.sign(&header, &late))),
    ];
    for (name, _) in &faults[..5] {
        let weakness: Weakness = name.parse().unwrap();
        let rig = tokens::rig(&issuer, |settings| settings.weaken = vec![weakness]).await;
        for (fault, token) in &faults {
            let status = tokens::show(&rig, token, "/accounts/1").await.status;
            assert_eq!(status, if fault == name { 200 } else { 401 }, "{fault} under {name}");
        }
        assert_eq!(tokens::show(&rig, &issuer.token("EdDSA"), "/accounts/1").await.status, 200);
    }
    let rig = tokens::rig(&issuer, |settings| settings.weaken = vec![Weakness::NoScopeCheck]).await;
    let headers = format!("authorization: Bearer {}\r\ncontent-type: application/json\r\n", issuer.token("ES256"));
    assert_eq!(rig.call(&request("POST", "/notes", &headers, r#"{"text":"a"}"#)).await.status, 200);
}

#[tokio::test]
async fn requests_that_should_be_refused_pass() {
    let alice = key("alice");
    let smuggled = format!(
        "POST /batches HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx-api-key: {alice}\r\ncontent-type: application/json\r\n\
         transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n2\r\n[]\r\n0\r\n\r\n"
    );
    for (name, bytes) in [
        ("key-in-url", request("GET", &format!("/accounts/1?api_key={alice}"), "", "")),
        ("no-framing-guard", smuggled),
        ("duplicate-members", post("/notes", r#"{"text":"a","text":"b"}"#)),
        ("undeclared-route", request("GET", "/debug", "", "")),
        ("old-version", get("/v0/accounts/1")),
        ("trace-method", request("TRACE", "/accounts/1", "", "")),
        ("no-object-check", get("/profiles/3002")),
        ("no-property-check", post("/notes", r#"{"text":"a","role":"admin"}"#)),
        ("default-key", request("GET", "/accounts/1", "x-api-key: changeme\r\n", "")),
        ("default-password", request("GET", "/accounts/1", "authorization: Basic YWRtaW46YWRtaW4=\r\n", "")),
        ("key-beginning", request("GET", "/accounts/1", &format!("x-api-key: {alice}x\r\n"), "")),
        ("loose-key-spelling", request("GET", "/accounts/1", &format!("x-api-key: {}\r\n", alice.to_uppercase()), "")),
        ("any-scheme", request("GET", "/accounts/1", &format!("authorization: Basic {alice}\r\n"), "")),
        ("key-in-cookie", request("GET", "/accounts/1", &format!("cookie: a=b; api_key={alice}\r\n"), "")),
        ("role-by-sent-path", request("DELETE", "//Accounts/./%31", &format!("x-api-key: {alice}\r\n"), "")),
        ("any-method", request("PUT", "/accounts/1", &format!("x-api-key: {alice}\r\n"), "")),
        ("key-in-upstream-url", get(&format!("/accounts/1?access_token={alice}"))),
    ] {
        assert_eq!(weak(name, |_| {}).await.call(&bytes).await.status, 200, "{name}");
        assert!(Rig::start().await.call(&bytes).await.status >= 400, "{name}");
    }
}

#[tokio::test]
async fn upstream_sees_what_the_caller_chose() {
    let headers = format!(
        "x-api-key: {}\r\nx-subject: root\r\nx-http-method-override: DELETE\r\nx-request-id: order-7\r\n",
        key("alice")
    );
    for (name, subject, method) in [("spoofed-identity", "root", "GET"), ("method-override", "alice", "DELETE")] {
        let rig = weak(name, |_| {}).await;
        assert_eq!(rig.call(&request("GET", "/accounts/1", &headers, "")).await.status, 200);
        let arrival = rig.upstream.arrivals().remove(0);
        assert_eq!(
            (arrival.headers["x-subject"].to_str().unwrap(), arrival.method.as_str()),
            (subject, method),
            "{name}"
        );
    }
}

#[tokio::test]
async fn failed_write_is_repeated_and_failed_read_is_not() {
    let busy = |_: &Arrival| Response::builder().status(503).body(Body::empty()).unwrap();
    for (name, writes) in [("retries-writes", 2), ("no-rate-limit", 1)] {
        let weakness: Weakness = name.parse().unwrap();
        let rig = Rig::playing(busy, |settings| settings.weaken = vec![weakness]).await;
        assert_eq!(rig.call(&post("/notes", r#"{"text":"a"}"#)).await.status, 502);
        assert_eq!(rig.upstream.take().len(), writes, "{name}");
        assert_eq!(rig.call(&get("/accounts/1")).await.status, 502);
        assert_eq!(rig.upstream.take().len(), 1, "{name}");
    }
}

#[tokio::test]
async fn another_host_is_called_if_upstream_or_caller_names_it() {
    let stranger = Upstream::start(Arc::new(fine)).await;
    let address = format!("http://localhost:{}", stranger.address.port());
    let location = format!("{address}/moved");
    let moved =
        move |_: &Arrival| Response::builder().status(307).header("location", &location).body(Body::empty()).unwrap();
    let named = request("GET", "/accounts/1", &format!("x-api-key: {}\r\nx-upstream: {address}\r\n", key("alice")), "");
    for (name, target, shows) in [
        ("follows-redirects", Some("/moved"), true),
        ("upstream-from-header", Some("/accounts/1"), false),
        ("relay-redirects", None, false),
    ] {
        let weakness: Weakness = name.parse().unwrap();
        let rig = Rig::playing(moved.clone(), |settings| settings.weaken = vec![weakness]).await;
        rig.call(&named).await;
        let arrived = stranger.take();
        assert_eq!(arrived.first().map(|arrival| arrival.target.as_str()), target, "{name}");
        let shown =
            arrived.iter().any(|arrival| arrival.headers.get("x-api-key").is_some_and(|shown| *shown == key("alice")));
        assert_eq!(shown, shows, "{name}");
    }
}

#[tokio::test]
async fn digest_of_a_refused_key_is_revealed() {
    let digest = |answer: &Answer| answer.json()["detail"].as_str().map(str::to_owned);
    let wrong = request("GET", "/accounts/1", "x-api-key: guess\r\n", "");
    // printf guess | sha256sum
    let expected = "f1abe1b083d12d181ae136cfc75b8d18a8ecb43ac4e9d1a36d6a9c75b6016b61";
    let told = digest(&weak("key-digest-in-errors", |_| {}).await.call(&wrong).await).unwrap();
    assert_eq!(told, expected);
    assert_eq!(digest(&Rig::start().await.call(&wrong).await), None);
}

#[tokio::test]
async fn limits_and_logs_are_false() {
    let rig = weak("wrong-rate-fields", |_| {}).await;
    assert!(rig.call(&get("/quotes/A")).await.header("ratelimit").contains("r=-"));
    let rig = weak("no-guess-limit", |settings| {
        settings.limits.wrong_credentials = RateSettings { quota: 1, window_ms: 60_000, burst: 1 };
    })
    .await;
    for _ in 0..3 {
        assert_eq!(rig.call(&request("GET", "/accounts/1", "x-api-key: guess\r\n", "")).await.status, 401);
    }
    let text = |rig: &Rig| std::fs::read_to_string(rig.folder.path().join("audit.jsonl")).unwrap();
    let rig = weak("log-injection", |_| {}).await;
    rig.call(&get("/accounts/1%0a%7b%22forged%22:1%7d")).await;
    assert_eq!(text(&rig).lines().count(), 2);
    let rig = weak("unmasked-audit", |_| {}).await;
    rig.call(&get(&format!("/accounts/{}", key("alice")))).await;
    assert!(text(&rig).contains(&key("alice")));
}
