//! The limiter alone, to measure what a decision costs.

use std::collections::BTreeMap;

use crate::limiter::Limiter;
use crate::policy::Grant;
use crate::settings::{RateSettings, SettingsError};
use crate::weakness::Weaknesses;

/// The limit of one operation.
pub struct Counter {
    limiter: Limiter,
    weak: Weaknesses,
}

/// The name of the operation in header fields.
const OPERATION: &str = "quote";

impl std::fmt::Debug for Counter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Counter").finish_non_exhaustive()
    }
}

impl Counter {
    /// A limit of this rate.
    pub fn new(rate: RateSettings) -> Result<Self, SettingsError> {
        let grant = Grant { roles: Vec::new(), scopes: Vec::new(), rate: Some(rate), owned: BTreeMap::new() };
        let limiter = Limiter::new(&BTreeMap::from([(OPERATION.to_owned(), grant)]))?;
        Ok(Self { limiter, weak: Weaknesses::default() })
    }

    /// Whether a caller may call now. It also makes the answer's header fields.
    pub fn admits(&self, caller: &str) -> bool {
        self.limiter.admit(OPERATION, caller, ("/quotes/1", None), &self.weak).0.is_ok()
    }

    /// Forgets callers whose bucket is full again.
    pub fn forget(&self) {
        self.limiter.forget();
    }
}
