//! API keys where none is looked for: in the URL, in a cookie, in the body. Only weaknesses look here.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use http::{HeaderValue, header};

use crate::weakness::{Weakness, Weaknesses};

/// Bytes of a body that are looked at.
const MOST: usize = 1 << 20;

/// The key that a weakness finds in a request.
pub(super) async fn key(request: &mut Request, weak: &Weaknesses) -> Option<HeaderValue> {
    let named = |part: &str| {
        let (name, value) = part.trim().split_once('=')?;
        ["api_key", "access_token"].contains(&name).then(|| value.to_owned())
    };
    let found = if weak.has(Weakness::KeyInUrl) {
        let query = request.uri().query()?;
        query.split('&').find_map(|part| part.strip_prefix("api_key=")).map(str::to_owned)
    } else if weak.has(Weakness::KeyInCookie) {
        let cookies = request.headers().get(header::COOKIE)?.to_str().ok()?;
        cookies.split(';').find_map(named)
    } else if weak.has(Weakness::KeyInBody) {
        let bytes = to_bytes(std::mem::take(request.body_mut()), MOST).await.unwrap_or_default();
        *request.body_mut() = Body::from(bytes.clone());
        let value: serde_json::Value = serde_json::from_slice(&bytes).ok()?;
        value.get("access_token").and_then(serde_json::Value::as_str).map(str::to_owned)
    } else {
        None
    };
    HeaderValue::from_str(&found?).ok()
}
