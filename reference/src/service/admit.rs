//! The layers before the routes: size, number and path of requests, then authentication.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use super::{Service, loose};
use crate::held::hold;
use crate::identity::Principal;
use crate::path;
use crate::problem::Refusal;
use crate::trail::Trail;
use crate::weakness::Weakness;

/// Refuses requests that are too large or too many, and ambiguous paths.
pub(super) async fn bound(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response {
    // It is held until the last byte of the answer is sent: a stream counts as long as it lasts.
    let Ok(permit) = service.in_flight.clone().try_acquire_owned() else {
        return Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "in-flight").into_response();
    };
    if let Err(refusal) = service.check_size(&request) {
        return refusal.into_response();
    }
    if !service.weak.has(Weakness::NoPathGuard)
        && let Err(refusal) = path::guard(request.uri().path())
    {
        return refusal.into_response();
    }
    if request.method() == Method::TRACE && service.weak.has(Weakness::TraceMethod) {
        return format!("TRACE {} HTTP/1.1", request.uri()).into_response();
    }
    hold(next.run(request).await, permit)
}

/// Finds out who calls.
pub(super) async fn authenticate(State(service): State<Arc<Service>>, mut request: Request, next: Next) -> Response {
    let Some(trail) = request.extensions().get::<Arc<Trail>>().cloned() else {
        return Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "trail").into_response();
    };
    if let Some(key) = loose::key(&mut request, &service.weak).await {
        request.headers_mut().entry("x-api-key").or_insert(key);
    }
    match service.identities.authenticate(request.headers(), &service.weak).await {
        Ok(principal) => {
            // Set once: this layer runs once per request.
            let _ = trail.principal.set(principal.clone());
            request.extensions_mut().insert::<Arc<Principal>>(principal);
            next.run(request).await
        }
        Err(refusal) => service.slow(refusal, &trail),
    }
}

impl Service {
    fn check_size(&self, request: &Request) -> Result<(), Refusal> {
        let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
        if target > self.limits.url && !self.weak.has(Weakness::NoUrlLimit) {
            return Err(Refusal::new(StatusCode::URI_TOO_LONG, "url"));
        }
        let headers = request.headers();
        let head: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        let long = head > self.limits.header || headers.len() > self.limits.fields;
        if long && !self.weak.has(Weakness::NoHeaderLimit) {
            return Err(Refusal::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "head"));
        }
        // Without HTTP/2 the connection's guard has checked that there is a path.
        if !request.uri().path_and_query().map_or("", PathAndQuery::as_str).starts_with('/') {
            return Err(Refusal::new(StatusCode::BAD_REQUEST, "target"));
        }
        Ok(())
    }

    /// A wrong credential counts against its peer. A right one always passes, so that nobody can lock out another
    /// caller.
    fn slow(&self, refusal: Refusal, trail: &Trail) -> Response {
        let costs = refusal.status == StatusCode::UNAUTHORIZED && refusal.reason != "no-credential";
        if !costs || self.weak.has(Weakness::NoGuessLimit) {
            return refusal.into_response();
        }
        match self.guesses.count(&trail.peer.to_string()) {
            Ok(()) => refusal.into_response(),
            Err(wait) => {
                let fields = HeaderMap::from_iter([(header::RETRY_AFTER, HeaderValue::from(wait))]);
                (fields, Refusal::new(StatusCode::TOO_MANY_REQUESTS, "guesses")).into_response()
            }
        }
    }
}
