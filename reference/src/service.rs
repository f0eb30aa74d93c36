//! The way of a request through the gateway.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use percent_encoding::percent_decode_str;
use ring::rand::{SecureRandom as _, SystemRandom};
use serde_json::Value;

use crate::audit::{Audit, Record, path};
use crate::forward::{Forward, Outbound};
use crate::limiter::Limiter;
use crate::problem::{Refusal, answer};
use crate::routes::{self, Route};
use crate::settings::{IdentitySettings, LimitSettings, Settings, hash_key};
use crate::weakness::{Weakness, Weaknesses};
use crate::{StartError, filter};

/// Everything that requests share.
pub(crate) struct Service {
    identities: Vec<Arc<IdentitySettings>>,
    limits: LimitSettings,
    limiter: Limiter,
    forward: Forward,
    audit: Audit,
    weak: Weaknesses,
    random: SystemRandom,
}

/// What is known of a request so far; it becomes its audit record.
struct Trail {
    id: String,
    trace: String,
    request_id: String,
    subject: String,
    tenant: String,
    operation: &'static str,
}

type Answer = Response<Full<Bytes>>;

impl Service {
    pub(crate) fn new(settings: Settings) -> Result<Self, StartError> {
        let weak = Weaknesses::new(&settings.weaken)?;
        let audit = Audit::open(settings.audit.as_deref()).map_err(|why| StartError::Audit {
            path: settings.audit.as_deref().map(|p| p.display().to_string()).unwrap_or_default(),
            why,
        })?;
        Ok(Self {
            limiter: Limiter::new(&settings.rates)?,
            forward: Forward::new(&settings, &weak)?,
            identities: settings.identities.into_iter().map(Arc::new).collect(),
            limits: settings.limits,
            audit,
            weak,
            random: SystemRandom::new(),
        })
    }

    /// Answers a request and records it.
    pub(crate) async fn handle(&self, request: Request<Incoming>) -> Answer {
        let begun = Instant::now();
        let mut trail = self.trail(request.headers());
        let method = request.method().clone();
        let shown = path(request.uri().path());
        let (mut response, outcome, reason) = match self.serve(request, &mut trail).await {
            Ok(response) => (response, "allowed", "-"),
            Err(refusal) => {
                let outcome = match refusal.status.as_u16() {
                    401 | 403 => "denied",
                    500.. => "failed",
                    _ => "refused",
                };
                (answer(refusal, &trail.id, &self.weak), outcome, refusal.reason)
            }
        };
        let skipped = outcome == "denied" && self.weak.has(Weakness::NoDeniedAudit);
        let record = Record {
            ts: jiff::Timestamp::now().to_string(),
            tracking_id: &trail.id,
            trace_id: &trail.trace,
            request_id: &trail.request_id,
            subject: &trail.subject,
            tenant: &trail.tenant,
            operation: trail.operation,
            method: method.as_str(),
            path: shown,
            status: response.status().as_u16(),
            outcome,
            reason,
            duration_us: u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX),
        };
        if !skipped && self.audit.write(&record).is_err() {
            // What can't be recorded must not happen.
            response = answer(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "audit"), &trail.id, &self.weak);
        }
        let headers = response.headers_mut();
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if !self.weak.has(Weakness::NoTrackingId)
            && let Ok(id) = HeaderValue::from_str(&trail.id)
        {
            headers.insert("x-tracking-id", id);
        }
        response
    }

    async fn serve(&self, request: Request<Incoming>, trail: &mut Trail) -> Result<Answer, Refusal> {
        self.check_size(&request)?;
        let (parts, body) = request.into_parts();
        let path = parts.uri.path();
        if path == "/healthz" && parts.method == Method::GET {
            trail.operation = "health";
            let mut response = Response::new(Full::new(Bytes::from_static(br#"{"status":"ok"}"#)));
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            return Ok(response);
        }
        if !self.weak.has(Weakness::NoPathGuard) {
            routes::guard(path)?;
        }
        let identity = self.authenticate(&parts.headers)?;
        trail.subject.clone_from(&identity.subject);
        trail.tenant.clone_from(&identity.tenant);
        let route = routes::find(&parts.method, path)?;
        trail.operation = route.operation;
        let allowed = identity.roles.iter().any(|role| route.roles.contains(&role.as_str()));
        if !allowed && !self.weak.has(Weakness::NoRoleCheck) {
            return Err(Refusal::new(StatusCode::FORBIDDEN, "role"));
        }
        let forwarded = parts.headers.get("x-forwarded-for").and_then(|value| value.to_str().ok());
        self.limiter.admit(route.operation, &identity.subject, forwarded, &self.weak)?;
        route.check_variable(path, &self.weak)?;
        let query = pairs(parts.uri.query().unwrap_or_default())?;
        let body = if route.takes_body { self.body(&parts.headers, body).await? } else { Bytes::new() };
        let json = if route.takes_body { Some(self.json(&body)?) } else { None };
        self.check_values(route, &query, json.as_ref())?;
        let target = parts.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        self.forward
            .send(Outbound {
                method: parts.method.clone(),
                target,
                headers: &parts.headers,
                body,
                subject: &identity.subject,
                tenant: &identity.tenant,
                trace: &trail.trace,
                request_id: &trail.request_id,
            })
            .await
    }

    fn check_size(&self, request: &Request<Incoming>) -> Result<(), Refusal> {
        let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
        if target > self.limits.url && !self.weak.has(Weakness::NoUrlLimit) {
            return Err(Refusal::new(StatusCode::URI_TOO_LONG, "url"));
        }
        let head: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        if head > self.limits.header && !self.weak.has(Weakness::NoHeaderLimit) {
            return Err(Refusal::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "head"));
        }
        Ok(())
    }

    /// Who calls: by an API key in `X-Api-Key` or as a bearer token, never in the URL.
    fn authenticate(&self, headers: &HeaderMap) -> Result<Arc<IdentitySettings>, Refusal> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let bearer = text("authorization").and_then(|value| value.split_once(' '));
        let bearer = bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
        let Some(key) = text("x-api-key").or(bearer) else {
            if self.weak.has(Weakness::NoAuthentication) {
                return Ok(Arc::new(IdentitySettings {
                    subject: "anonymous".to_owned(),
                    tenant: String::new(),
                    roles: vec!["reader".to_owned()],
                    api_key: String::new(),
                }));
            }
            return Err(Refusal::new(StatusCode::UNAUTHORIZED, "no-credential"));
        };
        // Digests are compared, not keys: how long a comparison takes says nothing about a key.
        let hash = hash_key(key);
        let found = self.identities.iter().find(|identity| identity.api_key == hash);
        found.cloned().ok_or(Refusal::new(StatusCode::UNAUTHORIZED, "credential"))
    }

    async fn body(&self, headers: &HeaderMap, body: Incoming) -> Result<Bytes, Refusal> {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if kind.split(';').next().map(str::trim) != Some("application/json") {
            return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type"));
        }
        let most = if self.weak.has(Weakness::NoBodyLimit) { 64 << 20 } else { self.limits.body };
        let deadline = Duration::from_millis(self.limits.body_ms);
        match tokio::time::timeout(deadline, Limited::new(body, most).collect()).await {
            Ok(Ok(whole)) => Ok(whole.to_bytes()),
            Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
                Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "body"))
            }
            Ok(Err(_)) => Err(Refusal::new(StatusCode::BAD_REQUEST, "body")),
            Err(_) => Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, "body")),
        }
    }

    fn json(&self, body: &[u8]) -> Result<Value, Refusal> {
        if depth(body) > self.limits.depth && !self.weak.has(Weakness::NoDepthLimit) {
            return Err(Refusal::new(StatusCode::BAD_REQUEST, "depth"));
        }
        serde_json::from_slice(body).map_err(|_| Refusal::new(StatusCode::BAD_REQUEST, "json"))
    }

    fn check_values(&self, route: &Route, query: &[(String, String)], json: Option<&Value>) -> Result<(), Refusal> {
        for text in route.check_values(query, json, &self.weak)? {
            if filter::danger(&text, &self.weak).is_some() {
                return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "filter"));
            }
        }
        Ok(())
    }

    /// The ids of a request: its own, and the caller's where they are well formed.
    fn trail(&self, headers: &HeaderMap) -> Trail {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let id = if self.weak.has(Weakness::RepeatedTrackingId) {
            "00000000-0000-4000-8000-000000000000".to_owned()
        } else {
            uuid(self.random())
        };
        let trace = text("traceparent").and_then(trace_id).map_or_else(|| hex(&self.random()), str::to_owned);
        let sound = |id: &&str| {
            (1..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        };
        let request_id = text("x-request-id").filter(sound).map_or_else(|| id.clone(), str::to_owned);
        let nobody = || "anonymous".to_owned();
        Trail { id, trace, request_id, subject: nobody(), tenant: String::new(), operation: "-" }
    }

    fn random(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        // Where the system has no randomness left, ids repeat; refusing to serve would be worse.
        let _ = self.random.fill(&mut bytes);
        bytes
    }
}

/// The trace id of a W3C traceparent of version 00.
fn trace_id(header: &str) -> Option<&str> {
    let mut parts = header.split('-');
    let fields = (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next());
    let hex = |text: &str, length| text.len() == length && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    match fields {
        ("00", trace, span, flags, None) if hex(trace, 32) && hex(span, 16) && hex(flags, 2) => Some(trace),
        _ => None,
    }
}

/// Query parameters, decoded once; refused where that gives no text.
fn pairs(query: &str) -> Result<Vec<(String, String)>, Refusal> {
    let refusal = Refusal::new(StatusCode::BAD_REQUEST, "query");
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        percent_decode_str(&text).decode_utf8().map(std::borrow::Cow::into_owned).map_err(|_| refusal)
    };
    query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            Ok((decode(key)?, decode(value)?))
        })
        .collect()
}

/// How deep arrays and objects nest, strings aside.
fn depth(json: &[u8]) -> usize {
    let (mut deepest, mut now, mut quoted, mut escaped) = (0_usize, 0_usize, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => {
                now += 1;
                deepest = deepest.max(now);
            }
            b']' | b'}' if !quoted => now = now.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A UUID of version 4 (RFC 9562 section 5.4).
fn uuid(bytes: [u8; 16]) -> String {
    let number = u128::from_be_bytes(bytes) & !(0xf << 76 | 0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let text = format!("{number:032x}");
    [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| text.get(range).unwrap_or_default()).join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_counts_outside_of_strings() {
        assert_eq!(depth(br#"{"a":[1,"[[["]}"#), 2);
        assert_eq!(depth(br#""\"[""#), 0);
    }

    #[test]
    fn ids_have_their_form() {
        assert_eq!(uuid([0xff; 16]), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(
            trace_id("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
            Some("0af7651916cd43dd8448eb211c80319c")
        );
        assert_eq!(trace_id("00-short-b7ad6b7169203331-01"), None);
    }
}
