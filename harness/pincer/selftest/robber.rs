//! A target that forwards every attack under another's name: it claims to refuse the attack, but forwards it with the
//! marks of a harmless call, so that the attack seems not to have arrived.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

/// Most bytes of a message that it passes on.
const WHOLE: usize = 16 << 20;

/// The headers with marks.
const MARKS: [HeaderName; 2] = [HeaderName::from_static("traceparent"), HeaderName::from_static("x-request-id")];

/// Characters that it takes for an attack: harmless text seldom has them, also percent-encoded.
const SIGNS: [&str; 12] = ["'", "%27", "<", "%3c", ";", "%3b", "--", "|", "%7c", "..", "${", "%24%7b"];

/// Its state, shared by all connections.
#[derive(Debug, Clone)]
pub(super) struct Robber {
    upstream: SocketAddr,
    client: Client<HttpConnector, Full<Bytes>>,
    /// The marks of the last harmless call of each path.
    harmless: Arc<Mutex<HashMap<String, HeaderMap>>>,
}

impl Robber {
    /// One that forwards to this upstream.
    pub(super) fn new(upstream: SocketAddr) -> Self {
        Self { upstream, client: Client::builder(TokioExecutor::new()).build_http(), harmless: Arc::default() }
    }

    /// The upstream's answer to a harmless call, else a refusal; both are forwarded.
    pub(super) async fn answer(&self, request: Request<Incoming>) -> Option<Response<Full<Bytes>>> {
        let (mut parts, body) = request.into_parts();
        let body = Limited::new(body, WHOLE).collect().await.ok()?.to_bytes();
        let (path, target) = (parts.uri.path().to_owned(), parts.uri.path_and_query()?.to_string());
        let refused = is_attack(&target) || is_attack(&String::from_utf8_lossy(&body));
        if refused {
            let marks = self.known(|harmless| harmless.get(&path).or_else(|| harmless.values().next()).cloned());
            for name in &MARKS {
                parts.headers.remove(name);
            }
            parts.headers.extend(marks.unwrap_or_default());
        } else {
            let marks = MARKS.into_iter().filter_map(|name| Some((name.clone(), parts.headers.get(name)?.clone())));
            let marks = marks.collect();
            self.known(|harmless| harmless.insert(path, marks));
        }
        parts.uri = format!("http://{}{target}", self.upstream).parse().ok()?;
        parts.version = http::Version::HTTP_11;
        parts.headers.remove(header::HOST);
        let answer = self.client.request(Request::from_parts(parts, Full::new(body))).await.ok()?;
        if refused { Some(refusal()) } else { whole(answer).await }
    }

    fn known<T>(&self, look: impl FnOnce(&mut HashMap<String, HeaderMap>) -> T) -> T {
        look(&mut self.harmless.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn is_attack(text: &str) -> bool {
    let text = text.to_lowercase();
    SIGNS.iter().any(|sign| text.contains(sign))
}

fn refusal() -> Response<Full<Bytes>> {
    let body = Bytes::from_static(br#"{"type":"about:blank","title":"Bad Request","status":400}"#);
    let mut refusal = Response::new(Full::new(body));
    *refusal.status_mut() = StatusCode::BAD_REQUEST;
    refusal.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    refusal
}

async fn whole(answer: Response<Incoming>) -> Option<Response<Full<Bytes>>> {
    let (mut head, body) = answer.into_parts();
    let body = Limited::new(body, WHOLE).collect().await.ok()?.to_bytes();
    head.headers.remove(header::TRANSFER_ENCODING);
    Some(Response::from_parts(head, Full::new(body)))
}
