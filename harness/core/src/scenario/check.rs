//! Whether a target declares what a scenario needs.

use super::{Admission, Arrives, ErrorForm, Scenario, Step, Stretch, Target};
use crate::vocab::Reason;

/// Why `scenario` can't be tested on `target`, with what would enable it; nothing if it can.
pub fn check_against(scenario: &Scenario, target: &Target) -> Option<(Reason, String)> {
    if scenario.r#for != target.kind {
        return Some((Reason::NotDeclared, "it is for another kind of target".to_owned()));
    }
    if let Some(claim) = scenario.requires.iter().find(|claim| !target.claims.contains(claim)) {
        return Some((Reason::NotClaimed, format!("claims: [{claim}]")));
    }
    scenario
        .benign
        .iter()
        .chain(&scenario.attack)
        .find_map(|step| missing(step, target))
        .map(|what| (Reason::NotDeclared, what))
}

fn missing(step: &Step, target: &Target) -> Option<String> {
    let send = &step.send;
    let Some(operation) = target.operations.get(&send.op) else {
        return Some(format!("operations.{}", send.op));
    };
    let beside = step.flood.iter().flat_map(|flood| flood.beside.iter().map(|stream| &stream.identity));
    if let Some(identity) = send.identities.iter().chain(beside).find(|id| !target.identities.contains_key(id)) {
        return Some(format!("identities.{identity}"));
    }
    let unknown = send.fill.keys().find(|key| {
        !operation.path.contains(&format!("{{{key}}}"))
            && !operation.query.contains(key)
            && operation.body.as_ref().is_none_or(|body| super::leaf(body, key).is_none())
    });
    if let Some(key) = unknown {
        return Some(format!("operations.{}: the parameter `{key}`", send.op));
    }
    let limits = &target.limits;
    let limit = match send.stretch {
        Some(Stretch::Body(_)) if limits.body.is_none() => Some("limits.body"),
        Some(Stretch::Header(_)) if limits.header.is_none() => Some("limits.header"),
        Some(Stretch::Url(_)) if limits.url.is_none() => Some("limits.url"),
        Some(Stretch::Depth(_)) if limits.depth.is_none() => Some("limits.depth"),
        _ => None,
    };
    let rate = match (&step.flood, &limits.rate) {
        (Some(_), None) => Some("limits.rate"),
        (Some(_), Some(rate)) if !rate.covers(&send.op) => Some("limits.rate.operations"),
        _ => None,
    };
    let audit = step.expect.audited.is_some() || step.expect.error == Some(ErrorForm::Tracked);
    let audit = (audit && target.audit.is_none()).then_some("audit");
    limit.or(rate).or(audit).map(str::to_owned)
}

impl Step {
    /// Whether the step shows, when it holds, that the call reached the upstream.
    pub fn proves_arrival(&self) -> bool {
        matches!(self.expect.arrives, Some(Arrives::Once | Arrives::Unchanged))
            || matches!(self.expect.rate, Some(Admission::Quota | Admission::Isolated))
    }
}
