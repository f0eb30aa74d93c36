//! Keeps a value as long as an answer's body, and drops it with the body.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};

struct Held<T> {
    body: Body,
    _thing: T,
}

/// Keeps a value until the answer's body was sent or abandoned.
pub(crate) fn hold<T: Send + Unpin + 'static>(response: Response, thing: T) -> Response {
    response.map(|body| Body::new(Held { body, _thing: thing }))
}

impl<T: Unpin> hyper::body::Body for Held<T> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
