//! Connections that a library serves, with each byte read a second time, to report requests that the library never
//! passes on.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use pincer_core::observe::{Arrival, By};
use pincer_core::vocab::Upstream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use crate::Sensor;
use crate::hostile::request::{Foreign, Reader};

/// A request that stalls this long is reported as incomplete. An honest peer on a busy machine pauses less between the
/// head and the body of a record or prompt.
const STALL: Duration = Duration::from_secs(1);

/// Who may own what is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    /// The case whose mark it contains.
    Marked,
    /// Nobody: a prompt or a record may contain a case's mark, but is not a call.
    Nobody,
}

/// Watches one connection; clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Watch(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    sensor: Sensor,
    upstream: Upstream,
    whose: Whose,
    reader: Reader,
    /// Whether the bytes are not HTTP/1.
    foreign: bool,
    /// Complete requests, and the last of them.
    whole: u64,
    last: Option<Arrival>,
    /// Requests that somebody else reports.
    taken: u64,
    /// When what has come of the open request was reported.
    told: Option<u64>,
}

impl Watch {
    /// Watches a connection to this listener.
    pub(crate) fn new(upstream: Upstream, sensor: Sensor, whose: Whose) -> Self {
        let reader = Reader::new(upstream.clone());
        let state =
            State { sensor, upstream, whose, reader, foreign: false, whole: 0, last: None, taken: 0, told: None };
        Self(Arc::new(Mutex::new(state)))
    }

    /// The watched connection.
    pub(crate) fn over<S>(&self, stream: S) -> Watched<S> {
        Watched { stream, watch: self.clone(), stall: None }
    }

    /// The server of the connection has a request and reports it.
    pub(crate) fn taken(&self) {
        self.lock().taken += 1;
    }

    /// The connection is over.
    pub(crate) fn end(&self) {
        let mut state = self.lock();
        if state.reader.is_untouched() {
            state.sensor.connected(state.upstream.clone());
            return;
        }
        // One that the library refused.
        if state.whole > state.taken
            && let Some(last) = state.last.take()
        {
            state.report(last);
        }
        state.tell_part();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn see(&mut self, bytes: &[u8]) {
        if self.foreign {
            return;
        }
        self.reader.push(bytes);
        loop {
            match self.reader.step() {
                Ok(Some((arrival, _))) => {
                    self.whole += 1;
                    self.last = Some(arrival);
                    if let Some(part_us) = self.told.take() {
                        self.sensor.supersede(part_us);
                    }
                }
                Ok(None) => return,
                Err(Foreign) => {
                    self.foreign = true;
                    return;
                }
            }
        }
    }

    /// Reports an incomplete request once, unless somebody else has it.
    fn tell_part(&mut self) {
        if self.told.is_some() || self.taken > self.whole {
            return;
        }
        let part = if self.foreign { self.reader.foreign() } else { self.reader.part() };
        if let Some(part) = part {
            self.told = Some(self.report(part));
        }
    }

    fn report(&self, arrival: Arrival) -> u64 {
        let owner = match self.whose {
            Whose::Marked => self.sensor.attribute(&arrival).filter(|owner| owner.by == By::Mark),
            Whose::Nobody => None,
        };
        self.sensor.arrived(owner, arrival)
    }
}

/// A watched connection.
#[derive(Debug)]
pub(crate) struct Watched<S> {
    stream: S,
    watch: Watch,
    stall: Option<Pin<Box<Sleep>>>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = into.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(context, into);
        if read.is_ready() {
            this.stall = None;
            this.watch.lock().see(into.filled().get(before..).unwrap_or_default());
        } else if this.stall.get_or_insert_with(|| Box::pin(sleep(STALL))).as_mut().poll(context).is_ready() {
            this.watch.lock().tell_part();
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests;
