//! The tests' rig: an upstream that notes arrivals, a gateway before it, and a caller that writes bytes.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use pincer_reference::{Config, Gateway, Running, Settings, hash_key};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

pub(crate) const API: &str = include_str!("../../../scenarios/targets/reference/openapi.yaml");
pub(crate) const POLICY: &str = include_str!("../../../scenarios/targets/reference/policy.yaml");

/// Nothing here takes longer unless it hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// A request that reached the upstream.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

pub(crate) type Play = dyn Fn(&Arrival) -> Response<Body> + Send + Sync;

/// An API that notes what arrives and answers as told.
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    arrivals: Arc<Mutex<Vec<Arrival>>>,
    _tasks: JoinSet<()>,
}

impl Upstream {
    pub(crate) async fn start(play: Arc<Play>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::on(listener, play)
    }

    pub(crate) fn on(listener: TcpListener, play: Arc<Play>) -> Self {
        let address = listener.local_addr().unwrap();
        let arrivals = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = JoinSet::new();
        let noted = arrivals.clone();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (noted, play) = (noted.clone(), play.clone());
                connections.spawn(async move {
                    let serve = service_fn(move |request: Request<Incoming>| {
                        let (noted, play) = (noted.clone(), play.clone());
                        async move { Ok::<_, Infallible>(answer(request, &noted, &play).await) }
                    });
                    let _ =
                        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), serve).await;
                });
            }
        });
        Self { address, arrivals, _tasks: tasks }
    }

    pub(crate) fn arrivals(&self) -> Vec<Arrival> {
        self.arrivals.lock().unwrap().clone()
    }

    /// The arrivals since the last call of this function.
    pub(crate) fn take(&self) -> Vec<Arrival> {
        std::mem::take(&mut self.arrivals.lock().unwrap())
    }
}

async fn answer(request: Request<Incoming>, noted: &Mutex<Vec<Arrival>>, play: &Arc<Play>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let arrival = Arrival {
        method: parts.method.to_string(),
        target: parts.uri.to_string(),
        headers: parts.headers,
        body: body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default(),
    };
    noted.lock().unwrap().push(arrival.clone());
    play(&arrival)
}

/// JSON with status 200.
pub(crate) fn fine(_: &Arrival) -> Response<Body> {
    Response::builder().header("content-type", "application/json").body(Body::from("{\"fine\":true}")).unwrap()
}

/// A gateway with its upstream.
pub(crate) struct Rig {
    pub(crate) gateway: Running,
    pub(crate) upstream: Upstream,
    pub(crate) folder: TempDir,
}

/// What the caller got.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// The key of a caller.
pub(crate) fn key(subject: &str) -> String {
    format!("the-secret-key-of-{subject}")
}

/// A GET by alice.
pub(crate) fn get(target: &str) -> String {
    request("GET", target, &format!("x-api-key: {}\r\n", key("alice")), "")
}

/// A POST of JSON by alice.
pub(crate) fn post(target: &str, body: &str) -> String {
    let headers = format!("x-api-key: {}\r\ncontent-type: application/json\r\n", key("alice"));
    request("POST", target, &headers, body)
}

/// A request that ends its connection.
pub(crate) fn request(method: &str, target: &str, headers: &str, body: &str) -> String {
    let length = if body.is_empty() { String::new() } else { format!("content-length: {}\r\n", body.len()) };
    format!("{method} {target} HTTP/1.1\r\nhost: gateway\r\nconnection: close\r\n{headers}{length}\r\n{body}")
}

/// The default settings of a test.
pub(crate) fn settings(upstream: SocketAddr, audit: PathBuf) -> Settings {
    let mut settings = Settings::from_yaml(include_str!("settings.yaml")).unwrap();
    settings.audit = Some(audit);
    for upstreams in settings.upstreams.values_mut() {
        upstreams.url = format!("http://{upstream}");
    }
    for identity in &mut settings.identities {
        identity.api_key = hash_key(&key(&identity.subject));
    }
    settings
}

impl Rig {
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::playing(fine, change).await
    }

    pub(crate) async fn playing(
        play: impl Fn(&Arrival) -> Response<Body> + Send + Sync + 'static,
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        Self::from_texts(play, API, POLICY, change).await
    }

    pub(crate) async fn from_texts(
        play: impl Fn(&Arrival) -> Response<Body> + Send + Sync + 'static,
        api: &str,
        policy: &str,
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        let upstream = Upstream::start(Arc::new(play)).await;
        let folder = TempDir::new().unwrap();
        let mut settings = settings(upstream.address, folder.path().join("audit.jsonl"));
        change(&mut settings);
        let config = Config { settings, api: api.to_owned(), policy: policy.to_owned() };
        Self { gateway: Gateway::start(config).await.unwrap(), upstream, folder }
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.gateway.address()).await.unwrap()
    }

    /// Writes bytes and reads the one answer.
    pub(crate) async fn call(&self, bytes: &str) -> Answer {
        let mut answers = self.exchange(bytes.as_bytes()).await;
        assert_eq!(answers.len(), 1, "one answer to {bytes:?}: {answers:?}");
        answers.remove(0)
    }

    /// Writes bytes and reads all answers until the gateway closes.
    pub(crate) async fn exchange(&self, bytes: &[u8]) -> Vec<Answer> {
        let mut stream = self.connect().await;
        stream.write_all(bytes).await.unwrap();
        answers(&to_end(&mut stream).await)
    }

    /// The present audit log.
    pub(crate) fn log(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.folder.path().join("audit.jsonl")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The records of this kind.
    pub(crate) fn events(&self, event: &str) -> Vec<Value> {
        self.log().into_iter().filter(|record| record["event"] == event).collect()
    }

    /// The one record of an answer, found by its tracking id.
    pub(crate) fn record(&self, answer: &Answer) -> Value {
        let id = answer.header("x-tracking-id");
        let mut found: Vec<_> = self.log().into_iter().filter(|record| record["tracking_id"] == id).collect();
        assert_eq!(found.len(), 1, "one record with {id}: {found:?}");
        found.remove(0)
    }

    /// Waits for a record that fits.
    pub(crate) async fn await_record(&self, fits: impl Fn(&Value) -> bool) -> Value {
        within(async {
            loop {
                if let Some(record) = self.log().into_iter().find(&fits) {
                    return record;
                }
                tokio::task::yield_now().await;
            }
        })
        .await
    }
}

/// Reads until the peer closes.
pub(crate) async fn to_end(stream: &mut (impl tokio::io::AsyncRead + Unpin)) -> Vec<u8> {
    let mut bytes = Vec::new();
    within(stream.read_to_end(&mut bytes)).await.unwrap();
    bytes
}

/// Ends a test that hangs.
pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.unwrap()
}

/// Splits bytes into answers, each with a Content-Length or up to the end.
pub(crate) fn answers(mut bytes: &[u8]) -> Vec<Answer> {
    let mut answers = Vec::new();
    while !bytes.is_empty() {
        let mut fields = [httparse::EMPTY_HEADER; 64];
        let mut head = httparse::Response::new(&mut fields);
        let httparse::Status::Complete(end) = head.parse(bytes).unwrap() else {
            panic!("half a head: {:?}", String::from_utf8_lossy(bytes));
        };
        let headers: BTreeMap<_, _> = head
            .headers
            .iter()
            .map(|field| (field.name.to_lowercase(), String::from_utf8_lossy(field.value).into_owned()))
            .collect();
        let status = head.code.unwrap();
        let length = headers.get("content-length").map_or(bytes.len() - end, |length| length.parse().unwrap());
        let body = String::from_utf8_lossy(&bytes[end..end + length]).into_owned();
        bytes = &bytes[end + length..];
        answers.push(Answer { status, headers, body });
    }
    answers
}
