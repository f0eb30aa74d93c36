//! Who calls: the headers of a request come in, a principal goes out.
//!
//! A caller shows an API key in `X-Api-Key` or as a bearer token, or a JWT as a bearer token; one credential, once,
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
    /// Identifiers of what it owns, by kind.
    pub(crate) objects: BTreeMap<String, Vec<String>>,
    /// Subject and tenant in one: names of two tenants never meet.
    pub(crate) key: String,
}

/// All who may call.
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
    /// Reads keys and, where tokens are taken, the key set.
    pub(crate) async fn new(settings: &Settings, weak: &Weaknesses) -> Result<Self, SettingsError> {
        let tokens = match &settings.tokens {
            Some(tokens) => Some(token::Tokens::new(tokens, weak).await?),
            None => None,
        };
        Ok(Self { keys: keys::Keys::new(&settings.identities)?, tokens })
    }

    /// The caller that a request's credential names.
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

/// The one credential of a request. Two could be read in two ways, so they count as a wrong one.
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

/// Every credential that a request shows, right or wrong: what must not stand in a log.
pub(crate) fn shown(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(API_KEY).iter().chain(headers.get_all(header::AUTHORIZATION));
    let texts = values.filter_map(|value| value.to_str().ok());
    texts.map(|text| text.split_once(' ').map_or(text, |(_, token)| token).trim().to_owned()).collect()
}
