//! The upstream's side: what goes there, and what may come back.

mod kept;
#[cfg(feature = "properties")]
pub(crate) mod property;
mod redirect;
mod request;
mod stream;
mod upstream;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::response::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::ext::ReasonPhrase;
use tokio::time::Instant;

use crate::client::{Client, Trust, client};
use crate::contract::{Answer, Operation};
use crate::identity::Principal;
use crate::problem::Refusal;
use crate::settings::{Settings, SettingsError};
use crate::trail::Trail;
use crate::weakness::{Weakness, Weaknesses};
use upstream::Upstream;

/// Response headers that pass. Products, hosts and cookies do not.
const BACK: &[&str] = &["content-type", "content-language", "etag", "last-modified", "cache-control"];

const LATE: Refusal = Refusal::new(StatusCode::GATEWAY_TIMEOUT, "upstream-late");
const BROKEN: Refusal = Refusal::new(StatusCode::BAD_GATEWAY, "upstream-broken");

/// A request that passed all checks.
pub(crate) struct Outbound<'a> {
    pub(crate) method: &'a Method,
    /// Path and query, as received.
    pub(crate) target: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) principal: &'a Principal,
    pub(crate) trail: &'a Trail,
}

/// Forwards requests to the upstreams.
pub(crate) struct Forward {
    client: Client,
    upstreams: BTreeMap<String, Upstream>,
    begin: Duration,
    total: Duration,
    most: usize,
    stream: stream::Bounds,
    /// Failed answers in a row, for the weaknesses that use this.
    broken: AtomicU32,
    kept: kept::Kept,
    weak: Weaknesses,
}

impl Forward {
    pub(crate) fn new(settings: &Settings, operations: &[Operation], weak: &Weaknesses) -> Result<Self, SettingsError> {
        let upstreams = upstream::all(settings, operations)?;
        let wait = |ms| Duration::from_millis(if weak.has(Weakness::NoUpstreamTimeout) { 30_000 } else { ms });
        let begin = wait(settings.limits.upstream_begin_ms);
        let tls = upstreams.values().any(|upstream| upstream.base.starts_with("https:"));
        Ok(Self {
            client: client(begin, Trust::of(tls.then_some("https")))?,
            upstreams,
            begin,
            total: wait(settings.limits.upstream_total_ms),
            most: settings.limits.response,
            stream: stream::Bounds {
                idle: Duration::from_millis(settings.limits.stream_idle_ms),
                most: settings.limits.stream,
            },
            broken: AtomicU32::new(0),
            kept: kept::Kept::default(),
            weak: weak.clone(),
        })
    }

    /// Sends a request once. Reads the whole answer, or passes on a declared stream. A failed call is never repeated
    /// here: only the caller knows whether that is safe.
    pub(crate) async fn send(&self, operation: &Operation, outbound: Outbound<'_>) -> Result<Response, Refusal> {
        let until = Instant::now() + self.total;
        let upstream = match &operation.upstream {
            Some(name) => self.upstreams.get(name),
            None => self.upstreams.values().next(),
        };
        let upstream = upstream.ok_or(BROKEN)?;
        let trail = outbound.trail;
        if let Some(kept) = self.kept.find(operation, outbound.target) {
            return Ok(kept);
        }
        let target = outbound.target;
        let request = request::request(operation, upstream, &outbound, &self.weak).map_err(|_| BROKEN)?;
        // Set once: a request is sent once.
        let _ = trail.upstream.set(upstream.name.clone());
        if self.weak.has(Weakness::GivesUpOnUpstream) && self.broken.load(Ordering::Relaxed) >= 10 {
            return Err(BROKEN);
        }
        let again =
            (self.weak.has(Weakness::RetriesWrites) && operation.method == Method::POST).then(|| request.clone());
        let mut answered = self.ask(request).await;
        let failed = |answered: &Result<http::Response<Incoming>, Refusal>| match answered {
            Ok(response) => response.status() == StatusCode::SERVICE_UNAVAILABLE,
            Err(refusal) => *refusal == BROKEN,
        };
        if let Some(again) = again.filter(|_| failed(&answered)) {
            answered = self.ask(again).await;
        }
        let response = match answered {
            Err(refusal) if refusal == BROKEN => {
                self.broken.fetch_add(1, Ordering::Relaxed);
                return self.or_success(BROKEN);
            }
            answered => answered?,
        };
        let response = match redirect::followed(&response, &outbound, &self.weak) {
            Some(request) => self.ask(request).await?,
            None => response,
        };
        self.broken.store(0, Ordering::Relaxed);
        let (parts, body) = response.into_parts();
        if self.weak.has(Weakness::RelayUpstreamReason)
            && let Some(phrase) = parts.extensions.get::<ReasonPhrase>()
        {
            // Set once: a request has one answer.
            let _ = trail.phrase.set(phrase.clone());
        }
        if self.weak.has(Weakness::SlowForbidden) && parts.status == StatusCode::FORBIDDEN {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let streams = operation.streams && parts.status.is_success() && is_event_stream(&parts.headers);
        // No encoding was requested, so an encoded answer is not read.
        let body = if parts.headers.contains_key(header::CONTENT_ENCODING) {
            return self.or_success(BROKEN);
        } else if streams {
            stream::bounded(body, self.stream)
        } else {
            match self.whole(body, until).await {
                Err(refusal) if refusal == BROKEN => return self.or_success(BROKEN),
                whole => {
                    let whole = self.declared(operation, &parts, whole?)?;
                    self.kept.keep((operation, target), &parts, &whole, &self.weak);
                    Body::from(whole)
                }
            }
        };
        self.answer(parts.status, &parts.headers, body)
    }

    /// Makes a call once and waits for its answer to begin.
    async fn ask(&self, request: Request<Full<Bytes>>) -> Result<http::Response<Incoming>, Refusal> {
        let begun = tokio::time::timeout(self.begin, self.client.request(request)).await.map_err(|_| LATE)?;
        begun.map_err(|_| BROKEN)
    }

    /// Whether the last call failed.
    pub(crate) fn failed(&self) -> bool {
        self.broken.load(Ordering::Relaxed) > 0
    }

    async fn whole(&self, body: Incoming, until: Instant) -> Result<Bytes, Refusal> {
        match tokio::time::timeout_at(until, Limited::new(body, self.most).collect()).await {
            Err(_) => Err(LATE),
            Ok(Err(_)) => Err(BROKEN),
            Ok(Ok(whole)) => Ok(whole.to_bytes()),
        }
    }

    /// A successful answer without what its operation does not declare.
    fn declared(&self, operation: &Operation, parts: &Parts, whole: Bytes) -> Result<Bytes, Refusal> {
        let open = operation.answer == Answer::Open || self.weak.has(Weakness::NoAnswerFilter);
        if open || !parts.status.is_success() {
            return Ok(whole);
        }
        let value = serde_json::from_slice(&whole).map_err(|_| BROKEN)?;
        serde_json::to_vec(&operation.answer.keep(value)).map(Bytes::from).map_err(|_| BROKEN)
    }

    /// The answer for the caller.
    fn answer(&self, status: StatusCode, headers: &HeaderMap, body: Body) -> Result<Response, Refusal> {
        let redirects = status.is_redirection() && self.weak.has(Weakness::RelayRedirects);
        if !status.is_success() && !redirects && !self.weak.has(Weakness::RelayUpstreamErrors) {
            let (status, reason) = match status {
                StatusCode::NOT_FOUND | StatusCode::CONFLICT | StatusCode::GONE => (status, "upstream-error"),
                // A caller who may not see an object must not learn that it exists.
                StatusCode::FORBIDDEN if !self.weak.has(Weakness::TellsMissingFromForbidden) => {
                    (StatusCode::NOT_FOUND, "upstream-forbidden")
                }
                StatusCode::FORBIDDEN => (status, "upstream-forbidden"),
                _ => (StatusCode::BAD_GATEWAY, "upstream-error"),
            };
            return Err(Refusal::new(status, reason));
        }
        let mut answer = Response::new(body);
        *answer.status_mut() = status;
        let out = answer.headers_mut();
        out.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        let framing =
            |name: &HeaderName| [header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION].contains(name);
        let every = self.weak.has(Weakness::RelayUpstreamHeaders);
        for (name, value) in headers {
            if (redirects && name == header::LOCATION) || BACK.contains(&name.as_str()) || (every && !framing(name)) {
                out.insert(name.clone(), value.clone());
            }
        }
        Ok(answer)
    }

    fn or_success(&self, refusal: Refusal) -> Result<Response, Refusal> {
        if self.weak.has(Weakness::BrokenUpstreamAsSuccess) {
            Ok(Response::new(Body::from("{}")))
        } else {
            Err(refusal)
        }
    }
}

fn is_event_stream(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("text/event-stream"))
}
