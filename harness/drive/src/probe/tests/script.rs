//! A listener that answers hellos by a script, and single answers from it.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::*;

/// The content of a hello.
#[derive(Debug)]
pub(super) struct Offered {
    pub(super) version: u16,
    pub(super) suites: Vec<u16>,
    pub(super) compression: Vec<u8>,
    /// Whether only TLS 1.3 is offered, recognised by its suites.
    pub(super) tls13: bool,
}

/// The listener's reaction to a hello: pieces to write, each in its own packet, and whether to close then.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    pub(super) pieces: Vec<Vec<u8>>,
    pub(super) close: bool,
}

impl Reply {
    pub(super) fn of(bytes: Vec<u8>) -> Self {
        Self { pieces: vec![bytes], close: false }
    }
}

/// Starts a listener that lives as long as the test's runtime.
pub(super) async fn listen(script: impl Fn(Offered) -> Reply + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        // One at a time: the prober opens no second connection before it has finished with the first.
        while let Ok((mut stream, _)) = listener.accept().await {
            let reply = script(offered(&mut stream).await);
            stream.set_nodelay(true).unwrap();
            for piece in &reply.pieces {
                stream.write_all(piece).await.unwrap();
            }
            if !reply.close {
                // The prober closes; how does not matter.
                let _ = stream.read(&mut [0]).await;
            }
        }
    });
    address
}

async fn offered(stream: &mut TcpStream) -> Offered {
    let mut header = [0; 5];
    stream.read_exact(&mut header).await.unwrap();
    let mut message = vec![0; usize::from(u16::from_be_bytes([header[3], header[4]]))];
    stream.read_exact(&mut message).await.unwrap();
    let two = |at: usize| u16::from_be_bytes([message[at], message[at + 1]]);
    // Type, length, version, random, an empty session; then suites and compression methods.
    let end = 41 + usize::from(two(39));
    let suites: Vec<u16> = (41..end).step_by(2).map(two).collect();
    let compression = message[end + 1..=end + usize::from(message[end])].to_vec();
    Offered { version: two(4), tls13: suites.contains(&0x1301), suites, compression }
}

async fn answer_to(version: Version, reply: Reply, deadline: Duration) -> Answer {
    let address = listen(move |_| reply.clone()).await;
    ask(address, &Hello::offering(version, None), &RANDOMS, deadline).await
}

#[tokio::test]
async fn tls_10_with_rc4() {
    let flight = record(22, &Choice::of(0x0301, 0x0005).flight());
    let answer = answer_to(Version::TLS10, Reply::of(flight), AMPLE).await;
    let hello = answer.hello().unwrap();
    assert_eq!(hello.suite.to_string(), "TLS_RSA_WITH_RC4_128_SHA");
    assert_eq!(hello.suite.class(), Some(Class::Rc4));
    assert_eq!(answer.standing_of(Version::TLS10), Standing::Accepted);
}

#[tokio::test]
async fn messages_over_many_packets_and_records() {
    let flight = Choice { compression: 1, ..Choice::of(0x0303, 0xc02f) }.flight();
    let bytes: Vec<u8> = flight.chunks(3).flat_map(|part| record(22, part)).collect();
    let pieces = bytes.chunks(7).map(<[u8]>::to_vec).collect();
    let answer = answer_to(Version::TLS12, Reply { pieces, close: false }, AMPLE).await;
    assert_eq!(answer.standing_of(Version::TLS12), Standing::Accepted);
    assert_eq!(answer.hello().unwrap().compression, Compression::DEFLATE);
}

#[tokio::test]
async fn an_alert_over_many_packets() {
    let pieces = fatal(70).chunks(1).map(<[u8]>::to_vec).collect();
    let answer = answer_to(Version::TLS11, Reply { pieces, close: true }, AMPLE).await;
    assert_eq!(answer, Answer::Alert(alert(2, 70)));
}

#[tokio::test]
async fn plain_http_is_garbage() {
    let answer = answer_to(Version::TLS12, Reply::of(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()), AMPLE).await;
    assert_eq!(answer, Answer::Garbage(Flaw::NotTls { header: "HTTP/".into() }));
    assert_eq!(answer.standing(), Standing::Undecided);
}

#[tokio::test]
async fn close_refuses_and_silence_does_not() {
    let closed = answer_to(Version::TLS12, Reply { pieces: Vec::new(), close: true }, AMPLE).await;
    assert_eq!((closed.standing(), closed), (Standing::Refused, Answer::Closed));
    let silence = Reply { pieces: Vec::new(), close: false };
    let silent = answer_to(Version::TLS12, silence, Duration::from_millis(200)).await;
    assert_eq!((silent.standing(), silent), (Standing::Undecided, Answer::Silent));
}

#[tokio::test]
async fn choice_followed_by_silence_is_undecided() {
    let hello = record(22, &Choice::of(0x0303, 0xc02f).message());
    let answer = answer_to(Version::TLS12, Reply::of(hello), Duration::from_secs(1)).await;
    assert!(matches!(answer, Answer::Hello { then: Then::Cut, .. }), "{answer:?}");
}

#[tokio::test]
async fn unreachable_address() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let answer = ask(address, &Hello::offering(Version::TLS12, None), &RANDOMS, AMPLE).await;
    assert_eq!(answer, Answer::Unreachable);
}
