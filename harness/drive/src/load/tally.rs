//! The result of a load, in constant memory.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use pincer_core::frame::Message;

/// The result of a load.
#[derive(Debug)]
pub struct LoadReport {
    /// Calls sent.
    pub sent: u64,
    /// Due calls that found no free connection before the end.
    pub unsent: u64,
    /// Answers by status; 0 means none, or one that is not HTTP.
    pub statuses: BTreeMap<u16, u64>,
    /// From the due time of a call to the end of its answer, in nanoseconds. Calls without an answer count with the
    /// time waited.
    pub latency: Histogram<u64>,
    /// How late calls left for which a caller was waiting, in nanoseconds: the driver's own error.
    pub late: Histogram<u64>,
    /// How late the driver's threads were at each check of the clock, in nanoseconds: a thread without enough CPU time
    /// reads answers late, which no call shows.
    pub lag: Histogram<u64>,
    /// Connections that were opened.
    pub connections: u64,
    /// The last `Retry-After` of a 429 that a worker saw, in seconds; the longest of all workers.
    pub retry_after: Option<u32>,
    /// Answers of any status that came during the sending time.
    pub in_time: u64,
    /// The sending time.
    pub took: Duration,
}

impl LoadReport {
    pub(super) fn of(tallies: Vec<Tally>, released: Option<u64>, took: Duration) -> Self {
        let mut report = Self {
            sent: 0,
            unsent: 0,
            statuses: BTreeMap::new(),
            latency: histogram(),
            late: histogram(),
            lag: histogram(),
            connections: 0,
            retry_after: None,
            in_time: 0,
            took,
        };
        for tally in tallies {
            report.sent += tally.sent;
            report.connections += tally.connections;
            report.in_time += tally.in_time;
            report.retry_after = report.retry_after.max(tally.retry_after);
            // Histograms with the same bounds always add.
            let _ = (report.latency.add(&tally.latency), report.late.add(&tally.late), report.lag.add(&tally.lag));
            for (status, count) in (0..).zip(tally.statuses).filter(|(_, count)| *count > 0) {
                *report.statuses.entry(status).or_default() += count;
            }
        }
        report.unsent = released.map_or(0, |released| released.saturating_sub(report.sent));
        report
    }

    /// Answers of any status.
    pub fn answered(&self) -> u64 {
        self.statuses.iter().filter(|(status, _)| **status > 0).map(|(_, count)| count).sum()
    }

    /// Answers with a success.
    pub fn served(&self) -> u64 {
        self.statuses.range(200..300).map(|(_, count)| count).sum()
    }

    /// Answers per second during the sending time; later ones are no throughput.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    pub fn per_second(&self) -> f64 {
        self.in_time as f64 / self.took.as_secs_f64().max(1e-9)
    }

    /// A quantile of the latency.
    pub fn latency_at(&self, quantile: f64) -> Duration {
        Duration::from_nanos(self.latency.value_at_quantile(quantile))
    }

    /// A quantile of how late calls left.
    pub fn late_at(&self, quantile: f64) -> Duration {
        Duration::from_nanos(self.late.value_at_quantile(quantile))
    }

    /// Whether the driver itself was later than this: for one call in a hundred, or its threads one time in ten.
    pub fn lacked_time(&self, than: Duration) -> bool {
        let than = u64::try_from(than.as_nanos()).unwrap_or(u64::MAX);
        self.late.value_at_quantile(0.99) > than || self.lag.value_at_quantile(0.9) > than
    }
}

/// The counts of one worker's callers.
pub(super) struct Tally {
    pub(super) sent: u64,
    pub(super) connections: u64,
    /// When no more calls are sent.
    until: Instant,
    in_time: u64,
    statuses: Vec<u64>,
    latency: Histogram<u64>,
    late: Histogram<u64>,
    lag: Histogram<u64>,
    retry_after: Option<u32>,
    /// Since when each caller waits for an answer.
    waits: Vec<Option<Instant>>,
}

impl Tally {
    pub(super) fn new(callers: usize, until: Instant) -> Self {
        Self {
            sent: 0,
            connections: 0,
            until,
            in_time: 0,
            statuses: vec![0; 1000],
            latency: histogram(),
            late: histogram(),
            lag: histogram(),
            retry_after: None,
            waits: vec![None; callers],
        }
    }

    /// A caller sends the call that was due at `due`.
    pub(super) fn sends(&mut self, caller: usize, due: Instant) {
        self.sent += 1;
        if let Some(wait) = self.waits.get_mut(caller) {
            *wait = Some(due);
        }
    }

    /// A call for which a caller waited left this late.
    pub(super) fn left(&mut self, late: Duration) {
        record(&mut self.late, late);
    }

    /// The worker's thread was this late at a check of the clock.
    pub(super) fn beats(&mut self, late: Duration) {
        record(&mut self.lag, late);
    }

    /// A caller has its answer, or there will be none.
    pub(super) fn ends(&mut self, caller: usize, now: Instant, answer: Option<Message>) {
        let Some(due) = self.waits.get_mut(caller).and_then(Option::take) else { return };
        record(&mut self.latency, now.saturating_duration_since(due));
        self.in_time += u64::from(answer.is_some() && now <= self.until);
        let status = answer.map_or(0, |answer| answer.status);
        if let Some(count) = self.statuses.get_mut(usize::from(status)) {
            *count += 1;
        }
        if let Some(Message { status: 429, retry_after: Some(wait), .. }) = answer {
            self.retry_after = Some(wait);
        }
    }

    /// Nothing more is waited for.
    pub(super) fn close(&mut self, now: Instant) {
        (0..self.waits.len()).for_each(|caller| self.ends(caller, now, None));
    }
}

/// Nanoseconds up to ten minutes at three digits: constant memory for any number of calls.
fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 600_000_000_000, 3).unwrap_or_else(|_| crate::flood::empty())
}

fn record(histogram: &mut Histogram<u64>, time: Duration) {
    histogram.saturating_record(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
}
