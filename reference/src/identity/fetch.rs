//! Loads key sets: from a file at the start, or from an address that is asked again when a token names a new key.
//!
//! If a set cannot be fetched, the last one stays in force. Before the first set, no token passes.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use jsonwebtoken::Algorithm;

use super::keyset::{Found, KeySet};
use crate::client::{Client, Trust, client};
use crate::problem::Refusal;
use crate::settings::{KeySource, SettingsError, TokenSettings};
use crate::weakness::{Weakness, Weaknesses};

/// Largest key set, in bytes: dozens of keys with their certificates fit.
const SIZE: usize = 256 * 1024;
/// How long an issuer may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// Least time between two fetches before the first success, in milliseconds.
const SOON: u64 = 1000;
/// Age at which a set is fetched again, so that withdrawn keys go out of use.
const STALE: Duration = Duration::from_mins(10);

/// The keys in force.
pub(super) struct Keys {
    now: RwLock<Option<Arc<KeySet>>>,
    source: Option<Source>,
    failed: AtomicBool,
    weak: Weaknesses,
}

struct Source {
    address: Uri,
    client: Client,
    begun: Instant,
    /// Least time between two fetches, in milliseconds.
    pause: u64,
    /// When the last fetch and the last successful fetch began, in milliseconds after `begun`.
    tried: AtomicU64,
    fetched: AtomicU64,
}

impl Keys {
    /// Reads or fetches the set. Only a bad file is an error, because an issuer may come back.
    pub(super) async fn new(settings: &TokenSettings, weak: &Weaknesses) -> Result<Self, SettingsError> {
        let of =
            |set, source| Self { now: RwLock::new(set), source, failed: AtomicBool::new(false), weak: weak.clone() };
        let address = match &settings.keys {
            KeySource::File(path) => {
                let fail = |why| SettingsError::KeySet { path: path.clone(), why };
                let set = KeySet::read(crate::settings::read(path)?.as_bytes()).map_err(fail)?;
                return Ok(of(Some(Arc::new(set)), None));
            }
            KeySource::Url(address) => address,
        };
        let fail = |_| SettingsError::Upstream(address.clone());
        let address: Uri = address.parse().map_err(fail)?;
        let source = Source {
            client: client(PATIENCE, Trust::of(address.scheme_str()))?,
            address,
            begun: Instant::now(),
            pause: settings.refresh_s.saturating_mul(1000),
            tried: AtomicU64::new(0),
            fetched: AtomicU64::new(0),
        };
        let keys = of(None, Some(source));
        if let Some(source) = &keys.source {
            keys.refresh(source).await;
        }
        Ok(keys)
    }

    /// A set that never changes.
    #[cfg(feature = "properties")]
    pub(super) fn fixed(set: KeySet) -> Self {
        Self {
            now: RwLock::new(Some(Arc::new(set))),
            source: None,
            failed: AtomicBool::new(false),
            weak: Weaknesses::default(),
        }
    }

    /// The set, fetched again if it does not know this key name; 503 if there is none.
    pub(super) async fn now(&self, name: &str) -> Result<Arc<KeySet>, Refusal> {
        let known = self.read();
        let unknown = known.as_ref().is_none_or(|set| matches!(set.find(name, Algorithm::ES256), Found::Unknown));
        if let Some(source) = &self.source
            && source.turn(unknown, known.is_none())
        {
            self.refresh(source).await;
        }
        self.read().ok_or(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "key-set"))
    }

    fn read(&self) -> Option<Arc<KeySet>> {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether the last fetch failed.
    pub(super) fn failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    async fn refresh(&self, source: &Source) {
        let set = tokio::time::timeout(PATIENCE, source.fetch()).await.ok().flatten();
        let stuck = self.weak.has(Weakness::NoKeyRecovery) && (self.failed() || set.is_none());
        self.failed.store(set.is_none() || stuck, Ordering::Relaxed);
        if stuck {
            *self.now.write().unwrap_or_else(PoisonError::into_inner) = None;
        } else if let Some(set) = set {
            source.fetched.store(source.clock(), Ordering::Relaxed);
            *self.now.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(set));
        }
    }
}

impl Source {
    fn clock(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Whether this request should fetch: one per pause does, the others use the present set.
    fn turn(&self, unknown: bool, none: bool) -> bool {
        let now = self.clock();
        // Without a set no token passes, so a late issuer is asked again soon.
        let pause = if none { self.pause.min(SOON) } else { self.pause };
        let stale = u128::from(now.saturating_sub(self.fetched.load(Ordering::Relaxed))) > STALE.as_millis();
        let last = self.tried.load(Ordering::Relaxed);
        (unknown || stale)
            && now.saturating_sub(last) >= pause
            && self.tried.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    async fn fetch(&self) -> Option<KeySet> {
        let request =
            Request::get(self.address.clone()).header(header::ACCEPT, "application/json").body(Full::new(Bytes::new()));
        let response = self.client.request(request.ok()?).await.ok()?;
        // Redirects are not followed: the settings name the only source.
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, SIZE).collect().await.ok().filter(|_| parts.status == StatusCode::OK)?;
        KeySet::read(&body.to_bytes()).ok()
    }
}
