//! The HTTP client for upstreams and key sets. It speaks TLS if the address says `https`.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_platform_verifier::BuilderVerifierExt as _;

use crate::settings::SettingsError;

/// A client with its own pool of connections.
pub(crate) type Client = legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// Largest head of an answer, in bytes.
const HEAD: usize = 64 * 1024;

/// Which certificates a client accepts.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Trust<'a> {
    /// None: it speaks no TLS.
    Nobody,
    /// Those of the system's authorities. They are read only when needed, because a system may have none.
    System,
    /// Those of the authorities in this PEM text.
    Only(&'a [u8]),
    /// All, which is a weakness.
    Anybody,
}

impl Trust<'_> {
    /// What a client of this address scheme needs.
    pub(crate) fn of(scheme: Option<&str>) -> Self {
        if scheme == Some("https") { Self::System } else { Self::Nobody }
    }
}

/// A client.
pub(crate) fn client(connect: Duration, trust: Trust<'_>) -> Result<Client, SettingsError> {
    let fail = |error: rustls::Error| SettingsError::Tls(error.to_string());
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(fail)?;
    let config = match trust {
        Trust::Nobody => config.with_root_certificates(RootCertStore::empty()).with_no_client_auth(),
        Trust::System => config.with_platform_verifier().map_err(fail)?.with_no_client_auth(),
        Trust::Only(pem) => {
            let mut roots = RootCertStore::empty();
            for certificate in CertificateDer::pem_slice_iter(pem) {
                roots.add(certificate.map_err(|error| SettingsError::Tls(error.to_string()))?).map_err(fail)?;
            }
            config.with_root_certificates(roots).with_no_client_auth()
        }
        Trust::Anybody => {
            let blind = Arc::new(Blind(ring::default_provider().signature_verification_algorithms));
            config.dangerous().with_custom_certificate_verifier(blind).with_no_client_auth()
        }
    };
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(connect));
    let connector =
        HttpsConnectorBuilder::new().with_tls_config(config).https_or_http().enable_http1().wrap_connector(connector);
    Ok(legacy::Client::builder(TokioExecutor::new()).http1_max_buf_size(HEAD).build(connector))
}

/// Checks no certificate.
#[derive(Debug)]
struct Blind(WebPkiSupportedAlgorithms);

impl ServerCertVerifier for Blind {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}
