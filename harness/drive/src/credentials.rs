//! The headers by which identities show themselves. They never leave this crate but on the wire.

use std::collections::BTreeMap;
use std::fmt;

use pincer_core::vocab::Identity;

/// Resolved credentials.
#[derive(Default, Clone)]
pub struct Credentials(BTreeMap<Identity, Vec<(String, String)>>);

impl Credentials {
    /// Credentials by identity: header names and values.
    pub fn new(headers: impl IntoIterator<Item = (Identity, Vec<(String, String)>)>) -> Self {
        Self(headers.into_iter().collect())
    }

    /// The headers of an identity; none for nobody.
    pub fn of(&self, identity: Option<&Identity>) -> &[(String, String)] {
        identity.and_then(|identity| self.0.get(identity)).map_or(&[], Vec::as_slice)
    }

    /// Each credential by the name under which it may be spoken of, for redaction. A scheme in front, such as
    /// `Bearer`, is no secret.
    pub fn secrets(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().flat_map(|(identity, headers)| {
            headers.iter().map(move |(_, value)| (identity.as_str(), value.rsplit(' ').next().unwrap_or(value)))
        })
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
