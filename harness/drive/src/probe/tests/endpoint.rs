//! Surveys of a real server: rustls.

use std::net::SocketAddr;
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::ResolvesServerCertUsingSni;
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, SupportedProtocolVersion, version};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;

/// Starts a server that lives as long as the test's runtime.
async fn serve(provider: CryptoProvider, versions: &[&'static SupportedProtocolVersion]) -> SocketAddr {
    let (chain, key) = certificate();
    let builder = ServerConfig::builder_with_provider(Arc::new(provider)).with_protocol_versions(versions).unwrap();
    listen(builder.with_no_client_auth().with_single_cert(chain, key).unwrap()).await
}

/// A new certificate for localhost and its key.
fn certificate() -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    (vec![made.cert.der().clone()], key.into())
}

async fn listen(config: ServerConfig) -> SocketAddr {
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // No handshake is ever finished: the prober closes.
            let _ = acceptor.accept(stream).await;
        }
    });
    address
}

#[tokio::test]
async fn rustls_supports_only_safe_versions_and_suites() {
    let address = serve(ring::default_provider(), &[&version::TLS12, &version::TLS13]).await;
    let survey = survey(address, "localhost", AMPLE).await;
    for version in [Version::TLS12, Version::TLS13] {
        assert_eq!(survey.speaks(version), Standing::Accepted, "{version}");
    }
    for probe in survey.versions.iter().filter(|probe| probe.offered < Version::TLS12) {
        assert_eq!(probe.standing(), Standing::Refused);
        assert!(matches!(probe.answer, Answer::Alert(Alert { level: AlertLevel::FATAL, .. })), "{probe:?}");
    }
    for class in &survey.classes {
        let expected = if class.class == Class::Aead { Standing::Accepted } else { Standing::Refused };
        assert_eq!(class.standing(), expected, "{class:?}");
    }
    // The suites of rustls with ring for an elliptic-curve key.
    let mut aead = survey.classes.first().unwrap().accepted.clone();
    aead.sort_unstable();
    assert_eq!(aead, [Suite(0xc02b), Suite(0xc02c), Suite(0xcca9)]);
    assert_eq!(survey.compresses(), Standing::Refused);
    assert_eq!(survey.falls_back(), Standing::Refused);
    assert_eq!(survey.secures_renegotiation(), Some(true));
    let text = serde_json::to_string(&survey).unwrap();
    assert_eq!(serde_json::from_str::<Survey>(&text).unwrap(), survey);
}

#[tokio::test]
async fn server_of_tls_13_alone_accepts_nothing_older() {
    let address = serve(ring::default_provider(), &[&version::TLS13]).await;
    let survey = survey(address, "127.0.0.1", AMPLE).await;
    assert_eq!(survey.speaks(Version::TLS13), Standing::Accepted);
    assert_eq!(survey.speaks(Version::TLS12), Standing::Refused);
    assert!(survey.classes.iter().all(|class| class.standing() == Standing::Refused));
    assert_eq!((survey.compresses(), survey.secures_renegotiation()), (Standing::Refused, None));
}

#[tokio::test]
async fn another_group_is_negotiated_by_a_retry() {
    let provider = CryptoProvider { kx_groups: vec![ring::kx_group::SECP384R1], ..ring::default_provider() };
    let address = serve(provider, &[&version::TLS13]).await;
    let answer = ask(address, &Hello::offering(Version::TLS13, None), &RANDOMS, AMPLE).await;
    assert!(answer.hello().unwrap().retry);
    assert_eq!(answer.standing_of(Version::TLS13), Standing::Accepted);
}

#[tokio::test]
async fn server_with_several_names_is_asked_by_name() {
    let provider = ring::default_provider();
    let (chain, key) = certificate();
    let mut names = ResolvesServerCertUsingSni::new();
    names.add("localhost", CertifiedKey::from_der(chain, key, &provider).unwrap()).unwrap();
    let builder = ServerConfig::builder_with_provider(Arc::new(provider)).with_safe_default_protocol_versions();
    let address = listen(builder.unwrap().with_no_client_auth().with_cert_resolver(Arc::new(names))).await;
    let expected =
        [("localhost", Standing::Accepted), ("localhost.", Standing::Accepted), ("127.0.0.1", Standing::Refused)];
    for (name, standing) in expected {
        let survey = survey(address, name, AMPLE).await;
        assert_eq!((survey.speaks(Version::TLS12), survey.speaks(Version::TLS13)), (standing, standing), "{name}");
    }
}
