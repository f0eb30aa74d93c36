//! Reads requests with their raw bytes in bounded memory, and reports incomplete and invalid ones.

use pincer_core::observe::{Arrival, Capture, Capturing, Extent};
use pincer_core::vocab::{Octets, Upstream};
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// Bytes kept of an arriving body.
const KEEP: usize = 16 * 1024;
/// Longest head that is read; longer is what no server takes.
const HEAD: usize = 1 << 20;
/// Header lines of a head: ten times what common servers accept (Apache's `LimitRequestFields` is 100).
const LINES: usize = 1024;
/// Largest chunk: 1 TiB.
const LARGEST: u64 = 1 << 40;

/// What comes next on a connection.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// A request, and whether the connection continues after it.
    Request(Box<Arrival>, bool),
    /// The end, with the incomplete or invalid request that came before it, if any.
    End(Option<Box<Arrival>>),
}

/// Reads one connection. A cancelled read may be repeated.
#[derive(Debug)]
pub(crate) struct Reader {
    upstream: Upstream,
    buffer: Vec<u8>,
    open: Option<Open>,
    /// Whether a byte has come.
    begun: bool,
}

/// A request whose head has been read.
#[derive(Debug)]
struct Open {
    arrival: Arrival,
    framing: Framing,
    keeps: bool,
    body: Capturing,
}

/// What is still to come of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Framing {
    /// This many bytes.
    Length(u64),
    /// A chunk's size.
    Size,
    /// This many bytes of a chunk, and its line end.
    Chunk(u64),
    /// Trailers, up to an empty line.
    Trailers,
}

/// Not an HTTP/1 request.
#[derive(Debug)]
pub(crate) struct Foreign;

impl Reader {
    /// Reads requests to this upstream.
    pub(crate) fn new(upstream: Upstream) -> Self {
        Self { upstream, buffer: Vec::new(), open: None, begun: false }
    }

    /// Whether no byte has come.
    pub(crate) fn is_untouched(&self) -> bool {
        !self.begun
    }

    /// Takes bytes that somebody else has read.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.begun |= !bytes.is_empty();
        self.buffer.extend_from_slice(bytes);
    }

    /// The next request, or the end.
    pub(crate) async fn next(&mut self, stream: &mut (impl AsyncRead + Unpin)) -> Next {
        loop {
            match self.step() {
                Ok(Some((arrival, keeps))) => return Next::Request(Box::new(arrival), keeps),
                Ok(None) => {}
                Err(Foreign) => return Next::End(self.foreign().map(Box::new)),
            }
            match stream.read_buf(&mut self.buffer).await {
                Ok(0) | Err(_) => return Next::End(self.begun(Extent::Part).map(Box::new)),
                Ok(_) => self.begun = true,
            }
        }
    }

    /// The bytes so far, if they are not a request.
    pub(crate) fn foreign(&self) -> Option<Arrival> {
        self.begun(if self.open.is_some() { Extent::Part } else { Extent::Foreign })
    }

    /// The incomplete request so far; none between two requests.
    pub(crate) fn part(&self) -> Option<Arrival> {
        self.begun(Extent::Part)
    }

    fn begun(&self, extent: Extent) -> Option<Arrival> {
        match &self.open {
            Some(open) => {
                let mut body = open.body.clone();
                body.push(&self.buffer);
                Some(Arrival { body: body.finish(), extent, ..open.arrival.clone() })
            }
            None if self.buffer.is_empty() => None,
            None => Some(beginning(&self.buffer, &self.upstream, extent)),
        }
    }

    /// Takes everything complete from the buffer; returns a request when it is complete.
    pub(crate) fn step(&mut self) -> Result<Option<(Arrival, bool)>, Foreign> {
        if self.open.is_none() {
            let Some((head, open)) = parse(&self.buffer, &self.upstream)? else {
                return if self.buffer.len() > HEAD { Err(Foreign) } else { Ok(None) };
            };
            self.buffer.drain(..head);
            self.open = Some(open);
        }
        let Some(open) = &mut self.open else { return Ok(None) };
        if !open.take(&mut self.buffer)? {
            return Ok(None);
        }
        let whole = self.open.take().map(|open| (Arrival { body: open.body.finish(), ..open.arrival }, open.keeps));
        Ok(whole)
    }
}

impl Open {
    /// Takes the available part of the body; returns whether it is complete.
    fn take(&mut self, buffer: &mut Vec<u8>) -> Result<bool, Foreign> {
        // The buffer is shortened only once, because a body can consist of many small chunks.
        let mut at = 0;
        let whole = loop {
            let rest = buffer.get(at..).unwrap_or_default();
            match self.framing {
                Framing::Length(left) => {
                    let (taken, left) = self.body_of(rest, left);
                    at += taken;
                    self.framing = Framing::Length(left);
                    break left == 0;
                }
                Framing::Size => match httparse::parse_chunk_size(rest) {
                    Ok(httparse::Status::Complete((line, 0))) => {
                        at += line;
                        self.framing = Framing::Trailers;
                    }
                    Ok(httparse::Status::Complete((line, size))) if size <= LARGEST => {
                        at += line;
                        self.framing = Framing::Chunk(size);
                    }
                    Ok(httparse::Status::Partial) if rest.len() <= HEAD => break false,
                    _ => return Err(Foreign),
                },
                Framing::Chunk(left) => {
                    let (taken, left) = self.body_of(rest, left);
                    at += taken;
                    self.framing = Framing::Chunk(left);
                    // A chunk's line end belongs to it.
                    if left > 0 || rest.len() < taken + 2 {
                        break false;
                    }
                    at += 2;
                    self.framing = Framing::Size;
                }
                Framing::Trailers => match trailers(rest) {
                    Some(length) => {
                        at += length;
                        break true;
                    }
                    None if rest.len() > HEAD => return Err(Foreign),
                    None => break false,
                },
            }
        };
        buffer.drain(..at);
        Ok(whole)
    }

    /// Takes at most `left` bytes of the body; returns how many, and how many are still to come.
    fn body_of(&mut self, rest: &[u8], left: u64) -> (usize, u64) {
        let taken = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
        self.body.push(rest.get(..taken).unwrap_or_default());
        (taken, left.saturating_sub(u64::try_from(taken).unwrap_or(u64::MAX)))
    }
}

/// The head, if it is complete: its length, and its request.
fn parse(bytes: &[u8], upstream: &Upstream) -> Result<Option<(usize, Open)>, Foreign> {
    let mut slots = vec![httparse::EMPTY_HEADER; LINES];
    let mut request = httparse::Request::new(&mut slots);
    let httparse::Status::Complete(head) = request.parse(bytes).map_err(|_| Foreign)? else {
        return Ok(None);
    };
    let mut framing = Framing::Length(0);
    let (mut close, mut kept) = (false, false);
    for header in request.headers.iter() {
        if header.name.eq_ignore_ascii_case("transfer-encoding") {
            framing = Framing::Size;
        } else if header.name.eq_ignore_ascii_case("content-length") && matches!(framing, Framing::Length(_)) {
            let text = std::str::from_utf8(header.value).map_err(|_| Foreign)?;
            framing = Framing::Length(text.trim().parse().map_err(|_| Foreign)?);
        } else if header.name.eq_ignore_ascii_case("connection") {
            let said = String::from_utf8_lossy(header.value).to_ascii_lowercase();
            close |= said.contains("close");
            kept |= said.contains("keep-alive");
        }
    }
    let arrival = Arrival {
        upstream: upstream.clone(),
        method: request.method.unwrap_or_default().to_owned(),
        target: Octets::from(request.path.unwrap_or_default()),
        headers: request.headers.iter().map(|h| (h.name.to_owned(), Octets(h.value.to_vec()))).collect(),
        body: Capture::default(),
        extent: Extent::Whole,
    };
    // RFC 9112 section 9.3: a client of HTTP/1.0 keeps a connection only if it says so.
    let keeps = !close && (request.version != Some(0) || kept);
    Ok(Some((head, Open { arrival, framing, keeps, body: Capturing::new(KEEP) })))
}

/// The length of the trailers after the last chunk, with the empty line that ends them.
fn trailers(rest: &[u8]) -> Option<usize> {
    if rest.starts_with(b"\r\n") {
        return Some(2);
    }
    memchr::memmem::find(rest, b"\r\n\r\n").map(|at| at + 4)
}

/// The beginning of a connection that is not a request, or not yet: its first line as far as it looks like a request
/// line, the complete header lines, and all bytes as the body.
fn beginning(bytes: &[u8], upstream: &Upstream, extent: Extent) -> Arrival {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut lines = bytes.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let first = lines.next().unwrap_or_default();
    let mut words = first.split(|byte| *byte == b' ');
    let method = words.next().filter(|word| word.len() < 32 && word.iter().all(u8::is_ascii_uppercase));
    let target = method.and_then(|_| words.next()).unwrap_or_default();
    let fields = lines.take(LINES).filter_map(|line| {
        let at = line.iter().position(|byte| *byte == b':')?;
        let (name, value) = line.split_at(at);
        Some((text(name), Octets(value.get(1..)?.trim_ascii().to_vec())))
    });
    Arrival {
        upstream: upstream.clone(),
        method: method.map(text).unwrap_or_default(),
        target: Octets(target.to_vec()),
        headers: if method.is_some() { fields.collect() } else { Vec::new() },
        body: Capture::of(bytes, KEEP),
        extent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader() -> Reader {
        Reader::new(Upstream::new("ledger").unwrap())
    }

    /// Everything that these bytes contain, in order.
    async fn all(bytes: &[u8]) -> Vec<Next> {
        let (mut rest, mut reader, mut all) = (bytes, reader(), Vec::new());
        loop {
            let next = reader.next(&mut rest).await;
            let over = matches!(next, Next::End(_));
            all.push(next);
            if over {
                return all;
            }
        }
    }

    /// The body of a chunked request that continues with these bytes, and how many bytes follow it.
    async fn body(chunks: &[u8]) -> Option<(Vec<u8>, usize)> {
        let bytes = [b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n", chunks].concat();
        match all(&bytes).await.as_slice() {
            [Next::Request(arrival, true), rest @ ..] => Some((arrival.body.bytes.0.clone(), rest.len())),
            _ => None,
        }
    }

    #[tokio::test]
    async fn trailers_are_left_out_and_following_bytes_stay() {
        let whole = body(b"3;a=b\r\nabc\r\n1\r\nd\r\n0\r\nx-sum: 1\r\ny: 2\r\n\r\nGET / HTTP/1.1\r\n\r\n").await;
        assert_eq!(whole, Some((b"abcd".to_vec(), 2)));
        assert_eq!(body(b"0\r\n\r\n").await, Some((Vec::new(), 1)));
        assert_eq!(body(b"1\r\na\r\n0\r\nx-sum: 1\r\n").await, None);
    }

    #[tokio::test]
    async fn truncated_request_is_incomplete() {
        for (bytes, target, held) in [
            (&b"POST /notes HTTP/1.1\r\ncontent-length: 5\r\n\r\npaid"[..], "/notes", "paid"),
            (b"POST /notes HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n9\r\npaid", "/notes", "paid"),
            (b"DELETE /accounts/7 HTTP/1.1\r\nhost: a\r\nx-half", "/accounts/7", "x-half"),
            (b"DELETE /acc", "/acc", "DELETE"),
        ] {
            let seen = all(bytes).await;
            let [Next::End(Some(arrival))] = seen.as_slice() else { panic!("{target}: {seen:?}") };
            assert_eq!((arrival.extent, arrival.target.lossy().as_ref()), (Extent::Part, target));
            assert!(arrival.body.bytes.lossy().contains(held), "{arrival:?}");
        }
    }

    #[tokio::test]
    async fn invalid_request_is_kept_unchanged() {
        for bytes in [&b"\x16\x03\x01\x02\x00\x01\x00"[..], b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
            let seen = all(bytes).await;
            let [Next::End(Some(arrival))] = seen.as_slice() else { panic!("{seen:?}") };
            assert_eq!(arrival.body.bytes.0, bytes);
            assert_ne!(arrival.extent, Extent::Whole);
        }
        assert_eq!(all(b"").await, [Next::End(None)]);
    }

    #[tokio::test]
    async fn oversized_chunk_is_invalid() {
        assert_eq!(body(b"1\r\na\r\nffffffffffffffff\r\n").await, None);
    }

    #[tokio::test]
    async fn connection_continues_by_its_version_and_header() {
        for (head, keeps) in [
            ("HTTP/1.1\r\n", true),
            ("HTTP/1.1\r\nConnection: Close\r\n", false),
            ("HTTP/1.0\r\n", false),
            ("HTTP/1.0\r\nconnection: keep-alive\r\n", true),
        ] {
            let seen = all(format!("GET / {head}\r\n").as_bytes()).await;
            assert!(matches!(&seen[0], Next::Request(_, kept) if *kept == keeps), "{head}");
        }
    }

    #[tokio::test]
    async fn large_body_is_not_kept_completely() {
        let mut reader = reader();
        let head: &[u8] = b"POST / HTTP/1.1\r\ncontent-length: 300000000\r\n\r\n";
        let mut stream = head.chain(tokio::io::repeat(b'a').take(300_000_000));
        let Next::Request(arrival, true) = reader.next(&mut stream).await else { panic!("no request") };
        assert_eq!((arrival.body.length, arrival.body.bytes.0.len()), (300_000_000, KEEP));
        assert!(reader.buffer.capacity() < 1 << 20);
    }
}
