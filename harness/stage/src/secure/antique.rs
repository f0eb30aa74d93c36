//! A server that speaks TLS 1.1 and nothing else, up to the client's next word.

use std::time::Duration;

use rustls::pki_types::CertificateDer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long the client's next word is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Answers a hello by TLS 1.1 (RFC 4346 section 7.4), and says whether the client goes on.
pub(super) async fn greet(stream: &mut TcpStream, certificate: &CertificateDer<'_>) -> bool {
    timeout(PATIENCE, talk(stream, certificate)).await.ok().flatten().unwrap_or(false)
}

async fn talk(stream: &mut TcpStream, certificate: &CertificateDer<'_>) -> Option<bool> {
    let (kind, _) = record(stream).await?;
    if kind != HANDSHAKE {
        return None;
    }
    let mut hello = vec![3, 2];
    hello.extend([7; 32]);
    hello.push(0);
    hello.extend(STATIC_RSA);
    hello.push(0);
    let chain = sized(&sized(certificate));
    let flight = [message(2, &hello), message(11, &chain), message(14, &[])].concat();
    let length = u16::try_from(flight.len()).ok()?.to_be_bytes();
    stream.write_all(&[&[HANDSHAKE, 3, 2], &length[..], &flight].concat()).await.ok()?;
    // ClientKeyExchange is what a client says that goes on; an alert, or the end, is what one says that does not.
    let (kind, body) = record(stream).await?;
    Some(kind == HANDSHAKE && body.first() == Some(&CLIENT_KEY_EXCHANGE))
}

/// Type and fragment of the next record.
async fn record(stream: &mut TcpStream) -> Option<(u8, Vec<u8>)> {
    let mut header = [0; 5];
    stream.read_exact(&mut header).await.ok()?;
    let [kind, _, _, high, low] = header;
    let mut fragment = vec![0; u16::from_be_bytes([high, low]).into()];
    stream.read_exact(&mut fragment).await.ok()?;
    Some((kind, fragment))
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    [vec![kind], sized(body)].concat()
}

/// Bytes with their length in three bytes.
fn sized(bytes: &[u8]) -> Vec<u8> {
    let [_, length @ ..] = u32::try_from(bytes.len()).unwrap_or_default().to_be_bytes();
    [&length[..], bytes].concat()
}

/// RFC 4346 section 6.2.1.
const HANDSHAKE: u8 = 22;
/// RFC 4346 section 7.4.
const CLIENT_KEY_EXCHANGE: u8 = 16;
/// `TLS_RSA_WITH_AES_128_CBC_SHA` (RFC 3268).
const STATIC_RSA: [u8; 2] = [0x00, 0x2f];
