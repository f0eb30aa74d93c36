//! The cost of the embedded reference's controls.

use pincer_core::measure::{Cost, Measurement};
use pincer_core::scenario::Target;
use pincer_core::vocab::{Identity, Nonce, Operation, TargetKind};
use pincer_drive::Shot;
use pincer_reference::Config;
use pincer_reference::weakness::Weakness;

use super::contrast::{full, one, turns};
use super::rig::Rig;
use super::{MeasureError, Pace, Watch, admission, begin, callers, name};
use crate::reference::{Embedded, Reference};

/// A control of the reference, and how to disable it.
#[derive(Debug)]
struct Control {
    /// Its name.
    name: &'static str,
    /// What is compared.
    about: &'static str,
    with: Side,
    without: Side,
}

/// One side of a comparison: what is changed in the reference, whether the caller has a key, and how many idle callers
/// its limiter knows.
#[derive(Debug, Clone, Copy)]
struct Side {
    change: fn(&mut Config),
    anonymous: bool,
    idle: u32,
}

/// The unchanged reference, without a limit on the measured call.
const PLAIN: Side = Side { change: |_| {}, anonymous: false, idle: 0 };
/// The same with a limit that the load does not reach.
const LIMITED: Side = Side { change: limit, anonymous: false, idle: 0 };
/// Idle callers.
const CROWD: u32 = 1_000_000;
/// The measured operation: it has a body, so that every control has work to do.
const OPERATION: &str = "annotate";

/// The controls of the reference whose cost is measured.
const CONTROLS: &[Control] = &[
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
        without: Side { change: |config| weaken(config, &[Weakness::NoAuthentication]), anonymous: true, idle: 0 },
    },
    Control {
        name: "authorization",
        about: "roles and scopes looked up, against unchecked ones",
        with: PLAIN,
        without: Side { change: |config| weaken(config, &[Weakness::NoRoleCheck, Weakness::NoScopeCheck]), ..PLAIN },
    },
    Control {
        name: "input filter",
        about: "free text searched for attacks, however they are written, against forwarded as it comes",
        with: PLAIN,
        without: Side { change: unsearched, ..PLAIN },
    },
    Control {
        name: "schema validation",
        about: "values checked against the API document, against unchecked ones",
        with: PLAIN,
        without: Side { change: |config| weaken(config, &[Weakness::NoSchemaValidation]), ..PLAIN },
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
        without: Side { change: |config| weaken(config, &[Weakness::UnmaskedAudit]), ..PLAIN },
    },
];

/// Free text in the API document becomes ordinary text, which is not searched.
fn unsearched(config: &mut Config) {
    config.api = config.api.replace(", x-free-text: true", "");
}

fn weaken(config: &mut Config, weaknesses: &[Weakness]) {
    config.settings.weaken = weaknesses.to_vec();
}

/// One call in ten minutes and ten million at once: no load reaches it, and callers are remembered for ten minutes.
fn limit(config: &mut Config) {
    let before = format!("{OPERATION}: {{ ");
    let after = format!("{before}rate: {{ quota: 1, window_ms: 600000, burst: 10000000 }}, ");
    config.policy = config.policy.replace(&before, &after);
}

/// The names of the controls.
pub fn names() -> impl Iterator<Item = &'static str> {
    CONTROLS.iter().map(|control| control.name)
}

/// The cost of these controls of the embedded reference and, with `admission`, what its limiter admits.
pub async fn reference(
    controls: &[&str],
    admission: bool,
    pace: Pace,
    started: String,
    watch: &Watch,
) -> Result<Measurement, MeasureError> {
    let mut target = crate::embedded::target(TargetKind::Gateway)?;
    // Its callers have keys here, so no provider is played for it.
    target.idp = None;
    let mut measurement = begin(&name(&target), started, pace, watch).await?;
    let controls: Vec<_> = CONTROLS.iter().filter(|control| controls.contains(&control.name)).collect();
    // Two loads of each side.
    watch.expects(pace.slot * 4 * pace.rounds * u32::try_from(controls.len()).unwrap_or(1));
    for control in controls {
        measurement.costs.push(cost(control, &target, pace, watch, measurement.generator_per_second).await?);
    }
    if admission {
        let rig = Rig::reference(&target, pace.nonce, |_| {}).await?;
        measurement.admission = Some(admission::measure(&rig, &target, None, watch).await?);
    }
    Ok(measurement)
}

/// The cost of one control of the reference.
async fn cost(
    control: &Control,
    target: &Target,
    pace: Pace,
    watch: &Watch,
    generator: f64,
) -> Result<Cost, MeasureError> {
    let operation = Operation::new(OPERATION).map_err(|why| MeasureError::Unfit(why.to_string()))?;
    let caller = callers(target, &operation).next();
    let (without, first) = set_up(control.without, target, &operation, (caller, pace.nonce)).await?;
    let (with, second) = set_up(control.with, target, &operation, (caller, pace.nonce)).await?;
    let calls = [(OPERATION, &first), (OPERATION, &second)];
    let rounds = turns(calls, (&one(pace), Some(&full(pace))), pace, watch).await?;
    drop((without, with));
    Ok(rounds.cost(control.name, control.about, generator))
}

async fn set_up(
    side: Side,
    target: &Target,
    operation: &Operation,
    (caller, nonce): (Option<&Identity>, Nonce),
) -> Result<(Rig, Shot), MeasureError> {
    let rig = Rig::reference(target, nonce, side.change).await?;
    rig.crowd(operation, side.idle);
    let shot = rig.shot(target, operation, caller.filter(|_| !side.anonymous))?;
    Ok((rig, shot))
}

impl Rig {
    /// The embedded reference with a change.
    async fn reference(
        target: &Target,
        nonce: Nonce,
        change: impl Fn(&mut Config) + Send + Sync + 'static,
    ) -> Result<Self, MeasureError> {
        Self::set_up(&Reference::changed(change), target, &[], nonce).await
    }

    /// Gives the reference's limiter this many idle callers.
    fn crowd(&self, operation: &Operation, callers: u32) {
        if let Some(embedded) = self.running.kept::<Embedded>() {
            embedded.crowd(operation.as_str(), callers);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use pincer_core::vocab::TargetKind;

    use super::*;

    #[test]
    fn reference_accepts_the_changes() {
        let target = crate::embedded::target(TargetKind::Gateway).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        for change in [limit as fn(&mut Config), unsearched] {
            let changed = Arc::new(AtomicBool::new(false));
            let seen = changed.clone();
            let watched = move |config: &mut Config| {
                let before = (config.policy.clone(), config.api.clone());
                change(config);
                seen.store((&config.policy, &config.api) != (&before.0, &before.1), Ordering::Relaxed);
            };
            runtime.block_on(async { Rig::reference(&target, Nonce::new(7), watched).await.map(drop) }).unwrap();
            assert!(changed.load(Ordering::Relaxed));
        }
    }
}
