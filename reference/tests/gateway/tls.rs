//! TLS: versions, ALPN, and plain text.

use std::net::SocketAddr;
use std::sync::Arc;

use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use pincer_reference::TlsSettings;
use pincer_reference::weakness::Weakness;
use rustls::pki_types::ServerName;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, ProtocolVersion, RootCertStore, SupportedProtocolVersion};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::rig::{Rig, answers, get, key, to_end};

pub(crate) struct Secured {
    pub(crate) rig: Rig,
    roots: RootCertStore,
}

async fn secured() -> Secured {
    secured_with(None, None).await
}

/// With a separate TLS address, and a weakness.
pub(crate) async fn secured_with(listen: Option<SocketAddr>, weakness: Option<Weakness>) -> Secured {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let folder = tempfile::TempDir::new().unwrap();
    let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    std::fs::write(&cert, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    Secured {
        rig: Rig::with(|settings| {
            settings.tls = Some(TlsSettings { listen, cert, key });
            settings.weaken.extend(weakness);
        })
        .await,
        roots,
    }
}

impl Secured {
    pub(crate) async fn connect(
        &self,
        version: &'static SupportedProtocolVersion,
        alpn: &[&str],
    ) -> TlsStream<TcpStream> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(self.roots.clone())
            .with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        let name = ServerName::try_from("localhost").unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, self.socket().await).await.unwrap()
    }

    /// A connection to the TLS address.
    async fn socket(&self) -> TcpStream {
        TcpStream::connect(self.rig.gateway.tls_address().unwrap()).await.unwrap()
    }

    /// The answer to these bytes.
    pub(crate) async fn told(&self, bytes: &[u8]) -> Vec<u8> {
        let mut stream = self.socket().await;
        stream.write_all(bytes).await.unwrap();
        to_end(&mut stream).await
    }
}

#[tokio::test]
async fn both_tls_versions_speak_http_1() {
    let secured = secured().await;
    for (version, name) in [(&TLS12, ProtocolVersion::TLSv1_2), (&TLS13, ProtocolVersion::TLSv1_3)] {
        let mut stream = secured.connect(version, &["http/1.1"]).await;
        assert_eq!(stream.get_ref().1.protocol_version(), Some(name));
        stream.write_all(get("/accounts/1").as_bytes()).await.unwrap();
        assert_eq!(answers(&to_end(&mut stream).await)[0].status, 200);
        let mut stream = secured.connect(version, &[]).await;
        stream.write_all(get("/accounts/1").replace("host: gateway", "host: a\r\nhost: b").as_bytes()).await.unwrap();
        assert_eq!(answers(&to_end(&mut stream).await)[0].status, 400, "guarded too");
    }
}

#[tokio::test]
async fn alpn_selects_http_2() {
    let secured = secured().await;
    let stream = secured.connect(&TLS13, &["h2", "http/1.1"]).await;
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    let connection = tokio::spawn(connection);
    let ask = |target: &str, key: &str| {
        Request::get(format!("https://localhost{target}"))
            .header("x-api-key", key)
            .body(Full::new(bytes::Bytes::new()))
            .unwrap()
    };
    for (target, key, status) in [
        ("/accounts/1", key("alice"), 200),
        ("/accounts/x", key("alice"), 422),
        ("/accounts/1", "wrong".to_owned(), 401),
    ] {
        let answer = sender.send_request(ask(target, &key)).await.unwrap();
        assert_eq!(answer.status(), status, "{target}");
        let id = answer.headers()["x-tracking-id"].to_str().unwrap().to_owned();
        answer.into_body().collect().await.unwrap();
        assert_eq!(secured.rig.events("request").iter().filter(|record| record["tracking_id"] == id).count(), 1);
    }
    assert_eq!(secured.rig.upstream.arrivals().len(), 1);
    connection.abort();
}

#[tokio::test]
async fn plain_text_gets_no_answer() {
    let secured = secured().await;
    let mut stream = secured.rig.connect().await;
    stream.write_all(get("/accounts/1").as_bytes()).await.unwrap();
    let got = to_end(&mut stream).await;
    assert!(!String::from_utf8_lossy(&got).contains("HTTP/"));
    assert!(secured.rig.upstream.arrivals().is_empty());
}

#[tokio::test]
async fn plain_http_works_beside_a_separate_tls_address() {
    let secured = secured_with(Some("127.0.0.1:0".parse().unwrap()), None).await;
    assert_ne!(secured.rig.gateway.tls_address(), Some(secured.rig.gateway.address()));
    let mut stream = secured.connect(&TLS13, &["http/1.1"]).await;
    stream.write_all(get("/accounts/1").as_bytes()).await.unwrap();
    assert_eq!(answers(&to_end(&mut stream).await)[0].status, 200);
    assert_eq!(secured.rig.call(&get("/accounts/1")).await.status, 200);
    let plain = secured.told(get("/accounts/1").as_bytes()).await;
    assert!(!String::from_utf8_lossy(&plain).contains("HTTP/"));
    assert_eq!(secured.rig.upstream.arrivals().len(), 2);
}
