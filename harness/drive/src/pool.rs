//! HTTP/1.1 connections that stay open between calls, and unexpected bytes on them.

use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pincer_core::observe::{Answered, Capture, Failure};
use pincer_core::vocab::CaseId;
use reqwest::Url;
use tokio::time::{Instant, timeout_at};

use crate::answer::{Manner, exchange, unasked};
use crate::http::IDLE;
use crate::raw::{Wire, connect};

/// Most idle connections.
const MOST: usize = 256;
/// Most findings kept until somebody asks.
const FOUND: usize = 64;

/// The idle connections to one port.
#[derive(Default)]
pub(crate) struct Pool(Mutex<State>);

#[derive(Default)]
struct State {
    idle: Vec<Idle>,
    found: Vec<(CaseId, Capture)>,
}

struct Idle {
    stream: Box<dyn Wire>,
    since: Instant,
    /// The case of the last call.
    case: Option<CaseId>,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").field("idle", &self.lock().idle.len()).finish_non_exhaustive()
    }
}

impl Pool {
    /// Sends these bytes over an idle connection, or over a new one.
    pub(crate) async fn call(
        &self,
        (base, address): (&Url, SocketAddr),
        bytes: &[u8],
        (method, case): (&str, Option<CaseId>),
        until: Instant,
    ) -> Result<Answered, Failure> {
        // The runtime learns of a closed connection only when it polls.
        if !self.lock().idle.is_empty() {
            tokio::task::yield_now().await;
        }
        let mut stream = match self.take() {
            Some(stream) => stream,
            None => timeout_at(until, connect(base, address, None)).await.unwrap_or(Err(Failure::Timeout))?,
        };
        let (answer, kept) = exchange(&mut stream, bytes, Manner { method, strict: true }, until).await;
        if kept {
            let mut state = self.lock();
            if state.idle.len() < MOST {
                state.idle.push(Idle { stream, since: Instant::now(), case });
            }
        }
        answer
    }

    /// Bytes that came after answers, by the case of the answer. Each is returned once.
    pub(crate) fn found(&self) -> Vec<(CaseId, Capture)> {
        let mut state = self.lock();
        let idle = std::mem::take(&mut state.idle);
        let still: Vec<Idle> = idle.into_iter().filter_map(|idle| state.still(idle)).collect();
        state.idle = still;
        std::mem::take(&mut state.found)
    }

    /// The connection that was used last and is still open.
    fn take(&self) -> Option<Box<dyn Wire>> {
        let mut state = self.lock();
        let now = Instant::now();
        // Those that were idle too long come first.
        let old = state.idle.iter().take_while(|idle| now.duration_since(idle.since) >= IDLE).count();
        let old: Vec<Idle> = state.idle.drain(..old).collect();
        for idle in old {
            drop(state.still(idle));
        }
        while let Some(idle) = state.idle.pop() {
            if let Some(idle) = state.still(idle) {
                return Some(idle.stream);
            }
        }
        None
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The connection, if nothing came on it; otherwise the bytes are kept as a finding.
    fn still(&mut self, mut idle: Idle) -> Option<Idle> {
        let (came, open) = unasked(&mut idle.stream);
        if came.length == 0 {
            return open.then_some(idle);
        }
        if let Some(case) = idle.case.filter(|_| self.found.len() < FOUND) {
            self.found.push((case, came));
        }
        None
    }
}
