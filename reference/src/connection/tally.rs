//! What the guard of a connection and the service behind it tell each other.

use std::convert::Infallible;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http::Request;
use hyper::body::Incoming;
use tower::ServiceExt as _;

use crate::held::hold;
use crate::problem::Refusal;

/// The peer whose connection a request came by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// Counts the requests of one connection.
#[derive(Debug, Default)]
pub(super) struct Tally {
    begun: AtomicU64,
    finished: AtomicU64,
    /// The number of the stand-in request, and why the real one was refused.
    refused: OnceLock<(u64, Refusal)>,
}

impl Tally {
    /// Says that the request of this number is a stand-in, to be refused.
    pub(super) fn refuse(&self, number: u64, refusal: Refusal) {
        // Nothing comes after a refusal, so there is no second one.
        let _ = self.refused.set((number, refusal));
    }

    /// Whether this many requests are answered.
    pub(super) fn answered(&self, requests: u64) -> bool {
        self.finished.load(Ordering::Acquire) >= requests
    }

    /// Requests that the service has seen.
    pub(super) fn begun(&self) -> u64 {
        self.begun.load(Ordering::Acquire)
    }
}

/// The router, which adds the peer and the guard's refusal to each request.
#[derive(Debug, Clone)]
pub(super) struct Counted {
    router: Router,
    tally: Arc<Tally>,
    peer: Peer,
}

impl Counted {
    pub(super) fn new(router: Router, tally: Arc<Tally>, peer: IpAddr) -> Self {
        Self { router, tally, peer: Peer(peer) }
    }
}

impl hyper::service::Service<Request<Incoming>> for Counted {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let number = self.tally.begun.fetch_add(1, Ordering::AcqRel) + 1;
        let finish = Finish(self.tally.clone());
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(self.peer);
        if let Some((_, refusal)) = self.tally.refused.get().filter(|(refused, _)| *refused == number) {
            request.extensions_mut().insert(*refusal);
        }
        let answer = self.router.clone().oneshot(request);
        Box::pin(async move { Ok(hold(answer.await?, finish)) })
    }
}

/// Counts a request as finished when its answer was sent or abandoned.
struct Finish(Arc<Tally>);

impl Drop for Finish {
    fn drop(&mut self) {
        self.0.finished.fetch_add(1, Ordering::AcqRel);
    }
}
