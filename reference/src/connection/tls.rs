//! TLS 1.2 and 1.3 with the suites of rustls: all have forward secrecy and authenticated encryption (RFC 9325).

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::version::{TLS12, TLS13};
use tokio_rustls::TlsAcceptor;

use crate::settings::{SettingsError, TlsSettings};
use crate::weakness::{Weakness, Weaknesses};

/// What a listener needs to speak TLS.
pub(crate) struct Tls {
    pub(super) acceptor: TlsAcceptor,
    /// The certificate and the intermediate ones.
    pub(super) chain: Vec<CertificateDer<'static>>,
}

impl Tls {
    /// Uses the certificate and key of the settings.
    pub(crate) fn new(settings: &TlsSettings, weak: &Weaknesses) -> Result<Self, SettingsError> {
        let (chain, key) = pems(settings)?;
        let versions = if weak.has(Weakness::TlsOneTwoOnly) { &[&TLS12][..] } else { &[&TLS13, &TLS12] };
        let fail = |why: rustls::Error| SettingsError::Tls(why.to_string());
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(versions)
            .map_err(fail)?
            .with_no_client_auth()
            .with_single_cert(chain.clone(), key)
            .map_err(fail)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), chain })
    }
}

/// The certificates and the key that the settings name.
fn pems(settings: &TlsSettings) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), SettingsError> {
    let pem =
        |path: &std::path::Path, why: &dyn std::fmt::Display| SettingsError::Tls(format!("{}: {why}", path.display()));
    let certificates = CertificateDer::pem_file_iter(&settings.cert)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|why| pem(&settings.cert, &why))?;
    let key = PrivateKeyDer::from_pem_file(&settings.key).map_err(|why| pem(&settings.key, &why))?;
    Ok((certificates, key))
}
