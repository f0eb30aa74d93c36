//! With a control and without it, in turns.

use std::time::Duration;

use pincer_core::measure::{Cost, Estimate, SATURATED, paired};
use pincer_core::scenario::Target;
use pincer_core::vocab::{Identity, Operation};
use pincer_drive::{Load, LoadReport, Schedule, Shot};
use pincer_reference::Config;
use pincer_reference::weakness::Weakness;

use super::stand::Stand;
use super::{CONNECTIONS, MeasureError, Pace, Watch, callers};

/// A control of the reference, and how it is taken away.
#[derive(Debug)]
pub struct Control {
    /// Its name.
    pub name: &'static str,
    /// What is compared with what.
    about: &'static str,
    with: Side,
    without: Side,
}

/// One side of a comparison: what is changed of the reference, whether a caller shows a key, and how many callers its
/// limiter knows that don't call.
#[derive(Debug, Clone, Copy)]
struct Side {
    change: fn(&mut Config),
    anonymous: bool,
    idle: u32,
}

/// The reference as it is, with no limit on the call that is measured.
const PLAIN: Side = Side { change: |_| {}, anonymous: false, idle: 0 };
/// The same with a limit that the load does not reach.
const LIMITED: Side = Side { change: limit, anonymous: false, idle: 0 };
/// Callers that don't call.
const CROWD: u32 = 1_000_000;
/// Where the generator is later than this, microseconds say nothing.
const LATE: Duration = Duration::from_millis(10);
/// The operation that is measured: it has a body, so that every control has something to do.
const OPERATION: &str = "annotate";

/// The controls of the reference whose cost is measured.
pub const CONTROLS: &[Control] = &[
    Control {
        name: "limiter",
        about: "a limit that is not reached on the operation, against none",
        with: LIMITED,
        without: PLAIN,
    },
    Control {
        name: "limiter, 1,000,000 idle",
        about: "the same limit with a million other callers known to it, against none",
        with: Side { idle: CROWD, ..LIMITED },
        without: PLAIN,
    },
    Control {
        name: "authentication",
        about: "a caller with an API key, against one without where none is asked for",
        with: PLAIN,
        without: Side { change: |config| weaken(config, Weakness::NoAuthentication), anonymous: true, idle: 0 },
    },
    Control {
        name: "schema validation",
        about: "values checked against the API document, against unchecked ones",
        with: PLAIN,
        without: Side { change: |config| weaken(config, Weakness::NoSchemaValidation), ..PLAIN },
    },
    Control {
        name: "audit",
        about: "an audit log, against none",
        with: PLAIN,
        without: Side { change: |config| config.settings.audit = None, ..PLAIN },
    },
    Control {
        name: "redaction",
        about: "an audit log with secrets masked, against one as it comes",
        with: PLAIN,
        without: Side { change: |config| weaken(config, Weakness::UnmaskedAudit), ..PLAIN },
    },
];

fn weaken(config: &mut Config, weakness: Weakness) {
    config.settings.weaken = vec![weakness];
}

/// One call in ten minutes and ten million at once: no load reaches it, and who has called is known for ten minutes.
fn limit(config: &mut Config) {
    let before = format!("{OPERATION}: {{ ");
    let after = format!("{before}rate: {{ quota: 1, window_ms: 600000, burst: 10000000 }}, ");
    config.policy = config.policy.replace(&before, &after);
}

/// What a control of the reference costs.
pub(super) async fn cost(
    control: &Control,
    target: &Target,
    pace: Pace,
    watch: &Watch,
    generator: f64,
) -> Result<Cost, MeasureError> {
    let operation = Operation::new(OPERATION).map_err(|why| MeasureError::Unfit(why.to_string()))?;
    let caller = callers(target, &operation).next();
    let (without, first) = stand(control.without, target, &operation, caller).await?;
    let (with, second) = stand(control.with, target, &operation, caller).await?;
    let mut rounds = Rounds::default();
    for round in 0..pace.rounds {
        let (mut a, mut b) = (None, None);
        // Each order as often as the other.
        for side in if round.is_multiple_of(2) { [0, 1] } else { [1, 0] } {
            let (shot, turn) = if side == 0 { (&first, &mut a) } else { (&second, &mut b) };
            *turn = Some((
                sound(OPERATION, watch.fire(shot, Load { workers: 1, ..Load::closed(1, pace.slot) }).await?)?,
                Some(sound(OPERATION, watch.fire(shot, Load::closed(CONNECTIONS, pace.slot)).await?)?),
            ));
        }
        rounds.add(a, b);
    }
    drop((without, with));
    Ok(rounds.cost(control.name, control.about, generator))
}

async fn stand(
    side: Side,
    target: &Target,
    operation: &Operation,
    caller: Option<&Identity>,
) -> Result<(Stand, Shot), MeasureError> {
    let stand = Stand::reference(target, side.change).await?;
    stand.crowd(operation, side.idle);
    let shot = stand.shot(target, operation, caller.filter(|_| !side.anonymous))?;
    Ok((stand, shot))
}

/// What a limited operation of a target costs more than one that is not limited, at a rate that the quota admits.
pub(super) async fn operations(
    stand: &Stand,
    target: &Target,
    (limited, unlimited): (&Operation, &Operation),
    pace: Pace,
    watch: &Watch,
    generator: f64,
) -> Result<Cost, MeasureError> {
    let rate = super::admission::rate(target)?;
    let per_second = 0.8 * f64::from(rate.quota) / rate.window.0.as_secs_f64();
    // Enough sends for a 99th percentile at all.
    let lasts = pace.slot.max(Duration::from_secs(1));
    let shots = [unlimited, limited].map(|operation| {
        let caller = callers(target, operation).next();
        stand.shot(target, operation, caller).map(|shot| (operation, shot))
    });
    let [first, second] = shots;
    let (first, second) = (first?, second?);
    let mut rounds = Rounds::default();
    for round in 0..pace.rounds {
        let (mut a, mut b) = (None, None);
        for side in if round.is_multiple_of(2) { [0, 1] } else { [1, 0] } {
            let ((operation, call), turn) = if side == 0 { (&first, &mut a) } else { (&second, &mut b) };
            let load = Load { workers: 1, ..Load::open(4, Schedule::constant(per_second, lasts)) };
            *turn = Some((sound(operation.as_str(), watch.fire(call, load).await?)?, None));
        }
        rounds.add(a, b);
    }
    let about = format!("`{limited}` against `{unlimited}`, {per_second:.0} calls/s");
    Ok(rounds.cost("limiter", &about, generator))
}

/// A report in which all were served: a refusal would be another path through the target.
fn sound(operation: &str, report: LoadReport) -> Result<LoadReport, MeasureError> {
    // Some may be under way when the time is over.
    if report.answered() > 0 && report.served() == report.answered() {
        return Ok(report);
    }
    let statuses = report.statuses.keys().map(|status| match status {
        0 => "no answer".to_owned(),
        status => status.to_string(),
    });
    Err(MeasureError::Refused { operation: operation.to_owned(), statuses: statuses.collect::<Vec<_>>().join(", ") })
}

/// A load of one call after the other, and one as fast as the target takes it.
type Turn = (LoadReport, Option<LoadReport>);

/// The figures of pairs of rounds, without the control and with it.
#[derive(Default)]
struct Rounds {
    p50: Vec<f64>,
    p99: Vec<f64>,
    lost: Vec<f64>,
    without_p50: Vec<f64>,
    without_rate: Vec<f64>,
    starved: bool,
}

impl Rounds {
    fn add(&mut self, without: Option<Turn>, with: Option<Turn>) {
        let (Some((a, a_full)), Some((b, b_full))) = (without, with) else { return };
        let us = |report: &LoadReport, quantile| report.latency_at(quantile).as_secs_f64() * 1e6;
        self.p50.push(us(&b, 0.5) - us(&a, 0.5));
        self.p99.push(us(&b, 0.99) - us(&a, 0.99));
        self.without_p50.push(us(&a, 0.5));
        self.starved |= a.lacked_time(LATE) || b.lacked_time(LATE);
        if let (Some(a), Some(b)) = (a_full, b_full) {
            self.lost.push(1.0 - b.per_second() / a.per_second().max(1.0));
            self.without_rate.push(a.per_second());
        }
    }

    fn cost(self, control: &str, about: &str, generator: f64) -> Cost {
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
            added_p99_us: paired(&self.p99),
            lost: (!self.lost.is_empty()).then(|| paired(&self.lost)),
            inconclusive: saturated.then(|| "generator saturated".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use pincer_core::vocab::TargetKind;

    use super::*;

    #[test]
    fn the_policy_of_the_reference_takes_the_limit() {
        let target = crate::embedded::target(TargetKind::Gateway).unwrap();
        let mut limited = false;
        let change = |config: &mut Config| {
            let before = config.policy.clone();
            limit(config);
            limited = config.policy != before;
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { Stand::reference(&target, change).await.map(drop) }).unwrap();
        assert!(limited);
    }
}
