//! The outermost layer: gives a request its ids, and its answer a tracking id, problem details and an audit record.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, Method, StatusCode, header};

use super::Service;
use crate::alerts::Watch;
use crate::audit::{Alert, Record, now, path};
use crate::connection::Peer;
use crate::identity;
use crate::mask::{mask, mask_path};
use crate::problem::{Refusal, dress};
use crate::trail::Trail;
use crate::weakness::Weakness;

/// A request that is not recorded yet.
struct Entry {
    service: Arc<Service>,
    trail: Arc<Trail>,
    /// None if the connection's guard refused the request.
    method: Option<Method>,
    path: String,
    /// The request's credentials, to mask them everywhere.
    secrets: Vec<String>,
    begun: Instant,
    open: bool,
}

/// Serves a request and records it.
pub(super) async fn record(State(service): State<Arc<Service>>, mut request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let Some(Peer(peer)) = request.extensions().get().copied() else {
        // Every connection adds its peer. A request without one did not come by a connection.
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let trail = Arc::new(Trail::new(request.headers(), peer, &service.random, &service.weak));
    request.extensions_mut().insert(trail.clone());
    // The connection's guard replaces a refused request with a stand-in of its own.
    let turned = request.extensions().get::<Refusal>().copied();
    let (method, shown) = match turned {
        Some(_) => (None, "-".to_owned()),
        None => (Some(request.method().clone()), path(request.uri().path())),
    };
    let secrets = identity::shown(request.headers());
    let entry = Entry { service, trail, method, path: shown, secrets, begun, open: true };
    let response = match turned {
        Some(refusal) => refusal.into_response(),
        None => next.run(request).await,
    };
    entry.close(response)
}

impl Entry {
    /// Writes the record and completes the answer.
    fn close(mut self, mut response: Response) -> Response {
        self.open = false;
        let service = &self.service;
        let refusal = response.extensions().get::<Refusal>().copied();
        if let Some(refusal) = refusal {
            dress(&mut response, refusal, (&self.trail.id, &self.secrets), &service.weak);
        }
        let outcome = match refusal.map(|refusal| refusal.status.as_u16()) {
            None => "allowed",
            Some(401 | 403) => "denied",
            Some(500..) => "failed",
            Some(_) => "refused",
        };
        let skipped = (outcome == "denied" && service.weak.has(Weakness::NoDeniedAudit))
            || (outcome == "failed" && service.weak.has(Weakness::NoFailureAudit))
            || (self.method.is_none() && service.weak.has(Weakness::NoGuardAudit));
        let reason = refusal.map_or("-", |refusal| refusal.reason);
        if !skipped && !self.write(response.status(), outcome, reason) {
            // A call that cannot be recorded must not happen.
            let refusal = Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "audit");
            response = refusal.into_response();
            dress(&mut response, refusal, (&self.trail.id, &self.secrets), &service.weak);
        }
        if let Some(phrase) = self.trail.phrase.get() {
            response.extensions_mut().insert(phrase.clone());
        }
        let headers = response.headers_mut();
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if service.weak.has(Weakness::ServerBanner) {
            headers.insert(header::SERVER, HeaderValue::from_static("pincer-reference/0.1.0"));
        }
        if !service.weak.has(Weakness::NoTrackingId)
            && let Ok(id) = HeaderValue::from_str(&self.shown())
        {
            headers.insert("x-tracking-id", id);
        }
        response
    }

    /// The tracking id as sent in the header.
    fn shown(&self) -> Cow<'_, str> {
        if self.service.weak.has(Weakness::TornTrackingId) {
            return self.trail.id.chars().rev().collect::<String>().into();
        }
        Cow::Borrowed(&self.trail.id)
    }

    /// Writes record and alert; false if the record could not be written.
    fn write(&self, status: StatusCode, outcome: &'static str, reason: &'static str) -> bool {
        let trail = &self.trail;
        let principal = trail.principal.get();
        let method = self.method.as_ref().map_or("-", Method::as_str);
        let plain = self.service.weak.has(Weakness::UnmaskedAudit);
        let spills = self.service.weak.has(Weakness::CredentialInAudit);
        let mask = |text| if plain { Cow::Borrowed(text) } else { mask(text, &self.secrets) };
        let elsewhere = outcome != "allowed" && self.service.weak.has(Weakness::UnrecordedErrorId);
        let record = Record {
            ts: if self.service.weak.has(Weakness::LocalAuditTime) { now().replace('Z', "") } else { now() },
            tracking_id: if elsewhere { &trail.trace } else { &trail.id },
            trace_id: &trail.trace,
            request_id: mask(&trail.request_id),
            peer: trail.peer.to_string(),
            subject: mask(principal.map_or("anonymous", |principal| &principal.subject)),
            tenant: mask(principal.map_or("", |principal| &principal.tenant)),
            operation: trail.operation.get().map_or("-", |operation| operation),
            upstream: trail.upstream.get().map_or("-", |upstream| upstream),
            method: mask(method),
            path: if plain { Cow::Borrowed(&self.path) } else { mask_path(&self.path, &self.secrets) },
            status: status.as_u16(),
            outcome,
            reason,
            credential: self.secrets.first().map(String::as_str).filter(|_| spills),
            duration_us: u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX),
        };
        let written = self.service.audit.write(&record).is_ok();
        if let Some(watch) = self.watch(status, reason) {
            let subject = if watch.kind == "unauthenticated" { record.peer.into() } else { record.subject };
            let (count, window_ms) = (watch.threshold.count, watch.threshold.window_ms);
            let alert = Alert { ts: now(), kind: watch.kind, subject, tenant: record.tenant, count, window_ms };
            // Calls depend on the record, not on the alert. If the log fails here, it fails at the next record too.
            let _ = self.service.audit.write(&alert);
        }
        written
    }

    /// The watch whose threshold this answer reaches.
    fn watch(&self, status: StatusCode, reason: &str) -> Option<&Watch> {
        let alerts = &self.service.alerts;
        let now = Instant::now();
        let principal = self.trail.principal.get();
        if self.service.weak.has(Weakness::NoAlerts) {
            return None;
        }
        let (watch, reached) = match (status, principal) {
            (StatusCode::OK, Some(_)) if self.service.weak.has(Weakness::FalseAlarms) => (&alerts.forbidden, true),
            (StatusCode::UNAUTHORIZED, _) => {
                (&alerts.unauthenticated, alerts.unauthenticated.count(&self.trail.peer.to_string(), now))
            }
            (StatusCode::TOO_MANY_REQUESTS, None) if reason == "guesses" => {
                (&alerts.unauthenticated, alerts.unauthenticated.count(&self.trail.peer.to_string(), now))
            }
            (StatusCode::FORBIDDEN, Some(principal)) => {
                (&alerts.forbidden, alerts.forbidden.count(&principal.key, now))
            }
            (StatusCode::NOT_FOUND, Some(principal)) => {
                (&alerts.enumeration, alerts.enumeration.count_new(&principal.key, &self.path, now))
            }
            _ => return None,
        };
        reached.then_some(watch)
    }
}

/// A caller that leaves before its answer is recorded too: its request may have had an effect.
impl Drop for Entry {
    fn drop(&mut self) {
        if self.open {
            // 499, which several gateways log for a closed request; no answer has it.
            let status = StatusCode::from_u16(499).unwrap_or(StatusCode::REQUEST_TIMEOUT);
            self.write(status, "abandoned", "caller-left");
        }
    }
}
