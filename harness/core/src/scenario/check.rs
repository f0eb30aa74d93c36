//! Whether a target declares what a scenario needs.

use super::{Admission, Arrives, ErrorForm, Fault, Scenario, Step, Stretch, Target};
use crate::vocab::{Claim, Identity, Operation, Reason};

/// Why `scenario` can't be tested on `target`, with what would enable it; nothing if it can.
pub fn check_against(scenario: &Scenario, target: &Target) -> Option<(Reason, String)> {
    if scenario.r#for != target.kind {
        return Some((Reason::NotDeclared, "it is for another kind of target".to_owned()));
    }
    let unclaimed = scenario.requires.iter().filter(|claim| !target.claims.contains(claim));
    let unclaimed: Vec<&str> = unclaimed.map(Claim::as_str).collect();
    let claims = (!unclaimed.is_empty()).then(|| format!("claims: [{}]", unclaimed.join(", ")));
    let reason = if claims.is_some() { Reason::NotClaimed } else { Reason::NotDeclared };
    let mut needs: Vec<String> = claims.into_iter().collect();
    // One step of each half must be possible; the others are left out.
    for steps in [&scenario.benign, &scenario.attack] {
        if steps.iter().all(|step| operations(step, target).is_empty()) {
            let first = steps.iter().map(|step| gaps(step, target)).find(|gaps| !gaps.is_empty());
            for gap in first.into_iter().flatten() {
                if !needs.contains(&gap) {
                    needs.push(gap);
                }
            }
        }
    }
    (!needs.is_empty()).then(|| (reason, needs.join(", ")))
}

/// The operations with which a step is possible on a target.
pub fn operations<'a>(step: &'a Step, target: &'a Target) -> Vec<&'a Operation> {
    let chosen = step.send.operations.among(target.operations.keys());
    chosen.into_iter().filter(|operation| gap(step, operation, target).is_none()).collect()
}

/// The identities of a step whose tokens can be forged.
pub fn forgers<'a>(step: &'a Step, target: &'a Target) -> Vec<&'a Identity> {
    let chosen = step.send.identities.among(target.identities.keys()).into_iter();
    let holds = |identity: &&Identity| target.identities.get(*identity).is_some_and(|shown| shown.token.is_some());
    chosen.filter(holds).filter(|_| target.idp.is_some()).collect()
}

/// What a target would have to declare for all of this step to be possible.
pub fn gaps(step: &Step, target: &Target) -> Vec<String> {
    let absent = step.send.operations.named().iter().filter(|name| !target.operations.contains_key(name));
    let absent = absent.map(|name| format!("operations.{name}"));
    let known = step.send.operations.among(target.operations.keys());
    absent.chain(known.into_iter().filter_map(|name| gap(step, name, target))).collect()
}

/// What is missing for this step with this operation.
fn gap(step: &Step, name: &Operation, target: &Target) -> Option<String> {
    let send = &step.send;
    let operation = target.operations.get(name)?;
    let declared = |identity: &Identity| target.identities.contains_key(identity);
    let nobody = !send.identities.is_none() && send.identities.among(target.identities.keys()).is_empty();
    let caller = send.identities.named().first().filter(|_| nobody);
    let mut beside = step.flood.iter().flat_map(|flood| flood.beside.iter().map(|stream| &stream.identity));
    if let Some(identity) = caller.or_else(|| beside.find(|identity| !declared(identity))) {
        return Some(format!("identities.{identity}"));
    }
    if !step.forge.is_empty() && forgers(step, target).is_empty() {
        return Some("idp, and a token for an identity".to_owned());
    }
    let unknown = send.fill.keys().filter(|key| *key != "*").find(|key| {
        !operation.path.contains(&format!("{{{key}}}"))
            && !operation.query.contains(key)
            && operation.body.as_ref().is_none_or(|body| super::leaf(body, key).is_none())
    });
    if let Some(key) = unknown {
        return Some(format!("operations.{name}: the parameter `{key}`"));
    }
    if send.spoof.is_some() && target.internal.is_empty() {
        return Some("internal".to_owned());
    }
    if send.fill.contains_key("*") && operation.texts().next().is_none() {
        return Some(format!("operations.{name}: a text parameter"));
    }
    let limits = &target.limits;
    let limit = match send.stretch {
        Some(Stretch::Body(_)) if limits.body.is_none() => Some("limits.body"),
        Some(Stretch::Header(_)) if limits.header.is_none() => Some("limits.header"),
        Some(Stretch::Url(_)) if limits.url.is_none() => Some("limits.url"),
        Some(Stretch::Depth(_)) if limits.depth.is_none() => Some("limits.depth"),
        _ => None,
    };
    let response = match step.upstream.as_ref().and_then(|upstream| upstream.fault) {
        Some(Fault::Endless | Fault::GzipBomb) if limits.response.is_none() => Some("limits.response"),
        _ => None,
    };
    let time = step.expect.within.is_some_and(|within| within.of(limits).is_none()).then_some("limits.upstream_time");
    let rate = match (&step.flood, &limits.rate) {
        (Some(_), None) => Some("limits.rate"),
        (Some(_), Some(rate)) if !rate.covers(name) => Some("limits.rate.operations"),
        _ => None,
    };
    let audit = step.expect.audited.is_some() || step.expect.error == Some(ErrorForm::Tracked);
    let audit = (audit && target.audit.is_none()).then_some("audit");
    limit.or(response).or(time).or(rate).or(audit).map(str::to_owned)
}

impl Step {
    /// Whether the step shows, when it holds, that the call reached the upstream.
    pub fn proves_arrival(&self) -> bool {
        matches!(self.expect.arrives, Some(Arrives::Once | Arrives::Unchanged))
            || matches!(self.expect.rate, Some(Admission::Quota | Admission::Isolated))
    }
}
