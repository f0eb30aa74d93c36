//! Ownership of objects, and which members a caller may set and see.

use axum::body::Body;
use http::Response;

use crate::rig::{Arrival, Rig, get, key, request};

fn put(path: &str, profile: &str) -> String {
    let body = format!(r#"{{"profile":"{profile}","name":"Main"}}"#);
    let headers = format!("x-api-key: {}\r\ncontent-type: application/json\r\n", key("alice"));
    request("PUT", path, &headers, &body)
}

#[tokio::test]
async fn only_the_owner_reads_and_changes_an_object() {
    let rig = Rig::start().await;
    assert_eq!(rig.call(&get("/profiles/3001")).await.status, 200);
    assert_eq!(rig.call(&get("/profiles/300%31")).await.status, 200, "another spelling of the caller's own");
    assert_eq!(rig.call(&put("/profiles/3001", "3001")).await.status, 200);
    let served = rig.upstream.arrivals().len();
    for bytes in [
        get("/profiles/3002"),
        get("/profiles/300%32"),
        get("/profiles/03001"),
        put("/profiles/3002", "3002"),
        put("/profiles/3001", "3002"),
        put("/profiles/3002", "3001"),
    ] {
        let answer = rig.call(&bytes).await;
        assert_eq!(answer.status, 403, "{bytes}");
        assert_eq!(rig.record(&answer)["reason"], "object", "{bytes}");
    }
    assert_eq!(rig.upstream.arrivals().len(), served);
}

#[tokio::test]
async fn answer_contains_only_declared_members() {
    let play = |_: &Arrival| {
        let body = r#"{"id":"3001","hash":"h","contact":{"city":"Graz","phone":"1"},"role":{"id":1}}"#;
        Response::builder().header("content-type", "application/json").body(Body::from(body)).unwrap()
    };
    let rig = Rig::playing(play, |_| {}).await;
    let answer = rig.call(&get("/profiles/3001")).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"id":"3001","contact":{"city":"Graz"}}"#));
    let rig = Rig::playing(|_| Response::new(Body::from("no JSON")), |_| {}).await;
    assert_eq!(rig.call(&get("/profiles/3001")).await.status, 502);
}

#[tokio::test]
async fn duplicate_traceparent_is_ignored() {
    let rig = Rig::start().await;
    let own = "0af7651916cd43dd8448eb211c80319c";
    let line = format!("traceparent: 00-{own}-b7ad6b7169203331-01\r\n");
    for (lines, kept) in [(line.clone(), true), (line.repeat(2), false)] {
        let headers = format!("x-api-key: {}\r\n{lines}", key("alice"));
        assert_eq!(rig.call(&request("GET", "/accounts/1", &headers, "")).await.status, 200);
        let arrival = rig.upstream.arrivals().pop().unwrap();
        assert_eq!(arrival.headers["traceparent"].to_str().unwrap().contains(own), kept, "{lines}");
    }
}
