//! Errors as the caller sees them: generic problem details (RFC 9457) with a tracking id.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use ring::digest::{Digest, SHA256, digest};
use serde_json::json;

use crate::weakness::{Weakness, Weaknesses};

/// Why a request was not served. The reason goes into the audit log, never to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) reason: &'static str,
}

impl Refusal {
    pub(crate) const fn new(status: StatusCode, reason: &'static str) -> Self {
        Self { status, reason }
    }
}

/// An answer without its body. [`dress`] adds the body where the tracking id is known.
impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status;
        response.extensions_mut().insert(self);
        response
    }
}

/// Errors of the gateway itself, not about a request's content.
const OWN: [&str; 3] = ["route", "no-credential", "json"];

/// About the size, method and media type of a request.
const BOUNDS: [&str; 6] = ["url", "head", "body", "depth", "method", "media-type"];
/// About an ambiguous or invalid request.
const GUARD: [&str; 7] = ["line-end", "nul", "folded", "host", "target", "framing", "head"];
/// About an upstream that did not answer properly.
const FAULTS: [&str; 2] = ["upstream-late", "upstream-broken"];

/// Adds body and headers to a refusal; `shown` are the request's credentials, for a weakness.
pub(crate) fn dress(response: &mut Response, refusal: Refusal, (id, shown): (&str, &[String]), weak: &Weaknesses) {
    let (kind, body) = body(refusal, (id, shown), weak);
    *response.status_mut() = refusal.status;
    *response.body_mut() = Body::from(body);
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if refusal.status == StatusCode::UNAUTHORIZED && !weak.has(Weakness::NoChallenge) {
        // RFC 6750 section 3.1: an error code only if a credential was sent.
        let challenge = match refusal.reason {
            "no-credential" => r#"Bearer realm="api""#,
            "known-token" => r#"Bearer realm="api", error="invalid_token", error_description="wrong signature""#,
            _ => r#"Bearer realm="api", error="invalid_token""#,
        };
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    if refusal.status == StatusCode::SERVICE_UNAVAILABLE {
        headers.entry(header::RETRY_AFTER).or_insert(HeaderValue::from_static("1"));
    }
}

fn body(refusal: Refusal, (id, shown): (&str, &[String]), weak: &Weaknesses) -> (&'static str, String) {
    let title = refusal.status.canonical_reason().unwrap_or("Error");
    if weak.has(Weakness::PlainTextErrors) {
        return ("text/plain", title.to_owned());
    }
    let mut problem = json!({
        "type": "about:blank",
        "title": title,
        "status": refusal.status.as_u16(),
    });
    if !weak.has(Weakness::NoTrackingId) {
        problem["tracking_id"] = json!(id);
        problem["instance"] = json!(format!("urn:uuid:{id}"));
    }
    let verbose = (weak.has(Weakness::VerboseErrors) && OWN.contains(&refusal.reason))
        || (weak.has(Weakness::VerboseBounds) && BOUNDS.contains(&refusal.reason))
        || (weak.has(Weakness::VerboseGuard) && GUARD.contains(&refusal.reason))
        || (weak.has(Weakness::VerboseUpstreamFaults) && FAULTS.contains(&refusal.reason));
    if verbose {
        problem["detail"] = json!(format!("{} at /srv/gateway/src/service.rs:120:9", refusal.reason));
    }
    if weak.has(Weakness::CredentialInErrors) && ["credential", "token"].contains(&refusal.reason) {
        problem["detail"] = json!(format!("not known: {}", shown.join(" ")));
    }
    if weak.has(Weakness::KeyDigestInErrors) && ["credential", "token", "role"].contains(&refusal.reason) {
        let digests = shown.iter().map(|key| digest(&SHA256, key.as_bytes()));
        let hexadecimal = |digest: Digest| digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        problem["detail"] = json!(digests.map(hexadecimal).collect::<Vec<_>>().join(" "));
    }
    ("application/problem+json", problem.to_string())
}
