//! Well-formed traffic: reqwest makes the requests, and our own code reads the answers, which sees everything that
//! comes.

use std::error::Error as _;
use std::net::SocketAddr;
use std::time::Duration;

use http_body_util::BodyExt as _;
use pincer_core::observe::{Answered, Capturing, End, Extras, Failure, Header};
use pincer_core::plan::{Client as Look, HttpCall};
use pincer_core::scenario::Wire;
use pincer_core::vocab::{CaseId, Octets};
use reqwest::header::{
    ACCEPT, CONTENT_LENGTH, EXPECT, HOST, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING, UPGRADE,
};
use reqwest::{Client, ClientBuilder, Method, Request, Url, redirect};
use tokio::time::{Instant, timeout_at};

use crate::answer::MOST;
use crate::{Door, KEEP, tls};

/// Connections that were idle longer are not reused. Servers end idle ones from two seconds on (gunicorn's
/// `keepalive`), and a call sent at that moment is lost.
pub(crate) const IDLE: Duration = Duration::from_secs(1);

/// A client whose every connection goes to `address`, and whose requests have this look.
pub(crate) fn client(host: &str, address: SocketAddr, look: &Look) -> Result<Client, reqwest::Error> {
    let builder = builder(host, address).tls_backend_preconfigured(tls::config());
    if look.titled { builder.http1_title_case_headers().build() } else { builder.build() }
}

/// A client that speaks only HTTP/2, with all calls on one connection: by ALPN over TLS, by prior knowledge without it.
pub(crate) fn streams(host: &str, address: SocketAddr) -> Result<Client, reqwest::Error> {
    let mut config = tls::config();
    config.alpn_protocols = vec![tls::H2.to_vec()];
    builder(host, address).http2_prior_knowledge().tls_backend_preconfigured(config).build()
}

fn builder(host: &str, address: SocketAddr) -> ClientBuilder {
    Client::builder()
        .resolve(host, address)
        .redirect(redirect::Policy::none())
        .no_proxy()
        .pool_max_idle_per_host(256)
        .pool_idle_timeout(IDLE)
}

/// Builds the request of a call; fails on what the library refuses to send.
fn request((base, look): (&Url, &Look), call: &HttpCall, credentials: &[(String, String)]) -> Result<Request, Failure> {
    let target = std::str::from_utf8(&call.target.0).map_err(|_| Failure::Unsendable)?;
    let prefix = base.as_str().trim_end_matches('/');
    let url = Url::parse(&format!("{prefix}{target}")).map_err(|_| Failure::Unsendable)?;
    // A target such as `@elsewhere/` would change the host.
    if url.origin() != base.origin() {
        return Err(Failure::Unsendable);
    }
    let method = Method::from_bytes(call.method.as_bytes()).map_err(|_| Failure::Unsendable)?;
    let mut request = Request::new(method, url);
    let headers = request.headers_mut();
    // The library puts it last; HTTP/2 has `:authority` instead.
    if look.host_first && call.wire != Wire::Http2 && !call.headers.iter().any(|(name, _)| HOST == name.as_str()) {
        let host = base.host_str().unwrap_or_default();
        let host = base.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        headers.append(HOST, HeaderValue::try_from(host).map_err(|_| Failure::Unsendable)?);
    }
    let own = call.headers.iter().map(|(name, value)| (name, value.0.as_slice()));
    for (name, value) in own.chain(credentials.iter().map(|(name, value)| (name, value.as_bytes()))) {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| Failure::Unsendable)?;
        headers.append(name, HeaderValue::from_bytes(value).map_err(|_| Failure::Unsendable)?);
    }
    *request.body_mut() = call.body.as_ref().map(|body| body.0.clone().into());
    Ok(request)
}

/// Sends a case's call and reads its answer. It uses the library's own connection for HTTP/2, or if the call has its
/// own framing; otherwise connections that are read byte by byte.
pub(crate) async fn send(
    door: &Door,
    (call, case): (&HttpCall, Option<CaseId>),
    credentials: &[(String, String)],
    deadline: Duration,
) -> Result<Answered, Failure> {
    let until = Instant::now() + deadline;
    let client = if call.wire == Wire::Http2 { &door.streams } else { &door.client };
    let request = request((&door.base, door.look), call, credentials)?;
    let written = if call.wire == Wire::Http2 { None } else { written(&request, door.look) };
    match written {
        Some(bytes) => {
            door.pool.call((&door.base, door.address), &bytes, (request.method().as_str(), case), until).await
        }
        None => fetched(client, request, until).await,
    }
}

/// The bytes of a call as this client writes it in HTTP/1.1; nothing where `written` gives none.
pub(crate) fn bytes((base, look): (&Url, &Look), call: &HttpCall, credentials: &[(String, String)]) -> Option<Vec<u8>> {
    written(&request((base, look), call, credentials).ok()?, look)
}

/// The request as the library writes it in HTTP/1.1; none for CONNECT, Upgrade and requests with their own framing.
fn written(request: &Request, look: &Look) -> Option<Vec<u8>> {
    const OWN: [HeaderName; 4] = [TRANSFER_ENCODING, CONTENT_LENGTH, EXPECT, UPGRADE];
    if *request.method() == Method::CONNECT || OWN.iter().any(|name| request.headers().contains_key(name)) {
        return None;
    }
    let body = request.body().map_or(Some(&[][..]), reqwest::Body::as_bytes)?;
    let url = request.url();
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut bytes = format!("{} {}{query} HTTP/1.1\r\n", request.method(), url.path()).into_bytes();
    let mut field = |name: &str, value: &[u8]| {
        let mut begins = true;
        for byte in name.bytes() {
            bytes.push(if look.titled && begins { byte.to_ascii_uppercase() } else { byte });
            begins = byte == b'-';
        }
        bytes.extend(b": ");
        bytes.extend(value);
        bytes.extend(b"\r\n");
    };
    request.headers().iter().for_each(|(name, value)| field(name.as_str(), value.as_bytes()));
    // The library's default headers.
    if !request.headers().contains_key(ACCEPT) {
        field(ACCEPT.as_str(), b"*/*");
    }
    if !request.headers().contains_key(HOST) {
        let host = url.host_str()?;
        field(HOST.as_str(), url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")).as_bytes());
    }
    if !body.is_empty() {
        field(CONTENT_LENGTH.as_str(), body.len().to_string().as_bytes());
    }
    bytes.extend(b"\r\n");
    bytes.extend(body);
    Some(bytes)
}

/// The library's answer. The library hides interim responses and bytes after the end.
async fn fetched(client: &Client, request: Request, until: Instant) -> Result<Answered, Failure> {
    let response = match timeout_at(until, client.execute(request)).await {
        Err(_) => return Err(Failure::Timeout),
        Ok(Err(error)) => return Err(failure(&error)),
        Ok(Ok(response)) => response,
    };
    let (head, mut frames) = http::Response::<reqwest::Body>::from(response).into_parts();
    let (mut body, mut extras) = (Capturing::new(KEEP), Extras::default());
    let end = loop {
        match timeout_at(until, frames.frame()).await {
            Err(_) => break End::Late,
            Ok(Some(Err(_))) => break End::Cut,
            Ok(None) => break End::Complete,
            Ok(Some(Ok(frame))) => match frame.into_data() {
                Ok(data) => {
                    body.push(&data);
                }
                Err(frame) => extras.trailers.extend(frame.into_trailers().iter().flat_map(owned)),
            },
        }
        if body.length() > MOST {
            break End::Capped;
        }
    };
    let (status, headers) = (head.status.as_u16(), owned(&head.headers));
    Ok(Answered { status, reason: None, headers, body: body.finish(), end, extras: extras.some() })
}

fn owned(headers: &HeaderMap) -> Vec<Header> {
    headers.iter().map(|(name, value)| (name.to_string(), Octets(value.as_bytes().to_vec()))).collect()
}

/// What a client error says about the target.
pub(crate) fn failure(error: &reqwest::Error) -> Failure {
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if text.contains("invalid HTTP") || text.contains("parse") {
            return Failure::Malformed;
        }
        source = cause.source();
    }
    if error.is_connect() {
        Failure::Unreachable
    } else if error.is_timeout() {
        Failure::Timeout
    } else {
        Failure::Closed
    }
}

#[cfg(test)]
mod tests;
