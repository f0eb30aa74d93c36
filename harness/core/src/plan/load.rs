//! The load of a case: floods and busy connections, in the target's declared numbers.

use super::Plan;
use super::case::{FloodPlan, HoldPlan, StreamPlan};
use super::variant::Variant;
use crate::scenario::{Admission, Callers, HeldConnections, OperationSpec, Step};

/// The flood of a case, if it is one.
pub(super) fn flood(plan: &Plan, step: &Step, operation: &OperationSpec, variant: &Variant<'_>) -> Option<FloodPlan> {
    let flood = step.flood.as_ref()?;
    let rate = plan.target.limits.rate.as_ref()?;
    let quota = f64::from(rate.quota) / rate.window.0.as_secs_f64().max(0.001);
    let callers = Callers::new(step, operation, &plan.target);
    let mut streams = vec![StreamPlan { identity: variant.identity.clone(), per_second: flood.rate.0 * quota }];
    streams.extend(flood.beside.iter().map(|stream| StreamPlan {
        identity: callers.find(&stream.identity).cloned(),
        per_second: stream.rate.0 * quota,
    }));
    let vary = flood.vary.iter().map(|(name, value)| (name.clone(), variant.say(value))).collect();
    let returns = step.expect.rate == Some(Admission::RetryAfter);
    let limited = plan.target.answers.limited.clone();
    Some(FloodPlan { lasts: flood.r#for.0, streams, vary, spell: flood.spell.clone(), returns, limited })
}

/// The connections that a case keeps busy, if any.
pub(super) fn hold(plan: &Plan, step: &Step, operation: &OperationSpec) -> Option<HoldPlan> {
    let hold = step.hold.as_ref()?;
    let callers = Callers::new(step, operation, &plan.target);
    // Twice the time limit for ending them, to tell late from never.
    let limit = plan.target.limits.request_time.filter(|_| step.expect.held == Some(HeldConnections::Ended));
    Some(HoldPlan {
        connections: hold.connections,
        back: hold.back,
        lasts: limit.map_or(hold.r#for.0, |limit| hold.r#for.0.max(limit.0 * 2)),
        beside: StreamPlan { identity: callers.find(&hold.beside).cloned(), per_second: BESIDE },
    })
}

/// Calls per second beside busy connections.
const BESIDE: f64 = 20.0;
