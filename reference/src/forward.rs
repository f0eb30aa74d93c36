//! The upstream's side: what goes there, and what of its answer may come back.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::problem::Refusal;
use crate::settings::{Settings, SettingsError};
use crate::weakness::{Weakness, Weaknesses};

/// Request headers that pass. Credentials, cookies and claims about the caller don't.
const OUT: &[&str] = &["accept", "accept-language", "content-type", "user-agent", "idempotency-key"];
/// Response headers that pass. Products, hosts and cookies don't.
const BACK: &[&str] = &["content-type", "content-language", "etag", "last-modified", "cache-control"];
/// A head of the upstream's answer may be this long.
const HEAD: usize = 64 * 1024;

/// A request that passed all checks.
pub(crate) struct Outbound<'a> {
    pub(crate) method: Method,
    pub(crate) target: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) subject: &'a str,
    pub(crate) tenant: &'a str,
    pub(crate) trace: &'a str,
    pub(crate) request_id: &'a str,
}

/// Forwards requests to the one upstream of the ledger API.
pub(crate) struct Forward {
    client: Client<HttpConnector, Full<Bytes>>,
    base: String,
    token: Option<HeaderValue>,
    begin: Duration,
    total: Duration,
    most: usize,
    weak: Weaknesses,
}

impl Forward {
    pub(crate) fn new(settings: &Settings, weak: &Weaknesses) -> Result<Self, SettingsError> {
        let upstream = settings.upstreams.values().next();
        let base = upstream.map(|u| u.url.trim_end_matches('/').to_owned()).unwrap_or_default();
        let token = upstream.and_then(|u| u.token_env.as_ref()).map(|name| {
            let fail = || SettingsError::Environment(name.clone());
            let token = std::env::var(name).map_err(|_| fail())?;
            HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| fail())
        });
        let wait = |ms| Duration::from_millis(if weak.has(Weakness::NoUpstreamTimeout) { 30_000 } else { ms });
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(wait(settings.limits.upstream_begin_ms)));
        Ok(Self {
            client: Client::builder(TokioExecutor::new()).http1_max_buf_size(HEAD).build(connector),
            base,
            token: token.transpose()?,
            begin: wait(settings.limits.upstream_begin_ms),
            total: wait(settings.limits.upstream_total_ms),
            most: settings.limits.response,
            weak: weak.clone(),
        })
    }

    /// Sends a request once and reads the answer whole. A call that failed is never made again here: only its
    /// caller knows whether that is safe.
    pub(crate) async fn send(&self, outbound: Outbound<'_>) -> Result<Response<Full<Bytes>>, Refusal> {
        let late = Refusal::new(StatusCode::GATEWAY_TIMEOUT, "upstream-late");
        let broken = Refusal::new(StatusCode::BAD_GATEWAY, "upstream-broken");
        let until = tokio::time::Instant::now() + self.total;
        let request = self.request(outbound).map_err(|_| broken)?;
        let response = match tokio::time::timeout(self.begin, self.client.request(request)).await {
            Err(_) => return Err(late),
            Ok(Err(_)) => return self.or_success(broken),
            Ok(Ok(response)) => response,
        };
        let (parts, body) = response.into_parts();
        let body = match tokio::time::timeout_at(until, Limited::new(body, self.most).collect()).await {
            Err(_) => return Err(late),
            Ok(Err(_)) => return self.or_success(broken),
            Ok(Ok(whole)) => whole.to_bytes(),
        };
        // Nobody asked for an encoding: what comes encoded is not read.
        if parts.headers.contains_key(header::CONTENT_ENCODING) {
            return self.or_success(broken);
        }
        if !parts.status.is_success() && !self.weak.has(Weakness::RelayUpstreamErrors) {
            let status = match parts.status {
                StatusCode::NOT_FOUND | StatusCode::CONFLICT | StatusCode::GONE => parts.status,
                _ => StatusCode::BAD_GATEWAY,
            };
            return Err(Refusal::new(status, "upstream-error"));
        }
        let mut answer = Response::new(Full::new(body));
        *answer.status_mut() = parts.status;
        let headers = answer.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        let framing =
            |name: &HeaderName| [header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION].contains(name);
        let every = self.weak.has(Weakness::RelayUpstreamHeaders);
        for (name, value) in &parts.headers {
            if BACK.contains(&name.as_str()) || (every && !framing(name)) {
                headers.insert(name.clone(), value.clone());
            }
        }
        Ok(answer)
    }

    fn or_success(&self, refusal: Refusal) -> Result<Response<Full<Bytes>>, Refusal> {
        if self.weak.has(Weakness::BrokenUpstreamAsSuccess) {
            Ok(Response::new(Full::new(Bytes::from_static(b"{}"))))
        } else {
            Err(refusal)
        }
    }

    fn request(&self, outbound: Outbound<'_>) -> Result<Request<Full<Bytes>>, http::Error> {
        let mut request = Request::builder()
            .method(outbound.method)
            .uri(format!("{}{}", self.base, outbound.target))
            .header("x-subject", outbound.subject)
            .header("x-tenant", outbound.tenant)
            .header("x-request-id", outbound.request_id)
            // The same trace, a span of our own.
            .header("traceparent", format!("00-{}-{}-01", outbound.trace, span(outbound.trace)));
        for name in OUT {
            for value in outbound.headers.get_all(*name) {
                request = request.header(*name, value);
            }
        }
        if self.weak.has(Weakness::ForwardCallerToken) {
            for name in ["authorization", "x-api-key"] {
                for value in outbound.headers.get_all(name) {
                    request = request.header(name, value);
                }
            }
        }
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, token);
        }
        request.body(Full::new(outbound.body))
    }
}

/// A span id that differs from the caller's: the trace id's second half, turned round.
fn span(trace: &str) -> String {
    trace.chars().rev().take(16).collect()
}
