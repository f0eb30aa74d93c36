//! Well-formed traffic, by reqwest.

use std::error::Error as _;
use std::net::SocketAddr;
use std::time::Duration;

use pincer_core::observe::{Answered, Capture, End, Failure};
use pincer_core::plan::{Call, Client as Look};
use pincer_core::scenario::Wire;
use pincer_core::vocab::Octets;
use reqwest::header::{HOST, HeaderName, HeaderValue};
use reqwest::{Client, ClientBuilder, Method, Url, redirect};
use tokio::time::{Instant, timeout_at};

use crate::{Door, KEEP, tls};

/// Reading stops after this many bytes of an answer: an endless one costs no more.
const MOST: usize = 8 << 20;
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
    client: &Client,
    (base, look): (&Url, &Look),
    call: &Call,
    credentials: &[(String, String)],
) -> Result<reqwest::Request, Failure> {
    let unsendable = |_| Failure::Unsendable;
    let target = std::str::from_utf8(&call.target.0).map_err(|_| Failure::Unsendable)?;
    let prefix = base.as_str().trim_end_matches('/');
    let url = Url::parse(&format!("{prefix}{target}")).map_err(|_| Failure::Unsendable)?;
    // A target such as `@elsewhere/` would make another host of the text.
    if url.origin() != base.origin() {
        return Err(Failure::Unsendable);
    }
    let method = Method::from_bytes(call.method.as_bytes()).map_err(|_| Failure::Unsendable)?;
    let mut builder = client.request(method, url);
    // The library puts it last; HTTP/2 has it elsewhere.
    if look.host_first && call.wire != Wire::Http2 && !call.headers.iter().any(|(name, _)| HOST == name.as_str()) {
        let host = base.host_str().unwrap_or_default();
        builder = builder.header(HOST, base.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")));
    }
    for (name, value) in &call.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| Failure::Unsendable)?;
        let value = HeaderValue::from_bytes(&value.0).map_err(|_| Failure::Unsendable)?;
        builder = builder.header(name, value);
    }
    for (name, value) in credentials {
        builder = builder.header(name, value);
    }
    if let Some(body) = &call.body {
        builder = builder.body(body.0.clone());
    }
    builder.build().map_err(unsendable)
}

/// Sends a call and reads its answer.
pub(crate) async fn send(
    door: &Door,
    call: &Call,
    credentials: &[(String, String)],
    deadline: Duration,
) -> Result<Answered, Failure> {
    let until = Instant::now() + deadline;
    let client = if call.wire == Wire::Http2 { &door.streams } else { &door.client };
    let request = request(client, (&door.base, door.look), call, credentials)?;
    let mut response = match timeout_at(until, client.execute(request)).await {
        Err(_) => return Err(Failure::Timeout),
        Ok(Err(error)) => return Err(failure(&error)),
        Ok(Ok(response)) => response,
    };
    let status = response.status().as_u16();
    let headers = response.headers().iter().map(|(n, v)| (n.to_string(), Octets(v.as_bytes().to_vec()))).collect();
    let mut body = Vec::new();
    let end = loop {
        match timeout_at(until, response.chunk()).await {
            Err(_) => break End::Late,
            Ok(Err(_)) => break End::Cut,
            Ok(Ok(None)) => break End::Complete,
            Ok(Ok(Some(chunk))) => body.extend_from_slice(&chunk),
        }
        if body.len() > MOST {
            break End::Capped;
        }
    };
    Ok(Answered { status, reason: None, headers, body: Capture::of(&body, KEEP), end })
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
        let client = client("127.0.0.1", SocketAddr::from(([127, 0, 0, 1], 8080)), Look::plain()).unwrap();
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
            assert_eq!(request(&client, (&base, Look::plain()), &call, &[]).is_ok(), sound, "{target}");
        }
    }

    /// The head of a request as it comes, sent by a client of this look.
    async fn head(look: &'static Look, headers: &[(&str, &str)]) -> Vec<String> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let base = Url::parse(&format!("http://{address}/")).unwrap();
        let client = client("127.0.0.1", address, look).unwrap();
        let call = Call {
            wire: Wire::Polite,
            via: Via::Url,
            method: "POST".to_owned(),
            target: Octets::from("/a"),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), Octets::from(*value))).collect(),
            body: Some(Octets::from("{}")),
            raw: None,
        };
        let request = request(&client, (&base, look), &call, &[]).unwrap();
        let sending = tokio::spawn(async move { client.execute(request).await.map(drop) });
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut bytes = Vec::new();
        while !bytes.ends_with(b"\r\n\r\n{}") {
            assert!(stream.read_buf(&mut bytes).await.unwrap() > 0, "{}", String::from_utf8_lossy(&bytes));
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        sending.await.unwrap().unwrap();
        let text = String::from_utf8(bytes).unwrap().replace(&address.to_string(), "HOST");
        text.lines().map(str::to_owned).take_while(|line| !line.is_empty()).collect()
    }

    #[tokio::test]
    async fn a_request_is_written_as_its_client_writes() {
        let own = [("user-agent", "curl/8.17.0"), ("x-request-id", "1"), ("accept-encoding", "gzip")];
        let titled = Look::common().iter().find(|look| look.titled && look.host_first).unwrap();
        let seen = head(titled, &own).await;
        let expected =
            ["POST /a HTTP/1.1", "Host: HOST", "User-Agent: curl/8.17.0", "X-Request-Id: 1", "Accept-Encoding: gzip"];
        assert_eq!(&seen[..5], expected, "{seen:?}");
        assert!(!seen.iter().any(|line| line.to_lowercase().starts_with("user-agent: reqwest")));
        let plain = head(Look::plain(), &own).await;
        assert_eq!(plain.get(1).map(String::as_str), Some("user-agent: curl/8.17.0"), "{plain:?}");
    }

    #[tokio::test]
    async fn a_connection_that_idled_is_not_used_again() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let client = client("127.0.0.1", address, Look::plain()).unwrap();
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
            let call = async || client.get(format!("http://{address}/")).send().await.unwrap().text().await.unwrap();
            let early = call().await;
            tokio::time::sleep(IDLE + Duration::from_millis(100)).await;
            (early, call().await)
        };
        tokio::select! {
            () = connections => unreachable!(),
            told = calls => assert_eq!(told, ("1".to_owned(), "2".to_owned())),
        }
    }
}
