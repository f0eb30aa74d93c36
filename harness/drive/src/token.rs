//! The identity provider's keys: valid tokens for identities, and forged ones.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pincer_core::scenario::{Forgery, Signer, Unsigned};
use ring::digest::{SHA256, digest};
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Map, Value, json};

/// How long a token is valid, in seconds: longer than any run.
const VALID: i64 = 24 * 3600;

/// Issues tokens with ES256 (RFC 7518 section 3.4) and a new key in each run.
#[derive(Debug, Clone)]
pub struct Issuer {
    key: Arc<EcdsaKeyPair>,
    attacker: Arc<EcdsaKeyPair>,
    kid: String,
    url: String,
    audience: String,
}

/// The system gave no random bytes for a key or a signature.
#[derive(Debug, thiserror::Error)]
#[error("the system gives no random bytes")]
pub struct NoRandomBytes;

impl Issuer {
    /// The issuer at `url` for one audience. Fails if no key can be made.
    pub fn new(url: String, audience: String) -> Result<Self, NoRandomBytes> {
        let (key, attacker) = (Arc::new(key()?), Arc::new(key()?));
        // The name is derived from the key, so that a target does not use a cached key of an earlier run.
        let kid = hex(key.public_key().as_ref());
        Ok(Self { key, attacker, kid, url, audience })
    }

    /// Its key set (RFC 7517).
    pub fn jwks(&self) -> Value {
        json!({ "keys": [jwk(&self.key, &self.kid)] })
    }

    /// Its metadata (RFC 8414 section 2).
    pub fn metadata(&self) -> Value {
        json!({
            "issuer": self.url,
            "jwks_uri": format!("{}/jwks.json", self.url),
            "authorization_endpoint": format!("{}/authorize", self.url),
            "token_endpoint": format!("{}/token", self.url),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "code_challenge_methods_supported": ["S256"],
        })
    }

    /// A token with these claims, valid or forged. `now` is in seconds since 1970; `lure` is the path at which the
    /// issuer's host sees who follows a link in the header.
    pub fn issue(&self, claims: &Map<String, Value>, now: i64, forgery: Option<Forgery>, lure: &str) -> String {
        let header = json!({ "alg": "ES256", "typ": "at+jwt", "kid": self.kid });
        let mut all = json!({
            "iss": self.url, "aud": self.audience, "iat": now, "nbf": now, "exp": now + VALID, "jti": hex(format!("{now} {}", json!(claims)).as_bytes()),
        });
        let (Some(header), Some(standard)) = (header.as_object(), all.as_object_mut()) else { return String::new() };
        standard.extend(claims.clone());
        let sound = Unsigned::sound(header, standard);
        let Some(forgery) = forgery else { return self.sign(&sound, &sound) };
        let lure = format!("{}/lure/{lure}", self.url);
        self.sign(&forgery.forge(header, standard, now, (&lure, &jwk(&self.attacker, &self.kid))), &sound)
    }

    fn sign(&self, token: &Unsigned, sound: &Unsigned) -> String {
        let body = |token: &Unsigned| {
            format!("{}.{}", URL_SAFE_NO_PAD.encode(&token.header), URL_SAFE_NO_PAD.encode(&token.claims))
        };
        // If the system has no random bytes any more, the signature is empty and the target refuses the token.
        let (text, ecdsa) = (body(token), |key: &EcdsaKeyPair, text: &str| -> Vec<u8> {
            key.sign(&SystemRandom::new(), text.as_bytes()).map_or_else(|_| Vec::new(), |it| it.as_ref().to_vec())
        });
        let signature = match token.signer {
            Signer::Issuer => ecdsa(&self.key, &text),
            Signer::Attacker => ecdsa(&self.attacker, &text),
            Signer::IssuerElsewhere => ecdsa(&self.key, &body(sound)),
            Signer::IssuerFlipped => {
                let mut bytes = ecdsa(&self.key, &text);
                bytes.iter_mut().take(1).for_each(|byte| *byte ^= 1);
                bytes
            }
            Signer::PublicKey => hmac(jwk(&self.key, &self.kid).to_string().as_bytes(), text.as_bytes()),
            Signer::EmptyKey => hmac(&[], text.as_bytes()),
            Signer::WellKnown(secret) => hmac(secret.as_bytes(), text.as_bytes()),
            Signer::Nobody => Vec::new(),
        };
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn key() -> Result<EcdsaKeyPair, NoRandomBytes> {
    let random = SystemRandom::new();
    let text = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).map_err(|_| NoRandomBytes)?;
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, text.as_ref(), &random).map_err(|_| NoRandomBytes)
}

fn jwk(key: &EcdsaKeyPair, kid: &str) -> Value {
    // SEC 1 section 2.3.3: 4, then x and y of 32 bytes each.
    let half = |from| URL_SAFE_NO_PAD.encode(key.public_key().as_ref().get(from..from + 32).unwrap_or_default());
    json!({ "kty": "EC", "crv": "P-256", "x": half(1), "y": half(33), "kid": kid, "alg": "ES256", "use": "sig" })
}

/// HMAC-SHA-256 (RFC 2104).
fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text).as_ref().to_vec()
}

/// An id derived from a text, such as a key's name.
fn hex(text: &[u8]) -> String {
    digest(&SHA256, text).as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    use super::*;

    #[test]
    fn only_the_valid_token_verifies() {
        let issuer = Issuer::new("http://127.0.0.1:1".to_owned(), "api".to_owned()).unwrap();
        let claims = json!({ "sub": "carol" }).as_object().unwrap().clone();
        let verifies = |token: &str| {
            let (text, signature) = token.rsplit_once('.').unwrap();
            let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
            let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, issuer.key.public_key());
            key.verify(text.as_bytes(), &signature).is_ok()
        };
        assert!(verifies(&issuer.issue(&claims, 1_000, None, "x")));
        for forgery in [Forgery::AlgNone, Forgery::OtherKey, Forgery::FlippedSignature, Forgery::ChangedClaims] {
            assert!(!verifies(&issuer.issue(&claims, 1_000, Some(forgery), "x")), "{forgery:?}");
        }
        // These have valid signatures over claims that must be refused.
        assert!(verifies(&issuer.issue(&claims, 1_000, Some(Forgery::Expired), "x")));
    }
}
