//! Whether a target declares what a scenario needs.

use serde_json::Value;

use super::operation::LIMITED;
use super::{
    Approve, Arrives, Behaviour, Callers, Choice, Credential, Fault, HttpTask, OperationSpec, OrderSpec, Outage,
    Scenario, ScriptedTurn, Send, Step, Stretch, Target, Via,
};
use crate::vocab::{Claim, Identity, Operation, Reason, TargetKind};

/// Why `scenario` cannot be tested on `target`, and what would enable it; none if it can.
pub fn check_against(scenario: &Scenario, target: &Target) -> Option<(Reason, String)> {
    if scenario.r#for != target.kind {
        return Some((Reason::NotDeclared, "this scenario is for another kind of target".to_owned()));
    }
    let unclaimed = scenario.requires.iter().filter(|claim| !target.claims.contains(claim));
    let unclaimed: Vec<&str> = unclaimed.map(Claim::as_str).collect();
    let claims = (!unclaimed.is_empty()).then(|| format!("claims: [{}]", unclaimed.join(", ")));
    let reason = if claims.is_some() { Reason::NotClaimed } else { Reason::NotDeclared };
    let mut needs: Vec<String> = claims.into_iter().collect();
    // One step of each part must be possible, and one with an outage if the scenario has outages. The other steps are
    // skipped.
    let outages = scenario.attack.iter().filter(|step| !step.outage.is_empty()).collect::<Vec<_>>();
    for steps in [scenario.benign.iter().collect(), scenario.attack.iter().collect(), outages] {
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
    meant(step, target).into_iter().filter(|operation| gap(step, operation, target).is_none()).collect()
}

/// The operations of a target that a step means, without duplicates.
fn meant<'a>(step: &Step, target: &'a Target) -> Vec<&'a Operation> {
    let Choice::These(names) = &step.send.operations else { return target.operations.keys().collect() };
    let mut meant = Vec::new();
    for operation in names.iter().filter_map(|name| target.operation(name)) {
        if !meant.contains(&operation) {
            meant.push(operation);
        }
    }
    meant
}

/// The identities of a step whose tokens can be forged.
pub fn forgers<'a>(step: &Step, operation: &'a OperationSpec, target: &'a Target) -> Vec<&'a Identity> {
    let chosen = Callers::new(step, operation, target).chosen(&step.send.identities).into_iter();
    let holds = |identity: &&Identity| target.identities.get(*identity).is_some_and(|shown| shown.token.is_some());
    chosen.filter(holds).filter(|_| target.idp.is_some()).collect()
}

/// Whether a step is for this caller, by its `may`. A step that expects a refusal is not for callers whom the
/// descriptor allows.
pub fn fits(step: &Step, operation: &OperationSpec, identity: &Identity, target: &Target) -> bool {
    let refusal = step.expect.policy.is_some() && step.expect.arrives == Some(Arrives::Never);
    let Some(shown) = target.identities.get(identity) else { return step.send.may != Some(true) };
    match step.send.may {
        Some(true) => allowed(step, operation, shown, target),
        Some(false) => !operation.allows(shown) && !allowed(step, operation, shown, target),
        None => !refusal || !operation.allows(shown),
    }
}

/// Whether the descriptor allows a caller this call: the operation or, with another method, what is declared for that
/// method.
fn allowed(step: &Step, operation: &OperationSpec, shown: &Credential, target: &Target) -> bool {
    let Some(method) = step.send.method.as_deref().filter(|method| *method != operation.method) else {
        return operation.allows(shown);
    };
    // HEAD is GET without a body (RFC 9110 section 9.3.2).
    let read = if method == "HEAD" { "GET" } else { method };
    let mut there = target.operations.values().filter(|known| known.shares_path(operation));
    there.any(|known| [method, read].contains(&known.method.as_str()) && known.allows(shown))
}

/// What a target would have to declare for all of this step to be possible. With `op: "*"`, operations that are for
/// none of the step's callers do not count.
pub fn gaps(step: &Step, target: &Target) -> Vec<String> {
    let absent = step.send.operations.named().iter().filter(|name| target.operation(name).is_none());
    let absent = absent.map(|name| match name.as_str() {
        LIMITED => "limits.rate".to_owned(),
        name => format!("operations.{name}"),
    });
    let all = step.send.operations == Choice::All && step.send.may.is_some();
    let for_some = |name: &&Operation| !all || callers_gap(step, name, target).is_none();
    let (meant, others): (Vec<_>, Vec<_>) = meant(step, target).into_iter().partition(for_some);
    let unmet = others.first().filter(|_| meant.is_empty()).and_then(|name| callers_gap(step, name, target));
    let unmet = unmet.and_then(|gap| Some(format!("operations: {}", gap.split_once(": ")?.1)));
    absent.chain(meant.into_iter().filter_map(|name| gap(step, name, target))).chain(unmet).collect()
}

/// What is missing if the step is for none of its callers.
fn callers_gap(step: &Step, name: &Operation, target: &Target) -> Option<String> {
    let operation = target.operations.get(name)?;
    let callers = Callers::new(step, operation, target).chosen(&step.send.identities);
    let caller = callers.first().filter(|_| !callers.iter().any(|who| fits(step, operation, who, target)))?;
    let does = if step.send.may == Some(true) { "allows" } else { "refuses" };
    Some(format!("operations.{name}: an `allow` that {does} `{caller}`"))
}

/// What is missing for this step with this operation.
fn gap(step: &Step, name: &Operation, target: &Target) -> Option<String> {
    let send = &step.send;
    let operation = target.operations.get(name)?;
    let cast = Callers::new(step, operation, target);
    let callers = cast.chosen(&send.identities);
    let nobody = !send.identities.is_none() && callers.is_empty();
    let caller = send.identities.named().first().filter(|_| nobody);
    let beside = step.flood.iter().flat_map(|flood| flood.beside.iter().map(|stream| &stream.identity));
    let mut beside = beside.chain(step.hold.iter().map(|hold| &hold.beside));
    if let Some(caller) = caller.or_else(|| beside.find(|caller| cast.find(caller).is_none())) {
        return Some(cast.lack(caller, name));
    }
    if !step.forge.is_empty() && forgers(step, operation, target).is_empty() {
        return Some("idp, and a token for an identity".to_owned());
    }
    if (step.probe.is_some() || send.via != Via::Url) && target.tls_url().is_none() {
        return Some("tls".to_owned());
    }
    // The tool places the task's object itself.
    let taken =
        |key: &String| key == "*" || (key == "id" && operation.tool.is_some()) || operation.parameter(key).is_some();
    if let Some(key) = send.fill.keys().find(|key| !taken(key)) {
        return Some(format!("operations.{name}: a parameter `{key}`"));
    }
    let internal = send.spoof.is_some() || send.headers.values().any(|text| text.contains("${internal}"));
    if internal && target.internal.is_empty() {
        return Some("internal".to_owned());
    }
    if send.member.is_some() && !operation.body.as_ref().is_some_and(Value::is_object) {
        return Some(format!("operations.{name}: a body with JSON members"));
    }
    // Without a declared operation, nothing says who may make the call.
    if (step.expect.policy.is_some() || send.may.is_some())
        && target.operations.values().all(|operation| operation.allow.is_empty())
    {
        return Some(format!("operations.{name}.allow"));
    }
    if let Some(gap) = callers_gap(step, name, target) {
        return Some(gap);
    }
    if let Some(gap) = owner(step, name, operation, target) {
        return Some(gap);
    }
    if send.fill.contains_key("*") && operation.texts().next().is_none() {
        return Some(format!("operations.{name}: a text parameter"));
    }
    let limits = &target.limits;
    if let Some(gap) = agent_gap(step, name, operation, target) {
        return Some(gap);
    }
    let limit = match send.stretch {
        Some(Stretch::Body(_) | Stretch::Chunks(_)) if limits.body.is_none() => Some("limits.body"),
        Some(Stretch::Header(_)) if limits.header.is_none() => Some("limits.header"),
        Some(Stretch::Url(_)) if limits.url.is_none() => Some("limits.url"),
        Some(Stretch::Depth(_)) if limits.depth.is_none() => Some("limits.depth"),
        _ => None,
    };
    let grows = |fault: &Fault| matches!(fault, Fault::Endless | Fault::GzipBomb);
    let endless = step.upstream.iter().flat_map(|answer| &answer.fault).any(grows);
    let response = (endless && limits.response.is_none()).then_some("limits.response");
    let rate = match (&step.flood, &limits.rate) {
        (Some(_), None) => Some("limits.rate"),
        (Some(_), Some(rate)) if !rate.covers(name) => Some("limits.rate.operations"),
        _ => None,
    };
    limit
        .or(response)
        .or(rate)
        .map(str::to_owned)
        .or_else(|| step.expect.gap(target))
        .or_else(|| outage_gap(step, target))
}

/// What is missing for a step of an agent.
fn agent_gap(step: &Step, name: &Operation, operation: &OperationSpec, target: &Target) -> Option<String> {
    if target.kind == TargetKind::Gateway {
        return None;
    }
    if operation.tool.is_none() {
        return Some(format!("operations.{name}.tool"));
    }
    let shakes = step.upstream.iter().any(|answer| answer.handshake.is_some());
    if shakes && !target.upstreams.get(&operation.upstream).is_some_and(|spec| spec.tls) {
        return Some(format!("upstreams.{}.tls", operation.upstream));
    }
    if let Some(OrderSpec::Call(ordered)) = &step.order
        && !has_tool(target, ordered)
    {
        return Some(format!("operations.{ordered}.tool"));
    }
    let mut scripted = step.script.iter().flat_map(ScriptedTurn::calls).map(|call| &call.op);
    if let Some(operation) = scripted.find(|operation| !has_tool(target, operation)) {
        return Some(format!("operations.{operation}.tool"));
    }
    let before = step.before.as_ref();
    let teller = before.and_then(|before| before.identity.as_ref());
    let cast = Callers::new(step, operation, target);
    if let Some(teller) = teller.filter(|teller| cast.find(teller).is_none()) {
        return Some(cast.lack(teller, name));
    }
    let task = target.task.as_ref();
    let http = task.and_then(|task| task.http.as_ref());
    let approval = http.and_then(|http| http.approval.as_ref());
    let own = target.task.as_ref().is_some_and(|task| task.own_model);
    let played = !step.script.is_empty()
        || before.is_some()
        || !matches!(step.model, None | Some(Behaviour::Diligent | Behaviour::Hijacked));
    let needs = [
        (own && played, "a model played by Pincer (no `own_model`)"),
        (step.approve.is_some() && approval.is_none(), "task.http.approval"),
        (
            step.approve == Some(Approve::Changed) && approval.is_none_or(|how| how.arguments.is_none()),
            "task.http.approval.arguments",
        ),
        (before.is_some() && !http.is_some_and(HttpTask::has_sessions), "task.http with `${session}`"),
        (before.is_some_and(|before| before.ended) && http.is_none_or(|http| http.end.is_none()), "task.http.end"),
        (http.is_none() && speaks_http(&step.send), "task.http"),
    ];
    needs.into_iter().find(|(lacks, _)| *lacks).map(|(_, key)| key.to_owned())
}

/// Whether an agent has a tool for the operation of this name.
fn has_tool(target: &Target, name: &Operation) -> bool {
    target.operation(name).and_then(|name| target.operations.get(name)).is_some_and(|known| known.tool.is_some())
}

/// Whether a call is more than a task: it has parts that only HTTP has, such as a caller's credential.
fn speaks_http(send: &Send) -> bool {
    let parts = send.body.is_some() || send.target.is_some() || send.method.is_some();
    parts || !send.headers.is_empty() || !send.identities.is_none()
}

/// What is missing so that Pincer can cause the outages of this step.
fn outage_gap(step: &Step, target: &Target) -> Option<String> {
    step.outage.iter().find_map(|outage| match outage {
        Outage::AuditDown if !target.can_lose_audit() => Some("audit.post, or audit.file and launch".to_owned()),
        outage if outage.is_of_keys() && target.idp.is_none() => Some("idp".to_owned()),
        _ => None,
    })
}

/// What is missing for a step about somebody's objects, members of a body, or the caller.
fn owner(step: &Step, name: &Operation, operation: &OperationSpec, target: &Target) -> Option<String> {
    let send = &step.send;
    let shown = |identity: &Identity| target.identities.get(identity);
    let cast = Callers::new(step, operation, target);
    let callers = cast.chosen(&send.identities);
    if let Some(whose) = &send.of {
        if operation.owned.is_empty() {
            return Some(format!("operations.{name}.owned"));
        }
        let Some(whose) = cast.find(whose) else { return Some(cast.lack(whose, name)) };
        let mut both = callers.iter().filter(|_| send.identities != Choice::All).copied().chain([whose]);
        if let Some(none) = both.find(|identity| !shown(identity).is_some_and(|shown| shown.owns(operation))) {
            return Some(format!("identities.{none}.objects"));
        }
    }
    if send.add.is_some() && !operation.body.as_ref().is_some_and(Value::is_object) {
        return Some(format!("operations.{name}.body"));
    }
    let answered = operation.answer.as_ref().is_some_and(Value::is_object);
    if step.upstream.iter().any(|answer| answer.add.is_some()) && !answered {
        return Some(format!("operations.{name}.answer"));
    }
    let silent = |identity: &&&Identity| shown(identity).is_none_or(|shown| shown.presents.is_empty());
    let wanted = step.expect.presents.is_some() && send.identities != Choice::All;
    let nameless = callers.iter().find(silent).filter(|_| wanted);
    nameless.map(|identity| format!("identities.{identity}.presents"))
}

impl Scenario {
    /// All its steps, benign ones first.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.benign.iter().chain(&self.attack)
    }

    /// Whether it measures time: by floods, busy connections, or how long an agent waits.
    pub fn measures(&self) -> bool {
        self.steps().any(|step| step.flood.is_some() || step.hold.is_some() || step.expect.patient.is_some())
    }
}
