//! The API document and the policy: what they name passes, and nothing else.

use pincer_reference::{Config, Gateway, StartError};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;

use crate::rig::{API, POLICY, Rig, fine, get, key, post, request, settings, to_end};

#[tokio::test]
async fn each_declared_operation_passes() {
    let rig = Rig::start().await;
    for bytes in [
        get("/accounts/1001"),
        get("/search?q=rent%20%26%20sons"),
        post("/notes", r#"{"title":"June","text":"paid"}"#),
        get("/documents/report-2026.pdf"),
        get("/quotes/EURUSD"),
        post("/batches?pad=aaa", "[1]"),
    ] {
        let answer = rig.call(&bytes).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "{\"fine\":true}"), "{bytes}");
        assert_eq!(rig.record(&answer)["outcome"], "allowed");
    }
    assert_eq!(rig.upstream.arrivals().len(), 6);
    let arrival = &rig.upstream.arrivals()[2];
    assert_eq!((arrival.method.as_str(), &arrival.body[..]), ("POST", &br#"{"title":"June","text":"paid"}"#[..]));
    assert_eq!(rig.upstream.arrivals()[1].target, "/search?q=rent%20%26%20sons");
}

#[tokio::test]
async fn undeclared_requests_are_refused() {
    let rig = Rig::start().await;
    let by = format!("x-api-key: {}\r\n", key("alice"));
    for (bytes, status) in [
        (get("/nothing"), 404),
        (get("/accounts"), 404),
        (get("/accounts/"), 404),
        (get("/accounts/1/2"), 404),
        (get("/Accounts/1"), 404),
        (get("/accounts/1/"), 404),
        (get("/accounts/x"), 422),
        (get("/accounts/1?debug=1"), 422),
        (get("/search?q=a&q=b"), 422),
        (get("/search"), 422),
        (get("/search?q=a&admin=1"), 422),
        (get("/quotes/EUR%20USD"), 422),
        (get("/accounts//1"), 400),
        (get("/accounts/..%2f1"), 400),
        (post("/notes", r#"{"text":"a","role":"admin"}"#), 422),
        (post("/notes", r#"{"title":"a"}"#), 422),
        (post("/notes", r#"{"text":7}"#), 422),
        (post("/notes", r#"{"text":"a","text":"b"}"#), 400),
        (post("/notes", r#"{"text":"a","te\u0078t":"b"}"#), 400),
        (post("/notes", "{"), 400),
        (request("GET", "/accounts/1", &by, "{}"), 400),
        (request("POST", "/notes", &by, "{}"), 415),
        (request("PUT", "/accounts/1", &by, ""), 405),
        (request("OPTIONS", "/accounts/1", &by, ""), 405),
        (request("TRACE", "/accounts/1", &by, ""), 405),
        (request("PURGE", "/accounts/1", &by, ""), 405),
    ] {
        let answer = rig.call(&bytes).await;
        assert_eq!(answer.status, status, "{bytes}");
        assert_eq!(rig.record(&answer)["status"], status, "{bytes}");
        assert_eq!(status == 405, !answer.header("allow").is_empty(), "{bytes}");
    }
    assert!(rig.upstream.arrivals().is_empty());
}

#[tokio::test]
async fn head_request_is_not_a_get() {
    let rig = Rig::start().await;
    let mut stream = rig.connect().await;
    stream.write_all(get("/accounts/1").replace("GET", "HEAD").as_bytes()).await.unwrap();
    let got = String::from_utf8(to_end(&mut stream).await).unwrap();
    assert!(got.starts_with("HTTP/1.1 405") && got.contains("allow: GET\r\n") && got.ends_with("\r\n\r\n"), "{got}");
    assert_eq!((rig.events("request").len(), rig.upstream.arrivals().len()), (1, 0));
}

#[tokio::test]
async fn free_text_is_filtered() {
    let rig = Rig::start().await;
    for bytes in [
        get("/search?q=%27%20OR%201%3D1--"),
        post("/notes", r#"{"text":"<script>alert(1)</script>"}"#),
        post("/notes", r#"{"title":"; cat /etc/passwd","text":"a"}"#),
    ] {
        let answer = rig.call(&bytes).await;
        assert_eq!((answer.status, rig.record(&answer)["reason"].as_str()), (422, Some("filter")), "{bytes}");
    }
    assert!(rig.upstream.arrivals().is_empty());
}

#[tokio::test]
async fn policy_denies_what_it_does_not_grant() {
    let policy = "operations: { read: { roles: [reader], scopes: [\"ledger:read\"] }, create: { roles: [admin] } }";
    let rig = Rig::from_texts(fine, API, policy, |_| {}).await;
    assert_eq!(rig.call(&get("/accounts/1")).await.status, 200);
    let transfer = post("/transfers", r#"{"to":"a","amount":1}"#);
    for (bytes, reason) in [(transfer, "role"), (get("/quotes/A"), "policy")] {
        let answer = rig.call(&bytes).await;
        assert_eq!((answer.status, rig.record(&answer)["reason"].as_str()), (403, Some(reason)), "{bytes}");
    }
    assert_eq!(rig.upstream.arrivals().len(), 1);
}

#[tokio::test]
async fn contradictory_documents_do_not_start() {
    let folder = TempDir::new().unwrap();
    let start = async |api: &str, policy: &str| {
        let settings = settings(([127, 0, 0, 1], 9).into(), folder.path().join("audit.jsonl"));
        let config = Config { settings, api: api.to_owned(), policy: policy.to_owned() };
        Gateway::start(config).await.map(drop).map_err(|error| error.to_string())
    };
    assert_eq!(start(API, POLICY).await, Ok(()));
    let error = start(API, "operations: { fly: { roles: [pilot] } }").await.unwrap_err();
    assert!(error.contains("`fly` is no operation"), "{error}");
    let error = start("openapi: 3.1.0\npaths: { /a: { get: {} } }", POLICY).await.unwrap_err();
    assert!(error.contains("operationId"), "{error}");
}

#[tokio::test]
async fn invalid_hash_does_not_start() {
    let folder = TempDir::new().unwrap();
    let mut settings = settings(([127, 0, 0, 1], 9).into(), folder.path().join("audit.jsonl"));
    settings.identities[0].api_key = "alice".to_owned();
    let config = Config { settings, api: API.to_owned(), policy: POLICY.to_owned() };
    assert!(matches!(Gateway::start(config).await, Err(StartError::Settings(_))));
}
