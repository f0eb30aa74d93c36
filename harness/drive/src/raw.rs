//! Bytes that no client library agrees to send, and the answer to them.

#[cfg(feature = "properties")]
#[expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "a property says by a panic that it is broken"
)]
pub(crate) mod property;

use std::mem::MaybeUninit;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use httparse::ParserConfig;
use pincer_core::observe::{Answered, Capture, End, Failure};
use pincer_core::plan::{Call, Piece};
use pincer_core::vocab::Octets;
use reqwest::Url;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::fence::bare;
use crate::{KEEP, credentials, tls};

/// Reading stops after this many bytes of an answer.
const MOST: usize = 8 << 20;

/// Writes a call's bytes as they are and reads the answer. Connections are not used again.
pub(crate) async fn send(
    base: &Url,
    address: SocketAddr,
    call: &Call,
    credentials: &[(String, String)],
    deadline: Duration,
) -> Result<Answered, Failure> {
    let bytes = bytes(base, call, credentials);
    let talk = async { exchange(connect(base, address, None).await?, &bytes, &call.method).await };
    timeout(deadline, talk).await.unwrap_or(Err(Failure::Timeout))
}

/// A connection to the target, over TLS where its URL says so, and then with this protocol agreed on.
pub(crate) async fn connect(base: &Url, address: SocketAddr, alpn: Option<&[u8]>) -> Result<Box<dyn Wire>, Failure> {
    let plain = TcpStream::connect(address).await.map_err(|_| Failure::Unreachable)?;
    // Bytes must not wait for an acknowledgement; a socket that can't is used all the same.
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

/// The host as TLS knows it.
fn server_name(base: &Url) -> Result<ServerName<'static>, Failure> {
    ServerName::try_from(bare(base.host_str().unwrap_or_default()).to_owned()).map_err(|_| Failure::Unsendable)
}

/// What bytes are written to and read from.
pub(crate) trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

/// Writes while it reads: a target that refuses early answers before all is written.
async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    bytes: &[u8],
    method: &str,
) -> Result<Answered, Failure> {
    let (mut from, mut to) = tokio::io::split(stream);
    let write = async {
        // Where the target takes no more, its answer or its silence says so.
        let _ = to.write_all(bytes).await;
        let _ = to.flush().await;
        std::future::pending::<()>().await;
    };
    tokio::select! {
        answer = read(&mut from, method) => answer,
        () = write => Err(Failure::Closed),
    }
}

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

/// A request after which its connection stays open.
pub(crate) fn lasting(mut bytes: Vec<u8>) -> Vec<u8> {
    const CLOSE: &[u8] = b"\r\nconnection: close\r\n";
    if let Some(at) = memchr::memmem::find(&bytes, CLOSE) {
        bytes.drain(at + 2..at + CLOSE.len());
    }
    bytes
}

/// Reads one answer: head by httparse, body by its framing or to the end.
async fn read(stream: &mut (impl AsyncRead + Unpin), method: &str) -> Result<Answered, Failure> {
    let mut buffer = Vec::with_capacity(8 << 10);
    let mut closed = false;
    let (head, mut answer) = loop {
        match parse(&buffer)? {
            // Interim answers go before the one that counts; 101 is the last of its protocol (RFC 9110 section 15.2).
            Some((head, Answered { status: 100 | 102..=199, .. })) => {
                buffer.drain(..head);
                continue;
            }
            Some(parsed) => break parsed,
            None => {}
        }
        if closed || buffer.len() > MOST {
            return Err(if buffer.is_empty() { Failure::Closed } else { Failure::Malformed });
        }
        closed = !matches!(stream.read_buf(&mut buffer).await, Ok(1..));
    };
    buffer.drain(..head);
    let length = answer.header("content-length").and_then(|text| text.trim().parse::<usize>().ok());
    let chunked = answer.header("transfer-encoding").is_some();
    let empty = method == "HEAD" || answer.status == 204 || answer.status == 304;
    let mut chunks = Chunks::default();
    loop {
        let whole = if empty {
            Some(Vec::new())
        } else if chunked {
            chunks.advance(&buffer).then(|| std::mem::take(&mut chunks.body))
        } else {
            length.and_then(|length| buffer.get(..length)).map(<[u8]>::to_vec)
        };
        let (body, end) = match whole {
            Some(body) => (body, End::Complete),
            None if buffer.len() > MOST => (std::mem::take(&mut buffer), End::Capped),
            None if closed && length.is_none() && !chunked => (std::mem::take(&mut buffer), End::Complete),
            None if closed => (std::mem::take(&mut buffer), End::Cut),
            None => {
                closed = !matches!(stream.read_buf(&mut buffer).await, Ok(1..));
                continue;
            }
        };
        answer.body = Capture::of(&body, KEEP);
        answer.end = end;
        return Ok(answer);
    }
}

/// The head, if it is whole, and its length.
fn parse(bytes: &[u8]) -> Result<Option<(usize, Answered)>, Failure> {
    let mut slots = [const { MaybeUninit::uninit() }; 256];
    let mut response = httparse::Response::new(&mut []);
    match ParserConfig::default().parse_response_with_uninit_headers(&mut response, bytes, &mut slots) {
        Err(_) => Err(Failure::Malformed),
        Ok(httparse::Status::Partial) => Ok(None),
        Ok(httparse::Status::Complete(head)) => {
            let headers = response.headers.iter().map(|h| (h.name.to_owned(), Octets(h.value.to_vec()))).collect();
            let status = response.code.unwrap_or_default();
            let reason = response.reason.filter(|reason| !reason.is_empty() && Some(*reason) != canonical(status));
            let reason = reason.map(Octets::from);
            Ok(Some((head, Answered { status, reason, headers, body: Capture::default(), end: End::Cut })))
        }
    }
}

/// The reason phrase that the standard gives to a status.
fn canonical(status: u16) -> Option<&'static str> {
    reqwest::StatusCode::from_u16(status).ok()?.canonical_reason()
}

/// A chunked body as it comes: each chunk is read once, in however many pieces a slow peer sends it.
#[derive(Default)]
struct Chunks {
    body: Vec<u8>,
    /// Where the next chunk begins.
    next: usize,
}

impl Chunks {
    /// Takes up what is whole by now of `bytes`, which are all that came so far. Whether the body is whole.
    fn advance(&mut self, bytes: &[u8]) -> bool {
        while let Some((size, chunk, length)) = bytes.get(self.next..).and_then(chunk) {
            self.body.extend_from_slice(chunk);
            self.next += length;
            if size == 0 {
                return true;
            }
        }
        false
    }
}

/// The size of the first chunk, its bytes, and its length with all that frames it; nothing where it is not whole.
fn chunk(bytes: &[u8]) -> Option<(u64, &[u8], usize)> {
    let Ok(httparse::Status::Complete((start, size))) = httparse::parse_chunk_size(bytes) else { return None };
    let end = start.checked_add(usize::try_from(size).ok()?)?;
    let chunk = bytes.get(start..end)?;
    let length = end + if cfg!(planted) && size > 64 { 1 } else { 2 };
    (length <= bytes.len()).then_some((size, chunk, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            let _ = parse(&bytes);
            let _ = Chunks::default().advance(&bytes);
        }
    }

    #[test]
    fn an_address_is_a_name_behind_tls() {
        for url in ["https://[::1]:8443", "https://127.0.0.1"] {
            let name = server_name(&Url::parse(url).unwrap());
            assert!(matches!(name, Ok(ServerName::IpAddress(_))), "{url}: {name:?}");
        }
    }

    #[test]
    fn chunks_are_joined() {
        let whole = b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
        let mut chunks = Chunks::default();
        for length in 0..whole.len() {
            assert!(!chunks.advance(&whole[..length]), "whole after {length} bytes");
        }
        assert!(chunks.advance(whole));
        assert_eq!(chunks.body, b"abcde");
    }
}
