//! Servers with which no client may continue: one that speaks only TLS 1.1, up to the client's next message, and one
//! with only weak suites, up to the client's hello.

use std::time::Duration;

use pincer_core::observe::tls::{Class, Suite};
use rustls::pki_types::CertificateDer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long to wait for the client's next message.
const PATIENCE: Duration = Duration::from_secs(5);

/// Answers a hello with TLS 1.1 (RFC 4346 section 7.4); returns whether the client continues.
pub(super) async fn greet(stream: &mut TcpStream, certificate: &CertificateDer<'_>) -> bool {
    timeout(PATIENCE, talk(stream, certificate)).await.ok().flatten().unwrap_or(false)
}

/// Whether a hello offers a suite that no client may offer. If not, refuses it like a server that knows no other suites
/// (RFC 5246 section 7.2.2).
pub(super) async fn meet(stream: &mut TcpStream) -> bool {
    let Ok(Some((HANDSHAKE, hello))) = timeout(PATIENCE, record(stream)).await else { return false };
    let weak = offered(&hello).is_some_and(|suites| suites.iter().any(|suite| is_weak(*suite)));
    if !weak {
        // A client that has gone needs no alert.
        let _ = stream.write_all(&[ALERT, 3, 3, 0, 2, FATAL, HANDSHAKE_FAILURE]).await;
    }
    weak
}

/// Whether RFC 9325 section 4.1 forbids it.
fn is_weak(suite: Suite) -> bool {
    matches!(suite.class(), Some(Class::Des | Class::Rc4 | Class::Export | Class::Null | Class::Anonymous))
}

/// The suites of a hello (RFC 5246 section 7.4.1.2); none if it is not one.
fn offered(hello: &[u8]) -> Option<Vec<Suite>> {
    // Type and length, version and random, then the session's id.
    let (session, rest) = hello.strip_prefix(&[CLIENT_HELLO])?.get(3 + 2 + 32..)?.split_first()?;
    let (length, rest) = rest.get(usize::from(*session)..)?.split_first_chunk()?;
    let suites = rest.get(..usize::from(u16::from_be_bytes(*length)))?;
    Some(suites.chunks_exact(2).filter_map(|pair| Some(Suite(u16::from_be_bytes(pair.try_into().ok()?)))).collect())
}

async fn talk(stream: &mut TcpStream, certificate: &CertificateDer<'_>) -> Option<bool> {
    let (HANDSHAKE, asked) = record(stream).await? else { return None };
    let mut hello = vec![3, 2];
    hello.extend([7; 32]);
    hello.push(0);
    hello.extend(STATIC_RSA);
    hello.push(0);
    if knows_renegotiation(&asked) {
        // All extensions, of which there is one (RFC 5246 section 7.4.1.4).
        hello.extend([&[0, 5][..], &RENEGOTIATION_INFO].concat());
    }
    let chain = sized(&sized(certificate));
    let flight = [message(2, &hello), message(11, &chain), message(14, &[])].concat();
    let length = u16::try_from(flight.len()).ok()?.to_be_bytes();
    stream.write_all(&[&[HANDSHAKE, 3, 2], &length[..], &flight].concat()).await.ok()?;
    // A client that continues sends ClientKeyExchange; one that refuses sends an alert or closes.
    let (kind, body) = record(stream).await?;
    Some(kind == HANDSHAKE && body.first() == Some(&CLIENT_KEY_EXCHANGE))
}

/// Whether the client signals secure renegotiation (RFC 5746 section 3.4), by the signalling suite or by the extension.
/// Such clients, like OpenSSL, require an answer to it, and others accept none.
fn knows_renegotiation(hello: &[u8]) -> bool {
    let suites = offered(hello).unwrap_or_default();
    suites.contains(&RENEGOTIATION_SUITE) || memchr::memmem::find(hello, &RENEGOTIATION_INFO).is_some()
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
/// RFC 5246 section 6.2.1; section 7.2 for the next two.
const ALERT: u8 = 21;
const FATAL: u8 = 2;
const HANDSHAKE_FAILURE: u8 = 40;
/// RFC 5246 section 7.4.
const CLIENT_HELLO: u8 = 1;
/// RFC 4346 section 7.4.
const CLIENT_KEY_EXCHANGE: u8 = 16;
/// RFC 5746 sections 3.2 and 3.3: the empty extension, and its signalling suite.
const RENEGOTIATION_INFO: [u8; 5] = [0xff, 0x01, 0x00, 0x01, 0x00];
const RENEGOTIATION_SUITE: Suite = Suite(0x00ff);
/// `TLS_RSA_WITH_AES_128_CBC_SHA` (RFC 3268).
const STATIC_RSA: [u8; 2] = [0x00, 0x2f];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suites_of_a_hello_are_read() {
        let hello =
            [&[CLIENT_HELLO, 0, 0, 47, 3, 3][..], &[7; 32], &[2, 9, 9], &[0, 6, 0x13, 1, 0, 5, 0xc0, 0x2f], &[1, 0]];
        let hello = hello.concat();
        assert_eq!(offered(&hello), Some(vec![Suite(0x1301), Suite(5), Suite(0xc02f)]));
        assert_eq!(offered(&hello).unwrap().into_iter().map(is_weak).collect::<Vec<_>>(), [false, true, false]);
        for short in 0..hello.len() - 2 {
            assert_eq!(offered(&hello[..short]), None, "{short}");
        }
    }
}
