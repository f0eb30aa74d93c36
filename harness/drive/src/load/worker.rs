//! One thread's connections.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use pincer_core::frame::{Kind, Message, Scanner};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::task::JoinSet;

use super::gate::{Gate, Pass};
use super::tally::Tally;
use super::{GRACE, Shot};
use crate::raw::{self, Wire};

/// How long a connection pauses that the target did not take, so that a dead target is not asked as fast as it refuses.
const PAUSE: Duration = Duration::from_millis(20);
/// How often it is looked for whether somebody said stop.
const LOOK: Duration = Duration::from_millis(50);
/// How often a worker's thread looks at the clock; tokio's timers are exact to a millisecond.
const BEAT: Duration = Duration::from_millis(5);

/// Runs so many connections until the gate closes and their answers are there, and makes at most so many sends.
pub(super) fn work(shot: Arc<Shot>, gate: Arc<Gate>, connections: usize, most: u64) -> io::Result<Tally> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let shared = Arc::new(Shared { shot, gate, most, tally: Mutex::new(Tally::new(connections)) });
    runtime.block_on(async {
        // It ends with the runtime.
        tokio::spawn(pulse(shared.clone()));
        let mut open = JoinSet::new();
        for number in 0..connections {
            open.spawn(connection(shared.clone(), number));
        }
        let over = shared.gate.over() + GRACE;
        // Those that still wait for an answer then are cut off.
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
    Ok(std::mem::replace(&mut tally, Tally::new(0)))
}

/// Looks at the clock again and again: how late it is then is how late everything is that this thread does.
async fn pulse(shared: Arc<Shared>) {
    let mut next = tokio::time::Instant::now();
    loop {
        next += BEAT;
        tokio::time::sleep_until(next).await;
        shared.tally().beats(next.elapsed());
    }
}

/// What the connections of a worker share.
struct Shared {
    shot: Arc<Shot>,
    gate: Arc<Gate>,
    most: u64,
    tally: Mutex<Tally>,
}

impl Shared {
    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a send that leaves now; false when there were enough.
    fn sends(&self, number: usize, pass: Pass) -> bool {
        let mut tally = self.tally();
        if pass.awaited {
            tally.left(pass.due.elapsed());
        }
        tally.sends(number, pass.due);
        tally.sent < self.most
    }
}

/// A connection and what came of its answers.
struct Line {
    stream: Box<dyn Wire>,
    scanner: Scanner,
}

/// Sends one call after the other and opens the connection again when the target closes it.
async fn connection(shared: Arc<Shared>, number: usize) {
    let mut line = None;
    let mut freed = Instant::now();
    let mut more = true;
    while more && let Some(pass) = shared.gate.pass(freed).await {
        more = shared.sends(number, pass);
        let answer = match &mut line {
            Some(line) => exchange(line, &shared.shot.bytes).await,
            None => match open(&shared).await {
                Some(opened) => exchange(line.insert(opened), &shared.shot.bytes).await,
                None => None,
            },
        };
        freed = Instant::now();
        shared.tally().ends(number, freed, answer);
        if answer.is_none_or(|answer| answer.closes) && line.take().is_none() {
            tokio::time::sleep(PAUSE).await;
            freed = Instant::now();
        }
    }
}

async fn open(shared: &Shared) -> Option<Line> {
    let stream = raw::connect(&shared.shot.base, shared.shot.address).await.ok()?;
    shared.tally().connections += 1;
    let kind = if shared.shot.head { Kind::Bodiless } else { Kind::Answers };
    Some(Line { stream, scanner: Scanner::new(kind) })
}

/// Writes a request and reads its answer to the end; nothing where there is none, or where more came than was asked for.
async fn exchange(line: &mut Line, request: &[u8]) -> Option<Message> {
    if !line.scanner.is_idle() {
        return None;
    }
    line.stream.write_all(request).await.ok()?;
    line.stream.flush().await.ok()?;
    loop {
        match line.stream.read(line.scanner.room()).await {
            Ok(count @ 1..) => line.scanner.filled(count),
            _ => return line.scanner.closed(),
        }
        if let Some(answer) = line.scanner.next(|_| {}).ok()? {
            return Some(answer);
        }
    }
}
