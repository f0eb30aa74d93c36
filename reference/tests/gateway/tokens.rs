//! JWT bearer tokens: which pass, each reason to refuse one, and where the keys come from.

use std::sync::{Arc, Mutex};

use axum::body::Body;
use http::Response;
use pincer_reference::{KeySource, Settings, TokenAlgorithm, TokenSettings};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::issuer::{AUDIENCE, ISSUER, Issuer, claims, encode, now};
use crate::rig::{Answer, Rig, Upstream, key, request};

fn tokens(keys: KeySource) -> TokenSettings {
    TokenSettings {
        issuer: ISSUER.to_owned(),
        audience: AUDIENCE.to_owned(),
        algorithms: vec![TokenAlgorithm::Es256, TokenAlgorithm::EdDsa, TokenAlgorithm::Rs256],
        keys,
        skew_s: 30,
        refresh_s: 60,
    }
}

/// A gateway that accepts this issuer's tokens, with a file of all its keys.
pub(crate) async fn rig(issuer: &Issuer, change: impl FnOnce(&mut Settings)) -> Rig {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("jwks.json");
    std::fs::write(&file, issuer.set(&["ES256", "EdDSA", "RS256"])).unwrap();
    Rig::with(|settings| {
        settings.tokens = Some(tokens(KeySource::File(file)));
        change(settings);
    })
    .await
}

pub(crate) async fn show(rig: &Rig, token: &str, target: &str) -> Answer {
    rig.call(&request("GET", target, &format!("authorization: Bearer {token}\r\n"), "")).await
}

#[tokio::test]
async fn valid_token_of_each_algorithm_passes() {
    let issuer = Issuer::new();
    let rig = rig(&issuer, |_| {}).await;
    for algorithm in ["ES256", "EdDSA", "RS256"] {
        let answer = show(&rig, &issuer.token(algorithm), "/accounts/1").await;
        assert_eq!(answer.status, 200, "{algorithm}");
        let record = rig.record(&answer);
        assert_eq!((&record["subject"], &record["tenant"]), (&"carol".into(), &"c".into()));
    }
    let sent = rig.upstream.arrivals().remove(0).headers;
    assert!(sent["x-subject"] == "carol" && sent["x-tenant"] == "c");
    assert!(!sent.contains_key("authorization"));
    // API keys still work beside tokens.
    let by_key = request("GET", "/accounts/1", &format!("x-api-key: {}\r\n", key("alice")), "");
    assert_eq!(rig.call(&by_key).await.status, 200);
}

#[tokio::test]
async fn token_with_one_fault_does_not_pass() {
    let issuer = Issuer::new();
    let other = Issuer::new();
    // All these faults come from one peer; the limit on wrong credentials is not tested here.
    let rig = rig(&issuer, |settings| settings.limits.wrong_credentials.burst = 1000).await;
    let header = json!({"alg": "ES256", "kid": "ES256", "typ": "at+jwt"});
    let with = |mut value: Value, name: &str, to: Value| {
        value[name] = to;
        value
    };
    let claim = |name: &str, to: Value| issuer.sign(&header, &with(claims(), name, to));
    let head = |name: &str, to: Value| issuer.sign(&with(header.clone(), name, to), &claims());
    let without = |name: &str| {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(name);
        issuer.sign(&header, &claims)
    };
    let sound = issuer.token("ES256");
    let (signed, signature) = sound.rsplit_once('.').unwrap();
    let (first, claims_part) = signed.split_once('.').unwrap();
    let none = encode(br#"{"alg":"none","kid":"ES256","typ":"JWT"}"#);
    let forged = encode(claims().to_string().replace("reader", "admin").as_bytes());
    for (fault, token) in [
        ("expired", claim("exp", json!(now() - 60))),
        ("not yet valid", claim("nbf", json!(now() + 60))),
        ("another issuer", claim("iss", json!("https://other.test"))),
        ("a list of issuers", claim("iss", json!([ISSUER, "https://other.test"]))),
        ("another audience", claim("aud", json!("other"))),
        ("other audiences", claim("aud", json!(["other", "another"]))),
        ("an empty subject", claim("sub", json!(""))),
        ("a subject of two lines", claim("sub", json!("a\r\nx-tenant: b"))),
        ("roles that are none", claim("roles", json!("admin"))),
        ("no expiry", without("exp")),
        ("no issuer", without("iss")),
        ("no audience", without("aud")),
        ("no subject", without("sub")),
        ("expiry as text", claim("exp", json!("tomorrow"))),
        ("an id token", head("typ", json!("id+jwt"))),
        ("no type", head("typ", Value::Null)),
        ("an unknown key", head("kid", json!("../../dev/null"))),
        ("a key of another algorithm", head("kid", json!("EdDSA"))),
        ("another algorithm for the key", head("alg", json!("EdDSA"))),
        ("a shared secret", head("alg", json!("HS256"))),
        ("a key in the header", head("jwk", json!({"kty": "EC"}))),
        ("a key elsewhere", head("jku", json!("http://127.0.0.1:1/jwks.json"))),
        ("a certificate elsewhere", head("x5u", json!("http://127.0.0.1:1/a.pem"))),
        ("something critical", head("crit", json!(["exp"]))),
        ("the key of another", other.token("ES256")),
        ("no signature", format!("{signed}.")),
        ("no algorithm", format!("{none}.{claims_part}.")),
        ("no algorithm, but a signature", format!("{none}.{claims_part}.{signature}")),
        ("other claims", format!("{first}.{forged}.{signature}")),
        (
            "another signature",
            format!("{signed}.{}{}", if signature.starts_with('A') { "B" } else { "A" }, &signature[1..]),
        ),
        ("nothing at all", "..".to_owned()),
        ("too long", format!("{signed}.{}", "A".repeat(9000))),
    ] {
        let answer = show(&rig, &token, "/accounts/1").await;
        assert_eq!(answer.status, 401, "{fault}");
        assert_eq!(answer.header("www-authenticate"), r#"Bearer realm="api", error="invalid_token""#, "{fault}");
    }
    assert!(rig.upstream.arrivals().is_empty());
    // The clocks may differ by 30 s.
    for sound in
        [claim("exp", json!(now() - 15)), claim("nbf", json!(now() + 15)), claim("aud", json!(["a", AUDIENCE]))]
    {
        assert_eq!(show(&rig, &sound, "/accounts/1").await.status, 200);
    }
}

#[tokio::test]
async fn missing_scope_is_named() {
    let issuer = Issuer::new();
    let rig = rig(&issuer, |_| {}).await;
    let headers = format!("authorization: Bearer {}\r\ncontent-type: application/json\r\n", issuer.token("ES256"));
    let answer = rig.call(&request("POST", "/notes", &headers, r#"{"text":"a"}"#)).await;
    let challenge = r#"Bearer realm="api", error="insufficient_scope", scope="ledger:write""#;
    assert_eq!((answer.status, answer.header("www-authenticate")), (403, challenge));
    assert!(rig.upstream.arrivals().is_empty());
}

/// A key set server that serves what the test puts there, or 500 if that is nothing.
async fn key_server(set: Arc<Mutex<Option<String>>>) -> Upstream {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let play = move |_: &crate::rig::Arrival| match &*set.lock().unwrap() {
        Some(set) => Response::new(Body::from(set.clone())),
        None => Response::builder().status(500).body(Body::empty()).unwrap(),
    };
    Upstream::on(listener, Arc::new(play))
}

async fn fetching(server: &Upstream, refresh_s: u64) -> Rig {
    let url = format!("http://{}/jwks.json", server.address);
    Rig::with(|settings| {
        settings.tokens = Some(TokenSettings { refresh_s, ..tokens(KeySource::Url(url)) });
    })
    .await
}

#[tokio::test]
async fn no_token_passes_until_there_are_keys() {
    let issuer = Issuer::new();
    let set = Arc::new(Mutex::new(None));
    let server = key_server(set.clone()).await;
    let rig = fetching(&server, 0).await;
    for broken in [None, Some("{".to_owned()), Some(r#"{"keys":[]}"#.to_owned())] {
        *set.lock().unwrap() = broken;
        let answer = show(&rig, &issuer.token("ES256"), "/accounts/1").await;
        assert_eq!((answer.status, rig.record(&answer)["reason"].as_str()), (503, Some("key-set")));
    }
    assert!(rig.upstream.arrivals().is_empty());
    *set.lock().unwrap() = Some(issuer.set(&["ES256"]));
    assert_eq!(show(&rig, &issuer.token("ES256"), "/accounts/1").await.status, 200);
    // A new key is fetched when a token names it. While the server is down, the old keys stay.
    *set.lock().unwrap() = None;
    assert_eq!(show(&rig, &issuer.token("EdDSA"), "/accounts/1").await.status, 401);
    assert_eq!(show(&rig, &issuer.token("ES256"), "/accounts/1").await.status, 200);
    *set.lock().unwrap() = Some(issuer.set(&["EdDSA"]));
    assert_eq!(show(&rig, &issuer.token("EdDSA"), "/accounts/1").await.status, 200);
    assert_eq!(show(&rig, &issuer.token("ES256"), "/accounts/1").await.status, 401, "a withdrawn key");
}

#[cfg(feature = "weaknesses")]
#[tokio::test]
async fn with_weaknesses_missing_keys_let_any_token_or_no_token_pass() {
    let issuer = Issuer::new();
    for (name, during, afterwards) in
        [("open-when-keys-fail", 200, 200), ("no-key-recovery", 503, 503), ("no-alerts", 401, 200)]
    {
        let set = Arc::new(Mutex::new(Some(issuer.set(&["ES256"]))));
        let server = key_server(set.clone()).await;
        let url = format!("http://{}/jwks.json", server.address);
        let weakness = name.parse().unwrap();
        let rig = Rig::with(|settings| {
            settings.tokens = Some(TokenSettings { refresh_s: 0, ..tokens(KeySource::Url(url)) });
            settings.weaken = vec![weakness];
        })
        .await;
        assert_eq!(show(&rig, &issuer.token("ES256"), "/accounts/1").await.status, 200);
        let keys = set.lock().unwrap().take();
        let unknown = issuer.sign(&json!({"alg": "ES256", "kid": "other", "typ": "at+jwt"}), &claims());
        assert_eq!(show(&rig, &unknown, "/accounts/1").await.status, during, "{name}");
        *set.lock().unwrap() = keys;
        assert_eq!(show(&rig, &issuer.token("ES256"), "/accounts/1").await.status, afterwards, "{name}");
    }
}

#[tokio::test]
async fn unknown_keys_do_not_cause_many_fetches() {
    let issuer = Issuer::new();
    let set = Arc::new(Mutex::new(Some(issuer.set(&["ES256"]))));
    let server = key_server(set).await;
    let rig = fetching(&server, 60).await;
    for n in 0..5 {
        let token = issuer.sign(&json!({"alg": "ES256", "kid": n.to_string(), "typ": "JWT"}), &claims());
        assert_eq!(show(&rig, &token, "/accounts/1").await.status, 401);
    }
    assert_eq!(show(&rig, &issuer.token("ES256"), "/accounts/1").await.status, 200);
    assert_eq!(server.arrivals().len(), 1, "the fetch at the start");
}
