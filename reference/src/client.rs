//! The HTTP client for upstreams and key sets: TLS where the address says `https`.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt as _;

use crate::settings::SettingsError;

/// A client with its own pool of connections.
pub(crate) type Client = legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// A head of an answer may be this long.
const HEAD: usize = 64 * 1024;

/// A client; the system's certificate authorities are read only when `tls` will be spoken, since a system may have none.
pub(crate) fn client(connect: Duration, tls: bool) -> Result<Client, SettingsError> {
    let fail = |error: rustls::Error| SettingsError::Tls(error.to_string());
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(fail)?;
    let config = if tls {
        config.with_platform_verifier().map_err(fail)?.with_no_client_auth()
    } else {
        config.with_root_certificates(RootCertStore::empty()).with_no_client_auth()
    };
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(connect));
    let connector =
        HttpsConnectorBuilder::new().with_tls_config(config).https_or_http().enable_http1().wrap_connector(connector);
    Ok(legacy::Client::builder(TokioExecutor::new()).http1_max_buf_size(HEAD).build(connector))
}
