//! Plays the identity provider: its key set and metadata, and an address that forged tokens point to, to see who
//! follows them.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use pincer_core::observe::{Arrival, Capture, Extent};
use pincer_core::scenario::Outage;
use pincer_core::vocab::{Octets, Upstream};
use tokio::task::JoinSet;

use crate::watched::{Watch, Whose};
use crate::{Sensor, StageError};

/// A running identity provider; dropping it ends it.
#[derive(Debug)]
pub struct Idp {
    address: SocketAddr,
    papers: Arc<Papers>,
    _accepting: JoinSet<()>,
}

/// The documents that it serves.
#[derive(Debug)]
struct Papers {
    jwks: String,
    metadata: String,
    name: Upstream,
    sensor: Sensor,
    /// How it fails, if it does.
    outage: Mutex<Option<Outage>>,
}

impl Idp {
    /// Plays the provider with these documents on `listener`; `name` is its name in arrivals.
    pub fn open(
        listener: TcpListener,
        name: Upstream,
        (jwks, metadata): (String, String),
        sensor: Sensor,
    ) -> Result<Self, StageError> {
        let fail = |why| StageError::Listen { upstream: name.to_string(), address: String::new(), why };
        let address = listener.local_addr().map_err(fail)?;
        let listener = tokio::net::TcpListener::from_std(listener).map_err(fail)?;
        let mut accepting = JoinSet::new();
        let papers = Arc::new(Papers { jwks, metadata, name, sensor, outage: Mutex::default() });
        accepting.spawn(accept(listener, papers.clone()));
        Ok(Self { address, papers, _accepting: accepting })
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on it fails this way, or not at all.
    pub fn fail(&self, outage: Option<Outage>) {
        *self.papers.outage.lock().unwrap_or_else(PoisonError::into_inner) = outage;
    }
}

async fn accept(listener: tokio::net::TcpListener, papers: Arc<Papers>) {
    // Dropping this task ends the connections too.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                let papers = papers.clone();
                connections.spawn(async move {
                    let watch = Watch::new(papers.name.clone(), papers.sensor.clone(), Whose::Marked);
                    let stream = TokioIo::new(watch.over(stream));
                    let answer = service_fn(|request| {
                        // The head says everything.
                        watch.taken();
                        answer(request, papers.clone())
                    });
                    // How a connection ended does not matter here.
                    let _ = http1::Builder::new().serve_connection(stream, answer).await;
                    watch.end();
                });
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// An answer; an error closes the connection.
async fn answer(request: Request<Incoming>, papers: Arc<Papers>) -> Result<Response<Full<Bytes>>, io::Error> {
    let outage = *papers.outage.lock().unwrap_or_else(PoisonError::into_inner);
    let (status, body) = match request.uri().path() {
        path if outage.is_some() && !path.starts_with("/lure/") => match outage {
            Some(Outage::KeysError) => (StatusCode::INTERNAL_SERVER_ERROR, "{}".to_owned()),
            Some(Outage::KeysGarbage) => (StatusCode::OK, "{\"keys\": [".to_owned()),
            Some(Outage::KeysEmpty) => (StatusCode::OK, "{\"keys\": []}".to_owned()),
            Some(Outage::KeysHang) => return std::future::pending().await,
            _ => return Err(io::ErrorKind::ConnectionAborted.into()),
        },
        "/jwks.json" | "/.well-known/jwks.json" => (StatusCode::OK, papers.jwks.clone()),
        "/.well-known/openid-configuration" | "/.well-known/oauth-authorization-server" => {
            (StatusCode::OK, papers.metadata.clone())
        }
        _ => {
            let arrival = seen(&request, &papers.name);
            papers.sensor.arrived(papers.sensor.attribute(&arrival), arrival);
            (StatusCode::NOT_FOUND, "{}".to_owned())
        }
    };
    let response = Response::builder().status(status).header(http::header::CONTENT_TYPE, "application/json");
    response.body(Full::new(Bytes::from(body))).map_err(io::Error::other)
}

fn seen(request: &Request<Incoming>, name: &Upstream) -> Arrival {
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let headers = request.headers().iter();
    Arrival {
        upstream: name.clone(),
        method: request.method().to_string(),
        target: Octets::from(target),
        headers: headers.map(|(name, value)| (name.to_string(), Octets(value.as_bytes().to_vec()))).collect(),
        body: Capture::default(),
        extent: Extent::Whole,
    }
}
