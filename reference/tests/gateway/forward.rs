//! What goes to the upstream, and what comes back.

use axum::body::Body;
use http::Response;

use crate::rig::{Arrival, Rig, key, request};

fn caller(headers: &str) -> String {
    request("GET", "/accounts/1", &format!("x-api-key: {}\r\n{headers}", key("alice")), "")
}

#[tokio::test]
async fn upstream_gets_the_gateways_credential_and_not_the_callers() {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "the-gateways-own-token\n").unwrap();
    let rig = Rig::with(|settings| {
        for upstream in settings.upstreams.values_mut() {
            upstream.token_file = Some(file.clone());
        }
    })
    .await;
    let spoofed = "x-subject: root\r\nX-Tenant: z\r\nx-user-id: root\r\nx-forwarded-for: 203.0.113.1\r\nforwarded: for=x\r\n\
                   cookie: a=b\r\nproxy-authorization: Basic eA==\r\nte: trailers\r\nkeep-alive: timeout=5\r\nupgrade: h2c\r\n\
                   accept-language: de\r\nx-http-method-override: DELETE\r\n";
    assert_eq!(rig.call(&caller(spoofed)).await.status, 200);
    let arrival = &rig.upstream.arrivals()[0];
    let all =
        |name: &str| arrival.headers.get_all(name).iter().map(|v| v.to_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(all("authorization"), ["Bearer the-gateways-own-token"]);
    assert_eq!((all("x-subject"), all("x-tenant")), (vec!["alice".to_owned()], vec!["a".to_owned()]));
    assert_eq!(all("accept-language"), ["de"]);
    for name in [
        "x-api-key",
        "cookie",
        "proxy-authorization",
        "te",
        "keep-alive",
        "upgrade",
        "x-user-id",
        "x-forwarded-for",
        "forwarded",
        "x-http-method-override",
    ] {
        assert!(all(name).is_empty(), "{name}");
    }
    assert!(!format!("{arrival:?}").contains(&key("alice")));
    assert_eq!(arrival.method, "GET");
}

#[tokio::test]
async fn missing_credential_does_not_start() {
    let folder = tempfile::TempDir::new().unwrap();
    let mut settings = crate::rig::settings(([127, 0, 0, 1], 9).into(), folder.path().join("audit.jsonl"));
    for upstream in settings.upstreams.values_mut() {
        upstream.token_env = Some("PINCER_REFERENCE_TEST_NO_SUCH_VARIABLE".to_owned());
    }
    let (api, policy) = (crate::rig::API.to_owned(), crate::rig::POLICY.to_owned());
    let error = pincer_reference::Gateway::start(pincer_reference::Config { settings, api, policy }).await.unwrap_err();
    assert!(error.to_string().contains("PINCER_REFERENCE_TEST_NO_SUCH_VARIABLE"), "{error}");
}

#[tokio::test]
async fn valid_correlation_ids_are_passed_on() {
    let rig = Rig::start().await;
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let answer =
        rig.call(&caller(&format!("traceparent: 00-{trace}-b7ad6b7169203331-01\r\nx-request-id: order-7\r\n"))).await;
    let record = rig.record(&answer);
    assert_eq!((&record["trace_id"], &record["request_id"]), (&trace.into(), &"order-7".into()));
    let sent = rig.upstream.arrivals().remove(0).headers;
    assert_eq!(sent["x-request-id"], "order-7");
    let parent = sent["traceparent"].to_str().unwrap();
    assert!(parent.starts_with(&format!("00-{trace}-")) && !parent.contains("b7ad6b7169203331"), "{parent}");
    for odd in ["traceparent: 00-zz-b7ad6b7169203331-01\r\nx-request-id: a\"b{}\r\n", ""] {
        let answer = rig.call(&caller(odd)).await;
        let record = rig.record(&answer);
        let sent = rig.upstream.arrivals().pop().unwrap().headers;
        assert_eq!(record["request_id"], record["tracking_id"]);
        assert_eq!(sent["x-request-id"].to_str().unwrap(), record["tracking_id"]);
        let parent = sent["traceparent"].to_str().unwrap();
        assert!(parent.contains(record["trace_id"].as_str().unwrap()) && parent.len() == 55, "{parent}");
    }
}

#[tokio::test]
async fn upstream_faults_become_generic_errors() {
    let play = |arrival: &Arrival| {
        let (status, encoding) = match arrival.target.as_str() {
            "/accounts/404" => (404, None),
            "/accounts/403" => (403, None),
            "/accounts/302" => (302, None),
            "/accounts/200" => (200, Some("gzip")),
            _ => (500, None),
        };
        let mut answer = Response::builder().status(status).header("server", "nginx/1.18").header("x-inside", "secret");
        if let Some(encoding) = encoding {
            answer = answer.header("content-encoding", encoding);
        }
        answer.header("location", "http://127.0.0.1:1/").body(Body::from("Traceback (most recent call last)")).unwrap()
    };
    let rig = Rig::playing(play, |_| {}).await;
    // A caller who may not see an object must not learn that it exists.
    for (id, status) in [("404", 404), ("403", 404), ("302", 502), ("200", 502), ("500", 502)] {
        let answer = rig.call(&caller("").replace("/accounts/1", &format!("/accounts/{id}"))).await;
        assert_eq!(answer.status, status, "{id}");
        assert_eq!(answer.json()["status"], status);
        assert_eq!(answer.json()["tracking_id"], answer.header("x-tracking-id"));
        assert_eq!(answer.json()["type"], "about:blank");
        let text = format!("{answer:?}");
        assert!(
            !text.contains("Traceback")
                && !text.contains("nginx")
                && !text.contains("x-inside")
                && !text.contains("location")
        );
        assert_eq!(rig.record(&answer)["upstream"], "ledger");
    }
    assert_eq!(rig.upstream.arrivals().len(), 5, "nothing is sent twice");
}
