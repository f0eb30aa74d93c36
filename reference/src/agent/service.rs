//! The agent's own interface: tasks and decisions come in as JSON, answers go out.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{delete, get, post};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tokio::sync::Semaphore;

use super::task::Answer;
use super::work::{Decision, Sender, Worker};
use crate::json;
use crate::problem::{Refusal, dress};
use crate::trail::random_id;
use crate::weakness::Weakness;

/// Largest body, in bytes.
const BODY: usize = 64 * 1024;
/// Time limit for a body.
const PATIENCE: Duration = Duration::from_secs(5);
/// Tasks at once.
const TASKS: usize = 64;

/// The tracking id of a request.
#[derive(Clone)]
struct Id(String);

/// Who sent a request; none if the agent has no users.
#[derive(Clone)]
struct User(Option<String>);

/// What the handlers share.
#[derive(Clone)]
struct Desk {
    worker: Arc<Worker>,
    free: Arc<Semaphore>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Invocation {
    input: String,
    #[serde(default)]
    session: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Verdict {
    approve: bool,
    #[serde(default)]
    arguments: Map<String, Value>,
}

pub(super) fn router(worker: Arc<Worker>) -> Router {
    let desk = Desk { worker, free: Arc::new(Semaphore::new(TASKS)) };
    Router::new()
        .route("/invoke", post(invoke))
        .route("/approvals/{id}", post(decide))
        .route("/sessions/{name}", delete(end))
        .route_layer(from_fn_with_state(desk.clone(), admit))
        .route("/healthz", get(health))
        .fallback(async || Refusal::new(StatusCode::NOT_FOUND, "route"))
        .method_not_allowed_fallback(async || Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "method"))
        .layer(from_fn_with_state(desk.clone(), complete))
        .with_state(desk)
}

/// The outermost layer: gives each request its id and each refusal its body.
async fn complete(State(desk): State<Desk>, mut request: Request, next: Next) -> Response {
    let id = random_id(&desk.worker.random);
    request.extensions_mut().insert(Id(id.clone()));
    // The connection's guard replaces a refused request with a stand-in of its own.
    let turned = request.extensions().get::<Refusal>().copied();
    // Browsers send Origin for a web page. No page may drive the agent.
    let page = request.headers().contains_key(header::ORIGIN);
    let mut response = match turned {
        Some(refusal) => refusal.into_response(),
        None if page => Refusal::new(StatusCode::FORBIDDEN, "origin").into_response(),
        None => next.run(request).await,
    };
    if let Some(refusal) = response.extensions().get::<Refusal>().copied() {
        dress(&mut response, refusal, (&id, &[]), &desk.worker.weak);
        if desk.worker.weak.has(Weakness::AgentVerboseErrors) {
            let place = concat!("thread 'agent' panicked at ", file!(), ":", line!(), ":", column!(), ":\n");
            *response.body_mut() = Body::from(format!("{place}{refusal:?}"));
        }
    }
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.entry("x-tracking-id").or_insert(id);
    }
    response
}

/// Admits users, and nobody else.
async fn admit(State(desk): State<Desk>, mut request: Request, next: Next) -> Response {
    let Ok(user) = desk.worker.users.find(request.headers()) else {
        let mut refused = Refusal::new(StatusCode::UNAUTHORIZED, "user").into_response();
        refused.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("UserKey realm=\"agent\""));
        return refused;
    };
    let named = request.headers().get("x-on-behalf-of").and_then(|name| name.to_str().ok());
    let named = named.filter(|_| desk.worker.weak.has(Weakness::AgentOnBehalfOf));
    let user = User(named.or(user).map(str::to_owned));
    request.extensions_mut().insert(user);
    next.run(request).await
}

async fn invoke(State(desk): State<Desk>, request: Request) -> Result<Response, Refusal> {
    let id = request.extensions().get().cloned().unwrap_or_else(|| Id(random_id(&desk.worker.random)));
    let caller = request.headers().get(header::AUTHORIZATION).cloned();
    let user = user(&request)?;
    let Invocation { input, session } = read(request).await?;
    let wrong = Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "session");
    let key = |name: String| desk.worker.sessions.key(user.as_deref(), &name).ok_or(wrong);
    let session = session.map(key).transpose()?;
    if input.trim().is_empty() {
        return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "input"));
    }
    desk.run(async move |worker| Ok(worker.begin(id.0, &input, Sender { user, session, caller }).await)).await
}

async fn decide(State(desk): State<Desk>, Path(approval): Path<String>, request: Request) -> Result<Response, Refusal> {
    let user = user(&request)?;
    let Verdict { approve, arguments } = read(request).await?;
    desk.run(async move |worker| worker.decide(&approval, user.as_deref(), Decision { approve, arguments }).await).await
}

async fn end(State(desk): State<Desk>, Path(name): Path<String>, request: Request) -> Result<StatusCode, Refusal> {
    let user = user(&request)?;
    let key = desk.worker.sessions.key(user.as_deref(), &name);
    let ended = key.is_some_and(|key| desk.worker.sessions.end(&key));
    if ended { Ok(StatusCode::NO_CONTENT) } else { Err(Refusal::new(StatusCode::NOT_FOUND, "session")) }
}

/// The admitted user.
fn user(request: &Request) -> Result<Option<String>, Refusal> {
    let user = request.extensions().get::<User>().cloned();
    user.map(|User(name)| name).ok_or(Refusal::new(StatusCode::UNAUTHORIZED, "user"))
}

async fn health() -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], r#"{"status":"ok"}"#).into_response()
}

impl Desk {
    /// Runs work to its end even if the client has gone, because its calls are recorded.
    async fn run<F>(&self, work: impl FnOnce(Arc<Worker>) -> F) -> Result<Response, Refusal>
    where
        F: Future<Output = Result<Answer, Refusal>> + Send + 'static,
    {
        let busy = Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "busy");
        let permit = self.free.clone().try_acquire_owned().map_err(|_| busy)?;
        let work = work(self.worker.clone());
        let broken = Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "broken");
        let answer = tokio::spawn(async move {
            let answer = work.await;
            drop(permit);
            answer
        });
        let answer = answer.await.map_err(|_| broken)??;
        let text = serde_json::to_string(&answer).map_err(|_| broken)?;
        let mut response = Response::new(Body::from(text));
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Ok(id) = HeaderValue::from_str(&answer.id) {
            response.headers_mut().insert("x-tracking-id", id);
        }
        Ok(response)
    }
}

/// The body of a request: JSON of this shape without duplicate members.
async fn read<T: DeserializeOwned>(request: Request) -> Result<T, Refusal> {
    if !is_json(request.headers()) {
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type"));
    }
    let text = match tokio::time::timeout(PATIENCE, Limited::new(request.into_body(), BODY).collect()).await {
        Ok(Ok(whole)) => whole.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "body"));
        }
        Ok(Err(_)) => return Err(Refusal::new(StatusCode::BAD_REQUEST, "body")),
        Err(_) => return Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, "body")),
    };
    let value = json::read(&text).map_err(|_| Refusal::new(StatusCode::BAD_REQUEST, "json"))?;
    serde_json::from_value(value).map_err(|_| Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "input"))
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}
