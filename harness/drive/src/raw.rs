//! Bytes that no client library sends, and the answers to them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use pincer_core::observe::{Answered, Failure};
use pincer_core::plan::{Call, Piece};
use reqwest::Url;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;

use crate::answer::{Manner, exchange};
use crate::fence::bare;
use crate::{credentials, tls};

/// Writes a call's bytes unchanged and reads the answer. Connections are not reused.
pub(crate) async fn send(
    base: &Url,
    address: SocketAddr,
    call: &Call,
    credentials: &[(String, String)],
    deadline: Duration,
) -> Result<Answered, Failure> {
    let until = Instant::now() + deadline;
    let bytes = bytes(base, call, credentials);
    let stream = timeout_at(until, connect(base, address, None)).await.unwrap_or(Err(Failure::Timeout))?;
    exchange(
        stream,
        &bytes,
        Manner { method: call.http().map_or("", |call| call.method.as_str()), strict: false },
        until,
    )
    .await
    .0
}

/// A connection to the target, over TLS if its URL says so, and then with this protocol negotiated.
pub(crate) async fn connect(base: &Url, address: SocketAddr, alpn: Option<&[u8]>) -> Result<Box<dyn Wire>, Failure> {
    let plain = TcpStream::connect(address).await.map_err(|_| Failure::Unreachable)?;
    // Bytes must not wait for an acknowledgement. A socket that cannot do this is used anyway.
    let _ = plain.set_nodelay(true);
    if base.scheme() != "https" {
        return Ok(Box::new(plain));
    }
    let name = server_name(base)?;
    let mut config = tls::config();
    config.alpn_protocols = alpn.into_iter().map(<[u8]>::to_vec).collect();
    let secure = TlsConnector::from(Arc::new(config)).connect(name, plain).await;
    let secure = secure.map_err(|_| Failure::Unreachable)?;
    if secure.get_ref().1.alpn_protocol() != alpn {
        return Err(Failure::Unreachable);
    }
    Ok(Box::new(secure))
}

/// The host as a TLS server name.
fn server_name(base: &Url) -> Result<ServerName<'static>, Failure> {
    ServerName::try_from(bare(base.host_str().unwrap_or_default()).to_owned()).map_err(|_| Failure::Unsendable)
}

/// A stream to write to and read from.
pub(crate) trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

/// The request as bytes.
pub(crate) fn bytes(base: &Url, call: &Call, credentials: &[(String, String)]) -> Vec<u8> {
    let lines = || credentials.iter().map(|(name, value)| format!("{name}: {value}"));
    let key = credentials.first().map_or("", |(_, value)| credentials::split(value).1);
    let piece = |piece| match piece {
        Piece::Bytes(bytes) => bytes.0,
        Piece::Host => {
            let port = base.port_or_known_default().unwrap_or(80);
            format!("{}:{port}", base.host_str().unwrap_or_default()).into_bytes()
        }
        Piece::Credentials => lines().collect::<Vec<_>>().join("\r\n").into_bytes(),
        Piece::CredentialLines => lines().flat_map(|line| (line + "\r\n").into_bytes()).collect(),
        Piece::Length { bytes, keys } => (bytes + keys * key.len()).to_string().into_bytes(),
        Piece::Key => key.into(),
    };
    call.pieces().into_iter().flat_map(piece).collect()
}

/// The request with a connection that stays open.
pub(crate) fn lasting(mut bytes: Vec<u8>) -> Vec<u8> {
    const CLOSE: &[u8] = b"\r\nconnection: close\r\n";
    if let Some(at) = memchr::memmem::find(&bytes, CLOSE) {
        bytes.drain(at + 2..at + CLOSE.len());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ip_address_is_a_tls_server_name() {
        for url in ["https://[::1]:8443", "https://127.0.0.1"] {
            let name = server_name(&Url::parse(url).unwrap());
            assert!(matches!(name, Ok(ServerName::IpAddress(_))), "{url}: {name:?}");
        }
    }
}
