//! The headers by which identities show themselves. They never leave this crate but on the wire.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use pincer_core::plan::Case;
use pincer_core::vocab::Identity;
use serde_json::{Map, Value};

use crate::Issuer;

const AUTHORIZATION: &str = "authorization";

/// Resolved credentials.
#[derive(Default, Clone)]
pub struct Credentials {
    headers: BTreeMap<Identity, Vec<(String, String)>>,
    issuer: Option<Arc<Issuer>>,
    claims: BTreeMap<Identity, Map<String, Value>>,
}

impl Credentials {
    /// Credentials by identity: header names and values.
    pub fn new(headers: impl IntoIterator<Item = (Identity, Vec<(String, String)>)>) -> Self {
        Self { headers: headers.into_iter().collect(), ..Self::default() }
    }

    /// Gives each of these identities a bearer token of the issuer's.
    #[must_use]
    pub fn issued(mut self, issuer: Issuer, claims: BTreeMap<Identity, Map<String, Value>>) -> Self {
        for (identity, claims) in &claims {
            let token = issuer.issue(claims, now(), None, "");
            self.headers.entry(identity.clone()).or_default().push(bearer(&token));
        }
        Self { issuer: Some(Arc::new(issuer)), claims, ..self }
    }

    /// The headers of an identity; none for nobody.
    pub fn of(&self, identity: Option<&Identity>) -> &[(String, String)] {
        identity.and_then(|identity| self.headers.get(identity)).map_or(&[], Vec::as_slice)
    }

    /// The headers of a case's caller, with another key or a forged token if the case says so.
    pub(crate) fn shown(&self, case: &Case) -> Cow<'_, [(String, String)]> {
        if let Some(text) = &case.key {
            let own = self.of(case.identity.as_ref()).iter();
            return Cow::Owned(own.map(|(name, value)| (name.clone(), with_key(value, text))).collect());
        }
        let identity = case.identity.as_ref();
        let claims = identity.and_then(|identity| self.claims.get(identity));
        match (&case.forge, &self.issuer, claims) {
            (Some(forge), Some(issuer), Some(claims)) => {
                let token = issuer.issue(claims, now(), Some(forge.forgery), &forge.lure);
                let others = self.of(identity).iter().filter(|(name, _)| name != AUTHORIZATION).cloned();
                Cow::Owned(others.chain([bearer(&token)]).collect())
            }
            _ => Cow::Borrowed(self.of(identity)),
        }
    }

    /// Each credential by the name under which it may be spoken of, for redaction. A scheme in front, such as
    /// `Bearer`, is no secret.
    pub fn secrets(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers
            .iter()
            .flat_map(|(identity, headers)| headers.iter().map(move |(_, value)| (identity.as_str(), split(value).1)))
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.headers.keys()).finish()
    }
}

/// A header's value as its scheme, such as `Bearer`, and the key behind it.
pub(crate) fn split(value: &str) -> (&str, &str) {
    value.rsplit_once(' ').unwrap_or(("", value))
}

/// A header's value with `text` in the place of the key behind its scheme.
fn with_key(value: &str, text: &str) -> String {
    let (scheme, key) = split(value);
    let mut signs = key.chars();
    signs.next_back();
    let text = text.replace("${key}", key).replace("${shortened}", signs.as_str());
    if scheme.is_empty() { text } else { format!("{scheme} {text}") }
}

fn bearer(token: &str) -> (String, String) {
    (AUTHORIZATION.to_owned(), format!("Bearer {token}"))
}

/// Seconds since 1970; a clock before that is taken for 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_key_stands_behind_the_same_scheme() {
        assert_eq!(with_key("secret", "${key}x"), "secretx");
        assert_eq!(with_key("Bearer secret", "${shortened}"), "Bearer secre");
        assert_eq!(with_key("Bearer secret", "changeme"), "Bearer changeme");
    }
}
