//! Reads answers of HTTP/1.1 as they come, in bounded memory: heads by httparse, bodies by their framing or to the end, and
//! what stands beside them: interim answers, trailers, and what comes behind the end.

#[cfg(feature = "properties")]
#[expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "a property says by a panic that it is broken"
)]
pub(crate) mod property;

use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use httparse::{ParserConfig, Status};
use pincer_core::observe::{Answered, Capture, Capturing, End, Extras, Failure, Header, Interim};
use pincer_core::vocab::Octets;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::time::{Instant, timeout, timeout_at};

use crate::KEEP;

/// Reading stops after this many bytes of a body: an endless one costs no more time.
pub(crate) const MOST: u64 = 8 << 20;
/// Longest heads, interim ones together with the last, and longest trailers; browsers stop at 256 KiB.
const HEAD: usize = 1 << 20;
/// Bytes that are read at once, and the longest line of a chunk's size.
const PIECE: usize = 16 << 10;
/// Header lines of a head.
const LINES: usize = 256;
/// How long an end of the connection, or bytes behind the answer, are waited for where the connection is not used again.
const GRACE: Duration = Duration::from_millis(5);

/// How an answer is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner<'a> {
    /// The method that it answers.
    pub(crate) method: &'a str,
    /// Whether heads are taken as client libraries take them: not with lengths that contradict each other.
    pub(crate) strict: bool,
}

/// Writes a request while it reads the answer, because a target that refuses early answers before all is written. Says
/// whether the connection may be used again.
pub(crate) async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    bytes: &[u8],
    manner: Manner<'_>,
    until: Instant,
) -> (Result<Answered, Failure>, bool) {
    let (mut from, mut to) = tokio::io::split(stream);
    let mut written = false;
    let write = async {
        // Where the target takes no more, its answer or its silence says so.
        written = to.write_all(bytes).await.is_ok() && to.flush().await.is_ok();
        std::future::pending::<()>().await;
    };
    let (answer, kept) = tokio::select! {
        read = read(&mut from, manner, Some(until)) => read,
        () = write => (Err(Failure::Closed), false),
    };
    (answer, kept && written)
}

/// Reads one answer, at most until then; says whether the connection may be used again.
pub(crate) async fn read(
    stream: &mut (impl AsyncRead + Unpin),
    manner: Manner<'_>,
    until: Option<Instant>,
) -> (Result<Answered, Failure>, bool) {
    let mut reader = Reader::new(manner);
    let filled = match until {
        Some(until) => timeout_at(until, reader.fill(stream)).await.unwrap_or(Err(Failure::Timeout)),
        None => reader.fill(stream).await,
    };
    if let Err(failure) = filled {
        if failure != Failure::Timeout || reader.open.is_none() {
            return (Err(failure), false);
        }
        reader.end = Some(End::Late);
    }
    // Behind what was not read to its end stands more of it.
    if matches!(reader.end, Some(End::Complete | End::Cut)) {
        let until = until.filter(|_| !reader.is_kept());
        let rest = poll_fn(|context| reader.poll_rest(&mut *stream, context, until.is_some()));
        match until {
            // What has not come by then is not waited for.
            Some(until) => drop(timeout_at(until, timeout(GRACE, rest)).await),
            None => rest.await,
        }
    }
    reader.finish()
}

/// Takes what has come on a connection where nothing is expected, without waiting for it: the bytes, and whether it goes on.
pub(crate) fn unasked(mut stream: impl AsyncRead + Unpin) -> (Capture, bool) {
    let mut came = Capturing::new(KEEP);
    let mut context = Context::from_waker(std::task::Waker::noop());
    let open = loop {
        match poll_piece(&mut stream, &mut context, &mut came) {
            Poll::Pending => break true,
            Poll::Ready(true) if came.length() < MOST => {}
            Poll::Ready(_) => break false,
        }
    };
    (came.finish(), open)
}

/// Takes a piece of what comes; whether there may be more.
fn poll_piece(mut stream: impl AsyncRead + Unpin, context: &mut Context<'_>, into: &mut Capturing) -> Poll<bool> {
    let mut piece = [MaybeUninit::uninit(); 4096];
    let mut piece = ReadBuf::uninit(&mut piece);
    Pin::new(&mut stream).poll_read(context, &mut piece).map(|read| {
        into.push(piece.filled());
        read.is_ok() && !piece.filled().is_empty()
    })
}

/// Reads one answer.
#[derive(Debug)]
struct Reader<'a> {
    manner: Manner<'a>,
    buffer: Vec<u8>,
    /// Bytes of heads that were read.
    heads: usize,
    extras: Extras,
    open: Option<Open>,
    end: Option<End>,
    behind: Capturing,
}

/// An answer whose head has been read.
#[derive(Debug)]
struct Open {
    answer: Answered,
    framing: Framing,
    keeps: bool,
    body: Capturing,
}

/// What is still to come of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Framing {
    /// So many bytes.
    Length(u64),
    /// All up to the end of the connection.
    Close,
    /// A chunk's size.
    Size,
    /// So many bytes of a chunk of this size.
    Chunk(u64, u64),
    /// The line end behind a chunk of this size.
    Line(u64),
    /// Trailers, up to an empty line.
    Trailers,
}

impl<'a> Reader<'a> {
    fn new(manner: Manner<'a>) -> Self {
        let behind = Capturing::new(KEEP);
        Self { manner, buffer: Vec::new(), heads: 0, extras: Extras::default(), open: None, end: None, behind }
    }

    /// Reads up to the end of the answer; fails where no head comes. It may be given up at any time.
    async fn fill(&mut self, stream: &mut (impl AsyncRead + Unpin)) -> Result<(), Failure> {
        loop {
            self.advance()?;
            if self.end.is_some() {
                return Ok(());
            }
            self.buffer.reserve(PIECE);
            let closed = match stream.read_buf(&mut self.buffer).await {
                Ok(1..) => continue,
                Ok(_) => true,
                // Many servers end TLS without saying so.
                Err(why) => !self.manner.strict && why.kind() == io::ErrorKind::UnexpectedEof,
            };
            let Some(open) = &self.open else {
                let nothing = self.manner.strict || self.buffer.is_empty();
                return Err(if nothing { Failure::Closed } else { Failure::Malformed });
            };
            let whole = closed && open.framing == Framing::Close;
            self.end = Some(if whole { End::Complete } else { End::Cut });
        }
    }

    /// Takes from the buffer what is whole.
    fn advance(&mut self) -> Result<(), Failure> {
        while self.open.is_none() {
            let Some((length, head)) = Head::parse(&self.buffer)? else {
                let short = self.heads + self.buffer.len() <= HEAD;
                return if short { Ok(()) } else { Err(self.too_long()) };
            };
            self.heads += length;
            self.buffer.drain(..length);
            // Interim answers go before the one that counts; 101 is the last of its protocol (RFC 9110 section 15.2).
            if matches!(head.status, 100 | 102..=199) {
                if self.heads > HEAD {
                    return Err(self.too_long());
                }
                let Head { status, reason, headers, .. } = head;
                self.extras.interim.push(Interim { status, reason, headers });
            } else {
                self.open = Some(Open::new(head, self.manner)?);
            }
        }
        if let Some(open) = &mut self.open
            && self.end.is_none()
        {
            self.end = open.take(&mut self.buffer, &mut self.extras.trailers);
        }
        Ok(())
    }

    fn too_long(&self) -> Failure {
        if self.manner.strict { Failure::Closed } else { Failure::Malformed }
    }

    /// Whether the connection may be used again, as far as is known.
    fn is_kept(&self) -> bool {
        self.end == Some(End::Complete)
            && self.buffer.is_empty()
            && self.behind.length() == 0
            && self.open.as_ref().is_some_and(|open| open.keeps && open.framing != Framing::Close)
    }

    /// Takes what has come behind the answer; is ready when nothing more is to come, or, where it is not to wait, nothing is
    /// there.
    fn poll_rest(&mut self, mut stream: impl AsyncRead + Unpin, context: &mut Context<'_>, waits: bool) -> Poll<()> {
        self.behind.push(&std::mem::take(&mut self.buffer));
        loop {
            match poll_piece(&mut stream, context, &mut self.behind) {
                Poll::Ready(true) if self.behind.length() < MOST => {}
                Poll::Pending if waits => return Poll::Pending,
                _ => return Poll::Ready(()),
            }
        }
    }

    fn finish(mut self) -> (Result<Answered, Failure>, bool) {
        let kept = self.is_kept();
        let Some(open) = self.open else { return (Err(Failure::Closed), false) };
        if self.behind.length() > 0 {
            self.extras.behind = self.behind.finish();
        }
        let (end, extras) = (self.end.unwrap_or(End::Late), self.extras.some());
        (Ok(Answered { body: open.body.finish(), end, extras, ..open.answer }), kept)
    }
}

/// A head.
struct Head {
    status: u16,
    reason: Option<Octets>,
    headers: Vec<Header>,
    /// The last digit of the version.
    version: u8,
}

impl Head {
    /// The head, if it is whole, and its length.
    fn parse(bytes: &[u8]) -> Result<Option<(usize, Self)>, Failure> {
        let mut slots = [const { MaybeUninit::uninit() }; LINES];
        let mut response = httparse::Response::new(&mut []);
        match ParserConfig::default().parse_response_with_uninit_headers(&mut response, bytes, &mut slots) {
            Err(_) => Err(Failure::Malformed),
            Ok(Status::Partial) => Ok(None),
            Ok(Status::Complete(length)) => {
                let status = response.code.unwrap_or_default();
                let reason = response.reason.filter(|reason| !reason.is_empty() && Some(*reason) != canonical(status));
                let (reason, headers) = (reason.map(Octets::from), owned(response.headers));
                Ok(Some((length, Self { status, reason, headers, version: response.version.unwrap_or_default() })))
            }
        }
    }

    fn values(&self, name: &str) -> impl DoubleEndedIterator<Item = String> {
        let named = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let values: Vec<String> = named.map(|(_, value)| value.lossy().to_ascii_lowercase()).collect();
        values.into_iter()
    }

    /// How its body is framed (RFC 9112 section 6.3).
    fn framing(&self, manner: Manner<'_>) -> Result<Framing, Failure> {
        if manner.method == "HEAD" || matches!(self.status, 101 | 204 | 304) {
            return Ok(Framing::Length(0));
        }
        if let Some(last) = self.values("transfer-encoding").next_back() {
            let chunked = last.rsplit(',').next().is_some_and(|coding| coding.trim() == "chunked");
            return Ok(if chunked { Framing::Size } else { Framing::Close });
        }
        let mut lengths = self.values("content-length").map(|text| text.trim().parse::<u64>().ok());
        let Some(length) = lengths.next() else { return Ok(Framing::Close) };
        if manner.strict && (length.is_none() || lengths.any(|other| other != length)) {
            return Err(Failure::Malformed);
        }
        Ok(length.map_or(Framing::Close, Framing::Length))
    }
}

fn owned(headers: &[httparse::Header<'_>]) -> Vec<Header> {
    headers.iter().map(|header| (header.name.to_owned(), Octets(header.value.to_vec()))).collect()
}

/// The reason phrase that the standard gives to a status.
fn canonical(status: u16) -> Option<&'static str> {
    http::StatusCode::from_u16(status).ok()?.canonical_reason()
}

impl Open {
    fn new(head: Head, manner: Manner<'_>) -> Result<Self, Failure> {
        let framing = head.framing(manner)?;
        let closes = head.values("connection").any(|said| said.contains("close"));
        let keeps = !closes && head.version == 1 && head.status != 101;
        let Head { status, reason, headers, .. } = head;
        let answer = Answered { status, reason, headers, body: Capture::default(), end: End::Cut, extras: None };
        Ok(Self { answer, framing, keeps, body: Capturing::new(KEEP) })
    }

    /// Takes what there is of the body; how it ended, if it did.
    fn take(&mut self, buffer: &mut Vec<u8>, trailers: &mut Vec<Header>) -> Option<End> {
        // What was read leaves the buffer once, for a body can be of many small chunks.
        let mut at = 0;
        let end = loop {
            let rest = buffer.get(at..).unwrap_or_default();
            match self.framing {
                Framing::Length(0) => break Some(End::Complete),
                Framing::Length(left) => {
                    let taken = self.body_of(rest, left);
                    at += taken;
                    self.framing = Framing::Length(less(left, taken));
                    if left > length(taken) {
                        break self.capped();
                    }
                }
                Framing::Close => {
                    let taken = self.body_of(rest, u64::MAX);
                    at += taken;
                    break if taken < rest.len() { self.capped() } else { None };
                }
                Framing::Size => match httparse::parse_chunk_size(rest) {
                    Ok(Status::Complete((line, size))) => {
                        at += line;
                        self.framing = if size == 0 { Framing::Trailers } else { Framing::Chunk(size, size) };
                    }
                    Ok(Status::Partial) if rest.len() <= PIECE => break None,
                    // What stands there is no chunk: it is read as what it is, bytes behind the end.
                    _ => break Some(End::Cut),
                },
                Framing::Chunk(0, size) => self.framing = Framing::Line(size),
                Framing::Chunk(left, size) => {
                    let taken = self.body_of(rest, left);
                    at += taken;
                    self.framing = Framing::Chunk(less(left, taken), size);
                    if left > length(taken) {
                        break self.capped();
                    }
                }
                Framing::Line(size) => {
                    let line = if cfg!(planted) && size > 64 { 1 } else { 2 };
                    match rest.get(..line) {
                        Some(end) if b"\r\n".starts_with(end) => at += line,
                        Some(_) => break Some(End::Cut),
                        None => break None,
                    }
                    self.framing = Framing::Size;
                }
                Framing::Trailers => {
                    let mut slots = [httparse::EMPTY_HEADER; LINES];
                    match httparse::parse_headers(rest, &mut slots) {
                        Ok(Status::Complete((length, fields))) => {
                            at += length;
                            *trailers = owned(fields);
                            break Some(End::Complete);
                        }
                        Ok(Status::Partial) if rest.len() <= HEAD => break None,
                        _ => break Some(End::Cut),
                    }
                }
            }
        };
        buffer.drain(..at);
        end
    }

    /// Takes at most `left` bytes of the body, and no more than are read of one; how many.
    fn body_of(&mut self, rest: &[u8], left: u64) -> usize {
        let room = left.min(MOST.saturating_sub(self.body.length()));
        let taken = usize::try_from(room).unwrap_or(usize::MAX).min(rest.len());
        self.body.push(rest.get(..taken).unwrap_or_default());
        taken
    }

    /// That reading stops, where enough was read.
    fn capped(&self) -> Option<End> {
        (self.body.length() >= MOST).then_some(End::Capped)
    }
}

fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

fn less(left: u64, taken: usize) -> u64 {
    left.saturating_sub(length(taken))
}

#[cfg(test)]
mod tests;
