//! Weaknesses that rustls cannot have: clients that offer RC4, or that continue with a TLS 1.1 server up to the key
//! exchange.

use std::time::Duration;

use http::Uri;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long to wait for the server's answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Sends the hello of an old client, and continues if the server answers.
pub(super) async fn greet(address: &Uri) {
    // The server judges the result, so it is ignored here.
    let _ = timeout(PATIENCE, talk(address)).await;
}

/// Offers RC4 only.
pub(super) async fn offer(address: &Uri) {
    let hello = record(&message(1, &hello(RC4)));
    let offered = async {
        let mut stream = TcpStream::connect((address.host()?, address.port_u16().unwrap_or(443))).await.ok()?;
        stream.write_all(&hello).await.ok()?;
        // Until the server has read it.
        stream.read_u8().await.ok()
    };
    let _ = timeout(PATIENCE, offered).await;
}

/// Version, random, no session, one suite, no compression: RFC 4346 section 7.4.1.2.
fn hello(suite: [u8; 2]) -> Vec<u8> {
    [&[3, 2][..], &[7; 32], &[0, 0, 2], &suite, &[1, 0]].concat()
}

async fn talk(address: &Uri) -> Option<()> {
    let mut stream = TcpStream::connect((address.host()?, address.port_u16().unwrap_or(443))).await.ok()?;
    stream.write_all(&record(&message(1, &hello(STATIC_RSA)))).await.ok()?;
    let mut header = [0; 5];
    stream.read_exact(&mut header).await.ok()?;
    let [HANDSHAKE, _, _, high, low] = header else { return None };
    let mut flight = vec![0; u16::from_be_bytes([high, low]).into()];
    stream.read_exact(&mut flight).await.ok()?;
    // An invalid premaster secret: servers that accept this client end the connection here.
    let exchange = [&[0, 48][..], &[9; 48]].concat();
    stream.write_all(&record(&message(16, &exchange))).await.ok()
}

fn record(fragment: &[u8]) -> Vec<u8> {
    let length = u16::try_from(fragment.len()).unwrap_or_default().to_be_bytes();
    [&[HANDSHAKE, 3, 2], &length[..], fragment].concat()
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let [_, length @ ..] = u32::try_from(body.len()).unwrap_or_default().to_be_bytes();
    [&[kind][..], &length, body].concat()
}

/// RFC 4346 section 6.2.1.
const HANDSHAKE: u8 = 22;
/// `TLS_RSA_WITH_AES_128_CBC_SHA` (RFC 3268).
const STATIC_RSA: [u8; 2] = [0x00, 0x2f];
/// `TLS_RSA_WITH_RC4_128_SHA` (RFC 5246 section A.5).
const RC4: [u8; 2] = [0x00, 0x05];
