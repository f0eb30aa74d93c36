//! The model's listener: requests are read completely; answers are sent at once, event by event, or broken.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, StreamExt as _, stream};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, header};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use pincer_core::observe::{Capture, Capturing};
use pincer_core::scenario::Behaviour;
use pincer_core::vocab::Upstream;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::answer::Answer;
use crate::watched::{Watch, Whose};
use crate::{Sensor, StageError};

/// Time between two bytes of a slow answer: shorter than any common read timeout.
const DRIP: Duration = Duration::from_millis(200);
/// Longest time of an endless answer, so that no connection outlives its run.
const LONGEST: Duration = Duration::from_mins(1);
/// Bytes of a huge answer, in pieces of 64 KiB.
const HUGE: usize = 64 << 20;
const PIECE: usize = 64 << 10;
/// Bytes kept of a request's beginning, and of its end if it is longer; the rest is read and counted.
const MOST: usize = 8 << 20;
const LAST: usize = 64 << 10;

/// Makes the answer to a request.
type Handler = Arc<dyn Fn(&Request<Bytes>) -> Answer + Send + Sync>;
/// An answer's body, in pieces.
type Body = BoxBody<Bytes, io::Error>;

/// A running listener; dropping it ends its connections.
#[derive(Debug)]
pub(super) struct Server {
    address: SocketAddr,
    _accepting: JoinSet<()>,
}

impl Server {
    /// Answers every request with `answer`; incomplete ones arrive under this name.
    pub(super) fn open(
        listener: TcpListener,
        watched: (Upstream, Sensor),
        answer: impl Fn(&Request<Bytes>) -> Answer + Send + Sync + 'static,
    ) -> Result<Self, StageError> {
        let fail = |why| StageError::Listen { upstream: "model".to_owned(), address: String::new(), why };
        let address = listener.local_addr().map_err(fail)?;
        let listener = tokio::net::TcpListener::from_std(listener).map_err(fail)?;
        let mut accepting = JoinSet::new();
        accepting.spawn(accept(listener, watched, Arc::new(answer)));
        Ok(Self { address, _accepting: accepting })
    }

    /// The address it listens on.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

async fn accept(listener: tokio::net::TcpListener, (upstream, sensor): (Upstream, Sensor), answer: Handler) {
    // Dropping this task ends the connections too.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                // Otherwise an event could wait 40 ms for the acknowledgement of the one before. If this fails, that
                // happens.
                let _ = stream.set_nodelay(true);
                let (answer, watch) = (answer.clone(), Watch::new(upstream.clone(), sensor.clone(), Whose::Nobody));
                connections.spawn(async move {
                    let stream = TokioIo::new(watch.over(stream));
                    let service = service_fn(|request| respond(request, answer.clone(), watch.clone()));
                    // How a connection ended does not matter here.
                    let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(stream, service).await;
                    watch.end();
                });
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// The answer to a request; an error closes the connection.
async fn respond(request: Request<Incoming>, answer: Handler, watch: Watch) -> Result<Response<Body>, io::Error> {
    let (mut parts, body) = request.into_parts();
    let body = whole(body).await?;
    watch.taken();
    if !body.is_whole() {
        parts.extensions.insert(Longer { length: body.length, sha256: body.sha256 });
    }
    let answer = answer(&Request::from_parts(parts, Bytes::from(body.bytes.0)));
    if answer.manner == Some(Behaviour::Silent) {
        return timeout(LONGEST, std::future::pending()).await.map_err(io::Error::other);
    }
    let mut response = Response::builder()
        .status(StatusCode::from_u16(answer.status).map_err(io::Error::other)?)
        .header(header::CONTENT_TYPE, answer.mime);
    for (name, value) in &answer.headers {
        response = response.header(*name, value);
    }
    let body = match answer.manner {
        Some(Behaviour::Slow) => {
            let bytes: Vec<u8> = answer.pieces.concat().into();
            in_pieces(stream::iter(bytes).take_until(sleep(LONGEST)).then(async |byte| {
                sleep(DRIP).await;
                Bytes::from(vec![byte])
            }))
        }
        Some(Behaviour::Cut) => {
            let mut bytes: Vec<u8> = answer.pieces.concat().into();
            bytes.truncate(bytes.len() / 2);
            let halves = [Ok(Frame::data(Bytes::from(bytes))), Err(io::Error::other("cut on purpose"))];
            BoxBody::new(StreamBody::new(stream::iter(halves).then(async |half| {
                // Send everything so far before the end.
                tokio::task::yield_now().await;
                half
            })))
        }
        Some(Behaviour::Huge) => {
            let letters = Bytes::from(vec![b'a'; PIECE]);
            let pieces = std::iter::once(Bytes::from_static(b"\"")).chain(std::iter::repeat_n(letters, HUGE / PIECE));
            in_pieces(stream::iter(pieces.chain([Bytes::from_static(b"\"")])))
        }
        _ if answer.pieces.len() > 1 => in_pieces(stream::iter(answer.pieces).map(Bytes::from).then(async |piece| {
            // Without a pause, everything would be sent at once.
            tokio::task::yield_now().await;
            piece
        })),
        _ => Full::from(answer.pieces.concat()).map_err(|never: Infallible| match never {}).boxed(),
    };
    response.body(body).map_err(io::Error::other)
}

/// Reads a body to its end. Both ends of a long one are kept, because clients put their options after the conversation.
async fn whole(mut body: Incoming) -> io::Result<Capture> {
    let (mut gather, mut last) = (Capturing::new(MOST), VecDeque::<u8>::new());
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame.map_err(io::Error::other)?.into_data() {
            let behind = gather.push(&data);
            last.extend(behind);
            last.drain(..last.len().saturating_sub(LAST));
        }
    }
    let mut capture = gather.finish();
    capture.bytes.0.extend(last);
    Ok(capture)
}

/// What is known about a whole request body of which only a part was kept.
#[derive(Debug, Clone)]
pub(super) struct Longer {
    /// Its length.
    pub(super) length: u64,
    /// Its SHA-256.
    pub(super) sha256: String,
}

fn in_pieces(pieces: impl Stream<Item = Bytes> + Send + Sync + 'static) -> Body {
    BoxBody::new(StreamBody::new(pieces.map(|piece| Ok(Frame::data(piece)))))
}
