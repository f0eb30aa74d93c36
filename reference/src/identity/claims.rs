//! What a token says. Its header is checked before a key is looked up, its claims after the signature.

use std::collections::BTreeMap;

use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde_json::Value;

use super::Principal;
use crate::json;

/// What is checked before the signature.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) algorithm: Algorithm,
    pub(super) key: String,
}

/// What an accepted token says about its subject.
#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    sub: String,
    #[serde(default)]
    tenant: String,
    #[serde(default)]
    roles: Vec<String>,
    /// Separated by spaces (RFC 8693 section 4.2).
    #[serde(default)]
    scope: String,
    /// Ids of the subject's objects, by kind.
    #[serde(default)]
    objects: BTreeMap<String, Vec<String>>,
    /// A text (RFC 7519 section 4.1.1). Some readers also accept a list that contains the right one.
    #[serde(default, rename = "iss")]
    _issuer: Option<String>,
}

/// Reads a token's header. None if it names a key elsewhere (RFC 8725 section 3.10), has a critical extension (RFC 7515
/// section 4.1.11) or a duplicate member.
pub(super) fn head(text: &[u8], allowed: &[Algorithm]) -> Option<Head> {
    let Ok(Value::Object(members)) = json::read(text) else { return None };
    if ["jku", "x5u", "jwk", "x5c", "crit", "zip", "b64"].iter().any(|name| members.contains_key(*name)) {
        return None;
    }
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    // RFC 9068 section 2.1; media types ignore case (RFC 7515 section 4.1.9).
    let kind = text("typ")?.to_ascii_lowercase();
    if !["at+jwt", "application/at+jwt", "jwt"].contains(&kind.as_str()) {
        return None;
    }
    let name = text("alg")?;
    let algorithm = allowed.iter().copied().find(|algorithm| format!("{algorithm:?}") == name)?;
    Some(Head { algorithm, key: text("kid").filter(|kid| (1..=256).contains(&kid.len()))?.to_owned() })
}

impl Claims {
    /// The subject; none if its name is not valid in a header.
    pub(super) fn principal(self) -> Option<Principal> {
        let name =
            |text: &str, least| (least..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        if !name(&self.sub, 1) || !name(&self.tenant, 0) {
            return None;
        }
        let scopes = self.scope.split(' ').filter(|scope| !scope.is_empty()).map(str::to_owned).collect();
        let principal = Principal::new(&self.sub, &self.tenant, &self.roles, scopes);
        Some(Principal { objects: self.objects, ..principal })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALLOWED: &[Algorithm] = &[Algorithm::ES256, Algorithm::EdDSA];

    #[test]
    fn only_one_form_of_header_is_accepted() {
        let sound = head(br#"{"alg":"ES256","kid":"a","typ":"at+jwt"}"#, ALLOWED);
        assert_eq!(sound, Some(Head { algorithm: Algorithm::ES256, key: "a".to_owned() }));
        assert!(head(br#"{"alg":"EdDSA","kid":"a","typ":"JWT"}"#, ALLOWED).is_some());
        for odd in [
            r#"{"alg":"none","kid":"a","typ":"JWT"}"#,
            r#"{"alg":"nOnE","kid":"a","typ":"JWT"}"#,
            r#"{"alg":"es256","kid":"a","typ":"JWT"}"#,
            r#"{"alg":"HS256","kid":"a","typ":"JWT"}"#,
            r#"{"alg":"RS256","kid":"a","typ":"JWT"}"#,
            r#"{"alg":"ES256","typ":"JWT"}"#,
            r#"{"alg":"ES256","kid":"","typ":"JWT"}"#,
            r#"{"alg":"ES256","kid":["a"],"typ":"JWT"}"#,
            r#"{"alg":"ES256","kid":"a"}"#,
            r#"{"alg":"ES256","kid":"a","typ":"dpop+jwt"}"#,
            r#"{"alg":"none","alg":"ES256","kid":"a","typ":"JWT"}"#,
            r#"{"alg":"ES256","kid":"a","typ":"JWT","crit":["exp"]}"#,
            r#"{"alg":"ES256","kid":"a","typ":"JWT","jku":"https://127.0.0.1/"}"#,
            r#"{"alg":"ES256","kid":"a","typ":"JWT","jwk":{}}"#,
            "[]",
        ] {
            assert_eq!(head(odd.as_bytes(), ALLOWED), None, "{odd}");
        }
    }
}
