//! Reads a request with its bytes as they came.

use pincer_core::observe::{Arrival, Capture};
use pincer_core::vocab::{Octets, Upstream};
use tokio::io::{AsyncRead, AsyncReadExt as _};

use crate::polite::KEEP;

/// Longest head that is read.
const HEAD: usize = 1 << 20;
/// Longest body that is read.
const BODY: usize = 64 << 20;

/// The next request of a connection; nothing when it ends or is no HTTP.
pub(super) async fn read(
    stream: &mut (impl AsyncRead + Unpin),
    buffer: &mut Vec<u8>,
    upstream: &Upstream,
) -> Option<Arrival> {
    let (head, mut arrival, framing) = loop {
        if let Some(parsed) = parse(buffer, upstream)? {
            break parsed;
        }
        if buffer.len() > HEAD || stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    };
    buffer.drain(..head);
    let body = match framing {
        Framing::None => Vec::new(),
        Framing::Length(length) => {
            while buffer.len() < length {
                if length > BODY || stream.read_buf(buffer).await.ok()? == 0 {
                    return None;
                }
            }
            buffer.drain(..length).collect()
        }
        Framing::Chunked => chunks(stream, buffer).await?,
    };
    arrival.body = Capture::of(&body, KEEP);
    Some(arrival)
}

enum Framing {
    None,
    Length(usize),
    Chunked,
}

/// The head, if it is whole: its length, the arrival without body, and how the body is framed. The outer None is
/// for what is no HTTP.
#[expect(clippy::option_option, reason = "no HTTP, not yet whole, whole")]
fn parse(bytes: &[u8], upstream: &Upstream) -> Option<Option<(usize, Arrival, Framing)>> {
    let mut slots = [httparse::EMPTY_HEADER; 256];
    let mut request = httparse::Request::new(&mut slots);
    let httparse::Status::Complete(head) = request.parse(bytes).ok()? else {
        return Some(None);
    };
    let mut framing = Framing::None;
    for header in request.headers.iter() {
        if header.name.eq_ignore_ascii_case("transfer-encoding") {
            framing = Framing::Chunked;
        } else if header.name.eq_ignore_ascii_case("content-length")
            && (cfg!(planted) || !matches!(framing, Framing::Chunked))
        {
            framing = Framing::Length(std::str::from_utf8(header.value).ok()?.trim().parse().ok()?);
        }
    }
    let arrival = Arrival {
        upstream: upstream.clone(),
        method: request.method.unwrap_or_default().to_owned(),
        target: Octets::from(request.path.unwrap_or_default()),
        headers: request.headers.iter().map(|h| (h.name.to_owned(), Octets(h.value.to_vec()))).collect(),
        body: Capture::default(),
    };
    Some(Some((head, arrival, framing)))
}

/// A chunked body, decoded; trailers are read and left out.
async fn chunks(stream: &mut (impl AsyncRead + Unpin), buffer: &mut Vec<u8>) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let (start, size) = loop {
            match httparse::parse_chunk_size(buffer).ok()? {
                httparse::Status::Complete(found) => break found,
                httparse::Status::Partial => {
                    if stream.read_buf(buffer).await.ok()? == 0 {
                        return None;
                    }
                }
            }
        };
        let size = usize::try_from(size).ok().filter(|size| body.len() + size <= BODY)?;
        let end = start + size + 2;
        while buffer.len() < end {
            if stream.read_buf(buffer).await.ok()? == 0 {
                return None;
            }
        }
        body.extend_from_slice(buffer.get(start..start + size)?);
        buffer.drain(..end);
        if size == 0 {
            return Some(body);
        }
    }
}
