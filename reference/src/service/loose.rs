//! What only weaknesses accept: API keys in the URL, in a cookie or in the body, and paths in other spellings.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use http::{HeaderValue, header};

use crate::weakness::{Weakness, Weaknesses};

/// How many bytes of a body are searched.
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

/// Marks a request whose path was sent in another spelling.
#[derive(Debug, Clone, Copy)]
pub(super) struct Respelled;

/// Normalises the path of a request: removes empty segments and single dots, decodes letters and digits, and
/// lower-cases the first segment.
pub(super) async fn made_plain(mut request: Request) -> Request {
    let sent = request.uri().path();
    let mut plain = String::new();
    for segment in sent.split('/').filter(|segment| !matches!(*segment, "" | ".")) {
        let first = plain.is_empty();
        plain.push('/');
        let segment = unescaped(segment);
        plain.push_str(&if first { segment.to_lowercase() } else { segment });
    }
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    if plain != sent
        && let Ok(uri) = format!("{plain}{query}").parse()
    {
        *request.uri_mut() = uri;
        request.extensions_mut().insert(Respelled);
    }
    request
}

/// A segment with its letters and digits decoded.
fn unescaped(segment: &str) -> String {
    let mut parts = segment.split('%');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if let Some(code) = code.filter(u8::is_ascii_alphanumeric) {
            out.push(char::from(code));
            out.push_str(part.get(2..).unwrap_or_default());
        } else {
            out.push('%');
            out.push_str(part);
        }
    }
    out
}
