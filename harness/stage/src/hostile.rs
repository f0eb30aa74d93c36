//! Our own upstream: it sees each byte, including incomplete requests, and breaks the wire on command.

mod answer;
#[cfg(feature = "properties")]
#[expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "a property says by a panic that it is broken"
)]
pub(crate) mod property;
pub(crate) mod request;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use pincer_core::observe::{Arrival, STRANGER};
use pincer_core::vocab::Upstream;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;

use self::request::{Next, Reader};
use crate::{Playbook, Sensor, StageError};

/// A listener that plays one upstream; dropping it ends all its connections.
#[derive(Debug)]
pub struct Hostile {
    address: SocketAddr,
    _accepting: JoinSet<()>,
}

impl Hostile {
    /// Plays `upstream` on `listener`. A connection that brings no byte is told, but is no arrival: whoever keeps a pool
    /// opens some for later.
    pub fn open(
        upstream: Upstream,
        listener: std::net::TcpListener,
        playbook: Arc<Playbook>,
        sensor: Sensor,
    ) -> Result<Self, StageError> {
        Self::serve(Host { upstream, playbook, sensor, is_stranger: false }, listener)
    }

    /// Plays a host that the target's owner does not know, by the name [`STRANGER`]. It answers by its sample whatever a
    /// case's own upstream does, and a connection alone is an arrival there.
    #[expect(clippy::expect_used, clippy::missing_panics_doc, reason = "the word is a name")]
    pub fn stranger(listener: std::net::TcpListener, sensor: Sensor) -> Result<Self, StageError> {
        let upstream = Upstream::new(STRANGER).expect("letters only");
        Self::serve(Host { upstream, playbook: Arc::default(), sensor, is_stranger: true }, listener)
    }

    fn serve(host: Host, listener: std::net::TcpListener) -> Result<Self, StageError> {
        let name = host.upstream.to_string();
        let fail = |why| StageError::Listen { upstream: name.clone(), address: String::new(), why };
        let listener = TcpListener::from_std(listener).map_err(fail)?;
        let address = listener.local_addr().map_err(fail)?;
        let mut accepting = JoinSet::new();
        accepting.spawn(accept(listener, host));
        Ok(Self { address, _accepting: accepting })
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// Who listens.
#[derive(Debug, Clone)]
struct Host {
    upstream: Upstream,
    playbook: Arc<Playbook>,
    sensor: Sensor,
    is_stranger: bool,
}

async fn accept(listener: TcpListener, host: Host) {
    // Dropped with this task, and so are the connections.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                connections.spawn(serve(stream, host.clone()));
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// A request that stalls this long is reported as incomplete.
const STALL: Duration = Duration::from_millis(200);

/// Serves requests on one connection until either side ends it. What never becomes a request is reported as well.
async fn serve(mut stream: TcpStream, host: Host) {
    let Host { upstream, playbook, sensor, is_stranger } = host;
    let report = |arrival: Arrival| {
        let owner = sensor.attribute(&arrival);
        (owner, sensor.arrived(owner, arrival))
    };
    let mut reader = Reader::new(upstream.clone());
    let mut touched = false;
    // The part of the open request that was told, and when.
    let mut told: Option<(u64, Arrival)> = None;
    loop {
        let next = if let Ok(next) = timeout(STALL, reader.next(&mut stream)).await {
            next
        } else {
            told = reader.part().map(|part| (report(part.clone()).1, part));
            if is_stranger && reader.is_untouched() {
                touched = true;
                report(Arrival::connection(upstream.clone()));
            }
            reader.next(&mut stream).await
        };
        let (arrival, keeps) = match next {
            Next::Request(arrival, keeps) => (*arrival, keeps),
            Next::End(part) => {
                match told.take() {
                    // Its end may come long after, when others call.
                    Some((_, told)) if part.as_deref() == Some(&told) => return,
                    Some((at_us, _)) => sensor.supersede(at_us),
                    None => {}
                }
                match (reader.is_untouched(), is_stranger) {
                    (true, true) if !touched => drop(report(Arrival::connection(upstream))),
                    (true, false) => sensor.connected(upstream),
                    _ => {}
                }
                part.map(|part| report(*part));
                return;
            }
        };
        if let Some((at_us, _)) = told.take() {
            sensor.supersede(at_us);
        }
        let (owner, _) = report(arrival);
        let play = playbook.play(owner.map(|owner| owner.case));
        let sound = play.fault.is_none() && play.raw.is_none();
        if answer::write(&mut stream, &play, keeps).await.is_err() || !sound || !keeps {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use pincer_core::plan::Play;
    use pincer_core::vocab::{CaseId, Lane, Nonce, Octets, Part, Size, Tracer};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;
    use crate::Clock;

    #[tokio::test]
    async fn body_has_its_announced_length() {
        let (playbook, tracer) = (Arc::new(Playbook::default()), Tracer::new(1, Nonce::default()));
        let sensor = Sensor::new(Clock::start(), Lane::default(), tracer.clone(), Arc::new(|_| {}));
        let listener = crate::bind("ledger", ([127, 0, 0, 1], 0).into()).unwrap();
        let hostile = Hostile::open(Upstream::new("ledger").unwrap(), listener, playbook.clone(), sensor).unwrap();
        let mut stream = TcpStream::connect(hostile.address()).await.unwrap();
        // In a row on one connection: each ends where it says.
        for (index, size) in (0..).zip([2, 3, 65_537, 65_538, 65_539, 300_000]) {
            let case = CaseId { scenario: 1, index };
            let body = Octets::default();
            let play = Play {
                status: 200,
                headers: Vec::new(),
                body,
                size: Some(Size(size)),
                fault: None,
                handshake: None,
                raw: None,
            };
            playbook.set(case, play);
            let request = format!("GET /{} HTTP/1.1\r\nhost: a\r\n\r\n", tracer.canary(case, Part::REQUEST));
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut answer = Vec::new();
            let head = loop {
                assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0);
                if let Some(at) = answer.windows(4).position(|four| four == b"\r\n\r\n") {
                    break at + 4;
                }
            };
            let length = usize::try_from(size).unwrap();
            while answer.len() < head + length {
                assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0);
            }
            assert_eq!(answer.len(), head + length);
            let text = String::from_utf8(answer).unwrap();
            assert!(text.contains(&format!("content-length: {size}\r\n")), "{}", &text[..head]);
            let body: serde_json::Value = serde_json::from_str(&text[head..]).unwrap();
            let letters = body.as_str().or(body["data"].as_str()).unwrap();
            assert!(letters.bytes().all(|b| b == b'a'));
        }
    }

    #[tokio::test]
    async fn announced_gzip_decompresses_to_json() {
        use std::io::Read as _;

        let playbook = Arc::new(Playbook::default());
        let tracer = Tracer::new(1, Nonce::default());
        let sensor = Sensor::new(Clock::start(), Lane::default(), tracer.clone(), Arc::new(|_| {}));
        let listener = crate::bind("ledger", ([127, 0, 0, 1], 0).into()).unwrap();
        let hostile = Hostile::open(Upstream::new("ledger").unwrap(), listener, playbook.clone(), sensor).unwrap();
        let coded = vec![("content-encoding".to_owned(), "gzip".to_owned())];
        let plays = [(1 << 20, None, coded), (64 << 20, Some(pincer_core::scenario::Fault::GzipBomb), Vec::new())];
        for (index, (length, fault, headers)) in (0..).zip(plays) {
            let case = CaseId { scenario: 1, index };
            let size = fault.is_none().then_some(Size(length));
            let body = Octets::default();
            playbook.set(case, Play { status: 200, headers, body, size, fault, handshake: None, raw: None });
            let mut stream = TcpStream::connect(hostile.address()).await.unwrap();
            let request = format!("GET /{} HTTP/1.1\r\nhost: a\r\n\r\n", tracer.canary(case, Part::REQUEST));
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut answer = Vec::new();
            let at = loop {
                assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0);
                if let Some(at) = answer.windows(4).position(|four| four == b"\r\n\r\n") {
                    break at + 4;
                }
            };
            let head = String::from_utf8(answer[..at].to_vec()).unwrap();
            let told = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            let packed: usize = told.parse().unwrap();
            while answer.len() < at + packed {
                assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0);
            }
            assert!(head.contains("content-encoding: gzip\r\n") && packed < 1 << 17, "{head}");
            let mut whole = Vec::new();
            flate2::read::GzDecoder::new(&answer[at..]).read_to_end(&mut whole).unwrap();
            assert_eq!(u64::try_from(whole.len()).unwrap(), length);
            assert!(serde_json::from_slice::<serde_json::Value>(&whole).unwrap()["data"].is_string());
        }
    }
}
