//! Verifies token signatures with ring, which also does the gateway's TLS. `jsonwebtoken` accepts any provider; its own
//! would be a second cryptography library.

use jsonwebtoken::crypto::{CryptoProvider, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::signature::{Error, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};

/// Verifies the three algorithms of the settings; signs nothing.
static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |_, _| Err(ErrorKind::InvalidAlgorithm.into()),
    verifier_factory: |algorithm, key| Ok(Box::new(Signature { algorithm: *algorithm, key: key.clone() })),
    key_utils: KeyUtils::new_unimplemented(),
};

/// Makes ring the provider of this process, unless a program that embeds the gateway has chosen one before.
pub(super) fn install() {
    // An error means that there was an earlier choice.
    let _ = PROVIDER.install_default();
}

/// What a key verifies, by one algorithm.
struct Signature {
    algorithm: Algorithm,
    key: DecodingKey,
}

impl Verifier<Vec<u8>> for Signature {
    fn verify(&self, text: &[u8], signature: &Vec<u8>) -> Result<(), Error> {
        if self.key.family() != self.algorithm.family() {
            return Err(Error::new());
        }
        let verified = match (self.algorithm, self.key.kind()) {
            (Algorithm::ES256, DecodingKeyKind::SecretOrDer(point)) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(text, signature)
            }
            (Algorithm::EdDSA, DecodingKeyKind::SecretOrDer(point)) => {
                UnparsedPublicKey::new(&ED25519, point).verify(text, signature)
            }
            (Algorithm::RS256, DecodingKeyKind::RsaModulusExponent { n, e }) => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, text, signature)
            }
            _ => return Err(Error::new()),
        };
        verified.map_err(|_| Error::new())
    }
}

impl JwtVerifier for Signature {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

#[cfg(test)]
mod tests {
    use ring::signature::{Ed25519KeyPair, KeyPair as _};

    use super::*;

    #[test]
    fn key_verifies_only_its_own_algorithm() {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
        let signature = pair.sign(b"text").as_ref().to_vec();
        let verifies = |algorithm, key: &DecodingKey, text: &[u8]| {
            Signature { algorithm, key: key.clone() }.verify(text, &signature).is_ok()
        };
        let key = DecodingKey::from_ed_der(pair.public_key().as_ref());
        assert!(verifies(Algorithm::EdDSA, &key, b"text"));
        assert!(!verifies(Algorithm::EdDSA, &key, b"texts"));
        assert!(!verifies(Algorithm::ES256, &key, b"text"));
        let other = DecodingKey::from_ec_der(pair.public_key().as_ref());
        assert!(!verifies(Algorithm::EdDSA, &other, b"text"));
        let secret = DecodingKey::from_secret(pair.public_key().as_ref());
        assert!(!verifies(Algorithm::HS256, &secret, b"text"));
    }
}
