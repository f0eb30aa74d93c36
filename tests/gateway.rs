//! Findings of gateway scenarios on the weak reference, from the command line.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use serde_json::Value;

/// The findings of a scenario on the reference with a weakness.
fn findings(only: &str, weaken: &str) -> Vec<Value> {
    let out = tempfile::tempdir().unwrap();
    assert_cmd::cargo::cargo_bin_cmd!("pincer")
        .args(["run", "--quiet", "--only", only, "--weaken", weaken, "--out"])
        .arg(out.path())
        .assert()
        .code(1);
    let results = std::fs::read_to_string(out.path().join("results.json")).unwrap();
    let results: Value = serde_json::from_str(&results).unwrap();
    results["scenarios"][0]["findings"].as_array().unwrap().clone()
}

#[test]
fn spelling_that_evades_a_role_is_reported_with_the_path_as_sent() {
    let findings = findings("RBAC-02.path-spelling", "role-by-sent-path");
    let requests: Vec<&str> = findings.iter().map(|finding| finding["evidence"]["request"].as_str().unwrap()).collect();
    assert!(requests.contains(&"POST //notes (raw)"), "{requests:?}");
    assert!(requests.contains(&"POST /%6eotes (raw)"), "{requests:?}");
    let title = findings[0]["title"].as_str().unwrap();
    assert!(title.starts_with("arrives: expected no arrival, seen PUT /profiles/3005 at ledger"), "{title}");
}

#[test]
fn followed_redirect_is_reported_with_the_credential_that_it_sends() {
    let findings = findings("INP-05.upstream-redirect", "follows-redirects");
    let titles: Vec<&str> = findings.iter().map(|finding| finding["title"].as_str().unwrap()).collect();
    let shown = |title: &&str| title.contains("at stranger, with the caller's credential in the header x-api-key");
    assert!(titles.iter().any(shown), "{titles:?}");
}

#[test]
fn header_that_chooses_the_upstream_is_reported() {
    let findings = findings("INP-05.upstream-address", "upstream-from-header");
    let title = findings[0]["title"].as_str().unwrap();
    assert!(title.ends_with("seen GET /accounts/1001 at stranger"), "{title}");
}

#[test]
fn repeated_write_is_reported() {
    let findings = findings("RATE-05.forwarded-once", "retries-writes");
    let title = findings[0]["title"].as_str().unwrap();
    assert_eq!(title, "arrives: expected at most one arrival, seen 2 arrivals");
}
