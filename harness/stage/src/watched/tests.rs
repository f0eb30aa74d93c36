use std::net::SocketAddr;
use std::sync::Arc;

use pincer_core::observe::Extent;
use pincer_core::vocab::{CaseId, Nonce, Tracer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::idp::Idp;
use crate::model::Model;
use crate::secure::{Authority, Secure};
use crate::tap::Tap;
use crate::{Clock, Playbook, Report, Sensor};

use super::*;

/// A listener: its name in arrivals, what keeps it open, and its reports.
struct Listener {
    name: &'static str,
    address: SocketAddr,
    reports: UnboundedReceiver<Report>,
    _held: Box<dyn std::any::Any>,
}

const CASE: CaseId = CaseId { scenario: 3, index: 2 };

fn tracer() -> Tracer {
    Tracer::new(7, Nonce::new(7))
}

fn sensor() -> (Sensor, UnboundedReceiver<Report>) {
    let (out, reports) = unbounded_channel();
    let report = move |report| drop(out.send(report));
    (Sensor::new(Clock::start(), 0, tracer(), Arc::new(report)), reports)
}

/// The ports that a library serves.
fn listeners() -> Vec<Listener> {
    let port = |name| crate::bind(name, ([127, 0, 0, 1], 0).into()).unwrap();
    let (seen, reports) = sensor();
    let model = Model::open(port("model"), String::new(), Arc::new(Playbook::default()), seen).unwrap();
    let model = Listener { name: "model", address: model.address(), reports, _held: Box::new(model) };
    let (seen, reports) = sensor();
    let papers = ("{\"keys\":[]}".to_owned(), "{}".to_owned());
    let idp = Idp::open(port("issuer"), Upstream::new("issuer").unwrap(), papers, seen).unwrap();
    let idp = Listener { name: "issuer", address: idp.address(), reports, _held: Box::new(idp) };
    let (seen, reports) = sensor();
    let (tap, address) = Tap::post(port("audit"), seen).unwrap();
    vec![model, idp, Listener { name: "audit", address, reports, _held: Box::new(tap) }]
}

impl Listener {
    /// Sends these bytes on a new connection, and ends it.
    async fn send(&self, bytes: &[u8]) {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        // A reset is an end too.
        let _ = stream.read_to_end(&mut answer).await;
    }

    async fn report(&mut self) -> Report {
        tokio::time::timeout(Duration::from_secs(20), self.reports.recv()).await.expect(self.name).unwrap()
    }

    /// The arrival, and its owner.
    async fn arrival(&mut self) -> (Option<CaseId>, Arrival) {
        match self.report().await {
            Report::Arrived { owner, arrival, .. } => {
                assert_eq!(arrival.upstream.as_str(), self.name);
                (owner.map(|owner| owner.case), arrival)
            }
            other => panic!("{}: {other:?}", self.name),
        }
    }
}

#[tokio::test]
async fn incomplete_request_arrives_at_each_port() {
    for mut listener in listeners() {
        for (bytes, extent, method) in [
            (
                &b"POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n{\"a\""[..],
                Extent::Part,
                "POST",
            ),
            (b"POST /v1/chat/completions HTTP/1.1\r\nhost", Extent::Part, "POST"),
            (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", Extent::Foreign, ""),
            (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Extent::Foreign, "PRI"),
        ] {
            // The provider answers from the head alone.
            if listener.name == "issuer" && bytes.ends_with(b"{\"a\"") {
                continue;
            }
            listener.send(bytes).await;
            let (case, arrival) = listener.arrival().await;
            assert_eq!((case, arrival.extent, arrival.method.as_str()), (None, extent, method), "{}", listener.name);
        }
    }
}

#[tokio::test]
async fn connection_without_a_byte_is_reported() {
    for mut listener in listeners() {
        listener.send(b"").await;
        let report = listener.report().await;
        assert!(
            matches!(&report, Report::Connected { upstream, .. } if upstream.as_str() == listener.name),
            "{report:?}"
        );
    }
}

#[tokio::test]
async fn stalled_request_is_reported_once_and_before_its_end() {
    for mut listener in listeners() {
        let mut stream = TcpStream::connect(listener.address).await.unwrap();
        stream.write_all(b"POST /v1/chat").await.unwrap();
        let (_, arrival) = listener.arrival().await;
        assert_eq!((arrival.extent, arrival.target.lossy().as_ref()), (Extent::Part, "/v1/chat"));
        drop(stream);
        // The next report is about another connection.
        listener.send(b"").await;
        assert!(matches!(listener.report().await, Report::Connected { .. }), "{}", listener.name);
    }
}

#[tokio::test]
async fn request_that_a_library_refuses_still_arrives() {
    let many = "x-many: 1\r\n".repeat(200);
    for mut listener in listeners() {
        listener.send(format!("GET /jwks.json HTTP/1.1\r\nhost: a\r\n{many}\r\n").as_bytes()).await;
        let (_, arrival) = listener.arrival().await;
        assert_eq!((arrival.extent, arrival.target.lossy().as_ref()), (Extent::Whole, "/jwks.json"));
    }
}

#[tokio::test]
async fn whole_requests_are_not_reported_twice() {
    for mut listener in listeners() {
        listener.send(b"GET /jwks.json HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
        listener.send(b"POST /jwks.json HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}").await;
        listener.send(b"").await;
        loop {
            match listener.report().await {
                Report::Connected { .. } => break,
                Report::Recorded { .. } => assert_eq!(listener.name, "audit"),
                other => panic!("{}: {other:?}", listener.name),
            }
        }
    }
}

/// A prompt or a record may name a case and is still not a call of it. A request to the address that forged tokens
/// point to is one.
#[tokio::test]
async fn only_the_provider_attributes_arrivals_by_mark() {
    let mark = tracer().canary(CASE, 1);
    for mut listener in listeners() {
        listener.send(format!("POST /lure/{mark} HTTP/1.1\r\nx-half").as_bytes()).await;
        let (case, arrival) = listener.arrival().await;
        assert_eq!(case, (listener.name == "issuer").then_some(CASE), "{arrival:?}");
    }
}

#[tokio::test]
async fn tls_port_reports_what_is_no_hello() {
    let (seen, reports) = sensor();
    let listener = crate::bind("ledger", ([127, 0, 0, 1], 0).into()).unwrap();
    let authority = Arc::new(Authority::new().unwrap());
    let nowhere = SocketAddr::from(([127, 0, 0, 1], 9));
    let secure = Secure::open((Upstream::new("ledger").unwrap(), listener), nowhere, authority, seen).unwrap();
    let mut listener = Listener { name: "ledger", address: secure.address(), reports, _held: Box::new(secure) };
    let mark = tracer().canary(CASE, 1);
    listener.send(format!("GET /accounts/{mark} HTTP/1.1\r\nhost: a\r\n\r\n").as_bytes()).await;
    let (case, arrival) = listener.arrival().await;
    assert_eq!((case, arrival.extent), (Some(CASE), Extent::Whole));
    listener.send(b"").await;
    assert!(matches!(listener.report().await, Report::Connected { .. }));
}

/// A bare connection to one of our upstreams.
#[tokio::test]
async fn upstream_reports_a_connection_without_a_byte() {
    let (seen, reports) = sensor();
    let listener = crate::bind("ledger", ([127, 0, 0, 1], 0).into()).unwrap();
    let (name, playbook) = (Upstream::new("ledger").unwrap(), Arc::new(Playbook::default()));
    let hostile = crate::hostile::Hostile::open(name, listener, playbook, seen).unwrap();
    let mut listener = Listener { name: "ledger", address: hostile.address(), reports, _held: Box::new(hostile) };
    listener.send(b"").await;
    assert!(matches!(listener.report().await, Report::Connected { .. }));
    listener.send(b"GET / HTTP/1.1\r\nconnection: close\r\n\r\n").await;
    assert_eq!(listener.arrival().await.1.extent, Extent::Whole);
}
