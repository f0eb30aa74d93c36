//! Alternating rounds with a control and without it.

use std::time::Duration;

use pincer_core::measure::{Cost, Estimate, SATURATED, paired};
use pincer_core::plan::Client;
use pincer_core::scenario::Target;
use pincer_core::vocab::Operation;
use pincer_drive::{Fence, Load, LoadReport, Schedule, Shot};

use super::rig::Rig;
use super::{CONNECTIONS, MeasureError, Pace, STARVED, Urls, Watch, callers, tracer};

/// If the generator is later than this, microseconds mean nothing.
const LATE: Duration = Duration::from_millis(10);
/// The fewest calls of a load on a schedule.
const FEW: f64 = 4.0;
/// The fewest calls for a 99th percentile.
const HUNDRED: u64 = 100;
/// One call after another.
pub(super) fn one(pace: Pace) -> Load {
    Load { workers: 1, ..Load::closed(1, pace.slot) }
}

/// As fast as the target accepts it.
pub(super) fn full(pace: Pace) -> Load {
    Load::closed(CONNECTIONS, pace.slot)
}

/// Calls on a schedule, for at least a second, and at least as long as four of them take.
fn steady(per_second: f64, pace: Pace) -> Load {
    let lasts = pace.slot.max(Duration::from_secs_f64((FEW / per_second).max(1.0)));
    Load { workers: 1, ..Load::open(CONNECTIONS, Schedule::constant(per_second, lasts)) }
}

/// The added cost of a limited operation compared with one without a limit, at a rate within the quota.
pub(super) async fn operations(
    rig: &Rig,
    target: &Target,
    (limited, unlimited): (&Operation, &Operation),
    pace: Pace,
    watch: &Watch,
    generator: f64,
) -> Result<Cost, MeasureError> {
    let rate = super::admission::rate(target)?;
    let per_second = 0.8 * f64::from(rate.quota) / rate.window.0.as_secs_f64();
    let shot = |operation| rig.shot(target, operation, callers(target, operation).next());
    let (first, second) = (shot(unlimited)?, shot(limited)?);
    let calls = [(unlimited.as_str(), &first), (limited.as_str(), &second)];
    let load = steady(per_second, pace);
    watch.expects(load.lasts() * 2 * pace.rounds);
    let rounds = turns(calls, (&load, None), pace, watch).await?;
    let about = format!("`{limited}` against `{unlimited}`, {per_second:.0} calls/s");
    Ok(rounds.cost("limiter", &about, generator))
}

/// The added cost of calls of one URL compared with another, at a rate or as fast as they are answered.
pub(super) async fn urls(urls: &Urls, pace: Pace, watch: &Watch, generator: f64) -> Result<Cost, MeasureError> {
    let (fence, look) = (Fence::default(), Client::of(&tracer(pace.nonce)));
    let shot = async |url: &str| Shot::get(url, &urls.headers, look, &fence).await;
    let (first, second) = (shot(&urls.unlimited).await?, shot(&urls.limited).await?);
    let calls = [(urls.unlimited.as_str(), &first), (urls.limited.as_str(), &second)];
    let (light, full) = match urls.per_second {
        Some(rate) => (steady(rate, pace), None),
        None => (one(pace), Some(full(pace))),
    };
    watch.expects((light.lasts() + full.as_ref().map_or(Duration::ZERO, Load::lasts)) * 2 * pace.rounds);
    let rounds = turns(calls, (&light, full.as_ref()), pace, watch).await?;
    let rate = urls.per_second.map_or_else(String::new, |rate| format!(", {rate} calls/s"));
    Ok(rounds.cost("limiter", &format!("{} against {}{rate}", urls.limited, urls.unlimited), generator))
}

/// Two calls in alternating order: for each a load for its latency and, if requested, another for its throughput.
pub(super) async fn turns(
    calls: [(&str, &Shot); 2],
    (light, full): (&Load, Option<&Load>),
    pace: Pace,
    watch: &Watch,
) -> Result<Rounds, MeasureError> {
    let turn = async |(operation, shot): (&str, &Shot)| -> Result<Turn, MeasureError> {
        let fired = async |load: &Load| sound(operation, watch.fire(shot, load.clone()).await?, load.connections);
        let latency = fired(light).await?;
        let Some(full) = full else { return Ok((latency, None)) };
        Ok((latency, Some(fired(full).await?)))
    };
    let [without, with] = calls;
    let mut rounds = Rounds { scheduled: matches!(light.pace, pincer_drive::Pace::Open(_)), ..Rounds::default() };
    for round in 0..pace.rounds {
        if round.is_multiple_of(2) {
            let a = turn(without).await?;
            rounds.add(&a, &turn(with).await?);
        } else {
            let b = turn(with).await?;
            rounds.add(&turn(without).await?, &b);
        }
    }
    Ok(rounds)
}

/// A report whose calls were all served: a refusal would be another path through the target. At the end one call per
/// connection may be in flight. If nothing was sent at all, that is the generator's fault.
fn sound(operation: &str, report: LoadReport, connections: usize) -> Result<LoadReport, MeasureError> {
    let silent = report.sent - report.answered();
    if report.served() == report.answered() && usize::try_from(silent).is_ok_and(|silent| silent <= connections) {
        return Ok(report);
    }
    let statuses = report.statuses.keys().map(|status| match status {
        0 => "no answer".to_owned(),
        status => status.to_string(),
    });
    Err(MeasureError::Refused { operation: operation.to_owned(), statuses: statuses.collect::<Vec<_>>().join(", ") })
}

/// A load of one call after another, and one as fast as the target accepts it.
type Turn = (LoadReport, Option<LoadReport>);

/// The figures of pairs of rounds, without the control and with it.
#[derive(Default)]
pub(super) struct Rounds {
    p50: Vec<f64>,
    p99: Vec<f64>,
    lost: Vec<f64>,
    without_p50: Vec<f64>,
    without_rate: Vec<f64>,
    /// Whether calls are on a schedule.
    scheduled: bool,
    starved: bool,
    /// Whether a round made too few calls for a 99th percentile.
    few: bool,
}

impl Rounds {
    fn add(&mut self, (a, a_full): &Turn, (b, b_full): &Turn) {
        let us = |report: &LoadReport, quantile| report.latency_at(quantile).as_secs_f64() * 1e6;
        self.p50.push(us(b, 0.5) - us(a, 0.5));
        self.p99.push(us(b, 0.99) - us(a, 0.99));
        self.without_p50.push(us(a, 0.5));
        for report in [a, b] {
            // Calls that found no free connection waited in our own queue.
            let queued = report.unsent > 0 || (self.scheduled && report.late.len() < report.sent / 2);
            self.starved |= report.sent == 0 || queued || report.lacked_time(LATE);
            self.few |= report.sent < HUNDRED;
        }
        if let (Some(a), Some(b)) = (a_full, b_full) {
            self.lost.push(1.0 - b.per_second() / a.per_second().max(1.0));
            self.without_rate.push(a.per_second());
        }
    }

    pub(super) fn cost(self, control: &str, about: &str, generator: f64) -> Cost {
        let middle = |values: &[f64]| paired(values).value;
        let rate = (!self.without_rate.is_empty()).then(|| middle(&self.without_rate));
        let p50: Estimate = paired(&self.p50);
        let saturated = rate.is_some_and(|rate| rate > SATURATED * generator) || self.starved;
        Cost {
            control: control.to_owned(),
            about: about.to_owned(),
            rounds: self.p50.len(),
            without_p50_us: middle(&self.without_p50),
            without_per_second: rate,
            added_p50_us: p50,
            added_p99_us: (!self.few).then(|| paired(&self.p99)),
            lost: (!self.lost.is_empty()).then(|| paired(&self.lost)),
            inconclusive: saturated.then(|| STARVED.to_owned()),
        }
    }
}
