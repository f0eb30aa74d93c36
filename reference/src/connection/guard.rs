//! The guard of a connection: it sits between the socket and the HTTP library and passes on only sound requests.
//!
//! It reads each head before the library does, follows its framing to find the next one, and keeps the time limits. For
//! a request that it refuses it gives the library a plain stand-in, which the service refuses. So the refusal has an
//! answer, a record and a place in the pipeline like any other request. Nothing is read after it.

use std::io::{Error, ErrorKind, IoSlice, Result};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf as _, BytesMut};
use http::StatusCode;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use super::HEAD;
use super::chunks::Chunks;
use super::head::{Framing, end, judge};
use super::tally::Tally;
use crate::problem::Refusal;
use crate::settings::LimitSettings;

/// The stand-in for a refused request.
const STAND_IN: &[u8] = b"GET / HTTP/1.1\r\nhost: gateway\r\nconnection: close\r\n\r\n";
/// Bytes read at a time.
const READ: usize = 8 * 1024;
/// After the last answer, what the peer still sends is read for this long and up to this many bytes. Closing at once
/// could destroy the answer (RFC 9112 section 9.6).
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 1024 * 1024;

/// The protocol of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    /// HTTP/1: heads are checked.
    Http1,
    /// HTTP/2, whose framing is unambiguous: only idle time is limited.
    Framed,
}

/// What comes next from the peer.
#[derive(Debug, Clone, Copy)]
enum Next {
    Head,
    Length(u64),
    Chunks(Chunks),
    /// Nothing that would be read.
    Nothing,
}

/// What the clock is running for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waiting {
    Idle,
    Head,
    Body,
    Close,
}

/// A guarded connection.
pub(super) struct Guard<S> {
    inner: S,
    protocol: Protocol,
    tally: Arc<Tally>,
    /// Bytes from the peer that were not passed on yet.
    inbox: BytesMut,
    /// How many of them may be passed on.
    ready: usize,
    /// How far the search for the end of a head has come.
    searched: usize,
    next: Next,
    /// Requests passed on so far.
    requests: u64,
    waiting: Waiting,
    clock: Pin<Box<Sleep>>,
    head: Duration,
    idle: Duration,
    /// Bytes that may still be read while the connection closes.
    linger: usize,
}

impl<S> Guard<S> {
    pub(super) fn new(inner: S, protocol: Protocol, limits: &LimitSettings, tally: Arc<Tally>) -> Self {
        let (head, idle) = (Duration::from_millis(limits.head_ms), Duration::from_millis(limits.idle_ms));
        Self {
            inner,
            protocol,
            tally,
            inbox: BytesMut::new(),
            ready: 0,
            searched: 0,
            next: Next::Head,
            requests: 0,
            waiting: Waiting::Idle,
            clock: Box::pin(sleep(idle)),
            head,
            idle,
            linger: LINGER_BYTES,
        }
    }

    /// Puts the stand-in in place of the next request.
    pub(super) fn refuse(&mut self, refusal: Refusal) {
        self.requests += 1;
        self.tally.refuse(self.requests, refusal);
        self.inbox = BytesMut::from(STAND_IN);
        self.ready = STAND_IN.len();
        self.next = Next::Nothing;
    }

    /// Passes on what is allowed; true if something changed.
    fn step(&mut self) -> Result<bool> {
        match &mut self.next {
            Next::Nothing => Ok(false),
            Next::Head => Ok(self.step_head()),
            Next::Length(left) => {
                self.ready = usize::try_from(*left).unwrap_or(usize::MAX).min(self.inbox.len());
                *left -= u64::try_from(self.ready).unwrap_or(*left);
                if *left == 0 {
                    self.next = Next::Head;
                }
                Ok(self.ready > 0 || matches!(self.next, Next::Head))
            }
            Next::Chunks(chunks) => {
                // Too late for a stand-in: the library is in the middle of this body, so it gets an error.
                self.ready = chunks.advance(&self.inbox).map_err(|_| Error::from(ErrorKind::InvalidData))?;
                if *chunks == Chunks::Done {
                    self.next = Next::Head;
                }
                Ok(self.ready > 0)
            }
        }
    }

    fn step_head(&mut self) -> bool {
        // Empty lines before a head are not part of it (RFC 9112 section 2.2).
        while self.inbox.starts_with(b"\r\n") {
            self.inbox.advance(2);
            self.searched = 0;
        }
        let head = match end(&self.inbox, self.searched) {
            Ok(Some(end)) => self.inbox.get(..end).unwrap_or_default(),
            Ok(None) if self.inbox.len() > HEAD => {
                self.refuse(Refusal::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "head"));
                return true;
            }
            Ok(None) => {
                self.searched = self.inbox.len();
                return false;
            }
            Err(refusal) => {
                self.refuse(refusal);
                return true;
            }
        };
        match judge(head) {
            Ok(framing) => {
                self.ready = head.len();
                self.searched = 0;
                self.requests += 1;
                self.next = match framing {
                    Framing::Length(0) => Next::Head,
                    Framing::Length(length) => Next::Length(length),
                    Framing::Chunked => Next::Chunks(Chunks::START),
                };
            }
            Err(refusal) => self.refuse(refusal),
        }
        true
    }

    /// Checks the time limit while nothing comes; ready when the connection has to end without another byte.
    fn poll_clock(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let waiting = match (self.protocol, self.next) {
            (Protocol::Framed, _) => Waiting::Idle,
            (Protocol::Http1, Next::Head) if self.inbox.is_empty() => Waiting::Idle,
            (Protocol::Http1, Next::Head) => Waiting::Head,
            // The reader of the body limits its time.
            (Protocol::Http1, _) => Waiting::Body,
        };
        if waiting != self.waiting {
            self.wait(waiting);
        }
        loop {
            if self.waiting == Waiting::Body {
                return Poll::Pending;
            }
            ready!(self.clock.as_mut().poll(context));
            if self.waiting == Waiting::Head {
                self.refuse(Refusal::new(StatusCode::REQUEST_TIMEOUT, "head-late"));
                return Poll::Ready(());
            }
            let requests = if self.protocol == Protocol::Framed { self.tally.begun() } else { self.requests };
            if self.tally.answered(requests) {
                self.next = Next::Nothing;
                return Poll::Ready(());
            }
            // Not idle: an answer is on its way.
            self.wait(Waiting::Idle);
        }
    }

    fn wait(&mut self, waiting: Waiting) {
        self.waiting = waiting;
        let time = match waiting {
            Waiting::Idle | Waiting::Body => self.idle,
            Waiting::Head => self.head,
            Waiting::Close => LINGER,
        };
        self.clock.as_mut().reset(Instant::now() + time);
    }
}

impl<S: AsyncRead + Unpin> Guard<S> {
    /// Reads into the inbox; zero at the end.
    fn poll_fill(&mut self, context: &mut Context<'_>) -> Poll<Result<usize>> {
        let mut space = [0_u8; READ];
        let mut buffer = ReadBuf::new(&mut space);
        ready!(Pin::new(&mut self.inner).poll_read(context, &mut buffer))?;
        self.inbox.extend_from_slice(buffer.filled());
        Poll::Ready(Ok(buffer.filled().len()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Guard<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        let guard = &mut *self;
        if guard.protocol == Protocol::Framed {
            if Pin::new(&mut guard.inner).poll_read(context, buffer)?.is_ready() {
                guard.wait(Waiting::Idle);
                return Poll::Ready(Ok(()));
            }
            return guard.poll_clock(context).map(Ok);
        }
        loop {
            if guard.ready > 0 {
                let length = guard.ready.min(buffer.remaining());
                buffer.put_slice(guard.inbox.get(..length).unwrap_or_default());
                guard.inbox.advance(length);
                guard.ready -= length;
                return Poll::Ready(Ok(()));
            }
            if guard.step()? {
                continue;
            }
            if matches!(guard.next, Next::Nothing) {
                // Nothing more will be passed on; the answer to the stand-in ends the connection.
                return Poll::Pending;
            }
            match guard.poll_fill(context)? {
                Poll::Ready(0) => return Poll::Ready(Ok(())),
                Poll::Ready(_) => {}
                Poll::Pending => {
                    ready!(guard.poll_clock(context));
                    if guard.ready == 0 {
                        return Poll::Ready(Ok(()));
                    }
                }
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Guard<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    /// Ends the sending side, then waits until the peer has read everything.
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        let guard = &mut *self;
        if guard.waiting != Waiting::Close {
            ready!(Pin::new(&mut guard.inner).poll_shutdown(context))?;
            guard.wait(Waiting::Close);
        }
        loop {
            guard.inbox.clear();
            match guard.poll_fill(context) {
                Poll::Ready(Ok(read)) if read > 0 && read < guard.linger => guard.linger -= read,
                // The peer has closed too, or sends without end.
                Poll::Ready(_) => return Poll::Ready(Ok(())),
                Poll::Pending => return guard.clock.as_mut().poll(context).map(Ok),
            }
        }
    }
}
