//! API keys, and what wrong ones cost.

use pincer_reference::RateSettings;

use crate::rig::{Rig, get, key, request};

#[tokio::test]
async fn key_passes_in_either_header() {
    let rig = Rig::start().await;
    for headers in [format!("X-API-KEY: {}\r\n", key("bob")), format!("authorization: bearer {}\r\n", key("bob"))] {
        let answer = rig.call(&request("GET", "/accounts/1", &headers, "")).await;
        let record = rig.record(&answer);
        assert_eq!((answer.status, &record["subject"], &record["tenant"]), (200, &"bob".into(), &"b".into()));
    }
}

#[tokio::test]
async fn missing_or_wrong_credential_is_challenged() {
    let rig = Rig::start().await;
    let alice = key("alice");
    for (target, headers, challenge) in [
        ("/accounts/1", String::new(), r#"Bearer realm="api""#),
        ("/nothing", String::new(), r#"Bearer realm="api""#),
        ("/accounts/1", "x-api-key: wrong\r\n".to_owned(), r#"Bearer realm="api", error="invalid_token""#),
        ("/accounts/1", "x-api-key: \r\n".to_owned(), r#"Bearer realm="api", error="invalid_token""#),
        ("/accounts/1", "authorization: Bearer \r\n".to_owned(), r#"Bearer realm="api", error="invalid_token""#),
        ("/accounts/1", format!("authorization: Basic {alice}\r\n"), r#"Bearer realm="api", error="invalid_token""#),
        (
            "/accounts/1",
            format!("x-api-key: {alice}\r\nauthorization: Bearer {alice}\r\n"),
            r#"Bearer realm="api", error="invalid_token""#,
        ),
        (
            "/accounts/1",
            format!("x-api-key: wrong\r\nx-api-key: {alice}\r\n"),
            r#"Bearer realm="api", error="invalid_token""#,
        ),
        (&format!("/accounts/1?api_key={alice}"), String::new(), r#"Bearer realm="api""#),
        (&format!("/accounts/1?access_token={alice}"), String::new(), r#"Bearer realm="api""#),
    ] {
        let answer = rig.call(&request("GET", target, &headers, "")).await;
        assert_eq!((answer.status, answer.header("www-authenticate")), (401, challenge), "{target} {headers}");
        assert_eq!(rig.record(&answer)["outcome"], "denied");
    }
    assert!(rig.upstream.arrivals().is_empty());
}

#[tokio::test]
async fn health_needs_no_credential_and_reveals_nothing() {
    let rig = Rig::start().await;
    let answer = rig.call(&request("GET", "/healthz", "", "")).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"status":"ok"}"#));
    assert_eq!(rig.record(&answer)["operation"], "health");
}

#[tokio::test]
async fn guesses_are_slowed_and_lock_nobody_out() {
    let rig = Rig::with(|settings| {
        settings.limits.wrong_credentials = RateSettings { quota: 1, window_ms: 60_000, burst: 3 };
    })
    .await;
    let guess = request("GET", "/accounts/1", "x-api-key: guess\r\n", "");
    for _ in 0..3 {
        assert_eq!(rig.call(&guess).await.status, 401);
    }
    let answer = rig.call(&guess).await;
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    assert!(answer.status == 429 && (1..=60).contains(&wait), "{answer:?}");
    assert_eq!(rig.call(&get("/accounts/1")).await.status, 200, "the real principal, from the same peer");
    assert_eq!(rig.upstream.arrivals().len(), 1);
}
