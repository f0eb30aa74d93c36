//! Connections of HTTP/1.1 that stay open between calls, and what comes on them when nothing was asked.

use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pincer_core::observe::{Answered, Capture, Failure};
use pincer_core::vocab::CaseId;
use reqwest::Url;
use tokio::time::{Instant, timeout_at};

use crate::answer::{Manner, exchange, unasked};
use crate::http::IDLE;
use crate::raw::{Wire, connect};

/// Connections that are kept at once.
const MOST: usize = 256;
/// Findings that are kept until somebody asks.
const FOUND: usize = 64;

/// The connections to one port that wait for their next call.
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
    /// The case whose call was the last.
    case: Option<CaseId>,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").field("idle", &self.lock().idle.len()).finish_non_exhaustive()
    }
}

impl Pool {
    /// Makes a call of these bytes over a connection that waits, or over a new one.
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

    /// What came behind answers since the last time, by the case of the answer.
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
        // Those that waited too long stand first.
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
    /// A connection on which nothing came; else what came is noted.
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
