//! Who calls: the headers of a request come in, a principal goes out.
//!
//! A caller sends an API key in `X-Api-Key` or as a bearer token, or a JWT as a bearer token: exactly one credential,
//! and never in the URL.

mod claims;
mod fetch;
mod keys;
mod keyset;
mod loose;
#[cfg(feature = "properties")]
pub(crate) mod property;
mod signature;
mod token;
mod unsigned;

use std::collections::BTreeMap;
use std::sync::Arc;

use http::{HeaderMap, HeaderName, StatusCode, header};

use crate::problem::Refusal;
use crate::settings::{Settings, SettingsError};
use crate::weakness::{Weakness, Weaknesses};

/// An authenticated caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Principal {
    pub(crate) subject: String,
    pub(crate) tenant: String,
    pub(crate) roles: Vec<String>,
    pub(crate) scopes: Vec<String>,
    /// Ids of the objects that it owns, by kind.
    pub(crate) objects: BTreeMap<String, Vec<String>>,
    /// Subject and tenant in one text, so that names of two tenants never collide.
    pub(crate) key: String,
}

/// All callers.
pub(crate) struct Identities {
    keys: keys::Keys,
    tokens: Option<token::Tokens>,
}

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

impl Principal {
    fn new(subject: &str, tenant: &str, roles: &[String], scopes: Vec<String>) -> Self {
        Self {
            subject: subject.to_owned(),
            tenant: tenant.to_owned(),
            roles: roles.to_vec(),
            scopes,
            objects: BTreeMap::new(),
            key: format!("{}:{tenant}:{subject}", tenant.len()),
        }
    }
}

impl Identities {
    /// Reads the keys and, if tokens are accepted, the key set.
    pub(crate) async fn new(settings: &Settings, weak: &Weaknesses) -> Result<Self, SettingsError> {
        let tokens = match &settings.tokens {
            Some(tokens) => Some(token::Tokens::new(tokens, weak).await?),
            None => None,
        };
        Ok(Self { keys: keys::Keys::new(&settings.identities)?, tokens })
    }

    /// The caller of a request, by its credential.
    pub(crate) async fn authenticate(&self, headers: &HeaderMap, weak: &Weaknesses) -> Result<Arc<Principal>, Refusal> {
        if let Some(principal) = loose::principal(headers, &self.keys, weak) {
            return Ok(principal);
        }
        let Some(credential) = credential(headers)? else {
            if weak.has(Weakness::NoAuthentication) {
                let scopes = self.keys.scopes();
                return Ok(Arc::new(Principal::new("anonymous", "", &["reader".to_owned()], scopes)));
            }
            return Err(Refusal::new(StatusCode::UNAUTHORIZED, "no-credential"));
        };
        match &self.tokens {
            Some(tokens) if credential.matches('.').count() == 2 => tokens.check(credential).await.map(Arc::new),
            Some(tokens) if weak.has(Weakness::LooseTokenForm) && loose::token(credential).is_some() => {
                tokens.check(loose::token(credential).unwrap_or_default()).await.map(Arc::new)
            }
            _ => self.keys.find(credential).ok_or(Refusal::new(StatusCode::UNAUTHORIZED, "credential")),
        }
    }
}

/// The one credential of a request. Two are ambiguous, so they count as a wrong one.
pub(crate) fn credential(headers: &HeaderMap) -> Result<Option<&str>, Refusal> {
    let wrong = Refusal::new(StatusCode::UNAUTHORIZED, "credential");
    let mut shown = headers.get_all(API_KEY).iter().chain(headers.get_all(header::AUTHORIZATION));
    let (Some(value), None) = (shown.next(), shown.next()) else {
        let none = !headers.contains_key(API_KEY) && !headers.contains_key(header::AUTHORIZATION);
        return if none { Ok(None) } else { Err(wrong) };
    };
    let text = value.to_str().map_err(|_| wrong)?;
    if headers.contains_key(API_KEY) {
        return Ok(Some(text));
    }
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(token.trim())),
        _ => Err(wrong),
    }
}

/// Every credential in a request, right or wrong: none may appear in a log.
pub(crate) fn shown(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(API_KEY).iter().chain(headers.get_all(header::AUTHORIZATION));
    let texts = values.filter_map(|value| value.to_str().ok());
    texts.map(|text| text.split_once(' ').map_or(text, |(_, token)| token).trim().to_owned()).collect()
}
