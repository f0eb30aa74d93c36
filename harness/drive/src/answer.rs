//! Reads HTTP/1.1 answers in bounded memory: heads by httparse, bodies by their framing or to the end, and also interim
//! responses, trailers, and bytes after the end.

mod body;
mod framing;
mod head;
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

use pincer_core::observe::{Answered, Capture, Capturing, End, Extras, Failure, Interim};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::time::{Instant, timeout, timeout_at};

use self::body::Open;
use self::framing::Framing;
use self::head::Head;
use crate::KEEP;

/// Reading stops after this many bytes of a body: an endless one takes no more time.
pub(crate) const MOST: u64 = 8 << 20;
/// Longest heads (interim ones included), and longest trailers; browsers stop at 256 KiB.
const HEAD: usize = 1 << 20;
/// Bytes read at once, and the longest line of a chunk size.
const PIECE: usize = 16 << 10;
/// How long to wait for the end of a connection that is not reused, or for bytes after the answer.
const GRACE: Duration = Duration::from_millis(5);

/// How an answer is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner<'a> {
    /// The method of the request.
    pub(crate) method: &'a str,
    /// Whether to read heads like client libraries, which refuse contradictory lengths.
    pub(crate) strict: bool,
}

/// Writes a request while reading the answer, because a target may refuse before everything is written. Returns whether
/// the connection may be reused.
pub(crate) async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    bytes: &[u8],
    manner: Manner<'_>,
    until: Instant,
) -> (Result<Answered, Failure>, bool) {
    let (mut from, mut to) = tokio::io::split(stream);
    let mut written = false;
    let write = async {
        // If the target reads no more, its answer or its silence says so.
        written = to.write_all(bytes).await.is_ok() && to.flush().await.is_ok();
        std::future::pending::<()>().await;
    };
    let (answer, kept) = tokio::select! {
        read = read(&mut from, manner, Some(until)) => read,
        () = write => (Err(Failure::Closed), false),
    };
    (answer, kept && written)
}

/// Reads one answer, at most until `until`; returns whether the connection may be reused.
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
    // After an answer that was not read to its end, its rest follows.
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

/// Takes what has come on an idle connection, without waiting: the bytes, and whether the connection is still open.
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

/// Reads a piece; returns whether there may be more.
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
    /// Bytes of heads so far.
    heads: usize,
    extras: Extras,
    open: Option<Open>,
    end: Option<End>,
    behind: Capturing,
}

impl<'a> Reader<'a> {
    fn new(manner: Manner<'a>) -> Self {
        let behind = Capturing::new(KEEP);
        Self { manner, buffer: Vec::new(), heads: 0, extras: Extras::default(), open: None, end: None, behind }
    }

    /// Reads to the end of the answer; fails if no head comes. It may be cancelled at any time.
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
                // Many servers end TLS without a close_notify alert.
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

    /// Takes everything complete from the buffer.
    fn advance(&mut self) -> Result<(), Failure> {
        while self.open.is_none() {
            let Some((length, head)) = Head::parse(&self.buffer)? else {
                let short = self.heads + self.buffer.len() <= HEAD;
                return if short { Ok(()) } else { Err(self.too_long()) };
            };
            self.heads += length;
            self.buffer.drain(..length);
            // Interim responses come before the final one; 101 is the last of its protocol (RFC 9110 section 15.2).
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

    /// Whether the connection may be reused, as far as is known.
    fn is_kept(&self) -> bool {
        self.end == Some(End::Complete)
            && self.buffer.is_empty()
            && self.behind.length() == 0
            && self.open.as_ref().is_some_and(|open| open.keeps && open.framing != Framing::Close)
    }

    /// Takes what has come after the answer; ready when nothing more will come or, if it should not wait, when nothing
    /// is there.
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

#[cfg(test)]
mod tests;
