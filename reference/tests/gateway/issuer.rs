//! A test issuer of tokens: generated keys (the RSA key comes from a file, because ring makes none), and tokens of any
//! form.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
    RsaPublicKeyComponents,
};
use serde_json::{Value, json};

/// Three keys, one for each algorithm, named after it.
pub(crate) struct Issuer {
    es: EcdsaKeyPair,
    ed: Ed25519KeyPair,
    rs: RsaKeyPair,
}

pub(crate) const ISSUER: &str = "https://issuer.test";
pub(crate) const AUDIENCE: &str = "ledger-gateway";

impl Issuer {
    pub(crate) fn new() -> Self {
        let random = SystemRandom::new();
        let es = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let ed = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
        Self {
            es: EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, es.as_ref(), &random).unwrap(),
            ed: Ed25519KeyPair::from_pkcs8(ed.as_ref()).unwrap(),
            rs: RsaKeyPair::from_pkcs8(include_bytes!("rsa.pk8")).unwrap(),
        }
    }

    /// The key set with these keys.
    pub(crate) fn set(&self, names: &[&str]) -> String {
        let (x, y) = self.es.public_key().as_ref()[1..].split_at(32);
        let rsa: RsaPublicKeyComponents<Vec<u8>> = self.rs.public().into();
        let keys = json!([
            {"kid": "ES256", "kty": "EC", "crv": "P-256", "use": "sig", "x": encode(x), "y": encode(y)},
            {"kid": "EdDSA", "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "x": encode(self.ed.public_key().as_ref())},
            {"kid": "RS256", "kty": "RSA", "n": encode(&rsa.n), "e": encode(&rsa.e)},
        ]);
        let keys: Vec<_> =
            keys.as_array().unwrap().iter().filter(|key| names.contains(&key["kid"].as_str().unwrap())).collect();
        json!({ "keys": keys }).to_string()
    }

    /// A token with this header and these claims, signed with the key that the header's `kid` names.
    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        let text = format!("{}.{}", encode(header.to_string().as_bytes()), encode(claims.to_string().as_bytes()));
        let signature = match header["kid"].as_str() {
            Some("EdDSA") => self.ed.sign(text.as_bytes()).as_ref().to_vec(),
            Some("RS256") => {
                let mut signature = vec![0; self.rs.public().modulus_len()];
                self.rs.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
                signature
            }
            _ => self.es.sign(&SystemRandom::new(), text.as_bytes()).unwrap().as_ref().to_vec(),
        };
        format!("{text}.{}", encode(&signature))
    }

    /// A valid token for carol, who may read.
    pub(crate) fn token(&self, key: &str) -> String {
        self.sign(&json!({"alg": key, "kid": key, "typ": "at+jwt"}), &claims())
    }
}

/// Valid claims.
pub(crate) fn claims() -> Value {
    let now = now();
    json!({"iss": ISSUER, "aud": AUDIENCE, "sub": "carol", "tenant": "c", "roles": ["reader"], "scope": "openid ledger:read",
        "iat": now, "nbf": now, "exp": now + 300})
}

pub(crate) fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}

pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
