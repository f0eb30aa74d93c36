//! Cached answers, by target only; only a weakness caches any.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::response::Parts;
use http::{HeaderValue, Method, header};

use crate::contract::Operation;
use crate::weakness::{Weakness, Weaknesses};

/// Bodies with their media type, by target.
#[derive(Debug, Default)]
pub(super) struct Kept(Mutex<HashMap<String, (Option<HeaderValue>, Bytes)>>);

impl Kept {
    /// The cached answer for a target.
    pub(super) fn find(&self, operation: &Operation, target: &str) -> Option<Response> {
        if operation.method != Method::GET {
            return None;
        }
        let (kind, body) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(target).cloned()?;
        let mut response = Response::new(Body::from(body));
        response.headers_mut().extend(kind.map(|kind| (header::CONTENT_TYPE, kind)));
        Some(response)
    }

    /// Caches an answer that allows it.
    pub(super) fn keep(&self, (operation, target): (&Operation, &str), parts: &Parts, body: &Bytes, weak: &Weaknesses) {
        let rule = parts.headers.get(header::CACHE_CONTROL).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let lasts = rule.contains("max-age") && parts.status.is_success() && operation.method == Method::GET;
        if lasts && weak.has(Weakness::SharedCache) {
            let kind = parts.headers.get(header::CONTENT_TYPE).cloned();
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            kept.insert(target.to_owned(), (kind, body.clone()));
        }
    }
}
