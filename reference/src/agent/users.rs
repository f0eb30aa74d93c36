//! The users who give tasks: each shows a key.

use http::HeaderMap;

use super::settings::UserSettings;
use crate::keyring::{Keyring, digest};

/// The header of the key.
const HEADER: &str = "x-user-key";

/// The users, by name.
#[derive(Debug)]
pub(super) struct Users(Keyring<String>);

impl Users {
    pub(super) fn new(users: &[UserSettings]) -> Self {
        Self(Keyring(users.iter().map(|user| (digest(user.key.0.as_bytes()), user.name.clone())).collect()))
    }

    /// The user who sent these headers: none if the agent has no users; an error if the key is unknown.
    pub(super) fn find(&self, headers: &HeaderMap) -> Result<Option<&str>, ()> {
        if self.0.0.is_empty() {
            return Ok(None);
        }
        let mut shown = headers.get_all(HEADER).iter();
        let (Some(key), None) = (shown.next(), shown.next()) else { return Err(()) };
        self.0.find(key.as_bytes()).map(|name| Some(name.as_str())).ok_or(())
    }
}
