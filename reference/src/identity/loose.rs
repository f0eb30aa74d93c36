//! Callers who are accepted without the proper credential; only weaknesses do this.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, header};

use super::keys::Keys;
use super::{API_KEY, Principal};
use crate::weakness::{Weakness, Weaknesses};

/// With a weakness, this many correct characters of a key are enough.
const LEAST: usize = 16;

/// The principal that a weakness finds.
pub(super) fn principal(headers: &HeaderMap, keys: &Keys, weak: &Weaknesses) -> Option<Arc<Principal>> {
    let texts = |name| headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    let shown = || {
        let bearer = texts(header::AUTHORIZATION).filter_map(|text| text.split_once(' ').map(|(_, token)| token));
        texts(API_KEY).chain(bearer)
    };
    let reader = || Some(Arc::new(Principal::new("default", "", &["reader".to_owned()], keys.scopes())));
    if weak.has(Weakness::DefaultKey) && shown().any(|key| key == "changeme") {
        return reader();
    }
    let pair = format!("Basic {}", STANDARD.encode("admin:admin"));
    if weak.has(Weakness::DefaultPassword) && texts(header::AUTHORIZATION).any(|text| text == pair) {
        return reader();
    }
    if weak.has(Weakness::KeyBeginning) {
        let beginnings = |key: &str| (LEAST..key.len()).find_map(|end| keys.find(key.get(..end)?));
        return shown().find_map(beginnings);
    }
    if weak.has(Weakness::LooseKeySpelling) {
        let plain = |key: &str| key.replace(' ', "").to_ascii_lowercase();
        return shown().find_map(|key| keys.find(&plain(key)));
    }
    if weak.has(Weakness::AnyScheme) {
        return shown().find_map(|key| keys.find(key));
    }
    None
}

/// The first three parts of a token that has more.
pub(super) fn token(text: &str) -> Option<&str> {
    let (end, _) = text.match_indices('.').nth(2)?;
    text.get(..end)
}
