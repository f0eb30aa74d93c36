//! One thread's connections.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use pincer_core::frame::Message;
use tokio::task::JoinSet;

use super::gate::Gate;
use super::shared::{Lost, Shared};
use super::tally::Tally;
use super::{GRACE, Shot, http1, http2};

/// How long a caller pauses if the target did not accept its connection, so that a dead target is not called as fast as
/// it refuses.
const PAUSE: Duration = Duration::from_millis(20);
/// How often to check for a stop.
const LOOK: Duration = Duration::from_millis(50);
/// How often a worker's thread checks the clock; tokio's timers are accurate to a millisecond.
const BEAT: Duration = Duration::from_millis(5);

/// The protocol of the connections, with its parameters.
#[derive(Clone)]
pub(super) enum Talk {
    Http1,
    /// The call, and the number of concurrent ones per connection.
    Http2(Arc<Request<Bytes>>, usize),
}

impl Talk {
    /// The lines of one more connection, for concurrent calls.
    fn lines(&self) -> Vec<Line> {
        match self {
            Self::Http1 => vec![Line::Http1(http1::Line::default())],
            Self::Http2(request, streams) => {
                let line = http2::Line::new(request.clone());
                (0..*streams).map(|_| Line::Http2(line.clone())).collect()
            }
        }
    }
}

/// Runs this many connections until the gate closes and their answers have come, and makes at most `most` calls.
pub(super) fn work(
    shot: Arc<Shot>,
    talk: &Talk,
    gate: Arc<Gate>,
    (connections, most): (usize, u64),
) -> io::Result<Tally> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let lines: Vec<Line> = (0..connections).flat_map(|_| talk.lines()).collect();
    let shared = Arc::new(Shared::new(shot, gate, most, lines.len()));
    runtime.block_on(async {
        // It ends with the runtime.
        tokio::spawn(pulse(shared.clone()));
        let mut open = JoinSet::new();
        for (number, line) in lines.into_iter().enumerate() {
            open.spawn(caller(shared.clone(), number, line));
        }
        let over = shared.gate.over() + GRACE;
        // Calls still waiting for an answer then are cut off.
        while Instant::now() < over && !shared.gate.is_cut() {
            let all = async { while open.join_next().await.is_some() {} };
            if tokio::time::timeout(LOOK, all).await.is_ok() {
                break;
            }
        }
        open.shutdown().await;
    });
    let mut tally = shared.tally();
    tally.close(Instant::now());
    Ok(std::mem::replace(&mut tally, Tally::new(0, shared.gate.over())))
}

/// Checks the clock regularly: its lateness is that of everything on this thread.
async fn pulse(shared: Arc<Shared>) {
    let mut next = tokio::time::Instant::now();
    loop {
        next += BEAT;
        tokio::time::sleep_until(next).await;
        shared.tally().beats(next.elapsed());
    }
}

/// The line of a caller.
enum Line {
    Http1(http1::Line),
    Http2(http2::Line),
}

impl Line {
    async fn call(&mut self, shared: &Shared) -> Result<Message, Lost> {
        match self {
            Self::Http1(line) => line.call(shared).await,
            Self::Http2(line) => line.call(shared).await,
        }
    }
}

/// Makes one call after another.
async fn caller(shared: Arc<Shared>, number: usize, mut line: Line) {
    let mut freed = Instant::now();
    let mut more = true;
    while more && let Some(pass) = shared.gate.pass(freed).await {
        more = shared.sends(number, pass);
        let answer = line.call(&shared).await;
        freed = Instant::now();
        shared.tally().ends(number, freed, answer.ok());
        if matches!(answer, Err(Lost::Untaken)) {
            tokio::time::sleep(PAUSE).await;
            freed = Instant::now();
        }
    }
}
