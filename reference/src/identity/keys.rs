//! API keys: a key comes in, its owner goes out.

use std::sync::Arc;

use super::Principal;
use crate::keyring::{Hash, Keyring};
use crate::settings::{IdentitySettings, SettingsError};

/// All keys.
pub(super) struct Keys(Keyring<Arc<Principal>>);

impl Keys {
    pub(super) fn new(identities: &[IdentitySettings]) -> Result<Self, SettingsError> {
        let keys = identities.iter().map(|identity| {
            let hash = digest(&identity.api_key).ok_or_else(|| SettingsError::KeyHash(identity.subject.clone()))?;
            let IdentitySettings { subject, tenant, roles, scopes, objects, .. } = identity;
            let principal = Principal::new(subject, tenant, roles, scopes.clone());
            Ok((hash, Arc::new(Principal { objects: objects.clone(), ..principal })))
        });
        Ok(Self(Keyring(keys.collect::<Result<_, SettingsError>>()?)))
    }

    /// The owner of a key.
    pub(super) fn find(&self, key: &str) -> Option<Arc<Principal>> {
        self.0.find(key.as_bytes()).cloned()
    }

    /// All scopes of all callers.
    pub(super) fn scopes(&self) -> Vec<String> {
        self.0.0.iter().flat_map(|(_, principal)| principal.scopes.clone()).collect()
    }
}

/// The digest after `sha256:`.
fn digest(text: &str) -> Option<Hash> {
    let hex = text.strip_prefix("sha256:").filter(|hex| hex.len() == 64 && hex.is_ascii())?;
    let mut hash = Hash::default();
    for (at, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(hex.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(hash)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::settings::hash_key;

    #[test]
    fn key_is_found_only_by_its_digest() {
        let identity = |subject: &str, key: &str| IdentitySettings {
            subject: subject.to_owned(),
            tenant: String::new(),
            roles: Vec::new(),
            scopes: Vec::new(),
            objects: BTreeMap::new(),
            api_key: hash_key(key),
        };
        let keys = Keys::new(&[identity("a", "one"), identity("b", "two")]).unwrap();
        assert_eq!(keys.find("two").map(|p| p.subject.clone()).as_deref(), Some("b"));
        assert_eq!(keys.find(&hash_key("two")), None);
        assert_eq!(keys.find(""), None);
    }

    #[test]
    fn invalid_hash_is_an_error() {
        for text in ["", "filled in", "sha256:", "sha256:zz", &"a".repeat(71), &hash_key("k")[1..]] {
            assert_eq!(digest(text), None, "{text}");
        }
    }
}
