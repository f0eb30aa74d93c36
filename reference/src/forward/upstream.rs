//! The upstreams of the settings, with the gateway's credential for each.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::{HeaderValue, Uri};

use crate::contract::Operation;
use crate::settings::{Settings, SettingsError, UpstreamSettings, read};

/// An API behind the gateway.
pub(super) struct Upstream {
    pub(super) name: Arc<str>,
    /// Its address without a trailing slash.
    pub(super) base: String,
    /// The gateway's own credential; never the caller's.
    pub(super) token: Option<HeaderValue>,
}

/// All upstreams; fails if an operation names an unknown one.
pub(super) fn all(settings: &Settings, operations: &[Operation]) -> Result<BTreeMap<String, Upstream>, SettingsError> {
    let known = &settings.upstreams;
    for operation in operations {
        let sound = operation.upstream.as_ref().map_or(known.len() == 1, |name| known.contains_key(name));
        if !sound {
            let which = operation.upstream.as_deref().unwrap_or("the only one");
            return Err(SettingsError::Api(format!("`{}`: no upstream of the settings is {which}", operation.name)));
        }
    }
    known.iter().map(|(name, upstream)| Ok((name.clone(), one(name, upstream)?))).collect()
}

fn one(name: &str, settings: &UpstreamSettings) -> Result<Upstream, SettingsError> {
    let fail = || SettingsError::Upstream(name.to_owned());
    let address: Uri = settings.url.parse().map_err(|_| fail())?;
    if !matches!(address.scheme_str(), Some("http" | "https")) || address.query().is_some() {
        return Err(fail());
    }
    Ok(Upstream { name: Arc::from(name), base: settings.url.trim_end_matches('/').to_owned(), token: token(settings)? })
}

/// The bearer token, from the environment or a file.
fn token(settings: &UpstreamSettings) -> Result<Option<HeaderValue>, SettingsError> {
    let (token, from) = match (&settings.token_env, &settings.token_file) {
        (Some(name), _) => (std::env::var(name).map_err(|_| SettingsError::Environment(name.clone()))?, name.clone()),
        (None, Some(path)) => (read(path)?, path.display().to_string()),
        (None, None) => return Ok(None),
    };
    let value = HeaderValue::from_str(&format!("Bearer {}", token.trim()));
    let mut value = value.map_err(|_| SettingsError::Environment(from))?;
    value.set_sensitive(true);
    Ok(Some(value))
}
