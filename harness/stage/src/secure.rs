//! TLS in front of an upstream, with trustworthy and untrustworthy certificates.
//!
//! In: a plain upstream and this run's [`Authority`]. Out: forwarded connections, and a report of each handshake that
//! should have failed. The plain upstream sees what follows a handshake.

mod antique;
#[cfg(test)]
mod tests;

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use pincer_core::scenario::Handshake;
use pincer_core::vocab::{CaseId, Upstream};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, PKCS_RSA_SHA256, PublicKeyData, SignatureAlgorithm, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use crate::hostile::request::{Next, Reader};
use crate::{Sensor, StageError};

/// Why certificates cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthorityError {
    /// No key or no certificate.
    #[error("no certificate can be made: {0}")]
    Make(#[from] rcgen::Error),
    /// One that TLS does not accept.
    #[error("no certificate can be used: {0}")]
    Use(#[from] rustls::Error),
}

/// A certificate authority of this run, and the certificates that it or others issue.
#[derive(Debug)]
pub struct Authority {
    pem: String,
    sound: Arc<ServerConfig>,
    unsound: Vec<(Handshake, Arc<ServerConfig>)>,
    /// A valid certificate for the key exchange of old versions.
    antique: CertificateDer<'static>,
}

impl Authority {
    /// A new one, whose certificates are for `localhost` and `127.0.0.1`.
    pub fn new() -> Result<Self, AuthorityError> {
        let (own, other) = (issuer()?, issuer()?);
        let here = || vec!["localhost".to_owned(), IpAddr::from(Ipv4Addr::LOCALHOST).to_string()];
        let leaf = |names: Vec<String>| -> Result<CertificateParams, rcgen::Error> {
            let mut params = CertificateParams::new(names)?;
            params.use_authority_key_identifier_extension = true;
            params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
            (params.not_before, params.not_after) = (date_time_ymd(2024, 1, 1), date_time_ymd(2049, 1, 1));
            Ok(params)
        };
        let mut unsound = Vec::new();
        for handshake in Handshake::ALL {
            let mut params = leaf(here())?;
            match handshake {
                Handshake::Expired => params.not_after = date_time_ymd(2024, 2, 1),
                Handshake::NotYetValid => params.not_before = date_time_ymd(2048, 1, 1),
                Handshake::OtherHost => {
                    params.subject_alt_names = leaf(vec!["ledger.example".to_owned()])?.subject_alt_names;
                }
                Handshake::ClientOnly => params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth],
                Handshake::SelfSigned | Handshake::UnknownAuthority | Handshake::Tls11 | Handshake::WeakSuites => {}
            }
            let key = KeyPair::generate()?;
            let shown = match handshake {
                Handshake::SelfSigned => params.self_signed(&key)?,
                Handshake::UnknownAuthority => params.signed_by(&key, &other)?,
                _ => params.signed_by(&key, &own)?,
            };
            unsound.push((handshake, config(shown.der().clone(), &key)?));
        }
        let key = KeyPair::generate()?;
        let shown = leaf(here())?.signed_by(&key, &own)?;
        let sound = config(shown.der().clone(), &key)?;
        let mut params = leaf(here())?;
        params.key_usages.push(KeyUsagePurpose::KeyEncipherment);
        let antique = params.signed_by(&Rsa, &own)?.der().clone();
        Ok(Self { pem: own.pem(), sound, unsound, antique })
    }

    /// Its own certificate in PEM, for clients that should trust it.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    fn config(&self, handshake: Option<Handshake>) -> Arc<ServerConfig> {
        let named = self.unsound.iter().find(|(known, _)| Some(*known) == handshake);
        named.map_or(&self.sound, |(_, config)| config).clone()
    }
}

/// An RSA public key of 2,048 bits without a private key: what a client encrypts with it is not read.
struct Rsa;

impl PublicKeyData for Rsa {
    fn der_bytes(&self) -> &[u8] {
        include_bytes!("secure/rsa.der")
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_RSA_SHA256
    }
}

fn issuer() -> Result<CertifiedIssuer<'static, KeyPair>, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, "Ledger Services Root");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    CertifiedIssuer::self_signed(params, KeyPair::generate()?)
}

fn config(shown: CertificateDer<'static>, key: &KeyPair) -> Result<Arc<ServerConfig>, rustls::Error> {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![shown], key)?;
    Ok(Arc::new(config))
}

/// The case with an untrustworthy handshake.
type Now = Option<(CaseId, Handshake)>;

/// A listener for TLS in front of an upstream; dropping it ends its connections.
#[derive(Debug)]
pub struct Secure {
    address: SocketAddr,
    now: watch::Sender<Now>,
    _accepting: JoinSet<()>,
}

/// What each connection needs.
#[derive(Debug, Clone)]
struct Gate {
    upstream: Upstream,
    inner: SocketAddr,
    authority: Arc<Authority>,
    sensor: Sensor,
}

impl Secure {
    /// Speaks TLS on `listener` for the upstream that is played at `inner`.
    pub fn open(
        (upstream, listener): (Upstream, TcpListener),
        inner: SocketAddr,
        authority: Arc<Authority>,
        sensor: Sensor,
    ) -> Result<Self, StageError> {
        let fail = |why| StageError::Listen { upstream: upstream.to_string(), address: String::new(), why };
        let listener = tokio::net::TcpListener::from_std(listener).map_err(fail)?;
        let address = listener.local_addr().map_err(fail)?;
        let (now, current) = watch::channel(None);
        let mut accepting = JoinSet::new();
        accepting.spawn(accept(listener, current, Gate { upstream, inner, authority, sensor }));
        Ok(Self { address, now, _accepting: accepting })
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on connections begin this way, for this case; open ones end if they began another way.
    pub fn begin(&self, now: Now) {
        self.now.send_if_modified(|before| std::mem::replace(before, now) != now);
    }
}

async fn accept(listener: tokio::net::TcpListener, current: watch::Receiver<Now>, gate: Gate) {
    // Dropping this task ends the connections too.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                let (mut current, gate) = (current.clone(), gate.clone());
                connections.spawn(async move {
                    let now = *current.borrow_and_update();
                    tokio::select! {
                        // A connection from before a change of the handshake ends before it forwards anything more.
                        biased;
                        _ = current.changed() => {}
                        () = gate.serve(stream, now) => {}
                    }
                });
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// The first byte of a TLS hello: the record type of a handshake (RFC 8446 section 5.1).
const HANDSHAKE: u8 = 0x16;
/// How long to read something that is not a hello.
const STALL: Duration = Duration::from_millis(200);

impl Gate {
    /// Whether a connection begins with a hello. Anything else, such as a plain request, is reported.
    async fn greets(&self, stream: &mut TcpStream) -> bool {
        let mut first = [0];
        if matches!(stream.peek(&mut first).await, Ok(1..)) && first == [HANDSHAKE] {
            return true;
        }
        let mut reader = Reader::new(self.upstream.clone());
        let part = match timeout(STALL, reader.next(stream)).await {
            Ok(Next::Request(arrival, _)) => Some(*arrival),
            Ok(Next::End(part)) => part.map(|part| *part),
            Err(_) => reader.part(),
        };
        match part {
            Some(arrival) => drop(self.sensor.arrived(self.sensor.attribute(&arrival), arrival)),
            None => self.sensor.connected(self.upstream.clone()),
        }
        false
    }

    async fn serve(&self, mut stream: TcpStream, now: Now) {
        // What rustls does not speak is written by hand.
        let agreed = match now {
            Some((case, Handshake::Tls11)) => Some((case, antique::greet(&mut stream, &self.authority.antique).await)),
            Some((case, Handshake::WeakSuites)) => Some((case, antique::meet(&mut stream).await)),
            _ => None,
        };
        if let Some((case, agreed)) = agreed {
            self.sensor.untrusted(case, self.upstream.clone(), agreed);
            return;
        }
        if now.is_none() && !self.greets(&mut stream).await {
            return;
        }
        let config = self.authority.config(now.map(|(_, handshake)| handshake));
        let shaken = TlsAcceptor::from(config).accept(stream).await;
        if let Some((case, _)) = now {
            self.sensor.untrusted(case, self.upstream.clone(), shaken.is_ok());
        }
        if let (Ok(mut secure), Ok(mut plain)) = (shaken, TcpStream::connect(self.inner).await) {
            // How a tunnel ended does not matter here.
            let _ = tokio::io::copy_bidirectional(&mut secure, &mut plain).await;
        }
    }
}
