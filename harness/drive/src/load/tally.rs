//! What came of a load, in numbers that don't grow with it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use pincer_core::frame::Message;

/// What a load did.
#[derive(Debug)]
pub struct LoadReport {
    /// Sends.
    pub sent: u64,
    /// Sends that were due and found nobody free until the end.
    pub unsent: u64,
    /// Answers by status; 0 stands for no answer, or for one that is no HTTP.
    pub statuses: BTreeMap<u16, u64>,
    /// From the instant at which a send was due to the end of its answer, in nanoseconds. Sends without an answer count
    /// with the time that it was waited for.
    pub latency: Histogram<u64>,
    /// How late sends left for which somebody waited, in nanoseconds: the driver's own error.
    pub late: Histogram<u64>,
    /// How late the driver's threads were whenever they had a look at the clock, in nanoseconds: a thread that lacks time
    /// reads answers late, and no send tells.
    pub lag: Histogram<u64>,
    /// Connections that were opened.
    pub connections: u64,
    /// The last `Retry-After` of a 429 that a worker saw, in seconds; the longest of all workers.
    pub retry_after: Option<u32>,
    /// Answers of any status that came while sends were made.
    pub in_time: u64,
    /// How long sends were made.
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
            // Histograms of the same bounds always add.
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

    /// Answers a second, while sends were made: those that come late are no throughput.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    pub fn per_second(&self) -> f64 {
        self.in_time as f64 / self.took.as_secs_f64().max(1e-9)
    }

    /// A quantile of the latency.
    pub fn latency_at(&self, quantile: f64) -> Duration {
        Duration::from_nanos(self.latency.value_at_quantile(quantile))
    }

    /// A quantile of how late sends left.
    pub fn late_at(&self, quantile: f64) -> Duration {
        Duration::from_nanos(self.late.value_at_quantile(quantile))
    }

    /// Whether the driver itself was later than this: one send in a hundred, or its threads one time in ten.
    pub fn lacked_time(&self, than: Duration) -> bool {
        let than = u64::try_from(than.as_nanos()).unwrap_or(u64::MAX);
        self.late.value_at_quantile(0.99) > than || self.lag.value_at_quantile(0.9) > than
    }
}

/// What one worker's callers did.
pub(super) struct Tally {
    pub(super) sent: u64,
    pub(super) connections: u64,
    /// When no more sends are made.
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

    /// A caller sends what was due then.
    pub(super) fn sends(&mut self, caller: usize, due: Instant) {
        self.sent += 1;
        if let Some(wait) = self.waits.get_mut(caller) {
            *wait = Some(due);
        }
    }

    /// A send for which a caller waited left this much late.
    pub(super) fn left(&mut self, late: Duration) {
        record(&mut self.late, late);
    }

    /// The worker's thread looked at the clock this much late.
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

/// Nanoseconds up to ten minutes at three digits: flat memory for any number of sends.
fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 600_000_000_000, 3).unwrap_or_else(|_| crate::flood::empty())
}

fn record(histogram: &mut Histogram<u64>, time: Duration) {
    histogram.saturating_record(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
}
