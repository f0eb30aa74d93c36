//! The body of a request: read completely within its bounds, then parsed as the operation's media type.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Body as _;

use super::Service;
use crate::contract::{Fields, Media, Operation, form, parts};
use crate::json;
use crate::problem::Refusal;
use crate::weakness::Weakness;

/// The bound in bytes that remains if a weakness removes the bound.
const UNBOUNDED: usize = 64 << 20;

impl Service {
    /// The body, as received and as a value; none if the operation has none.
    pub(super) async fn body(
        &self,
        operation: &Operation,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<(Bytes, Option<Fields>), Refusal> {
        let Some(rule) = &operation.body else {
            let sound = body.is_end_stream() || self.weak.has(Weakness::NoSchemaValidation);
            return if sound { Ok((Bytes::new(), None)) } else { Err(Refusal::new(StatusCode::BAD_REQUEST, "body")) };
        };
        if body.is_end_stream() && !rule.required {
            return Ok((Bytes::new(), None));
        }
        let boundary = media_type(headers, rule.media)?;
        let text = self.collect(body).await?;
        match rule.media {
            Media::Json => {}
            Media::Form => return form(&text).map(|fields| (text.clone(), Some(fields))),
            Media::Multipart => return parts(text.clone(), &boundary).await.map(|fields| (text, Some(fields))),
        }
        if json::depth(&text) > self.limits.depth && !self.weak.has(Weakness::NoDepthLimit) {
            return Err(Refusal::new(StatusCode::BAD_REQUEST, "depth"));
        }
        let value =
            if self.weak.has(Weakness::DuplicateMembers) { serde_json::from_slice(&text) } else { json::read(&text) };
        let value = value.map_err(|_| Refusal::new(StatusCode::BAD_REQUEST, "json"))?;
        Ok((text, Some((value, Vec::new()))))
    }

    async fn collect(&self, body: Body) -> Result<Bytes, Refusal> {
        let most = if self.weak.has(Weakness::NoBodyLimit) { UNBOUNDED } else { self.limits.body };
        let deadline = Duration::from_millis(self.limits.body_ms);
        match tokio::time::timeout(deadline, Limited::new(body, most).collect()).await {
            Ok(Ok(whole)) => Ok(whole.to_bytes()),
            Ok(Err(error)) if error.is::<LengthLimitError>() => {
                Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "body"))
            }
            Ok(Err(_)) => Err(Refusal::new(StatusCode::BAD_REQUEST, "body")),
            Err(_) => Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, "body")),
        }
    }
}

/// Requires the operation's only media type, in UTF-8 (RFC 8259 section 8.1), because another encoding could hide
/// attacks from the filter. Returns the boundary of a multipart body.
fn media_type(headers: &HeaderMap, media: Media) -> Result<String, Refusal> {
    let refusal = Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type");
    let encoded = headers.contains_key(header::CONTENT_ENCODING);
    let mut kinds = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(kind), None, false) = (kinds.next(), kinds.next(), encoded) else { return Err(refusal) };
    let kind = kind.to_str().map_err(|_| refusal)?;
    if media == Media::Multipart {
        return multer::parse_boundary(kind).map_err(|_| refusal);
    }
    let wanted = if media == Media::Form { "application/x-www-form-urlencoded" } else { "application/json" };
    let kind = kind.to_ascii_lowercase();
    let mut parts = kind.split(';').map(str::trim);
    let sound = parts.next() == Some(wanted)
        && parts.all(|parameter| ["", "charset=utf-8", "charset=\"utf-8\""].contains(&parameter));
    if sound { Ok(String::new()) } else { Err(refusal) }
}
