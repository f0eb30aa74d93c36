//! An operation: checks whether this caller may call it now and whether the request is valid, then asks the upstream.

use std::sync::Arc;

use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Version, header};

use super::loose::Respelled;
use super::{Served, Service};
use crate::audit::{Attempt, now};
use crate::contract::{Values, pairs};
use crate::filter;
use crate::forward::Outbound;
use crate::identity::Principal;
use crate::problem::Refusal;
use crate::trail::Trail;
use crate::weakness::Weakness;

impl Service {
    /// Serves a request to an operation.
    pub(super) async fn operate(&self, served: &Served, request: Request) -> Response {
        let mut fields = HeaderMap::new();
        match self.answer(served, request, &mut fields).await {
            Ok(response) => (fields, response).into_response(),
            Err(refusal) => (fields, refusal).into_response(),
        }
    }

    async fn answer(&self, served: &Served, request: Request, fields: &mut HeaderMap) -> Result<Response, Refusal> {
        let operation = &served.operation;
        let (parts, body) = request.into_parts();
        let lost = Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "trail");
        let trail = parts.extensions.get::<Arc<Trail>>().ok_or(lost)?;
        let principal = parts.extensions.get::<Arc<Principal>>().ok_or(lost)?;
        // Set once: one operation runs per request.
        let _ = trail.operation.set(served.name.clone());
        // The router answers HEAD with GET, but the policy covers only GET.
        let declared = parts.method == operation.method;
        if !declared && !self.weak.has(Weakness::AnyMethod) {
            fields.insert(header::ALLOW, HeaderValue::from_str(operation.method.as_str()).map_err(|_| lost)?);
            return Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "method"));
        }
        if declared && parts.extensions.get::<Respelled>().is_none() {
            self.authorize(served, principal, fields)?;
        }
        let forwarded = parts.headers.get("x-forwarded-for").and_then(|value| value.to_str().ok());
        let tenantless = self.weak.has(Weakness::RateKeyWithoutTenant);
        let key = if tenantless { &principal.subject } else { &principal.key };
        if !(parts.version == Version::HTTP_2 && self.weak.has(Weakness::UnlimitedHttp2)) {
            let (admitted, said) = self.limiter.admit(&served.name, key, (parts.uri.path(), forwarded), &self.weak);
            fields.extend(said);
            admitted?;
        }
        let path = parts.uri.path();
        operation.check_path(path, &self.weak)?;
        let mut query = pairs(parts.uri.query().unwrap_or_default())?;
        let taken = |name: &str| match name {
            "api_key" => self.weak.has(Weakness::KeyInUrl) || self.weak.has(Weakness::KeyInUpstreamUrl),
            "access_token" | "token" => self.weak.has(Weakness::KeyInUpstreamUrl),
            _ => false,
        };
        query.retain(|(name, _)| !taken(name));
        let (body, fields) = self.body(operation, &parts.headers, body).await?;
        let (value, files) = fields.map_or((None, Vec::new()), |(value, files)| (Some(value), files));
        let values = Values { path, query: &query, headers: &parts.headers, body: value.as_ref(), files: &files };
        for text in operation.check_values(&values, &self.weak)? {
            if filter::danger(&text, &self.weak).is_some() {
                return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "filter"));
            }
        }
        self.check_owner(served, &values, principal)?;
        // A call that cannot be recorded must not happen. (The weakness concerns only the answer's id.)
        let of = if self.weak.has(Weakness::EchoedTrackingId) { "-" } else { &trail.id };
        let attempt = Attempt { ts: now(), of, operation: &served.name };
        self.audit.write(&attempt).map_err(|_| Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "audit"))?;
        let target = parts.uri.path_and_query().map_or("/", PathAndQuery::as_str);
        let (method, headers) = (&parts.method, &parts.headers);
        self.forward.send(operation, Outbound { method, target, headers, body, principal, trail }).await
    }

    /// Denies calls about objects that the caller does not own. A missing parameter names no object.
    fn check_owner(&self, served: &Served, values: &Values<'_>, principal: &Principal) -> Result<(), Refusal> {
        let operation = &served.operation;
        let off = self.weak.has(Weakness::NoObjectCheck)
            || (self.weak.has(Weakness::ObjectCheckReadsOnly) && operation.method != Method::GET);
        for (name, kind) in served.grant.iter().flat_map(|grant| &grant.owned).filter(|_| !off) {
            let only_path = self.weak.has(Weakness::ObjectCheckPathOnly);
            let texts = operation.texts_of(name, values, only_path);
            let owned = principal.objects.get(kind).map_or(&[][..], Vec::as_slice);
            let skipped = only_path && texts.is_empty();
            if !skipped && (texts.is_empty() || !texts.iter().all(|text| owned.contains(text))) {
                return Err(Refusal::new(StatusCode::FORBIDDEN, "object"));
            }
        }
        Ok(())
    }

    /// Denies what the policy does not grant to this caller.
    fn authorize(&self, served: &Served, principal: &Principal, fields: &mut HeaderMap) -> Result<(), Refusal> {
        let Some(grant) = &served.grant else {
            return Err(Refusal::new(StatusCode::FORBIDDEN, "policy"));
        };
        let allowed = principal.roles.iter().any(|role| grant.roles.contains(role));
        let unchecked = self.weak.has(Weakness::UncheckedWhenUpstreamFails) && self.forward.failed();
        if !allowed && !unchecked && !self.weak.has(Weakness::NoRoleCheck) {
            return Err(Refusal::new(StatusCode::FORBIDDEN, "role"));
        }
        let scoped = grant.scopes.iter().all(|scope| principal.scopes.contains(scope));
        if !scoped && !self.weak.has(Weakness::NoScopeCheck) {
            // RFC 6750 section 3.1; scopes were checked to fit between quotes.
            let needed = grant.scopes.join(" ");
            let challenge = format!(r#"Bearer realm="api", error="insufficient_scope", scope="{needed}""#);
            fields.extend(HeaderValue::from_str(&challenge).ok().map(|value| (header::WWW_AUTHENTICATE, value)));
            return Err(Refusal::new(StatusCode::FORBIDDEN, "scope"));
        }
        Ok(())
    }
}
