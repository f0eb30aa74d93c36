//! Connections: accepted up to a limit, guarded, served in HTTP/1.1 or (over TLS) HTTP/2, and ended cleanly.

mod antique;
mod chunks;
mod guard;
mod head;
#[cfg(feature = "properties")]
pub(crate) mod property;
mod tally;
mod tls;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use http::StatusCode;
use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::problem::Refusal;
use crate::settings::LimitSettings;
use crate::weakness::{Weakness, Weaknesses};
use antique::Met;
use guard::{Guard, Protocol};
use tally::{Counted, Tally};

pub(crate) use tally::Peer;
pub(crate) use tls::Tls;

/// Limits of hyper and the guard on a head: bytes and fields. The settings' limits are lower, so that the gateway
/// itself answers what exceeds them.
const HEAD: usize = 512 * 1024;
const FIELDS: usize = 256;
/// Concurrent streams of one HTTP/2 connection: the minimum that RFC 9113 section 6.5.2 recommends.
const STREAMS: u32 = 100;
/// Streams that may be reset before they are processed: the default of h2.
const RESETS: usize = 20;
/// Connections over the limit that still get an answer; further ones are just closed.
const TURNED_AWAY: usize = 64;
/// How long open requests may take when the gateway ends.
const FAREWELL: Duration = Duration::from_secs(5);

/// What all connections share.
pub(crate) struct Listener {
    pub(crate) router: Router,
    pub(crate) tls: Option<Tls>,
    pub(crate) limits: LimitSettings,
    pub(crate) weak: Weaknesses,
}

impl Listener {
    /// Accepts connections until it is told to stop, then lets open requests end.
    pub(crate) async fn accept(self: Arc<Self>, listener: TcpListener, mut stop: watch::Receiver<bool>) {
        // Dropping this task ends the connections too.
        let mut connections = JoinSet::new();
        let (open, turned_away) =
            (Arc::new(Semaphore::new(self.limits.connections)), Arc::new(Semaphore::new(TURNED_AWAY)));
        let farewell = GracefulShutdown::new();
        loop {
            let (stream, peer) = tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok(accepted) => accepted,
                    Err(_) => continue,
                },
                Some(_) = connections.join_next() => continue,
                _ = stop.wait_for(|stop| *stop) => break,
            };
            let (permit, full) = match open.clone().try_acquire_owned() {
                Ok(permit) => (permit, None),
                // A handshake would cost more than the refusal is worth.
                Err(_) if self.tls.is_some() => continue,
                Err(_) => match turned_away.clone().try_acquire_owned() {
                    Ok(permit) => (permit, Some(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "connections"))),
                    Err(_) => continue,
                },
            };
            let (shared, watcher) = (self.clone(), farewell.watcher());
            connections.spawn(async move {
                shared.serve(stream, peer.ip(), full, watcher).await;
                drop(permit);
            });
        }
        drop(listener);
        // Whatever has not ended by then is cut with this task.
        let _ = tokio::time::timeout(FAREWELL, farewell.shutdown()).await;
    }

    async fn serve(
        &self,
        stream: TcpStream,
        peer: IpAddr,
        full: Option<Refusal>,
        watcher: hyper_util::server::graceful::Watcher,
    ) {
        // Small answers must not wait for an acknowledgement. A socket that cannot do this is served anyway.
        let _ = stream.set_nodelay(true);
        let Some(tls) = &self.tls else {
            return self.http1(stream, peer, full, watcher).await;
        };
        if !antique::stands(&self.weak) {
            return self.secured(tls, stream, peer, full, watcher).await;
        }
        let met = antique::meet(stream, &self.weak, &tls.chain);
        match tokio::time::timeout(Duration::from_millis(self.limits.head_ms), met).await {
            Ok(Met::Hello(stream)) => self.secured(tls, stream, peer, full, watcher).await,
            Ok(Met::Plain(stream)) => self.http1(stream, peer, full, watcher).await,
            Ok(Met::Over) | Err(_) => {}
        }
    }

    async fn secured(
        &self,
        tls: &Tls,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        peer: IpAddr,
        full: Option<Refusal>,
        watcher: hyper_util::server::graceful::Watcher,
    ) {
        let handshake = tokio::time::timeout(Duration::from_millis(self.limits.head_ms), tls.acceptor.accept(stream));
        let Ok(Ok(stream)) = handshake.await else { return };
        if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
            self.http2(stream, peer, watcher).await;
        } else {
            self.http1(stream, peer, full, watcher).await;
        }
    }

    async fn http1(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        peer: IpAddr,
        full: Option<Refusal>,
        watcher: hyper_util::server::graceful::Watcher,
    ) {
        let tally = Arc::new(Tally::default());
        let unguarded = self.weak.has(Weakness::NoFramingGuard);
        let protocol = if unguarded { Protocol::Framed } else { Protocol::Http1 };
        let mut guard = Guard::new(stream, protocol, &self.limits, tally.clone());
        if let Some(refusal) = full.filter(|_| !unguarded) {
            guard.refuse(refusal);
        }
        let service = Counted::new(self.router.clone(), tally, peer);
        // The guard limits the time of a head and of an idle connection.
        let head = unguarded.then(|| Duration::from_millis(self.limits.head_ms));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(head)
            .max_buf_size(HEAD)
            .max_headers(FIELDS)
            .serve_connection(TokioIo::new(guard), service);
        // How a connection ended does not matter here.
        let _ = watcher.watch(connection).await;
    }

    async fn http2(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        peer: IpAddr,
        watcher: hyper_util::server::graceful::Watcher,
    ) {
        let tally = Arc::new(Tally::default());
        let guard = Guard::new(stream, Protocol::Framed, &self.limits, tally.clone());
        let service = Counted::new(self.router.clone(), tally, peer);
        let resets = if self.weak.has(Weakness::NoResetLimit) { usize::MAX } else { RESETS };
        // This also limits CONTINUATION frames, to a quarter more than such a head needs.
        let head = if self.weak.has(Weakness::NoContinuationLimit) { usize::MAX } else { HEAD };
        let connection = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS)
            .max_pending_accept_reset_streams(resets)
            .max_header_list_size(u32::try_from(head).unwrap_or(u32::MAX))
            .serve_connection(TokioIo::new(guard), service);
        let _ = watcher.watch(connection).await;
    }
}
