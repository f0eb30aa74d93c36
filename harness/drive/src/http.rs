//! Well-formed traffic: requests are made by reqwest, and answers are read by our own hand, which sees all that comes.

use std::error::Error as _;
use std::net::SocketAddr;
use std::time::Duration;

use http_body_util::BodyExt as _;
use pincer_core::observe::{Answered, Capturing, End, Extras, Failure, Header};
use pincer_core::plan::{Call, Client as Look};
use pincer_core::scenario::Wire;
use pincer_core::vocab::{CaseId, Octets};
use reqwest::header::{
    ACCEPT, CONTENT_LENGTH, EXPECT, HOST, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING, UPGRADE,
};
use reqwest::{Client, ClientBuilder, Method, Request, Url, redirect};
use tokio::time::{Instant, timeout_at};

use crate::answer::MOST;
use crate::{Door, KEEP, tls};

/// A connection that was idle for longer is not used again: servers end idle ones from two seconds on (gunicorn's
/// `keepalive`), and a call that is sent at that moment is lost.
pub(crate) const IDLE: Duration = Duration::from_secs(1);

/// A client whose every connection goes to `address`, and whose requests look so.
pub(crate) fn client(host: &str, address: SocketAddr, look: &Look) -> Result<Client, reqwest::Error> {
    let builder = builder(host, address).tls_backend_preconfigured(tls::config());
    if look.titled { builder.http1_title_case_headers().build() } else { builder.build() }
}

/// A client that speaks HTTP/2 alone, all its calls on one connection: by ALPN over TLS, by prior knowledge in plain.
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
pub(crate) fn request(
    (base, look): (&Url, &Look),
    call: &Call,
    credentials: &[(String, String)],
) -> Result<Request, Failure> {
    let target = std::str::from_utf8(&call.target.0).map_err(|_| Failure::Unsendable)?;
    let prefix = base.as_str().trim_end_matches('/');
    let url = Url::parse(&format!("{prefix}{target}")).map_err(|_| Failure::Unsendable)?;
    // A target such as `@elsewhere/` would make another host of the text.
    if url.origin() != base.origin() {
        return Err(Failure::Unsendable);
    }
    let method = Method::from_bytes(call.method.as_bytes()).map_err(|_| Failure::Unsendable)?;
    let mut request = Request::new(method, url);
    let headers = request.headers_mut();
    // The library puts it last; HTTP/2 has it elsewhere.
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

/// Sends a call, which is a case's, and reads its answer: over the library's own connection where that speaks HTTP/2, or
/// where the call says itself how it is framed; else over connections that are read byte by byte.
pub(crate) async fn send(
    door: &Door,
    (call, case): (&Call, Option<CaseId>),
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

/// The request as the library writes it in HTTP/1.1; nothing where it says itself how it is framed or what it becomes.
pub(crate) fn written(request: &Request, look: &Look) -> Option<Vec<u8>> {
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
    // What the library adds where the call does not say it.
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

/// The answer that the library fetches. Of interim answers and of what comes behind the end it tells nothing.
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

/// What a client error says of the target.
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
mod tests {
    use pincer_core::scenario::Via;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[test]
    fn no_target_makes_another_host() {
        let base = Url::parse("http://127.0.0.1:8080/").unwrap();
        for (target, sound) in
            [("/a", true), ("@192.0.2.1/", false), (".example/", false), ("9/", false), ("/@a", true)]
        {
            let call = Call {
                wire: Wire::Polite,
                via: Via::Url,
                method: "GET".to_owned(),
                target: Octets::from(target),
                headers: Vec::new(),
                body: None,
                raw: None,
            };
            assert_eq!(request((&base, Look::plain()), &call, &[]).is_ok(), sound, "{target}");
        }
    }

    fn call(method: &str, headers: &[(&str, &str)], body: Option<&str>) -> Call {
        Call {
            wire: Wire::Polite,
            via: Via::Url,
            method: method.to_owned(),
            target: Octets::from("/a%20b?c=d"),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), Octets::from(*value))).collect(),
            body: body.map(Octets::from),
            raw: None,
        }
    }

    async fn door(look: &'static Look) -> (Door, tokio::net::TcpListener) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let door = Door::new(&url, &crate::Fence::default()).await.unwrap().looking_like(look).unwrap();
        (door, listener)
    }

    /// A request as it comes, sent by a client of this look: by the library, or by our own hand.
    async fn sent(look: &'static Look, call: &Call, by_library: bool) -> Vec<String> {
        let (door, listener) = door(look).await;
        let (host, call) = (door.base.authority().to_owned(), call.clone());
        let length = call.body.as_ref().map_or(0, |body| body.0.len());
        let sending = tokio::spawn(async move {
            if by_library {
                let request = request((&door.base, look), &call, &[]).unwrap();
                fetched(&door.client, request, Instant::now() + Duration::from_secs(20)).await.unwrap()
            } else {
                send(&door, (&call, None), &[], Duration::from_secs(20)).await.unwrap()
            }
        });
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut bytes = Vec::new();
        while bytes.windows(4).position(|four| four == b"\r\n\r\n").is_none_or(|at| bytes.len() < at + 4 + length) {
            assert!(stream.read_buf(&mut bytes).await.unwrap() > 0, "{}", String::from_utf8_lossy(&bytes));
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        sending.await.unwrap();
        String::from_utf8(bytes).unwrap().replace(&host, "HOST").split("\r\n").map(str::to_owned).collect()
    }

    #[tokio::test]
    async fn a_request_is_written_as_its_client_writes() {
        let own = [("user-agent", "curl/8.17.0"), ("x-request-id", "1"), ("accept-encoding", "gzip")];
        let titled = Look::common().iter().find(|look| look.titled && look.host_first).unwrap();
        let seen = sent(titled, &call("POST", &own, Some("{}")), false).await;
        let expected = [
            "POST /a%20b?c=d HTTP/1.1",
            "Host: HOST",
            "User-Agent: curl/8.17.0",
            "X-Request-Id: 1",
            "Accept-Encoding: gzip",
        ];
        assert_eq!(&seen[..5], expected, "{seen:?}");
        let plain = sent(Look::plain(), &call("POST", &own, Some("{}")), false).await;
        assert_eq!(plain.get(1).map(String::as_str), Some("user-agent: curl/8.17.0"), "{plain:?}");
    }

    #[tokio::test]
    async fn a_request_is_written_as_the_library_writes_it() {
        let own = [("x-b", "1"), ("x-a", "2"), ("x-b", "3"), ("connection", "keep-alive")];
        let with_accept = [("accept", "application/json"), ("x-a", "2"), ("host", "other")];
        for look in Look::common().iter().chain([Look::plain()]) {
            for (method, body) in [("GET", None), ("POST", Some("{}")), ("POST", Some("")), ("DELETE", None)] {
                for headers in [&own[..], &with_accept] {
                    let call = call(method, headers, body);
                    assert_eq!(sent(look, &call, false).await, sent(look, &call, true).await, "{call:?} {look:?}");
                }
            }
        }
    }

    #[tokio::test]
    async fn what_frames_itself_is_left_to_the_library() {
        let seen = sent(Look::plain(), &call("POST", &[("transfer-encoding", "chunked")], Some("abc")), false).await;
        assert!(seen.iter().any(|line| line == "transfer-encoding: chunked"), "{seen:?}");
    }

    /// Serves one connection: for each request this answer, and behind the last one, once it is told, what is given.
    async fn served(answer: &'static [u8]) -> (Door, tokio::sync::oneshot::Sender<&'static [u8]>) {
        let (door, listener) = door(Look::plain()).await;
        let (later, late) = tokio::sync::oneshot::channel::<&[u8]>();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                stream.read_buf(&mut request).await.unwrap();
            }
            stream.write_all(answer).await.unwrap();
            stream.write_all(late.await.unwrap_or_default()).await.unwrap();
            // It stays open for as long as the target does.
            std::future::pending::<()>().await;
        });
        (door, later)
    }

    const CASE: CaseId = CaseId { scenario: 7, index: 1 };

    async fn got(door: &Door) -> Answered {
        send(door, (&call("GET", &[], None), Some(CASE)), &[], Duration::from_secs(20)).await.unwrap()
    }

    #[tokio::test]
    async fn a_well_formed_call_sees_what_stands_beside_head_and_body() {
        let (door, _later) = served(
            b"HTTP/1.1 103 Early Hints\r\nlink: hinted\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n\
              2\r\nok\r\n0\r\nx-note: trailed\r\n\r\nbehind",
        )
        .await;
        let answer = got(&door).await;
        assert_eq!((answer.status, answer.body.bytes.lossy().as_ref()), (200, "ok"));
        assert_eq!(answer.interim()[0].headers[0].1.lossy(), "hinted");
        assert_eq!(answer.trailers()[0].1.lossy(), "trailed");
        assert_eq!(answer.behind().unwrap().bytes.lossy(), "behind");
    }

    #[tokio::test]
    async fn what_comes_on_a_connection_that_waits_is_found() {
        let (door, later) = served(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
        assert_eq!(got(&door).await.behind(), None);
        assert!(door.pool.found().is_empty());
        later.send(b"late").unwrap();
        let found = loop {
            if let Some(found) = door.pool.found().pop() {
                break found;
            }
            tokio::task::yield_now().await;
        };
        assert_eq!((found.0, found.1.bytes.lossy().as_ref()), (CASE, "late"));
    }

    /// Many servers end a connection behind an answer without saying so.
    #[tokio::test]
    async fn a_connection_that_ended_is_not_used_again() {
        let (door, listener) = door(Look::plain()).await;
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    assert!(stream.read_buf(&mut request).await.unwrap() > 0);
                }
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
            }
        });
        for _ in 0..50 {
            assert_eq!(got(&door).await.body.bytes.lossy(), "ok");
        }
    }

    #[tokio::test]
    async fn trailers_of_http_2_are_seen() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let mut connection = h2::server::handshake(stream).await.unwrap();
            while let Some(Ok((_, mut respond))) = connection.accept().await {
                let mut body = respond.send_response(http::Response::new(()), false).unwrap();
                body.send_data("ok".into(), false).unwrap();
                let trailers =
                    HeaderMap::from_iter([(HeaderName::from_static("x-note"), HeaderValue::from_static("t"))]);
                body.send_trailers(trailers).unwrap();
            }
        });
        let door = Door::new(&url, &crate::Fence::default()).await.unwrap();
        let call = Call { wire: Wire::Http2, ..call("GET", &[], None) };
        let answer = send(&door, (&call, None), &[], Duration::from_secs(20)).await.unwrap();
        assert_eq!((answer.body.bytes.lossy().as_ref(), answer.end), ("ok", End::Complete));
        assert_eq!(answer.trailers()[0].1.lossy(), "t");
    }

    #[tokio::test]
    async fn an_answer_that_stops_is_late_and_what_came_of_it_counts() {
        let (door, _later) = served(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nTrace").await;
        let call = call("GET", &[], None);
        let answer = send(&door, (&call, None), &[], Duration::from_millis(200)).await.unwrap();
        assert_eq!((answer.end, answer.body.bytes.lossy().as_ref()), (End::Late, "Trace"));
    }

    #[tokio::test]
    async fn a_connection_that_idled_is_not_used_again() {
        let (door, listener) = door(Look::plain()).await;
        let connections = async {
            for count in 1.. {
                let (mut stream, _) = listener.accept().await.unwrap();
                tokio::spawn(async move {
                    let mut request = Vec::new();
                    while stream.read_buf(&mut request).await.unwrap() > 0 {
                        if request.ends_with(b"\r\n\r\n") {
                            request.clear();
                            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n{count}");
                            stream.write_all(answer.as_bytes()).await.unwrap();
                        }
                    }
                });
            }
        };
        let calls = async {
            let call = async || got(&door).await.body.bytes.lossy().into_owned();
            let early = [call().await, call().await];
            tokio::time::sleep(IDLE + Duration::from_millis(100)).await;
            (early, call().await)
        };
        tokio::select! {
            () = connections => unreachable!(),
            told = calls => assert_eq!(told, (["1", "1"].map(str::to_owned), "2".to_owned())),
        }
    }
}
