//! Keys: ed25519, in the PEM files that openssl reads and writes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};

use crate::vocab::{Digest, hex};

/// Why a text is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is not {0} in PEM; `pincer keygen --out NAME` makes one")]
pub struct KeyError(&'static str);

/// A key that signs.
#[derive(Debug)]
pub struct PrivateKey {
    seed: [u8; 32],
    pair: Ed25519KeyPair,
}

/// A key that checks what the private one signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

impl PrivateKey {
    /// The key of 32 random bytes.
    pub fn from_seed(seed: [u8; 32]) -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| KeyError("an ed25519 private key"))?;
        Ok(Self { seed, pair })
    }

    /// Reads PKCS #8 in PEM (RFC 8410).
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let fault = KeyError("an ed25519 private key");
        Self::from_seed(unwrapped(pem, "PRIVATE KEY", &PKCS8).ok_or(fault)?)
    }

    /// The key as PKCS #8 in PEM.
    pub fn to_pem(&self) -> String {
        wrapped("PRIVATE KEY", &PKCS8, &self.seed)
    }

    /// Signs bytes.
    pub fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        self.pair.sign(bytes).as_ref().to_vec()
    }

    /// The key that checks what this one signs.
    pub fn public(&self) -> PublicKey {
        let mut key = [0; 32];
        key.iter_mut().zip(self.pair.public_key().as_ref()).for_each(|(to, from)| *to = *from);
        PublicKey(key)
    }
}

impl PublicKey {
    /// Reads `SubjectPublicKeyInfo` in PEM (RFC 8410).
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        unwrapped(pem, "PUBLIC KEY", &SPKI).map(Self).ok_or(KeyError("an ed25519 public key"))
    }

    /// The key as `SubjectPublicKeyInfo` in PEM.
    pub fn to_pem(&self) -> String {
        wrapped("PUBLIC KEY", &SPKI, &self.0)
    }

    /// The id by which envelopes name it, as securesystemslib makes it: the digest of its JSON with sorted keys.
    pub fn id(&self) -> String {
        let public = hex(&self.0);
        let json = format!(r#"{{"keytype":"ed25519","keyval":{{"public":"{public}"}},"scheme":"ed25519"}}"#);
        Digest::of(json.as_bytes()).hex()
    }

    /// Whether the signature is of these bytes by this key.
    pub fn holds(&self, bytes: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.0).verify(bytes, signature).is_ok()
    }
}

fn wrapped(what: &str, before: &[u8], key: &[u8; 32]) -> String {
    let body = STANDARD.encode([before, key.as_slice()].concat());
    format!("-----BEGIN {what}-----\n{body}\n-----END {what}-----\n")
}

/// The 32 bytes of a key that stands behind these bytes in a PEM block.
fn unwrapped(pem: &str, what: &str, before: &[u8]) -> Option<[u8; 32]> {
    let (_, rest) = pem.split_once(&format!("-----BEGIN {what}-----"))?;
    let (body, _) = rest.split_once(&format!("-----END {what}-----"))?;
    let body: String = body.split_whitespace().collect();
    STANDARD.decode(body).ok()?.strip_prefix(before)?.try_into().ok()
}

/// What stands before the seed in PKCS #8 of version 1 (RFC 8410 section 7).
const PKCS8: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
/// What stands before the key in `SubjectPublicKeyInfo` (RFC 8410 section 4).
const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8032 section 7.1, test 2; the private key in PEM as `openssl pkey` writes it.
    #[test]
    fn signatures_are_those_of_the_standard() {
        let seed: [u8; 32] = crate::vocab::unhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
            .unwrap()
            .try_into()
            .unwrap();
        let key = PrivateKey::from_seed(seed).unwrap();
        let signature = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
                         085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
        assert_eq!(hex(&key.sign(&[0x72])), signature);
        assert!(key.public().holds(&[0x72], &key.sign(&[0x72])) && !key.public().holds(&[0x73], &key.sign(&[0x72])));
    }

    #[test]
    fn keys_read_back_from_pem_and_others_are_refused() {
        let key = PrivateKey::from_seed([7; 32]).unwrap();
        let again = PrivateKey::from_pem(&key.to_pem()).unwrap();
        assert_eq!(again.public(), key.public());
        assert_eq!(PublicKey::from_pem(&key.public().to_pem()), Ok(key.public()));
        assert!(PublicKey::from_pem(&key.to_pem()).is_err() && PrivateKey::from_pem(&key.public().to_pem()).is_err());
        assert!(PublicKey::from_pem("").is_err());
    }
}
