use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;

#[test]
fn target_cannot_change_the_host() {
    let base = Url::parse("http://127.0.0.1:8080/").unwrap();
    for (target, sound) in [("/a", true), ("@192.0.2.1/", false), (".example/", false), ("9/", false), ("/@a", true)] {
        let call = HttpCall { method: "GET".to_owned(), target: Octets::from(target), ..HttpCall::default() };
        assert_eq!(request((&base, Look::plain()), &call, &[]).is_ok(), sound, "{target}");
    }
}

fn call(method: &str, headers: &[(&str, &str)], body: Option<&str>) -> HttpCall {
    HttpCall {
        method: method.to_owned(),
        target: Octets::from("/a%20b?c=d"),
        headers: headers.iter().map(|(name, value)| ((*name).to_owned(), Octets::from(*value))).collect(),
        body: body.map(Octets::from),
        ..HttpCall::default()
    }
}

async fn door(look: &'static Look) -> (Door, tokio::net::TcpListener) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let door = Door::new(&url, &crate::Fence::default()).await.unwrap().looking_like(look).unwrap();
    (door, listener)
}

/// A request as it comes, sent by a client of this look: by the library, or by our own hand.
async fn sent(look: &'static Look, call: &HttpCall, by_library: bool) -> Vec<String> {
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
async fn request_is_written_like_its_client() {
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
async fn request_is_written_like_the_library() {
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
async fn request_with_its_own_framing_is_left_to_the_library() {
    let seen = sent(Look::plain(), &call("POST", &[("transfer-encoding", "chunked")], Some("abc")), false).await;
    assert!(seen.iter().any(|line| line == "transfer-encoding: chunked"), "{seen:?}");
}

/// Serves one connection: this answer for each request and, when told, the given bytes after the last one.
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
        // It stays open as long as the target.
        std::future::pending::<()>().await;
    });
    (door, later)
}

const CASE: CaseId = CaseId { scenario: 7, index: 1 };

async fn got(door: &Door) -> Answered {
    send(door, (&call("GET", &[], None), Some(CASE)), &[], Duration::from_secs(20)).await.unwrap()
}

#[tokio::test]
async fn well_formed_call_sees_interim_responses_trailers_and_extra_bytes() {
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
async fn bytes_on_an_idle_connection_are_found() {
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

/// Many servers close a connection after an answer without announcing it.
#[tokio::test]
async fn closed_connection_is_not_reused() {
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
            let trailers = HeaderMap::from_iter([(HeaderName::from_static("x-note"), HeaderValue::from_static("t"))]);
            body.send_trailers(trailers).unwrap();
        }
    });
    let door = Door::new(&url, &crate::Fence::default()).await.unwrap();
    let call = HttpCall { wire: Wire::Http2, ..call("GET", &[], None) };
    let answer = send(&door, (&call, None), &[], Duration::from_secs(20)).await.unwrap();
    assert_eq!((answer.body.bytes.lossy().as_ref(), answer.end), ("ok", End::Complete));
    assert_eq!(answer.trailers()[0].1.lossy(), "t");
}

#[tokio::test]
async fn stalled_answer_is_late_and_its_beginning_counts() {
    let (door, _later) = served(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nTrace").await;
    let call = call("GET", &[], None);
    let answer = send(&door, (&call, None), &[], Duration::from_millis(200)).await.unwrap();
    assert_eq!((answer.end, answer.body.bytes.lossy().as_ref()), (End::Late, "Trace"));
}

#[tokio::test]
async fn connection_idle_too_long_is_not_reused() {
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
