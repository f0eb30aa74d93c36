//! A request's way through the gateway: tower layers around the operations of the API document.
//!
//! The outermost layer is the record ([`record`]), then bounds, path rules and authentication ([`admit`]), then the
//! router, and at each route the operation itself ([`operate`]).

mod admit;
mod body;
mod loose;
mod operate;
mod record;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{from_fn_with_state, map_request};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodFilter, MethodRouter, get, on};
use http::{HeaderValue, StatusCode, header};
use ring::rand::SystemRandom;
use tokio::sync::Semaphore;

use crate::alerts::Alerts;
use crate::audit::Audit;
use crate::contract::Operation;
use crate::forward::Forward;
use crate::identity::Identities;
use crate::limiter::{Guesses, Limiter};
use crate::mask::mask;
use crate::policy::Grant;
use crate::problem::Refusal;
use crate::settings::{Config, LimitSettings, SettingsError};
use crate::trail::Trail;
use crate::weakness::{Weakness, Weaknesses};
use crate::{StartError, contract, filter, policy};

/// Everything that requests share.
pub(crate) struct Service {
    identities: Identities,
    limits: LimitSettings,
    limiter: Limiter,
    guesses: Guesses,
    forward: Forward,
    audit: Audit,
    alerts: Alerts,
    in_flight: Arc<Semaphore>,
    weak: Weaknesses,
    random: SystemRandom,
}

impl fmt::Debug for Service {
    /// The shared state contains keys, so none of it is shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").finish_non_exhaustive()
    }
}

/// An operation with its grant: what a route serves.
struct Served {
    name: Arc<str>,
    operation: Operation,
    /// Without a grant nobody may call.
    grant: Option<Grant>,
}

impl Service {
    /// The shared state, and the router.
    pub(crate) async fn start(config: &Config) -> Result<(Arc<Self>, Router), StartError> {
        let settings = &config.settings;
        let operations = contract::read(&config.api)?;
        let mut grants = policy::read(&config.policy, &operations)?;
        let weak = Weaknesses::new(&settings.weaken).map_err(SettingsError::from)?;
        // Patterns are compiled on first use; that should not be during a request.
        let _ = (filter::danger("", &weak), mask("", &[]));
        let audit = Audit::open(settings.audit.as_deref(), &weak).map_err(|why| StartError::Audit {
            path: settings.audit.as_deref().map(|p| p.display().to_string()).unwrap_or_default(),
            why,
        })?;
        let service = Arc::new(Self {
            identities: Identities::new(settings, &weak).await?,
            limiter: Limiter::new(&grants)?,
            guesses: Guesses::new(&settings.limits.wrong_credentials)?,
            forward: Forward::new(settings, &operations, &weak)?,
            alerts: Alerts::new(&settings.alerts),
            in_flight: Arc::new(Semaphore::new(settings.limits.in_flight)),
            limits: settings.limits.clone(),
            audit,
            weak,
            random: SystemRandom::new(),
        });
        let served = operations.into_iter().map(|operation| {
            let grant = grants.remove(&operation.name);
            Served { name: Arc::from(operation.name.as_str()), operation, grant }
        });
        let router = service.router(served)?;
        Ok((service, router))
    }

    fn router(self: &Arc<Self>, served: impl Iterator<Item = Served>) -> Result<Router, SettingsError> {
        let mut router = Router::new();
        let mut paths = BTreeSet::new();
        for served in served {
            let filter = MethodFilter::try_from(served.operation.method.clone())
                .map_err(|error| SettingsError::Api(error.to_string()))?;
            let (path, served, service) = (served.operation.path.clone(), Arc::new(served), self.clone());
            let handler = move |request: Request| {
                let (service, served) = (service.clone(), served.clone());
                async move { service.operate(&served, request).await }
            };
            if self.weak.has(Weakness::OldVersion) {
                let below = handler.clone();
                let old = move |request| below(without_version(request));
                router = router.route(&format!("/v0{path}"), on(filter, old));
            }
            if self.weak.has(Weakness::AnyMethod) && paths.insert(path.clone()) {
                router = router.route(&path, MethodRouter::new().fallback(handler.clone()));
            }
            router = router.route(&path, on(filter, handler));
        }
        let mut open = Router::new().route("/healthz", get(health));
        if self.weak.has(Weakness::UndeclaredRoute) {
            open = open.route("/debug", get(async || r#"{"debug":true}"#));
        }
        let router = router
            .fallback(async || Refusal::new(StatusCode::NOT_FOUND, "route"))
            .method_not_allowed_fallback(async || Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "method"))
            .layer(from_fn_with_state(self.clone(), admit::authenticate))
            .merge(open)
            .layer(from_fn_with_state(self.clone(), admit::bound))
            .layer(from_fn_with_state(self.clone(), record::record));
        if !self.weak.has(Weakness::RoleBySentPath) {
            return Ok(router);
        }
        // A layer around the whole router runs before routing.
        Ok(Router::new().fallback_service(router).layer(map_request(loose::made_plain)))
    }

    /// Gives the limiter this many known callers.
    #[cfg(feature = "weaknesses")]
    pub(crate) fn crowd(&self, operation: &str, callers: u32) {
        for caller in 0..callers {
            // The caller only has to be known; the decision does not matter.
            let _ = self.limiter.admit(operation, &format!("4:idle:{caller}"), ("/", None), &self.weak);
        }
    }

    /// Forgets inactive callers.
    pub(crate) fn forget(&self) {
        self.limiter.forget();
        self.guesses.forget();
    }
}

/// A request without the version prefix of its path; only a weakness serves it.
fn without_version(mut request: Request) -> Request {
    let target = request.uri().path_and_query().map_or("", |target| target.as_str());
    if let Some(target) = target.strip_prefix("/v0").and_then(|rest| rest.parse().ok()) {
        *request.uri_mut() = target;
    }
    request
}

/// Says that the gateway is alive. It needs no credential and reveals nothing else.
async fn health(request: Request) -> Response {
    if let Some(trail) = request.extensions().get::<Arc<Trail>>() {
        // Set once: no other handler runs for this request.
        let _ = trail.operation.set(Arc::from("health"));
    }
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], r#"{"status":"ok"}"#).into_response()
}
