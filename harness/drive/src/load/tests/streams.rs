//! HTTP/2 streams, and TLS.

use h2::Reason;
use http::Response;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivatePkcs8KeyDer;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio_rustls::TlsAcceptor;

use super::*;

/// What a server does with a call.
enum Deed {
    Answer,
    Refuse,
    /// It answers, and says that the connection accepts no more calls.
    GoAway,
}

const STREAMS: Protocol = Protocol::Http2 { streams: 8 };

fn serve(scheme: &str, deed: impl Fn(u64) -> Deed + Send + Sync + 'static) -> (Shot, Arc<AtomicU64>) {
    serve_after(0, scheme, deed)
}

/// A server on one thread that processes no call on its first `going` connections, without TLS by prior knowledge, or
/// over TLS; it ends with the test's process.
fn serve_after(going: u64, scheme: &str, deed: impl Fn(u64) -> Deed + Send + Sync + 'static) -> (Shot, Arc<AtomicU64>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let base = Url::parse(&format!("{scheme}://localhost:{}", address.port())).unwrap();
    let acceptor = (scheme == "https").then(acceptor);
    let seen = Arc::new(AtomicU64::new(0));
    let count = seen.clone();
    let deed: Arc<dyn Fn() -> Deed + Send + Sync> = Arc::new(move || deed(count.fetch_add(1, Ordering::SeqCst)));
    let serve = async move {
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        for number in 0.. {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            if number < going {
                tokio::spawn(goes(stream));
                continue;
            }
            let (acceptor, deed) = (acceptor.clone(), deed.clone());
            tokio::spawn(async move {
                let Some(acceptor) = acceptor else { return http2(stream, deed).await };
                let stream = acceptor.accept(stream).await.unwrap();
                match stream.get_ref().1.alpn_protocol() {
                    Some(b"h2") => http2(stream, deed).await,
                    _ => http1(stream, deed).await,
                }
            });
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    std::thread::spawn(move || runtime.block_on(serve));
    (
        Shot {
            base,
            address,
            bytes: b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}".to_vec(),
            head: false,
        },
        seen,
    )
}

fn acceptor() -> TlsAcceptor {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let mut config = builder.with_single_cert(vec![made.cert.der().clone()], key.into()).unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    TlsAcceptor::from(Arc::new(config))
}

/// Says in HTTP/2 that it processes no call, and waits for its client to close.
async fn goes(mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    let (settings, goaway) = ([0, 0, 0, 4, 0, 0, 0, 0, 0], [0, 0, 8, 7, 0, 0, 0, 0, 0]);
    // No stream, and no error.
    stream.write_all(&[&settings[..], &goaway, &[0; 8]].concat()).await.unwrap();
    let _ = stream.read_to_end(&mut Vec::new()).await;
}

async fn http1(mut stream: impl AsyncRead + AsyncWrite + Unpin, deed: Arc<dyn Fn() -> Deed + Send + Sync>) {
    let mut bytes = [0; 4096];
    while let Ok(1..) = stream.read(&mut bytes).await {
        let _ = deed();
        stream.write_all(ANSWER).await.unwrap();
    }
}

async fn http2(stream: impl AsyncRead + AsyncWrite + Unpin, deed: Arc<dyn Fn() -> Deed + Send + Sync>) {
    let mut connection = h2::server::handshake(stream).await.unwrap();
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        assert_eq!((request.method().as_str(), request.uri().authority().unwrap().as_str()), ("POST", "x"));
        let deed = deed();
        if matches!(deed, Deed::Refuse) {
            respond.send_reset(Reason::REFUSED_STREAM);
            continue;
        }
        let answer = Response::builder().status(200).header("retry-after", "3").body(()).unwrap();
        respond.send_response(answer, false).unwrap().send_data("ok".into(), true).unwrap();
        if matches!(deed, Deed::GoAway) {
            connection.graceful_shutdown();
        }
    }
}

#[test]
fn closed_loop_over_streams_counts_what_the_server_counts() {
    for scheme in ["http", "https"] {
        let (shot, seen) = serve(scheme, |_| Deed::Answer);
        let report = fire(&shot, &Load { protocol: STREAMS, ..Load::closed(3, Duration::from_millis(200)) });
        assert_eq!((report.sent, report.statuses.get(&200).copied()), (seen.load(Ordering::SeqCst), Some(report.sent)));
        assert_eq!((report.latency.len(), report.connections, report.unsent), (report.sent, 3, 0));
        assert!(report.sent > 24, "{}", report.sent);
    }
}

#[test]
fn open_loop_over_streams_makes_exactly_the_calls_of_its_schedule() {
    for scheme in ["http", "https"] {
        let (shot, seen) = serve(scheme, |_| Deed::Answer);
        let schedule = Schedule::constant(280.0, Duration::from_millis(500));
        let report = fire(&shot, &Load { protocol: STREAMS, ..Load::open(2, schedule) });
        assert_eq!((report.sent + report.unsent, report.answered()), (140, report.sent));
        assert_eq!((report.connections, seen.load(Ordering::SeqCst)), (2, report.sent));
    }
}

#[test]
fn http_1_works_over_tls() {
    let (shot, seen) = serve("https", |_| Deed::Answer);
    let report = fire(&shot, &Load::closed(2, Duration::from_millis(200)));
    assert_eq!((report.sent, report.statuses.get(&200).copied()), (seen.load(Ordering::SeqCst), Some(report.sent)));
    assert!(report.connections == 2 && report.sent > 2, "{:?}", report.statuses);
    let report = fire(&shot, &Load::open(2, Schedule::constant(200.0, Duration::from_millis(200))));
    assert_eq!((report.sent + report.unsent, report.answered()), (40, report.sent));
}

#[test]
fn server_that_stalls_its_streams_cannot_hide_it() {
    let answers = |stall: fn(u64)| {
        serve("http", move |number| {
            stall(number);
            Deed::Answer
        })
    };
    sees_a_stall(|stall| answers(stall).0, |schedule| Load { protocol: STREAMS, ..Load::open(1, schedule) });
}

#[test]
fn connection_that_accepts_no_more_calls_is_replaced_without_loss() {
    let (shot, seen) = serve("http", |number| if number % 20 == 19 { Deed::GoAway } else { Deed::Answer });
    let report = fire(&shot, &Load { protocol: STREAMS, ..Load::closed(1, Duration::from_millis(200)) });
    assert_eq!((report.sent, report.statuses.get(&200).copied()), (seen.load(Ordering::SeqCst), Some(report.sent)));
    assert!(report.connections > 1, "{:?}", report.statuses);
}

#[test]
fn unprocessed_call_is_repeated() {
    let (shot, seen) = serve_after(1, "http", |_| Deed::Answer);
    let report = fire(&shot, &Load { protocol: STREAMS, ..Load::closed(1, Duration::from_millis(200)) });
    assert_eq!((report.sent, report.statuses.get(&200).copied()), (seen.load(Ordering::SeqCst), Some(report.sent)));
    assert_eq!(report.connections, 2);
}

#[test]
fn refused_stream_costs_only_its_call() {
    let (shot, seen) = serve("http", |number| if number % 20 == 19 { Deed::Refuse } else { Deed::Answer });
    let report = fire(&shot, &Load { protocol: STREAMS, ..Load::closed(1, Duration::from_millis(200)) });
    assert_eq!((report.sent, report.connections), (seen.load(Ordering::SeqCst), 1));
    assert_eq!(report.statuses.get(&0).copied().unwrap_or_default(), report.sent / 20, "{:?}", report.statuses);
}

#[test]
fn server_without_http_2_gives_no_answer() {
    let (shot, _) = super::serve(|_, _| false);
    let report = fire(&shot, &Load { protocol: STREAMS, ..Load::closed(1, Duration::from_millis(200)) });
    assert!(report.answered() == 0 && report.statuses[&0] > 0, "{:?}", report.statuses);
}

#[test]
fn call_that_http_2_cannot_express_is_no_load() {
    let (shot, _) = serve("http", |_| Deed::Answer);
    let shot = Shot { bytes: b"GET / HTTP/1.1\r\n\r\n".to_vec(), ..shot };
    let load = Load { protocol: STREAMS, ..Load::closed(1, Duration::from_millis(1)) };
    assert!(shot.fire(&load, &AtomicBool::new(false)).is_err());
}
