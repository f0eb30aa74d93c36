//! Writes valid and broken answers.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use http::StatusCode;
use pincer_core::plan::Play;
use pincer_core::scenario::Fault;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

/// Time between two bytes of a drip: shorter than any common read timeout.
const DRIP: Duration = Duration::from_millis(200);
/// Longest drip, hang or endless body, so that no connection outlives its run.
const LONGEST: Duration = Duration::from_mins(1);

/// Plays an answer. If the connection ends after it, the answer says so (RFC 9112 section 9.6).
pub(super) async fn write(stream: &mut TcpStream, play: &Play, keeps: bool) -> io::Result<()> {
    if let Some(raw) = &play.raw {
        return stream.write_all(&raw.0).await;
    }
    match play.fault {
        None if play.size.is_some() => sized(stream, play).await,
        None if keeps => stream.write_all(&sound(play, play.body.0.len())).await,
        None => {
            let length = play.body.0.len().to_string();
            let mut bytes = head(play, &[("content-length", &length), ("connection", "close")]);
            bytes.extend(&play.body.0);
            stream.write_all(&bytes).await?;
            stream.shutdown().await
        }
        Some(fault) => tokio::time::timeout(LONGEST, broken(stream, play, fault)).await.unwrap_or(Ok(())),
    }
}

/// JSON of the play's length; compressed as gzip or deflate (in zlib's form, RFC 9110 section 8.4.1) if its headers say
/// so.
async fn sized(stream: &mut TcpStream, play: &Play) -> io::Result<()> {
    let length = play.size.map_or(0, |size| size.0);
    let coding = play.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-encoding"));
    let body = match coding.map(|(_, coding)| coding.as_str()) {
        Some("gzip") => Some(packed(length)?),
        Some("deflate") => Some(deflated(length)?),
        _ => None,
    };
    if let Some(body) = body {
        stream.write_all(&head(play, &[("content-length", &body.len().to_string())])).await?;
        return stream.write_all(&body).await;
    }
    stream.write_all(&head(play, &[("content-length", &length.max(json(0).0).to_string())])).await?;
    for piece in json(length).1 {
        stream.write_all(piece).await?;
    }
    Ok(())
}

/// An object with one long text, of this total length, or only a text if that is too short for an object: its length
/// and its pieces.
fn json(length: u64) -> (u64, impl Iterator<Item = &'static [u8]>) {
    static PIECE: [u8; 1 << 16] = [b'a'; 1 << 16];
    const OBJECT: [&[u8]; 2] = [b"{\"data\":\"", b"\"}"];
    const TEXT: [&[u8]; 2] = [b"\"", b"\""];
    let long = |frame: [&[u8]; 2]| u64::try_from(frame.concat().len()).unwrap_or(u64::MAX);
    let [head, tail] = if length < long(OBJECT) { TEXT } else { OBJECT };
    let frame = long([head, tail]);
    let mut left = length.saturating_sub(frame);
    let text = std::iter::from_fn(move || {
        let piece = PIECE.get(..usize::try_from(left).unwrap_or(PIECE.len())).unwrap_or(&PIECE);
        left = left.saturating_sub(u64::try_from(piece.len()).unwrap_or(left));
        (!piece.is_empty()).then_some(piece)
    });
    (length.max(frame), std::iter::once(head).chain(text).chain(std::iter::once(tail)))
}

/// The same as zlib packs it.
fn deflated(length: u64) -> io::Result<Arc<[u8]>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    for piece in json(length).1 {
        encoder.write_all(piece)?;
    }
    Ok(encoder.finish()?.into())
}

/// The same in gzip: some thousandth of it. What was packed once is kept: scenarios ask for a few lengths again and again,
/// and to pack a bomb takes tenths of a second.
fn packed(length: u64) -> io::Result<Arc<[u8]>> {
    static KNOWN: Mutex<BTreeMap<u64, Arc<[u8]>>> = Mutex::new(BTreeMap::new());
    let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(body) = known().get(&length) {
        return Ok(body.clone());
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    for piece in json(length).1 {
        encoder.write_all(piece)?;
    }
    let body: Arc<[u8]> = encoder.finish()?.into();
    known().insert(length, body.clone());
    Ok(body)
}

/// Head and body; the head announces `length` bytes.
fn sound(play: &Play, length: usize) -> Vec<u8> {
    let mut bytes = head(play, &[("content-length", &length.to_string())]);
    bytes.extend(&play.body.0);
    bytes
}

fn head(play: &Play, framing: &[(&str, &str)]) -> Vec<u8> {
    let phrase =
        StatusCode::from_u16(play.status).ok().and_then(|status| status.canonical_reason()).unwrap_or_default();
    let mut head = format!("HTTP/1.1 {} {phrase}\r\n", play.status);
    let own = play.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    for (name, value) in own.chain(framing.iter().copied()) {
        head.push_str(name);
        head.push_str(": ");
        head.push_str(value);
        head.push_str("\r\n");
    }
    head.push_str("\r\n");
    head.into_bytes()
}

async fn broken(stream: &mut TcpStream, play: &Play, fault: Fault) -> io::Result<()> {
    let chunked = [("transfer-encoding", "chunked")];
    match fault {
        Fault::Reset => stream.set_zero_linger(),
        Fault::ResetMidBody => {
            stream.write_all(&sound(play, play.body.0.len() + 4096)).await?;
            stream.flush().await?;
            stream.set_zero_linger()
        }
        Fault::Truncate => {
            stream.write_all(&sound(play, play.body.0.len() + 4096)).await?;
            stream.shutdown().await
        }
        Fault::ShortLength => {
            stream.write_all(&sound(play, play.body.0.len() + 4096)).await?;
            std::future::pending().await
        }
        Fault::BadChunk => {
            stream.write_all(&head(play, &chunked)).await?;
            stream.write_all(b"5\r\nhello\r\nzz\r\nnot a size\r\n").await
        }
        Fault::Endless => {
            stream.write_all(&head(play, &chunked)).await?;
            let mut chunk = b"4000\r\n".to_vec();
            chunk.extend([b'a'; 0x4000]);
            chunk.extend(b"\r\n");
            loop {
                stream.write_all(&chunk).await?;
            }
        }
        Fault::Drip => {
            let length = (play.body.0.len() + 4096).to_string();
            stream.write_all(&head(play, &[("content-length", &length)])).await?;
            drip(stream, play.body.0.iter().copied().chain(std::iter::repeat(b' '))).await
        }
        Fault::DripHead => drip(stream, sound(play, play.body.0.len())).await,
        Fault::GarbageStatus => stream.write_all(b"\x00\x01HELLO not http\r\n\r\n").await,
        Fault::HugeHeader => {
            stream.write_all(format!("HTTP/1.1 200 OK\r\nx-large: {}\r\n", "a".repeat(1 << 20)).as_bytes()).await?;
            stream.write_all(b"content-length: 2\r\nconnection: close\r\n\r\n{}").await
        }
        Fault::GzipBomb => {
            let bomb = packed(BOMB)?;
            let length = bomb.len().to_string();
            let framing = [("content-encoding", "gzip"), ("content-length", &length), ("connection", "close")];
            stream.write_all(&head(play, &framing)).await?;
            stream.write_all(&bomb).await
        }
        Fault::Down => Ok(()),
        Fault::Hang => std::future::pending().await,
    }
}

async fn drip(stream: &mut TcpStream, bytes: impl IntoIterator<Item = u8>) -> io::Result<()> {
    for byte in bytes {
        stream.write_all(&[byte]).await?;
        tokio::time::sleep(DRIP).await;
    }
    Ok(())
}

/// The decompressed size of a bomb. It is JSON, so that a reader of its media type accepts it.
const BOMB: u64 = 64 << 20;
