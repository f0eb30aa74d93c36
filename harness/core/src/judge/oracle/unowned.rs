//! Arrivals that nobody owns: no claim that something did not arrive may rest beside them.

use percent_encoding::percent_decode_str;

use super::super::evidence::Surroundings;
use super::access::allows;
use super::arrives::describe;
use super::route::{fits_behind, path};
use super::{Outcome, Scene, stands};
use crate::observe::{Arrival, Meaning, STRANGER};
use crate::plan::{Case, Entry, Line, Order, Phase, Plan, ToolCall};
use crate::scenario::{Arrives, OperationSpec, Scenario};
use crate::vocab::Reason;

/// How long after its answer a call may still be on its way, in microseconds.
const LATE_US: u64 = 250_000;

/// What arrivals without an owner say of a case that claims an absence: one that looks like what is forbidden, in the
/// case's own time, breaks the claim; any other leaves it open. A write that may be made once was made again where one like
/// it comes besides.
///
/// A finding: expected no arrival; seen `POST /transfers` at `ledger`, without a mark, while this call was under way.
pub(in crate::judge) fn unowned(scene: &Scene<'_>) -> Option<Outcome> {
    let (plan, around, seen) = (scene.plan, scene.around, scene.seen);
    let claim = claim((plan, scene.case))?;
    let key = claim.key();
    let looks = |arrival: &Arrival| forbidden((plan, around), scene.case, arrival);
    let over = seen.over_us().saturating_add(LATE_US);
    let mut later = scene.evidence.unowned.iter().filter(|(at, arrival)| {
        let telling = claim != Claim::Once || looks(arrival);
        *at >= seen.sent_us && telling && !is_known(scene, arrival)
    });
    let mut meanwhile = later.clone().filter(|(at, _)| *at <= over);
    if let Some((_, arrival)) = meanwhile.clone().find(|(_, arrival)| looks(arrival)) {
        let seen = format!("{}, without a mark, while this call was under way", describe(arrival));
        match claim {
            // The first one may have lost its mark.
            Claim::Once if scene.seen.arrived().next().is_none() => {}
            Claim::Once => return Some(stands(key, "at most one arrival", seen)),
            Claim::Never(_) => return Some(stands(key, "no arrival", seen)),
        }
    }
    let open = Some(Outcome::Unresolved(Reason::UnattributedArrival));
    if meanwhile.next().is_some() {
        return open;
    }
    // What came later belongs to the calls of that time, if there were any.
    let owned = |at: u64| {
        let mut others = scene.evidence.cases.values().filter(|other| other.sent);
        others.any(|other| (other.sent_us..=other.over_us().saturating_add(LATE_US)).contains(&at))
    };
    later.any(|(at, _)| !owned(*at)).then_some(open).flatten()
}

/// Which arrival without an owner leaves a case open: one of the case's own time, else the first.
pub(in crate::judge) fn unattributed(scene: &Scene<'_>) -> Option<String> {
    let unknown = || scene.evidence.unowned.iter().filter(|(_, arrival)| !is_known(scene, arrival));
    let (at_us, arrival) = unknown().find(|(at, _)| meanwhile(scene, *at)).or_else(|| unknown().next())?;
    let during = if meanwhile(scene, *at_us) { format!(" during case {}", scene.case.id.index) } else { String::new() };
    Some(told((*at_us, arrival), &during))
}

/// What a user needs to find an arrival without an owner: what it is, where and when it came.
pub(in crate::judge) fn told((at_us, arrival): (u64, &Arrival), during: &str) -> String {
    let seconds = std::time::Duration::from_micros(at_us).as_secs_f64();
    format!(
        "{} came{during}, {seconds:.3} s after the run began (`at_us` {at_us} in trace.jsonl); if not the target sent it, \
         give what did another address",
        describe(arrival)
    )
}

/// Whether an arrival without an owner may belong to a case. Background arrivals, which also come without a call, do not.
pub(super) fn unexplained(scene: &Scene<'_>) -> bool {
    scene.evidence.unowned.iter().any(|(_, arrival)| !is_known(scene, arrival))
}

/// Whether something came while the case's call was under way, or shortly after.
pub(super) fn meanwhile(scene: &Scene<'_>, at_us: u64) -> bool {
    (scene.seen.sent_us..=scene.seen.over_us().saturating_add(LATE_US)).contains(&at_us)
}

/// The case of an unmarked arrival that came after its scenario had settled.
#[derive(Debug)]
pub(in crate::judge) enum Belated {
    /// Only this case sent such a call, and by this expectation the call must not arrive.
    Of(Box<Case>, &'static str),
    /// It looks like a call that must not arrive, but several cases may have sent it.
    Open,
}

/// What an arrival without an owner says of a scenario that settled before it came.
pub(in crate::judge) fn belated(
    (plan, around): (&Plan, &Surroundings),
    scenario: &Scenario,
    arrival: &Arrival,
) -> Option<Belated> {
    let (_, entry) = plan.scenarios().find(|(known, _)| known.id == scenario.id)?;
    if arrival.upstream.as_str() == STRANGER {
        return at_the_stranger(plan, scenario, entry);
    }
    let claims = |case: &Case| case.phase == Phase::Attack && claim((plan, case)).is_some();
    let looks = |case: &Case| forbidden((plan, around), case, arrival) && !is_background((plan, around), case, arrival);
    let mut alike = plan.cases(scenario, entry).filter(|case| is_call_of(around, case, arrival));
    match (alike.next(), alike.next()) {
        (Some(case), None) if claims(&case) && looks(&case) => {
            let key = claim((plan, &case))?;
            match key {
                Claim::Never(key) => Some(Belated::Of(Box::new(case), key)),
                Claim::Once => Some(Belated::Open),
            }
        }
        _ => plan.cases(scenario, entry).any(|case| claims(&case) && looks(&case)).then_some(Belated::Open),
    }
}

/// What an arrival at a host that nobody but the target was told of says of a scenario in which none may come there.
fn at_the_stranger(plan: &Plan, scenario: &Scenario, entry: &Entry) -> Option<Belated> {
    let key = |case: &Case| {
        let hosts = case.expect.hosts.map(|_| "hosts");
        hosts.or_else(|| case.expect.stranger.map(|_| "stranger")).filter(|_| case.phase == Phase::Attack)
    };
    let mut claiming = plan.cases(scenario, entry).filter_map(|case| Some((key(&case)?, case)));
    match (claiming.next()?, claiming.next()) {
        ((key, case), None) => Some(Belated::Of(Box::new(case), key)),
        (_, Some(_)) => Some(Belated::Open),
    }
}

/// What a case says of what may arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Claim {
    /// Nothing, by this expectation.
    Never(&'static str),
    /// A write, once.
    Once,
}

impl Claim {
    fn key(self) -> &'static str {
        match self {
            Self::Never(key) => key,
            Self::Once => "arrives",
        }
    }
}

/// The expectation by which the case claims that something does not arrive.
fn claim((plan, case): (&Plan, &Case)) -> Option<Claim> {
    let expect = &case.expect;
    let never = if expect.arrives == Some(Arrives::Never) {
        Some("arrives")
    } else if expect.policy.is_some() && allows(plan, case) == Some(false) {
        Some("policy")
    } else if expect.obeys.is_some() {
        Some("obeys")
    } else {
        expect.trusts.map(|_| "trusts")
    };
    let writes = method(plan, case).is_some_and(|method| !matches!(method, "GET" | "HEAD" | "OPTIONS"));
    let once = (expect.arrives == Some(Arrives::AtMostOnce) && writes).then_some(Claim::Once);
    never.map(Claim::Never).or(once)
}

/// Whether an arrival looks like what the case forbids: the method and the route of the operation.
fn forbidden((plan, around): (&Plan, &Surroundings), case: &Case, arrival: &Arrival) -> bool {
    let target = &plan.target;
    let change = around.calibration.as_ref().map(|calibration| &calibration.path);
    let of = |operation: &OperationSpec, method: &str| {
        operation.upstream == arrival.upstream
            && method == arrival.method
            && fits_behind(&operation.path, &arrival.target.lossy(), change)
    };
    if case.expect.obeys.is_some() {
        let tools = ordered(case);
        return target
            .operations
            .values()
            .filter(|operation| operation.tool.as_ref().is_some_and(|tool| tools.contains(&tool.name.as_str())))
            .any(|operation| of(operation, &operation.method));
    }
    let operation = target.operations.get(&case.operation).zip(method(plan, case));
    operation.is_some_and(|(operation, method)| of(operation, method))
}

/// The method of the call that a case makes, or of the tool that it asks an agent to use.
fn method<'a>(plan: &'a Plan, case: &'a Case) -> Option<&'a str> {
    let operation = plan.target.operations.get(&case.operation)?;
    let own = case.call.http().filter(|call| case.mind.is_none() && !call.method.is_empty());
    Some(own.map_or(operation.method.as_str(), |call| call.method.as_str()))
}

/// Whether benign calls showed that such requests come though nobody calls: the same one, or one of the same method and path
/// that is not what the case forbids, such as a health check with the time in its query.
fn is_background((plan, around): (&Plan, &Surroundings), case: &Case, arrival: &Arrival) -> bool {
    let background = around.calibration.iter().flat_map(|calibration| &calibration.background);
    let target = arrival.target.lossy();
    let mut alike = background
        .filter(|(method, known)| *method == arrival.method && shape(known) == shape(&target))
        .map(|(_, known)| *known == target)
        .peekable();
    alike.peek().is_some() && (alike.any(|same| same) || !forbidden((plan, around), case, arrival))
}

/// Whether an arrival is one of those that come though nobody calls: known before the suite, or seen in the scenario's first
/// benign call as well.
fn is_known(scene: &Scene<'_>, arrival: &Arrival) -> bool {
    let of = (scene.plan, scene.around);
    let first = scene.evidence.cases.get(&0).filter(|_| scene.case.phase == Phase::Attack);
    let during =
        |at: u64| at < scene.seen.sent_us && first.is_some_and(|first| (first.sent_us..=first.over_us()).contains(&at));
    let alike = |known: &Arrival| {
        known.upstream == arrival.upstream
            && known.method == arrival.method
            && shape(&known.target.lossy()) == shape(&arrival.target.lossy())
    };
    is_background(of, scene.case, arrival)
        || scene.evidence.unowned.iter().any(|(at, known)| during(*at) && alike(known))
            && !forbidden(of, scene.case, arrival)
}

/// The path of a target, and a star for each segment that is different each time.
fn shape(target: &str) -> Vec<&str> {
    let varies = |segment: &str| segment.bytes().any(|byte| byte.is_ascii_digit()) && segment.len() > 2;
    path(target).split('/').map(|segment| if varies(segment) { "*" } else { segment }).collect()
}

/// Whether an arrival has the method, the path, the query and the body of a case's call, in whatever spelling.
fn is_call_of(around: &Surroundings, case: &Case, arrival: &Arrival) -> bool {
    let Some(call) = case.call.http() else { return false };
    let (sent, seen) = (call.target.lossy(), arrival.target.lossy());
    let change = around.calibration.as_ref().map(|calibration| &calibration.path);
    let sent = change.map_or_else(|| sent.to_string(), |change| change.apply(&sent));
    let decoded = |text: &str| percent_decode_str(&text.replace('+', "%20")).decode_utf8_lossy().into_owned();
    let body = call.body_bytes();
    call.method == arrival.method
        && decoded(&sent) == decoded(&seen)
        && Meaning::of(body) == Meaning::of(&arrival.body.bytes.0)
}

/// The tools of the calls that the case plants or lets the model wish for: those about what the case planted.
fn ordered(case: &Case) -> Vec<&str> {
    let Some(mind) = &case.mind else { return Vec::new() };
    let order = match &mind.order {
        Some(Order::Call(call)) => Some(call.name.as_str()),
        _ => None,
    };
    let planted = |call: &ToolCall| call.arguments.values().any(|value| value.to_string().contains(&mind.sign));
    let wished = mind.script.iter().filter_map(|line| match line {
        Line::Call(call) if planted(call) => Some(call.name.as_str()),
        _ => None,
    });
    order.into_iter().chain(wished).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_different_each_time_does_not_tell_paths_apart() {
        assert_eq!(shape("/policies/8f2a/rules?t=1"), shape("/policies/77c1/rules?t=2"));
        assert_ne!(shape("/v1/health"), shape("/v2/health"));
        assert_ne!(shape("/health"), shape("/healthy"));
    }
}
