//! Key sets: a JWKS (RFC 7517) comes in, verification keys by name go out.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};

/// Smallest RSA modulus, in bytes: 2,048 bits (RFC 7518 section 3.3).
const MODULUS: usize = 256;

/// Verification keys by `kid`.
#[derive(Debug, Default)]
pub(super) struct KeySet(BTreeMap<String, (Algorithm, DecodingKey)>);

impl KeySet {
    /// Reads a set and leaves out keys that the gateway cannot use. A set without usable keys is an error.
    pub(super) fn read(text: &[u8]) -> Result<Self, String> {
        let set: JwkSet = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        let keys: BTreeMap<_, _> = set.keys.iter().filter_map(key).collect();
        if keys.is_empty() { Err("it holds no signature key with a `kid`".to_owned()) } else { Ok(Self(keys)) }
    }

    /// The key of this name, if it is for this algorithm. A key is never used with another one.
    pub(super) fn find(&self, name: &str, algorithm: Algorithm) -> Found<'_> {
        match self.0.get(name) {
            None => Found::Unknown,
            Some((known, key)) if *known == algorithm => Found::Key(key),
            Some(_) => Found::Mismatch,
        }
    }
}

/// The result of a search in a key set.
pub(super) enum Found<'a> {
    /// A key for the algorithm.
    Key(&'a DecodingKey),
    /// A key for another algorithm.
    Mismatch,
    /// No key of this name.
    Unknown,
}

fn key(jwk: &Jwk) -> Option<(String, (Algorithm, DecodingKey))> {
    let name = jwk.common.key_id.clone()?;
    if jwk.common.public_key_use.as_ref().is_some_and(|purpose| *purpose != PublicKeyUse::Signature) {
        return None;
    }
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => Algorithm::ES256,
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => Algorithm::EdDSA,
        AlgorithmParameters::RSA(key) if URL_SAFE_NO_PAD.decode(&key.n).is_ok_and(|n| n.len() >= MODULUS) => {
            Algorithm::RS256
        }
        _ => return None,
    };
    // If the set says what a key is for, the key is used for nothing else.
    if jwk.common.key_algorithm.is_some_and(|said| said.to_string() != format!("{algorithm:?}")) {
        return None;
    }
    Some((name, (algorithm, DecodingKey::from_jwk(jwk).ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_signature_keys_with_a_name_are_kept() {
        let es = r#""kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0""#;
        let set = format!(
            r#"{{"keys":[{{"kid":"a",{es}}},{{"kid":"b","use":"enc",{es}}},{{{es}}},{{"kid":"c","kty":"oct","k":"c2VjcmV0"}},
            {{"kid":"d","alg":"ES384",{es}}},{{"kid":"e","kty":"RSA","n":"AQAB","e":"AQAB"}}]}}"#
        );
        let set = KeySet::read(set.as_bytes()).unwrap();
        assert_eq!(set.0.keys().collect::<Vec<_>>(), ["a"]);
        assert!(matches!(set.find("a", Algorithm::ES256), Found::Key(_)));
        assert!(matches!(set.find("a", Algorithm::EdDSA), Found::Mismatch));
        assert!(KeySet::read(br#"{"keys":[]}"#).is_err() && KeySet::read(b"{").is_err());
    }
}
