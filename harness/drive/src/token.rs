//! The identity provider's keys: sound tokens for identities, and forged ones.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use pincer_core::scenario::{Forgery, Signer, Unsigned};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// How long a token is valid, in seconds: longer than any run.
const VALID: i64 = 24 * 3600;
/// The block length of SHA-256 in bytes (FIPS 180-4), which HMAC pads its key to (RFC 2104).
const BLOCK: usize = 64;

/// Issues tokens by ES256 (RFC 7518 section 3.4) with a key, and a name of it, that follow from a secret of the run.
#[derive(Debug, Clone)]
pub struct Issuer {
    key: SigningKey,
    attacker: SigningKey,
    kid: String,
    url: String,
    audience: String,
}

impl Issuer {
    /// The issuer at `url` for one audience.
    pub fn new(secret: &str, url: String, audience: String) -> Self {
        let digest = Sha256::new().chain_update(secret).chain_update("kid").finalize();
        let kid = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Self { key: key(secret, "issuer"), attacker: key(secret, "attacker"), kid, url, audience }
    }

    /// Its key set (RFC 7517).
    pub fn jwks(&self) -> Value {
        json!({ "keys": [jwk(&self.key, &self.kid)] })
    }

    /// What it says of itself (RFC 8414 section 2).
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

    /// A token with these claims, sound or forged. `now` is in seconds since 1970; `lure` is the path at which the
    /// issuer's host sees who follows a header's link.
    pub fn issue(&self, claims: &Map<String, Value>, now: i64, forgery: Option<Forgery>, lure: &str) -> String {
        let header = json!({ "alg": "ES256", "typ": "at+jwt", "kid": self.kid });
        let mut all = json!({
            "iss": self.url, "aud": self.audience, "iat": now, "nbf": now, "exp": now + VALID, "jti": hex(now, claims),
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
        let (text, ecdsa) = (body(token), |key: &SigningKey, text: &str| -> Vec<u8> {
            let signature: Signature = key.sign(text.as_bytes());
            signature.to_bytes().to_vec()
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

/// A key that follows from the secret: a digest is a valid scalar but for one in 2^32, and then the next one is taken.
fn key(secret: &str, name: &str) -> SigningKey {
    let mut round = 0_u32;
    loop {
        let digest = Sha256::new().chain_update(secret).chain_update(name).chain_update(round.to_be_bytes());
        if let Ok(key) = SigningKey::from_slice(&digest.finalize()) {
            return key;
        }
        round = round.wrapping_add(1);
    }
}

fn jwk(key: &SigningKey, kid: &str) -> Value {
    let point = key.verifying_key().to_sec1_point(false);
    // SEC 1 section 2.3.3: 4, then x and y of 32 bytes each.
    let half = |from| URL_SAFE_NO_PAD.encode(point.as_bytes().get(from..from + 32).unwrap_or_default());
    json!({ "kty": "EC", "crv": "P-256", "x": half(1), "y": half(33), "kid": kid, "alg": "ES256", "use": "sig" })
}

/// HMAC-SHA-256 (RFC 2104).
fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let key = if key.len() > BLOCK { Sha256::digest(key).to_vec() } else { key.to_vec() };
    let pad = |mask: u8| -> Vec<u8> { (0..BLOCK).map(|at| key.get(at).copied().unwrap_or(0) ^ mask).collect() };
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(text).finalize();
    Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().to_vec()
}

/// An id for a token that differs between callers.
fn hex(now: i64, claims: &Map<String, Value>) -> String {
    let digest = Sha256::new().chain_update(now.to_be_bytes()).chain_update(json!(claims).to_string()).finalize();
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use p256::ecdsa::signature::Verifier as _;

    use super::*;

    /// RFC 4231 section 4.3, test case 2.
    #[test]
    fn hmac_is_as_specified() {
        let mac: String =
            hmac(b"Jefe", b"what do ya want for nothing?").iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(mac, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    #[test]
    fn only_the_sound_token_verifies() {
        let issuer = Issuer::new("7", "http://127.0.0.1:1".to_owned(), "api".to_owned());
        let claims = json!({ "sub": "carol" }).as_object().unwrap().clone();
        let verifies = |token: &str| {
            let (text, signature) = token.rsplit_once('.').unwrap();
            let signature = Signature::from_slice(&URL_SAFE_NO_PAD.decode(signature).unwrap());
            signature.is_ok_and(|signature| issuer.key.verifying_key().verify(text.as_bytes(), &signature).is_ok())
        };
        assert!(verifies(&issuer.issue(&claims, 1_000, None, "x")));
        for forgery in [Forgery::AlgNone, Forgery::OtherKey, Forgery::FlippedSignature, Forgery::ChangedClaims] {
            assert!(!verifies(&issuer.issue(&claims, 1_000, Some(forgery), "x")), "{forgery:?}");
        }
        // These are sound signatures over claims that must be refused.
        assert!(verifies(&issuer.issue(&claims, 1_000, Some(Forgery::Expired), "x")));
    }
}
