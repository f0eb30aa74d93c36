//! Properties of every answer's bytes: each takes any bytes and panics if it is broken.

use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use arbitrary::{Arbitrary, Unstructured};
use pincer_core::observe::{Answered, End, Failure};
use tokio::io::{AsyncRead, ReadBuf};

use super::{Manner, read};

/// An answer, and how it is framed and cut.
#[derive(Debug, Arbitrary)]
enum Given<'a> {
    Bytes(&'a [u8], u8),
    Written(Written<'a>),
}

#[derive(Debug, Arbitrary)]
struct Written<'a> {
    interim: u8,
    status: u16,
    phrase: &'a [u8],
    fields: Vec<(&'a [u8], &'a [u8])>,
    body: &'a [u8],
    framing: Framing<'a>,
    /// Bytes of a further message.
    behind: &'a [u8],
    cut: Option<u16>,
    piece: u8,
}

#[derive(Debug, Arbitrary)]
enum Framing<'a> {
    Length,
    Chunks { sizes: &'a [u8], extended: bool, trailer: bool },
    Close,
    Head,
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

/// An answer is read the same in any pieces. An answer of an independent writer is read as meant, whatever comes before
/// and after it. A truncated answer does not count as complete.
pub fn raw_answer(data: &[u8]) {
    match Given::arbitrary_take_rest(Unstructured::new(data)) {
        Ok(Given::Bytes(bytes, piece)) => {
            let whole = answer(bytes, usize::MAX, "GET");
            assert_eq!(answer(bytes, usize::from(piece).max(1), "GET"), whole, "in pieces, another answer");
            assert_eq!(answer(bytes, 1, "GET"), whole, "byte by byte, another answer");
        }
        Ok(Given::Written(written)) => written.check(),
        Err(_) => {}
    }
}

fn answer(bytes: &[u8], piece: usize, method: &str) -> Result<Answered, Failure> {
    let mut stream = Pieces { rest: bytes, piece };
    let reading = pin!(read(&mut stream, Manner { method, strict: false }, None));
    match reading.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready((answer, _)) => answer,
        Poll::Pending => panic!("what is there is waited for"),
    }
}

impl Written<'_> {
    fn check(&self) {
        let status = 200 + self.status % 400;
        let method = if matches!(self.framing, Framing::Head) { "HEAD" } else { "GET" };
        let empty = method == "HEAD" || status == 204 || status == 304;
        let head = self.head(status);
        let framed = if empty { Vec::new() } else { self.framed() };
        let whole = [self.interim(), head.clone().into_bytes(), framed].concat();
        let piece = usize::from(self.piece).max(1);
        let ends = !matches!(self.framing, Framing::Close);
        let behind = if ends || empty { self.behind } else { &[] };
        let read = answer(&[&whole[..], behind].concat(), piece, method).expect("a whole answer is read");
        assert_eq!(read.status, status, "{head:?}");
        let body = if empty { &[][..] } else { self.body };
        assert_eq!((&read.body.bytes.0[..], read.end), (body, End::Complete), "{head:?}");
        assert_eq!(read.behind().map_or(&[][..], |behind| &behind.bytes.0), behind, "what is behind {head:?}");
        assert_eq!(read.interim().len(), usize::from(self.interim % 3), "interim answers before {head:?}");
        let trails = matches!(self.framing, Framing::Chunks { trailer: true, .. }) && !empty;
        assert_eq!(read.trailers().len(), usize::from(trails), "trailers of {head:?}");
        for (name, value) in self.fields() {
            let known = read.headers.iter().any(|(known, text)| *known == name && text.0 == value.as_bytes());
            assert!(known, "`{name}: {value}` is lost: {:?}", read.headers);
        }
        let Some(cut) = self.cut.map(|cut| usize::from(cut) % whole.len()) else { return };
        let cut = answer(whole.get(..cut).unwrap_or_default(), piece, method);
        let told = cut.is_ok_and(|cut| cut.end == End::Complete && cut.status == status);
        assert!(!told || !ends || empty, "a torn answer is taken for a whole one: {head:?}");
    }

    fn interim(&self) -> Vec<u8> {
        let one = |n: u8| format!("HTTP/1.1 10{} Soon\r\nx-n: {n}\r\n\r\n", if n == 0 { 0 } else { n + 1 });
        (0..self.interim % 3).flat_map(|n| one(n).into_bytes()).collect()
    }

    fn head(&self, status: u16) -> String {
        let phrase: String = self.phrase.iter().take(16).map(|byte| char::from(b' ' + byte % 95)).collect();
        let fields: String = self.fields().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let framing = match &self.framing {
            Framing::Length | Framing::Head => format!("Content-Length: {}\r\n", self.body.len()),
            Framing::Chunks { .. } => "transfer-encoding: chunked\r\n".to_owned(),
            Framing::Close => String::new(),
        };
        format!("HTTP/1.1 {status} {phrase}\r\n{fields}{framing}\r\n")
    }

    fn fields(&self) -> impl Iterator<Item = (String, String)> {
        self.fields.iter().take(8).enumerate().map(|(at, (name, value))| {
            let name: String = name.iter().take(8).map(|byte| char::from(b'a' + byte % 26)).collect();
            let value: String = value.iter().take(16).map(|byte| char::from(b'!' + byte % 94)).collect();
            (format!("x-{at}{name}"), value)
        })
    }

    fn framed(&self) -> Vec<u8> {
        let Framing::Chunks { sizes, extended, trailer } = &self.framing else { return self.body.to_vec() };
        let mut out = Vec::new();
        let mut rest = self.body;
        let mut sizes = sizes.iter();
        while !rest.is_empty() {
            let size = sizes.next().map_or(rest.len(), |size| usize::from(*size) + 1).min(rest.len());
            let (now, later) = rest.split_at(size);
            let extension = if *extended { ";a=\"b\"" } else { "" };
            out.extend(format!("{size:x}{extension}\r\n").into_bytes());
            out.extend(now);
            out.extend(b"\r\n");
            rest = later;
        }
        out.extend(b"0\r\n");
        if *trailer {
            out.extend(b"x-sum: 1\r\n");
        }
        out.extend(b"\r\n");
        out
    }
}
