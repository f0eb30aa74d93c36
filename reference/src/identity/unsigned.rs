//! Tokens without a valid signature, for the weaknesses that accept them. Everything but the signature is checked as
//! usual.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Validation;
use ring::hmac;
use serde_json::Value;

use super::Principal;
use super::claims::Claims;
use crate::weakness::{Weakness, Weaknesses};

/// The principal of a token whose signature does not count, if a weakness accepts it and its claims are valid.
pub(super) fn principal(token: &str, rules: &Validation, weak: &Weaknesses) -> Option<Principal> {
    let mut parts = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).ok());
    let header: Value = serde_json::from_slice(&parts.next()??).ok()?;
    let algorithm = header.get("alg").and_then(Value::as_str)?;
    let none = algorithm.eq_ignore_ascii_case("none");
    let weakness = if none { Weakness::JwtAlgNone } else { Weakness::JwtNoSignature };
    let known = weak.has(Weakness::WellKnownSecret) && algorithm == "HS256" && is_well_known(token);
    if !known && !weak.has(weakness) {
        return None;
    }
    let claims: Value = serde_json::from_slice(&parts.next()??).ok()?;
    let sound = in_time(&claims, rules)?
        && claims.get("iss").is_some_and(Value::is_string)
        && says(&claims, "iss", rules.iss.as_ref())
        && says(&claims, "aud", rules.aud.as_ref());
    serde_json::from_value::<Claims>(claims).ok().filter(|_| sound)?.principal()
}

/// The subject that a token names, whatever its signature.
pub(super) fn claimed(token: &str) -> Option<Principal> {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice::<Claims>(&claims).ok()?.principal()
}

/// Whether a token was signed with a publicly known secret.
fn is_well_known(token: &str) -> bool {
    let Some((text, signature)) = token.rsplit_once('.') else { return false };
    let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else { return false };
    ["secret", "your-256-bit-secret", "changeme"].iter().any(|secret| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        hmac::verify(&key, text.as_bytes(), &signature).is_ok()
    })
}

fn in_time(claims: &Value, rules: &Validation) -> Option<bool> {
    let now = u64::try_from(jiff::Timestamp::now().as_second()).ok()?;
    let time = |name: &str| claims.get(name).and_then(Value::as_u64);
    Some(time("exp")? + rules.leeway >= now && time("nbf").is_none_or(|begin| begin <= now + rules.leeway))
}

fn says(claims: &Value, name: &str, wanted: Option<&std::collections::HashSet<String>>) -> bool {
    let wanted = |value: &Value| value.as_str().is_some_and(|text| wanted.is_none_or(|wanted| wanted.contains(text)));
    claims.get(name).is_some_and(|value| wanted(value) || value.as_array().is_some_and(|all| all.iter().any(wanted)))
}
