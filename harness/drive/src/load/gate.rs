//! Lets sends go when they are due.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use super::{MOST, Pace, Schedule};

/// How often what is due is looked for; sends are at most this much late by it.
const LOOK: Duration = Duration::from_micros(50);
/// How often an end is looked for while nothing is due.
const PAUSE: Duration = Duration::from_millis(10);

/// What callers wait at.
pub(super) struct Gate {
    begun: Instant,
    until: Instant,
    schedule: Option<Schedule>,
    /// Somebody said stop: not even what is due is sent.
    cut: AtomicBool,
    queue: Mutex<Queue>,
}

/// Sends that are due are those from `taken` to `due`: however many wait, that is all that is kept of them.
#[derive(Default)]
struct Queue {
    taken: u64,
    due: u64,
    over: bool,
    idle: VecDeque<Waker>,
}

/// A send that may leave.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pass {
    /// Since when it is due.
    pub(super) due: Instant,
    /// Whether a caller waited for it: how late it leaves is then the driver's affair alone.
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

    /// The next send of a caller that is free since `freed`; none when there will be no more.
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

    /// Opens the gate for each send when it is due, until all have been, or `stop` turns true.
    pub(super) fn keep(&self, stop: &AtomicBool) {
        let mut next = 0;
        let total = self.schedule.as_ref().map_or(0, Schedule::total).min(MOST);
        let mut over = false;
        while !over {
            // What is due at the end goes, however late this thread looks.
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

    /// Whether somebody said stop.
    pub(super) fn is_cut(&self) -> bool {
        self.cut.load(Ordering::Relaxed)
    }

    /// When no more sends are due.
    pub(super) fn over(&self) -> Instant {
        self.until
    }

    /// All sends that have been due.
    pub(super) fn released(&self) -> Option<u64> {
        self.schedule.as_ref().map(|_| self.queue().due)
    }

    /// Lets all sends before number `due` go, and wakes a caller for each of the `fresh` ones.
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
