//! TLS weaknesses that rustls cannot have. Old versions, weak suites and compression are answered as an old server
//! would, up to the client's next message. Plain text is answered on the TLS port.

use std::io::Cursor;

use rustls::pki_types::CertificateDer;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::weakness::{Weakness, Weaknesses};

/// Whether any of them is on.
pub(super) fn stands(weak: &Weaknesses) -> bool {
    [
        Weakness::TlsOldVersions,
        Weakness::TlsFallback,
        Weakness::TlsWeakSuites,
        Weakness::TlsCompression,
        Weakness::TlsNoRenegotiationInfo,
        Weakness::TlsPlainRedirect,
        Weakness::TlsPlainServed,
    ]
    .into_iter()
    .any(|weakness| weak.has(weakness))
}

/// What the first record of a connection was.
pub(super) enum Met<S> {
    /// A hello for rustls.
    Hello(S),
    /// Plain text, to be served.
    Plain(S),
    /// Answered already, or it never came.
    Over,
}

/// Reads the first record. Answers it if a weakness says so, else returns the stream with the record put back.
pub(super) async fn meet(
    mut stream: TcpStream,
    weak: &Weaknesses,
    chain: &[CertificateDer<'static>],
) -> Met<impl AsyncRead + AsyncWrite + Unpin + Send + 'static> {
    let mut header = [0; 5];
    if stream.read_exact(&mut header).await.is_err() {
        return Met::Over;
    }
    // Content type, version, length: RFC 5246 section 6.2.1.
    let [kind, _, _, high, low] = header;
    let plain = kind != HANDSHAKE;
    let mut message = vec![0; if plain { 0 } else { u16::from_be_bytes([high, low]).into() }];
    if stream.read_exact(&mut message).await.is_err() {
        return Met::Over;
    }
    let answer = match plain {
        true if weak.has(Weakness::TlsPlainRedirect) => {
            stream.local_addr().ok().map(|here| redirect(&here.to_string()))
        }
        true => None,
        false => asked(&message).and_then(|asked| answer(weak, &asked, chain)),
    };
    if let Some(answer) = answer {
        // The client reads the answer and closes.
        if stream.write_all(&answer).await.is_ok() && stream.shutdown().await.is_ok() {
            let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
        }
        return Met::Over;
    }
    let (from, to) = stream.into_split();
    let read = [&header[..], &message].concat();
    let whole = tokio::io::join(Cursor::new(read).chain(from), to);
    if plain && weak.has(Weakness::TlsPlainServed) { Met::Plain(whole) } else { Met::Hello(whole) }
}

/// What a client offers.
struct Asked {
    version: u16,
    suites: Vec<u16>,
    compression: Vec<u8>,
}

/// Type and length, version, random, session, suites, compression methods: RFC 5246 section 7.4.1.2.
fn asked(message: &[u8]) -> Option<Asked> {
    let (_, rest) = message.split_at_checked(4)?;
    let (&version, rest) = rest.split_first_chunk()?;
    let (_, rest) = rest.split_at_checked(32)?;
    let (&length, rest) = rest.split_first()?;
    let (_, rest) = rest.split_at_checked(length.into())?;
    let (&length, rest) = rest.split_first_chunk()?;
    let (suites, rest) = rest.split_at_checked(u16::from_be_bytes(length).into())?;
    let (&length, rest) = rest.split_first()?;
    let (compression, _) = rest.split_at_checked(length.into())?;
    let suites = suites.as_chunks().0.iter().map(|suite| u16::from_be_bytes(*suite)).collect();
    Some(Asked { version: u16::from_be_bytes(version), suites, compression: compression.to_vec() })
}

fn answer(weak: &Weaknesses, asked: &Asked, chain: &[CertificateDer<'static>]) -> Option<Vec<u8>> {
    let offers = |suite: &u16| asked.suites.contains(suite);
    // A client that offers TLS 1.3 is not old.
    if TLS13.iter().any(offers) {
        return None;
    }
    let modern = MODERN.into_iter().find(offers);
    let plain = |version| Choice { version, suite: STATIC_RSA, compression: 0, confirms: true };
    let choice = match asked.version {
        0x0302 if weak.has(Weakness::TlsFallback) => plain(0x0302),
        0x0300..0x0303 if weak.has(Weakness::TlsOldVersions) => {
            if offers(&FALLBACK_SCSV) {
                // inappropriate_fallback, fatal: RFC 7507 section 3.
                return Some(record(ALERT, &[2, 86]));
            }
            plain(asked.version)
        }
        0x0303 if weak.has(Weakness::TlsCompression) && asked.compression.contains(&DEFLATE) => {
            Choice { compression: DEFLATE, ..plain(0x0303) }
        }
        0x0303 if weak.has(Weakness::TlsWeakSuites) && modern.is_none() && offers(&STATIC_RSA) => plain(0x0303),
        0x0303 if weak.has(Weakness::TlsNoRenegotiationInfo) => {
            Choice { suite: modern?, confirms: false, ..plain(0x0303) }
        }
        _ => return None,
    };
    Some(choice.flight(chain))
}

/// What the server chooses.
struct Choice {
    version: u16,
    suite: u16,
    compression: u8,
    /// Whether secure renegotiation is confirmed.
    confirms: bool,
}

impl Choice {
    /// `ServerHello`, Certificate, `ServerKeyExchange` if the suite has one, `ServerHelloDone`: RFC 5246 section 7.4.
    fn flight(&self, chain: &[CertificateDer<'static>]) -> Vec<u8> {
        let mut hello = [&self.version.to_be_bytes()[..], RANDOM, &[0]].concat();
        hello.extend(self.suite.to_be_bytes());
        hello.push(self.compression);
        if self.confirms && self.version > 0x0300 {
            // The only extension is an empty renegotiation_info: RFC 5746 section 3.6.
            hello.extend([0, 5, 0xff, 1, 0, 1, 0]);
        }
        let certificates: Vec<u8> = chain.iter().flat_map(|certificate| sized(certificate)).collect();
        let mut flight = message(2, &hello);
        flight.extend(message(11, &sized(&certificates)));
        if self.suite != STATIC_RSA {
            // X25519, a public key, and a signature that no client waits to check: RFC 8422 section 5.4.
            flight.extend(message(12, &[&[3, 0, 0x1d, 32], RANDOM, &[4, 3, 0, 4, 0, 0, 0, 0]].concat()));
        }
        flight.extend(message(14, &[]));
        flight.chunks(LONGEST_FRAGMENT).flat_map(|fragment| record(HANDSHAKE, fragment)).collect()
    }
}

fn redirect(here: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 301 Moved Permanently\r\nlocation: https://{here}/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    )
    .into_bytes()
}

/// A record; a fragment that is too long becomes empty.
fn record(kind: u8, fragment: &[u8]) -> Vec<u8> {
    let length = u16::try_from(fragment.len()).unwrap_or_default().to_be_bytes();
    [&[kind, 3, 1], &length[..], fragment].concat()
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    [vec![kind], sized(body)].concat()
}

/// Bytes with their length in three bytes.
fn sized(bytes: &[u8]) -> Vec<u8> {
    let [_, length @ ..] = u32::try_from(bytes.len()).unwrap_or_default().to_be_bytes();
    [&length[..], bytes].concat()
}

/// Content types: RFC 5246 section 6.2.1.
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
/// Longest fragment of a record, in bytes: RFC 5246 section 6.2.1.
const LONGEST_FRAGMENT: usize = 1 << 14;
/// RFC 3749 section 2.1.
const DEFLATE: u8 = 1;
/// `TLS_FALLBACK_SCSV`: RFC 7507 section 2.
const FALLBACK_SCSV: u16 = 0x5600;
/// `TLS_RSA_WITH_AES_128_CBC_SHA`: RFC 5246 section A.5.
const STATIC_RSA: u16 = 0x002f;
/// The suites of TLS 1.3: RFC 8446 section B.4.
const TLS13: [u16; 3] = [0x1301, 0x1302, 0x1303];
/// The TLS 1.2 suites that rustls accepts with an elliptic-curve key.
const MODERN: [u16; 3] = [0xc02b, 0xc02c, 0xcca9];
/// Nothing here is secret, so it need not be random.
const RANDOM: &[u8] = b"an old server that means no harm";
