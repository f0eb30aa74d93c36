use std::net::SocketAddr;
use std::sync::Arc;

use pincer_core::observe::{Event, Extent, STRANGER, What};
use pincer_core::vocab::{CaseId, Lane, Nonce, Part, Tracer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::idp::Idp;
use crate::model::Model;
use crate::secure::{Authority, Secure};
use crate::tap::Tap;
use crate::{Clock, Playbook, Sensor};

use super::*;

/// A listener: its name in arrivals, what keeps it open, and its reports.
struct Listener {
    name: &'static str,
    address: SocketAddr,
    reports: UnboundedReceiver<Event>,
    _held: Box<dyn std::any::Any>,
}

const CASE: CaseId = CaseId { scenario: 3, index: 2 };

fn tracer() -> Tracer {
    Tracer::new(7, Nonce::new(7))
}

fn sensor() -> (Sensor, UnboundedReceiver<Event>) {
    let (out, reports) = unbounded_channel();
    let report = move |report| drop(out.send(report));
    (Sensor::new(Clock::start(), Lane::default(), tracer(), Arc::new(report)), reports)
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

    async fn report(&mut self) -> Event {
        tokio::time::timeout(Duration::from_secs(20), self.reports.recv()).await.expect(self.name).unwrap()
    }

    /// The arrival, and its owner.
    async fn arrival(&mut self) -> (Option<CaseId>, Arrival) {
        match self.report().await {
            Event { case, what: What::Arrived { arrival, .. }, .. } => {
                assert_eq!(arrival.upstream.as_str(), self.name);
                (case, *arrival)
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
            matches!(&report.what, What::EmptyConnection { upstream } if upstream.as_str() == listener.name),
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
        assert!(matches!(listener.report().await.what, What::EmptyConnection { .. }), "{}", listener.name);
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
            match listener.report().await.what {
                What::EmptyConnection { .. } => break,
                What::AuditRecord { .. } => assert_eq!(listener.name, "audit"),
                other => panic!("{}: {other:?}", listener.name),
            }
        }
    }
}

/// A prompt or a record may name a case and is still not a call of it. A request to the address that forged tokens
/// point to is one.
#[tokio::test]
async fn a_mark_owns_what_arrives_at_the_provider_alone() {
    let mark = tracer().canary(CASE, Part::PAYLOAD);
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
    let mark = tracer().canary(CASE, Part::PAYLOAD);
    listener.send(format!("GET /accounts/{mark} HTTP/1.1\r\nhost: a\r\n\r\n").as_bytes()).await;
    let (case, arrival) = listener.arrival().await;
    assert_eq!((case, arrival.extent), (Some(CASE), Extent::Whole));
    listener.send(b"").await;
    assert!(matches!(listener.report().await.what, What::EmptyConnection { .. }));
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
    assert!(matches!(listener.report().await.what, What::EmptyConnection { .. }));
    listener.send(b"GET / HTTP/1.1\r\nconnection: close\r\n\r\n").await;
    assert_eq!(listener.arrival().await.1.extent, Extent::Whole);
}

/// A host that nobody was told of has no reason to be called: what nobody would call a request is an arrival there.
#[tokio::test]
async fn a_stranger_sees_each_connection_and_each_byte() {
    let (seen, reports) = sensor();
    let listener = crate::bind(STRANGER, ([127, 0, 0, 1], 0).into()).unwrap();
    let stranger = crate::hostile::Hostile::stranger(listener, seen).unwrap();
    let mut listener = Listener { name: STRANGER, address: stranger.address(), reports, _held: Box::new(stranger) };
    for (bytes, extent) in [
        (&b""[..], Extent::Connection),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", Extent::Foreign),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Extent::Foreign),
        (b"EHLO\r\n", Extent::Foreign),
        (b"GET /moved HTTP/1.1\r\nhost", Extent::Part),
        (b"GET /moved HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n", Extent::Whole),
    ] {
        listener.send(bytes).await;
        assert_eq!(listener.arrival().await.1.extent, extent, "{}", String::from_utf8_lossy(bytes));
    }
    // One that is held open is told before its end, and once.
    let held = TcpStream::connect(listener.address).await.unwrap();
    assert_eq!(listener.arrival().await.1.extent, Extent::Connection);
    drop(held);
    listener.send(b"GET / HTTP/1.1\r\nconnection: close\r\n\r\n").await;
    assert_eq!(listener.arrival().await.1.extent, Extent::Whole);
}

/// An honest peer on a busy machine rests between the head and the body: what was told of it is taken back.
#[tokio::test]
async fn a_request_that_rests_is_one_arrival() {
    let (seen, reports) = sensor();
    let listener = crate::bind("ledger", ([127, 0, 0, 1], 0).into()).unwrap();
    let (name, playbook) = (Upstream::new("ledger").unwrap(), Arc::new(Playbook::default()));
    let hostile = crate::hostile::Hostile::open(name, listener, playbook, seen).unwrap();
    let mut listener = Listener { name: "ledger", address: hostile.address(), reports, _held: Box::new(hostile) };
    let mut stream = TcpStream::connect(listener.address).await.unwrap();
    stream.write_all(b"POST /notes HTTP/1.1\r\ncontent-length: 2\r\n\r\n").await.unwrap();
    let Event { at_us, what: What::Arrived { arrival, .. }, .. } = listener.report().await else { panic!("no part") };
    assert_eq!(arrival.extent, Extent::Part);
    stream.write_all(b"{}").await.unwrap();
    assert!(matches!(listener.report().await.what, What::Superseded { part_us } if part_us == at_us));
    assert_eq!(listener.arrival().await.1.extent, Extent::Whole);
    // One that stays a part is told once, however late its connection ends.
    stream.write_all(b"POST /notes HTTP/1.1\r\nx-half").await.unwrap();
    assert_eq!(listener.arrival().await.1.extent, Extent::Part);
    drop(stream);
    listener.send(b"").await;
    assert!(matches!(listener.report().await.what, What::EmptyConnection { .. }));
}

#[tokio::test]
async fn a_prompt_that_rests_is_taken_back() {
    let mut listener = listeners().remove(0);
    let mut stream = TcpStream::connect(listener.address).await.unwrap();
    stream.write_all(b"POST /v1/chat").await.unwrap();
    let Event { at_us, what: What::Arrived { .. }, .. } = listener.report().await else { panic!("no part") };
    stream.write_all(b"/completions HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}").await.unwrap();
    assert!(matches!(listener.report().await.what, What::Superseded { part_us } if part_us == at_us));
}
