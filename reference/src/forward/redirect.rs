//! Redirects of the upstream, which only a weakness follows.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::Full;

use super::Outbound;
use crate::weakness::{Weakness, Weaknesses};

/// A weakness follows them only to another port of this machine.
const REACH: &str = "http://localhost:";

/// The call that follows a redirect, with the caller's credential.
pub(super) fn followed<B>(
    response: &Response<B>,
    outbound: &Outbound<'_>,
    weak: &Weaknesses,
) -> Option<Request<Full<Bytes>>> {
    if !weak.has(Weakness::FollowsRedirects) || !response.status().is_redirection() {
        return None;
    }
    let location = response.headers().get(header::LOCATION)?.to_str().ok()?;
    let repeats = [StatusCode::TEMPORARY_REDIRECT, StatusCode::PERMANENT_REDIRECT].contains(&response.status());
    let (method, body) =
        if repeats { (outbound.method.clone(), outbound.body.clone()) } else { (Method::GET, Bytes::new()) };
    let mut request = Request::builder().method(method).uri(reachable(location)?).body(Full::new(body)).ok()?;
    for name in ["x-api-key", "authorization", "traceparent"] {
        if let (Some(value), Ok(name)) = (outbound.headers.get(name), header::HeaderName::try_from(name)) {
            request.headers_mut().insert(name, value.clone());
        }
    }
    Some(request)
}

/// An address that a weakness may call.
pub(super) fn reachable(address: &str) -> Option<&str> {
    Some(address.trim()).filter(|address| address.starts_with(REACH))
}
