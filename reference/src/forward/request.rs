//! The request to an upstream: what passes of the caller's, and what the gateway adds.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, header};
use http_body_util::Full;

use super::Outbound;
use super::redirect::reachable;
use super::upstream::Upstream;
use crate::contract::Operation;
use crate::weakness::{Weakness, Weaknesses};

/// Request headers that pass. Credentials, cookies, claims about the caller and hop-by-hop headers do not.
const OUT: &[&str] = &["accept", "accept-language", "content-type", "user-agent", "idempotency-key"];

const SUBJECT: HeaderName = HeaderName::from_static("x-subject");
const TENANT: HeaderName = HeaderName::from_static("x-tenant");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The request of a call.
pub(super) fn request(
    operation: &Operation,
    upstream: &Upstream,
    outbound: &Outbound<'_>,
    weak: &Weaknesses,
) -> Result<Request<Full<Bytes>>, http::Error> {
    let trail = outbound.trail;
    let mut headers = HeaderMap::new();
    headers.insert(SUBJECT, HeaderValue::from_str(&outbound.principal.subject)?);
    headers.insert(TENANT, HeaderValue::from_str(&outbound.principal.tenant)?);
    headers.insert("x-request-id", HeaderValue::from_str(&trail.request_id)?);
    // The same trace with a new span.
    headers.insert(TRACEPARENT, HeaderValue::from_str(&format!("00-{}-{}-01", trail.trace, digits(&trail.id, 16)))?);
    pass(OUT, outbound.headers, &mut headers);
    for (name, value) in operation.carried(outbound.headers) {
        headers.append(name, value);
    }
    weaken(outbound, &mut headers, weak)?;
    if let Some(token) = &upstream.token {
        headers.insert(header::AUTHORIZATION, token.clone());
    }
    let (method, target) = (method(operation, outbound, weak)?, target(outbound, weak));
    let mut request = Request::builder()
        .method(method)
        .uri(format!("{}{target}", base(upstream, outbound, weak)))
        .body(Full::new(outbound.body.clone()))?;
    *request.headers_mut() = headers;
    Ok(request)
}

/// Copies headers, each as often as it occurs.
fn pass(names: &[&str], from: &HeaderMap, to: &mut HeaderMap) {
    for name in names {
        for value in from.get_all(*name) {
            if let Ok(name) = HeaderName::from_bytes(name.as_bytes()) {
                to.append(name, value.clone());
            }
        }
    }
}

/// The first `length` characters of an id without its hyphens.
fn digits(id: &str, length: usize) -> String {
    id.chars().filter(char::is_ascii_hexdigit).take(length).collect()
}

fn method(operation: &Operation, outbound: &Outbound<'_>, weak: &Weaknesses) -> Result<Method, http::Error> {
    let other = outbound.headers.get("x-http-method-override").filter(|_| weak.has(Weakness::MethodOverride));
    Ok(match other {
        Some(value) => Method::from_bytes(value.as_bytes())?,
        None if weak.has(Weakness::AnyMethod) => outbound.method.clone(),
        None => operation.method.clone(),
    })
}

/// The upstream's address.
fn base<'a>(upstream: &'a Upstream, outbound: &Outbound<'a>, weak: &Weaknesses) -> &'a str {
    let named = outbound.headers.get("x-upstream").filter(|_| weak.has(Weakness::UpstreamFromHeader));
    named.and_then(|value| value.to_str().ok()).and_then(reachable).unwrap_or(&upstream.base)
}

fn target<'a>(outbound: &Outbound<'a>, weak: &Weaknesses) -> &'a str {
    let other = outbound.headers.get("x-original-url").filter(|_| weak.has(Weakness::RewriteHeader));
    other.and_then(|value| value.to_str().ok()).unwrap_or(outbound.target)
}

/// What weaknesses change in the headers.
fn weaken(outbound: &Outbound<'_>, headers: &mut HeaderMap, weak: &Weaknesses) -> Result<(), http::Error> {
    let (from, trail) = (outbound.headers, outbound.trail);
    let sent = |name: &str| from.get(name).cloned();
    for name in [SUBJECT, TENANT] {
        if let Some(value) = sent(name.as_str()).filter(|_| weak.has(Weakness::SpoofedIdentity)) {
            headers.insert(name, value);
        }
    }
    if let Some(subject) = sent("x-on-behalf-of").filter(|_| weak.has(Weakness::OnBehalfOf)) {
        headers.insert(SUBJECT, subject);
    }
    if weak.has(Weakness::GatewaySubject) {
        headers.insert(SUBJECT, HeaderValue::from_static("gateway"));
    }
    for (weakness, names) in [
        (Weakness::ForwardCallerToken, &["authorization", "x-api-key"][..]),
        (Weakness::ForwardReferer, &["referer"]),
        (Weakness::UnderscoreHeaders, &["x_subject", "x_tenant"]),
        (Weakness::IdentityHeaders, &["x-user-id", "x-forwarded-user", "x-client-cert"]),
    ] {
        if weak.has(weakness) {
            pass(names, from, headers);
        }
    }
    if weak.has(Weakness::NoCorrelation) {
        let own = format!("00-{}-{}-01", digits(&trail.id, 32), digits(&trail.id, 16));
        headers.insert(TRACEPARENT, HeaderValue::from_str(&own)?);
    }
    let continued = |value: &HeaderValue| value.to_str().is_ok_and(|text| text.contains(&trail.trace));
    if let Some(value) = sent("traceparent").filter(|value| weak.has(Weakness::TraceAsSent) && !continued(value)) {
        headers.insert(TRACEPARENT, value);
    }
    if weak.has(Weakness::ConnectionDrops) {
        let named = from.get_all(header::CONNECTION).iter().filter_map(|value| value.to_str().ok());
        for name in named.flat_map(|text| text.split(',')) {
            headers.remove(name.trim());
        }
    }
    Ok(())
}
