//! Errors as the caller sees them: generic, in the form of RFC 9457, with a tracking id.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use serde_json::json;

use crate::weakness::{Weakness, Weaknesses};

/// Why a request was not served. The word goes into the audit log, never to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) reason: &'static str,
    /// Seconds to wait, for a 429.
    pub(crate) retry_after: Option<u64>,
}

impl Refusal {
    pub(crate) const fn new(status: StatusCode, reason: &'static str) -> Self {
        Self { status, reason, retry_after: None }
    }
}

/// Errors of the gateway's own making, as against verdicts on what a request holds.
const OWN: [&str; 3] = ["route", "no-credential", "json"];

/// The answer to a refused request.
pub(crate) fn answer(refusal: Refusal, id: &str, weak: &Weaknesses) -> Response<Full<Bytes>> {
    let title = refusal.status.canonical_reason().unwrap_or("Error");
    let (kind, body) = if weak.has(Weakness::PlainTextErrors) {
        ("text/plain", title.to_owned())
    } else {
        let mut problem = json!({
            "type": "about:blank",
            "title": title,
            "status": refusal.status.as_u16(),
        });
        if let (Some(members), false) = (problem.as_object_mut(), weak.has(Weakness::NoTrackingId)) {
            members.insert("tracking_id".to_owned(), json!(id));
            members.insert("instance".to_owned(), json!(format!("urn:uuid:{id}")));
        }
        if let (Some(members), true) =
            (problem.as_object_mut(), weak.has(Weakness::VerboseErrors) && OWN.contains(&refusal.reason))
        {
            members
                .insert("detail".to_owned(), json!(format!("{} at /srv/gateway/src/service.rs:120:9", refusal.reason)));
        }
        ("application/problem+json", problem.to_string())
    };
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = refusal.status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if refusal.status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Some(seconds) = refusal.retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
