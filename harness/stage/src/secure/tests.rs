use std::sync::Mutex;

use pincer_core::observe::{Event, What};
use pincer_core::vocab::{Lane, Nonce, Tracer};
use rustls::pki_types::ServerName;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsConnector;

use super::*;
use crate::{Clock, Playbook, hostile::Hostile};

struct Rig {
    pem: String,
    secure: Secure,
    connector: TlsConnector,
    shaken: Arc<Mutex<Vec<(CaseId, bool)>>>,
    _inner: Hostile,
}

fn rig() -> Rig {
    let shaken: Arc<Mutex<Vec<_>>> = Arc::default();
    let out = shaken.clone();
    let report = move |event: Event| {
        if let (Some(case), What::UntrustedHandshake { accepted, .. }) = (event.case, event.what) {
            out.lock().unwrap().push((case, accepted));
        }
    };
    let sensor = Sensor::new(Clock::start(), Lane::default(), Tracer::new(1, Nonce::default()), Arc::new(report));
    let listener = || crate::bind("ledger", ([127, 0, 0, 1], 0).into()).unwrap();
    let name = Upstream::new("ledger").unwrap();
    let inner = Hostile::open(name.clone(), listener(), Arc::new(Playbook::default()), sensor.clone()).unwrap();
    let authority = Arc::new(Authority::new().unwrap());
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.pem().as_bytes()).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let pem = authority.pem().to_owned();
    let secure = Secure::open((name, listener()), inner.address(), authority, sensor).unwrap();
    Rig { pem, secure, connector: TlsConnector::from(Arc::new(config)), shaken, _inner: inner }
}

impl Rig {
    /// The first line of the answer to a call, or why there is none.
    async fn ask(&self) -> std::io::Result<String> {
        let stream = TcpStream::connect(self.secure.address()).await?;
        let host = ServerName::try_from("127.0.0.1").unwrap();
        let mut secure = self.connector.connect(host, stream).await?;
        secure.write_all(b"GET /a HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await?;
        let mut answer = [0; 12];
        secure.read_exact(&mut answer).await?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    /// Waits until a case was reported; returns whether its client continued.
    async fn reported(&self, case: CaseId) -> bool {
        loop {
            let found = self.shaken.lock().unwrap().iter().find(|(of, _)| *of == case).map(|(_, agreed)| *agreed);
            match found {
                Some(agreed) => return agreed,
                None => tokio::task::yield_now().await,
            }
        }
    }
}

fn case(index: u32) -> CaseId {
    CaseId { scenario: 1, index }
}

#[tokio::test]
async fn client_with_the_authority_continues_only_with_a_sound_upstream() {
    let rig = rig();
    assert_eq!(rig.ask().await.unwrap(), "HTTP/1.1 200");
    for (index, handshake) in (1..).zip(Handshake::ALL) {
        rig.secure.begin(Some((case(index), handshake)));
        assert!(rig.ask().await.is_err(), "{handshake:?}");
        assert!(!rig.reported(case(index)).await, "{handshake:?}");
    }
    rig.secure.begin(None);
    assert_eq!(rig.ask().await.unwrap(), "HTTP/1.1 200");
}

#[tokio::test]
async fn client_that_checks_nothing_is_seen_to_continue() {
    let rig = rig();
    rig.secure.begin(Some((case(1), Handshake::Tls11)));
    let mut stream = TcpStream::connect(rig.secure.address()).await.unwrap();
    // A hello and, after the server's messages, a key exchange, each as an empty message of its type.
    stream.write_all(&[22, 3, 1, 0, 4, 1, 0, 0, 0]).await.unwrap();
    let mut first = [0; 3];
    stream.read_exact(&mut first).await.unwrap();
    assert_eq!(first, [22, 3, 2]);
    stream.write_all(&[22, 3, 2, 0, 4, 16, 0, 0, 0]).await.unwrap();
    assert!(rig.reported(case(1)).await);
}

/// Independent check with OpenSSL: it checks the certificate, and continues with an old version only if allowed.
#[tokio::test]
async fn openssl_continues_with_an_old_version_only_if_allowed() {
    let rig = rig();
    let authority = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(authority.path(), &rig.pem).unwrap();
    let (address, path) = (rig.secure.address().to_string(), authority.path().to_str().unwrap().to_owned());
    for (index, (may, options)) in (1..).zip([
        (true, &["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"][..]),
        (true, &["-no_tls1_3", "-no_tls1_2", "-cipher", "ALL:@SECLEVEL=0"]),
        (false, &["-tls1_2"]),
        (false, &["-min_protocol", "TLSv1.2"]),
    ]) {
        rig.secure.begin(Some((case(index), Handshake::Tls11)));
        let mut client = std::process::Command::new("openssl");
        client.args(["s_client", "-connect", &address, "-CAfile", &path, "-verify_return_error"]);
        client.args(["-verify_ip", "127.0.0.1"]).args(options).stdin(std::process::Stdio::null());
        let said = tokio::task::spawn_blocking(move || client.output().unwrap()).await.unwrap();
        let said = String::from_utf8_lossy(&said.stderr).into_owned();
        assert_eq!(rig.reported(case(index)).await, may, "{options:?}: {said}");
    }
}

#[tokio::test]
async fn open_connection_ends_when_the_handshake_changes() {
    let rig = rig();
    let stream = TcpStream::connect(rig.secure.address()).await.unwrap();
    let host = ServerName::try_from("127.0.0.1").unwrap();
    let mut standing = rig.connector.connect(host, stream).await.unwrap();
    rig.secure.begin(Some((case(1), Handshake::Expired)));
    let mut byte = [0];
    assert!(!matches!(standing.read(&mut byte).await, Ok(1)));
}
