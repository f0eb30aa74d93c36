//! Releases calls when they are due.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use super::{MOST, Pace, Schedule};

/// How often due calls are released; a call is late by at most this much.
const LOOK: Duration = Duration::from_micros(50);
/// How often to check for the end while nothing is due.
const PAUSE: Duration = Duration::from_millis(10);

/// Where callers wait.
pub(super) struct Gate {
    begun: Instant,
    until: Instant,
    schedule: Option<Schedule>,
    /// Stopped: not even due calls are sent.
    cut: AtomicBool,
    queue: Mutex<Queue>,
}

/// Due calls are numbered from `taken` to `due`, so the queue needs no memory for each.
#[derive(Default)]
struct Queue {
    taken: u64,
    due: u64,
    over: bool,
    idle: VecDeque<Waker>,
}

/// A call that may leave.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pass {
    /// When it was due.
    pub(super) due: Instant,
    /// Whether a caller was waiting for it: then only the driver makes it late.
    pub(super) awaited: bool,
}

impl Gate {
    pub(super) fn new(pace: &Pace, begun: Instant, until: Instant) -> Self {
        let schedule = match pace {
            Pace::Closed(_) => None,
            Pace::Open(schedule) => Some(*schedule),
        };
        Self { begun, until, schedule, cut: AtomicBool::new(false), queue: Mutex::default() }
    }

    /// The next call for a caller that is free since `freed`; none when there will be no more.
    pub(super) async fn pass(&self, freed: Instant) -> Option<Pass> {
        let Some(schedule) = &self.schedule else {
            return (freed < self.until && !self.is_cut()).then_some(Pass { due: freed, awaited: false });
        };
        let mut awaited = false;
        poll_fn(|context| {
            let mut queue = self.queue();
            if queue.taken < queue.due && !self.is_cut() {
                queue.taken += 1;
                let due = self.begun + schedule.due(queue.taken - 1);
                return Poll::Ready(Some(Pass { due, awaited }));
            }
            if queue.over {
                return Poll::Ready(None);
            }
            awaited = true;
            queue.idle.push_back(context.waker().clone());
            Poll::Pending
        })
        .await
    }

    /// Releases each call when it is due, until all are released or `stop` becomes true.
    pub(super) fn keep(&self, stop: &AtomicBool) {
        let mut next = 0;
        let total = self.schedule.as_ref().map_or(0, Schedule::total).min(MOST);
        let mut over = false;
        while !over {
            // Calls due at the end are still sent, even if this thread is late.
            self.cut.store(stop.load(Ordering::Relaxed), Ordering::Relaxed);
            over = self.is_cut() || Instant::now() >= self.until;
            let Some(schedule) = &self.schedule else {
                std::thread::sleep(PAUSE.min(self.until.saturating_duration_since(Instant::now())));
                continue;
            };
            let elapsed = self.begun.elapsed().min(self.until - self.begun);
            let first = next;
            while next < total && schedule.due(next) <= elapsed {
                next += 1;
            }
            self.release(next, next - first);
            if next == total {
                break;
            }
            let wait = schedule.due(next).saturating_sub(self.begun.elapsed());
            std::thread::sleep(wait.clamp(LOOK, PAUSE));
        }
        let idle = {
            let mut queue = self.queue();
            queue.over = true;
            std::mem::take(&mut queue.idle)
        };
        idle.into_iter().for_each(Waker::wake);
    }

    /// Whether it was stopped.
    pub(super) fn is_cut(&self) -> bool {
        self.cut.load(Ordering::Relaxed)
    }

    /// When no more calls are due.
    pub(super) fn over(&self) -> Instant {
        self.until
    }

    /// The number of calls that have been due.
    pub(super) fn released(&self) -> Option<u64> {
        self.schedule.as_ref().map(|_| self.queue().due)
    }

    /// Releases all calls before number `due`, and wakes a caller for each of the `fresh` ones.
    fn release(&self, due: u64, fresh: u64) {
        let mut woken = Vec::new();
        let mut queue = self.queue();
        queue.due = due;
        for _ in 0..fresh {
            woken.extend(queue.idle.pop_front());
        }
        drop(queue);
        woken.into_iter().for_each(Waker::wake);
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
