//! Properties of every request's bytes: each takes any bytes and panics if it is broken.

use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use arbitrary::{Arbitrary, Unstructured};
use pincer_core::observe::{Arrival, Capture};
use pincer_core::vocab::{Octets, Upstream};
use tokio::io::{AsyncRead, ReadBuf};

use super::request::{Next, Reader};

/// Requests in a row.
#[derive(Debug, Arbitrary)]
enum Given<'a> {
    Bytes(&'a [u8], u8),
    Written(Vec<Written<'a>>, u8),
}

#[derive(Debug, Arbitrary)]
struct Written<'a> {
    method: u8,
    target: &'a [u8],
    field: &'a [u8],
    body: &'a [u8],
    chunks: Option<&'a [u8]>,
    trailer: bool,
    lengthy: bool,
}

/// Bytes in pieces; then the end.
struct Pieces<'a> {
    rest: &'a [u8],
    piece: usize,
}

impl AsyncRead for Pieces<'_> {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        let length = self.piece.min(self.rest.len()).min(buffer.remaining());
        let (now, rest) = self.rest.split_at(length);
        buffer.put_slice(now);
        self.rest = rest;
        Poll::Ready(Ok(()))
    }
}

/// Requests are read the same in any pieces. Requests of an independent writer are each read as meant, to the last.
pub fn arrival(data: &[u8]) {
    match Given::arbitrary_take_rest(Unstructured::new(data)) {
        Ok(Given::Bytes(bytes, piece)) => {
            let whole = all(bytes, usize::MAX);
            assert_eq!(all(bytes, usize::from(piece).max(1)), whole, "in pieces, other requests");
            assert_eq!(all(bytes, 1), whole, "byte by byte, other requests");
        }
        Ok(Given::Written(mut written, piece)) => {
            written.truncate(4);
            let bytes: Vec<u8> = written.iter().flat_map(Written::bytes).collect();
            let read = all(&bytes, usize::from(piece).max(1));
            assert_eq!(read.len(), written.len(), "another number of requests");
            for (arrival, written) in read.iter().zip(&written) {
                assert_eq!(arrival.method, written.method());
                assert_eq!(arrival.target.0, written.target().as_bytes(), "another target");
                assert_eq!(arrival.body.bytes.0, written.body, "another body");
                let field = arrival.headers.iter().find(|(name, _)| name == "x-field").map(|(_, value)| &value.0[..]);
                assert_eq!(field, Some(written.field().as_bytes()), "another field");
            }
        }
        Err(_) => {}
    }
}

/// All requests of a connection, and whether an incomplete or invalid one was at its end. How much of that was read
/// depends on the pieces.
fn all(bytes: &[u8], piece: usize) -> Vec<Arrival> {
    let upstream = Upstream::new("ledger").expect("letters only");
    let (mut stream, mut reader) = (Pieces { rest: bytes, piece }, Reader::new(upstream));
    let mut arrivals = Vec::new();
    loop {
        let reading = pin!(reader.next(&mut stream));
        match reading.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Next::Request(arrival, _)) => arrivals.push(*arrival),
            Poll::Ready(Next::End(part)) => {
                arrivals.extend(part.map(|part| Arrival {
                    method: String::new(),
                    target: Octets::default(),
                    headers: Vec::new(),
                    body: Capture::default(),
                    ..*part
                }));
                return arrivals;
            }
            Poll::Pending => panic!("what is there is waited for"),
        }
    }
}

impl Written<'_> {
    fn method(&self) -> &'static str {
        ["GET", "POST", "PUT", "PATCH", "M-SEARCH"].get(usize::from(self.method) % 5).copied().unwrap_or("GET")
    }

    fn target(&self) -> String {
        let signs = self.target.iter().take(32).map(|byte| char::from(b'!' + byte % 94));
        ['/'].into_iter().chain(signs).collect()
    }

    fn field(&self) -> String {
        self.field.iter().take(32).map(|byte| char::from(b'!' + byte % 94)).collect()
    }

    fn bytes(&self) -> Vec<u8> {
        let length = format!("content-length: {}\r\n", self.body.len());
        let framing = match (self.chunks, self.body.is_empty()) {
            // A length beside chunks does not count (RFC 9112 section 6.3).
            (Some(_), _) if self.lengthy => format!("transfer-encoding: chunked\r\n{length}"),
            (Some(_), _) => "Transfer-Encoding: chunked\r\n".to_owned(),
            (None, true) if !self.lengthy => String::new(),
            (None, _) => length,
        };
        let head = format!("{} {} HTTP/1.1\r\nx-field:{}\r\n{framing}\r\n", self.method(), self.target(), self.field());
        let mut out = head.into_bytes();
        let Some(sizes) = self.chunks else {
            out.extend(self.body);
            return out;
        };
        let (mut rest, mut sizes) = (self.body, sizes.iter());
        while !rest.is_empty() {
            let size = sizes.next().map_or(rest.len(), |size| usize::from(*size) + 1).min(rest.len());
            let (now, later) = rest.split_at(size);
            out.extend([format!("{size:X}\r\n").as_bytes(), now, b"\r\n"].concat());
            rest = later;
        }
        out.extend(if self.trailer { &b"0\r\nx-sum: 1\r\n\r\n"[..] } else { b"0\r\n\r\n" });
        out
    }
}
