//! The headers with the identities' credentials. They leave this crate only on the wire.

mod secret;

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
    declared: Vec<(Identity, String)>,
    issued: Option<Arc<Issued>>,
}

/// Whose tokens come from an issuer, and their claims.
struct Issued {
    issuer: Issuer,
    claims: BTreeMap<Identity, Map<String, Value>>,
}

impl Credentials {
    /// Credentials by identity: header names and values.
    pub fn new(headers: impl IntoIterator<Item = (Identity, Vec<(String, String)>)>) -> Self {
        Self { headers: headers.into_iter().collect(), ..Self::default() }
    }

    /// Treats each of these texts as a secret of its identity, whatever it looks like, because it was kept out of the
    /// descriptor.
    #[must_use]
    pub fn declaring(mut self, secrets: impl IntoIterator<Item = (Identity, String)>) -> Self {
        self.declared.extend(secrets);
        self
    }

    /// Gives each of these identities a bearer token of the issuer.
    #[must_use]
    pub fn issued(mut self, issuer: Issuer, claims: BTreeMap<Identity, Map<String, Value>>) -> Self {
        for (identity, claims) in &claims {
            let token = issuer.issue(claims, now(), None, "");
            self.headers.entry(identity.clone()).or_default().push(bearer(&token));
        }
        Self { issued: Some(Arc::new(Issued { issuer, claims })), ..self }
    }

    /// The headers of an identity; none for an anonymous caller.
    pub fn of(&self, identity: Option<&Identity>) -> &[(String, String)] {
        identity.and_then(|identity| self.headers.get(identity)).map_or(&[], Vec::as_slice)
    }

    /// The headers of a case's caller, with another key or a forged token if the case says so.
    pub(crate) fn shown(&self, case: &Case) -> Cow<'_, [(String, String)]> {
        if let Some(text) = &case.key {
            let own = self.of(case.identity.as_ref()).iter();
            return Cow::Owned(own.map(|(name, value)| (name.clone(), with_key(name, value, text))).collect());
        }
        let identity = case.identity.as_ref();
        let provided = self.issued.as_ref();
        let claims = provided.and_then(|issued| Some((&issued.issuer, issued.claims.get(identity?)?)));
        match (&case.forge, claims) {
            (Some(forge), Some((issuer, claims))) => {
                let token = issuer.issue(claims, now(), Some(forge.forgery), &forge.lure);
                let others = self.of(identity).iter().filter(|(name, _)| name != AUTHORIZATION).cloned();
                Cow::Owned(others.chain([bearer(&token)]).collect())
            }
            _ => Cow::Borrowed(self.of(identity)),
        }
    }

    /// The secrets in the credentials, each with its public name, for redaction. Parts that are as good as the whole
    /// count too: a password, a signature, the part after a prefix. Schemes such as `Bearer` and public constants such
    /// as `openai` are not secret.
    pub fn secrets(&self) -> impl Iterator<Item = (String, String)> {
        let shown = self.headers.iter().flat_map(|(identity, headers)| {
            headers
                .iter()
                .flat_map(move |(name, value)| secret::in_header(name, value).into_iter().map(move |it| (identity, it)))
        });
        let declared = self.declared.iter();
        let declared =
            declared.flat_map(|(identity, text)| secret::of_key(text).into_iter().map(move |it| (identity, it)));
        shown.chain(declared).map(|(identity, (kind, text))| (format!("{identity}{kind}"), text))
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.headers.keys()).finish()
    }
}

/// A header's value as its scheme, such as `Bearer`, and the key after it.
pub(crate) fn split(value: &str) -> (&str, &str) {
    let scheme = |scheme: &str| scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    value.split_once(' ').filter(|(before, _)| scheme(before)).unwrap_or(("", value))
}

/// The pairs of a `Cookie` header (RFC 6265 section 4.2.1).
fn cookies(value: &str) -> impl Iterator<Item = (&str, &str)> {
    value.split(';').map(|pair| pair.trim().split_once('=').unwrap_or(("", pair.trim())))
}

fn is_cookie(name: &str) -> bool {
    name.eq_ignore_ascii_case("cookie")
}

/// A header's value with `text` instead of the key after its scheme, or of each cookie's value.
fn with_key(name: &str, value: &str, text: &str) -> String {
    let other = |key: &str| {
        let spelled = text.replace("${key}", key).replace("${shortened}", shortened(key));
        spelled.replace("${recased}", &recased(key)).replace("${spaced}", &spaced(key))
    };
    if is_cookie(name) {
        let pairs: Vec<String> = cookies(value).map(|(name, key)| format!("{name}={}", other(key))).collect();
        return pairs.join("; ");
    }
    let (scheme, key) = split(value);
    if scheme.is_empty() { other(key) } else { format!("{scheme} {}", other(key)) }
}

/// A key without its last character.
fn shortened(key: &str) -> &str {
    let mut signs = key.chars();
    signs.next_back();
    signs.as_str()
}

/// A key with each letter in the other case. One without letters would stay the same, so it is shortened instead.
fn recased(key: &str) -> String {
    if !key.bytes().any(|byte| byte.is_ascii_alphabetic()) {
        return shortened(key).to_owned();
    }
    let other =
        |sign: char| if sign.is_ascii_uppercase() { sign.to_ascii_lowercase() } else { sign.to_ascii_uppercase() };
    key.chars().map(other).collect()
}

/// A key with a blank in its middle.
fn spaced(key: &str) -> String {
    let middle = key.chars().count() / 2;
    let at = key.char_indices().nth(middle).map_or(key.len(), |(at, _)| at);
    let (before, after) = key.split_at(at);
    format!("{before} {after}")
}

fn bearer(token: &str) -> (String, String) {
    (AUTHORIZATION.to_owned(), format!("Bearer {token}"))
}

/// Seconds since 1970; earlier times count as 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_key_follows_the_same_scheme() {
        let with = |value, text| with_key("authorization", value, text);
        assert_eq!(with("secret", "${key}x"), "secretx");
        assert_eq!(with("Bearer secret", "${shortened}"), "Bearer secre");
        assert_eq!(with("Bearer secret", "changeme"), "Bearer changeme");
        assert_eq!(with("Bearer Secret-7", "${recased}"), "Bearer sECRET-7");
        assert_eq!(with("secret-7", "${spaced}"), "secr et-7");
        assert_eq!(with("0718-2818", "${recased}"), "0718-281", "it may not stay the same");
        assert_eq!(with("a=1; b=2", "changeme"), "changeme");
    }

    #[test]
    fn each_cookie_is_a_key_and_long_ones_are_secret() {
        let header = ("Cookie".to_owned(), "session=s3cr3tvalue; theme=dark".to_owned());
        assert_eq!(with_key(&header.0, &header.1, "${shortened}"), "session=s3cr3tvalu; theme=dar");
        let credentials = Credentials::new([(Identity::new("alice").unwrap(), vec![header])]);
        let secret = |text: &str| ("alice".to_owned(), text.to_owned());
        assert_eq!(credentials.secrets().collect::<Vec<_>>(), [secret("s3cr3tvalue")]);
    }

    #[test]
    fn value_kept_out_of_the_descriptor_is_secret_whatever_it_looks_like() {
        let alice = Identity::new("alice").unwrap();
        let header = ("X-Provider".to_owned(), "openai".to_owned());
        let credentials = Credentials::new([(alice.clone(), vec![header])]);
        assert_eq!(credentials.secrets().count(), 0);
        let credentials = credentials.declaring([(alice, "openai".to_owned())]);
        assert_eq!(credentials.secrets().collect::<Vec<_>>(), [("alice".to_owned(), "openai".to_owned())]);
    }
}
