//! Event streams of an upstream: passed on piece by piece, within bounds.

use std::io::{Error, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Frame, Incoming};
use tokio::time::{Instant, Sleep, sleep};

/// How long a stream may pause, and how many bytes it may have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) idle: Duration,
    pub(super) most: usize,
}

struct Bounded {
    body: Incoming,
    bounds: Bounds,
    left: usize,
    pause: Pin<Box<Sleep>>,
}

/// A bounded stream. Its head has already been sent, so at a bound the stream is cut and the caller sees that it is
/// incomplete.
pub(super) fn bounded(body: Incoming, bounds: Bounds) -> Body {
    Body::new(Bounded { body, bounds, left: bounds.most, pause: Box::pin(sleep(bounds.idle)) })
}

impl hyper::body::Body for Bounded {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        loop {
            let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) else {
                ready!(self.pause.as_mut().poll(context));
                return Poll::Ready(Some(Err(Error::from(ErrorKind::TimedOut))));
            };
            let Some(frame) = frame else { return Poll::Ready(None) };
            // Trailers are upstream headers too, so they are dropped.
            let Ok(data) = frame.map_err(Error::other)?.into_data() else { continue };
            let Some(left) = self.left.checked_sub(data.len()) else {
                return Poll::Ready(Some(Err(Error::from(ErrorKind::FileTooLarge))));
            };
            self.left = left;
            let next = Instant::now() + self.bounds.idle;
            self.pause.as_mut().reset(next);
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
    }
}
