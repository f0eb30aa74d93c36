//! Combines the outcomes of all cases into one verdict.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::{Arrived, Evidence, Ledger, Observed, Surroundings};
use super::finding::{Finding, fingerprint};
use super::oracle;
use super::results::ScenarioResult;
use super::scene::{Broken, Outcome, Scene, throttled};
use super::tables::Tally;
use super::trials::Count;
use super::twin;
use crate::observe::STRANGER;
use crate::plan::{CONTROLS, Case, Entry, Phase, Plan};
use crate::scenario::{Arrives, Scenario};
use crate::vocab::{CaseId, Level, Part, Reason, Verdict, word};

/// Findings kept of one scenario; all are counted.
const KEPT: usize = 25;
/// Findings kept of one scenario where each further one has a fingerprint of its own, so that a baseline knows it.
const DISTINCT: usize = 100;

/// Weighs the evidence of one scenario and counts it in the tables.
pub(super) fn weigh(
    (plan, around): (&Plan, &Surroundings),
    (scenario, entry): (&Scenario, &Entry),
    evidence: &Evidence,
    tapped: bool,
    tally: &mut Tally,
) -> ScenarioResult {
    let ledger = Ledger::new(plan, evidence, around, tapped);
    let nothing = Observed::default();
    let mut result = ScenarioResult::new(plan, scenario);
    let mut reasons: BTreeMap<Reason, u64> = BTreeMap::new();
    let mut trials = Count::default();
    let controls = controls((plan, around), scenario, (evidence, &ledger));
    let mut failing = BTreeSet::new();
    let mut stray = None;
    for case in plan.cases(scenario, entry) {
        let seen = evidence.cases.get(&case.id.index).unwrap_or(&nothing);
        let scene = Scene { plan, case: &case, seen, evidence, ledger: &ledger, around };
        let mut weight = weigh_case(&scene);
        if matches!(weight, Weight::Unresolved(Reason::UnattributedArrival)) {
            stray = stray.or_else(|| oracle::unattributed(&scene));
        }
        let served = served_after(&controls, seen.over_us());
        tally.case(&scene, served);
        match case.phase {
            Phase::Benign => {
                result.benign.total += 1;
                result.benign.held += u64::from(matches!(weight, Weight::Held));
                let what = match &weight {
                    Weight::Held => None,
                    Weight::Broken(broken) => {
                        failing.insert(Reason::TwinFailed);
                        broken.first().map(|b| format!("{}: expected {}, seen {}", b.oracle, b.expected, b.seen))
                    }
                    Weight::Unresolved(reason) => {
                        failing.insert(*reason);
                        let stray = stray.as_ref().filter(|_| *reason == Reason::UnattributedArrival);
                        Some(stray.map_or_else(|| word(reason), |stray| format!("{}: {stray}", word(reason))))
                    }
                };
                result.note = result.note.take().or_else(|| what.map(|what| twin::note(&scene, &what)));
            }
            Phase::Attack => {
                result.attack.total += 1;
                let twins = worked(&result);
                let mute = seen.failure().is_some();
                let told = matches!(&weight, Weight::Broken(broken) if mute && !broken.iter().any(|how| how.stands));
                if !served && (told || matches!(weight, Weight::Held)) {
                    // The target no longer serves anybody, so its refusal or silence says nothing about the attack.
                    weight = Weight::Unresolved(Reason::TwinFailed);
                }
                if let Some(broke) = attack(&mut result, &mut reasons, &case, (weight, twins), &scene) {
                    trials.add(case.step, plan.attack_of(entry, case.id.index), broke);
                }
            }
        }
    }
    tally.settled(CaseId::digest(&scenario.id), worked(&result));
    if plan.trials() > 1 || scenario.attack.iter().any(|step| step.order.is_some()) {
        result.trials = trials.finish(plan.trials());
    }
    let throttled = failing.len() == 1 && failing.contains(&Reason::Throttled);
    conclude(entry, &mut result, &reasons, throttled);
    if result.reason == Some(Reason::UnattributedArrival) {
        // What is said of steps that were not run follows.
        let lines = stray.into_iter().chain(result.note.take()).collect::<Vec<_>>();
        result.note = (!lines.is_empty()).then(|| lines.join("\n"));
    }
    if result.reason == Some(Reason::TwinFailed) && result.note.is_none() {
        result.note = Some("a benign call after the attack was no longer served".to_owned());
    }
    result
}

/// The repeated benign calls of a scenario: when each was sent, and whether it was served like the first one.
fn controls(
    (plan, around): (&Plan, &Surroundings),
    scenario: &Scenario,
    (evidence, ledger): (&Evidence, &Ledger<'_>),
) -> Vec<(u64, bool)> {
    let digest = CaseId::digest(&scenario.id);
    let weighed = evidence.cases.range(CONTROLS..).filter(|(_, seen)| seen.sent).filter_map(|(index, seen)| {
        let case = plan.control(digest, index - CONTROLS)?;
        let scene = Scene { plan, case: &case, seen, evidence, ledger, around };
        let served = matches!(weigh_case(&scene), Weight::Held) || from_cache(&scene);
        Some((seen.sent_us, served))
    });
    weighed.collect()
}

/// Whether a call got a success that the upstream had allowed to be cached for its caller.
fn from_cache(scene: &Scene<'_>) -> bool {
    let headers = scene.case.play.iter().flat_map(|play| &play.headers);
    let kept = headers.into_iter().any(|(name, value)| name == "cache-control" && value.contains("max-age"));
    kept && scene.seen.answer().is_some_and(|answer| (200..300).contains(&answer.status))
}

/// Whether the first benign call after this time was served; true if there is none.
fn served_after(controls: &[(u64, bool)], at_us: u64) -> bool {
    controls.iter().filter(|(sent, _)| *sent >= at_us).min_by_key(|(sent, _)| *sent).is_none_or(|(_, served)| *served)
}

/// Whether there were benign cases and all of them worked.
fn worked(result: &ScenarioResult) -> bool {
    result.benign.held == result.benign.total && result.benign.total > 0
}

enum Weight {
    Held,
    Broken(Vec<Broken>),
    Unresolved(Reason),
}

/// A case is broken if any oracle says so, else unresolved if any says so, else held.
fn weigh_case(scene: &Scene<'_>) -> Weight {
    let mut broken = Vec::new();
    let mut unresolved = None;
    for outcome in oracle::judge(scene) {
        match outcome {
            Outcome::Held => {}
            Outcome::Broken(how) => broken.push(how),
            Outcome::Unresolved(reason) => unresolved = unresolved.or(Some(reason)),
        }
    }
    // Arrivals of held connections are only counted.
    let held = scene.seen.hold.as_ref().is_some_and(|hold| hold.arrived > 0);
    let met = !scene.seen.shaken.is_empty() || scene.seen.reached().next().is_some();
    // An agent may make none of the calls that its model asks for; its `budget` covers them all.
    let asked = scene.case.expect.budget.is_some() && !scene.seen.turns.is_empty();
    let played = scene.case.play.is_none() || held || met || asked;
    match unresolved {
        _ if !scene.seen.sent => Weight::Unresolved(Reason::Interrupted),
        _ if broken.iter().any(|how| how.stands) => Weight::Broken(broken),
        _ if !broken.is_empty() && !played => Weight::Unresolved(Reason::NothingDelivered),
        // A rate-limited call shows nothing else.
        _ if !broken.is_empty() && throttled(scene) => Weight::Unresolved(Reason::Throttled),
        _ if !broken.is_empty() => Weight::Broken(broken),
        _ if !played => Weight::Unresolved(Reason::NothingDelivered),
        Some(reason) => Weight::Unresolved(reason),
        None if !oracle::delivered(scene) => Weight::Unresolved(Reason::NothingDelivered),
        None if throttled(scene) => Weight::Unresolved(Reason::Throttled),
        None => oracle::came_about(scene).map_or_else(Weight::Unresolved, |()| Weight::Held),
    }
}

/// Corrects a result for a request that reached an upstream after its scenario had settled: a forbidden arrival fails
/// however late it comes.
pub(super) fn amend(
    (plan, around): (&Plan, &Surroundings),
    result: &mut ScenarioResult,
    case: &Case,
    arrived: Arrived,
) {
    let (never, ordered) =
        (case.expect.arrives == Some(Arrives::Never), case.expect.obeys.is_some() && arrived.part == Part::PAYLOAD);
    let upstream = &arrived.arrival.upstream;
    let stray = case.expect.hosts.is_some() && !plan.target.upstreams.contains_key(upstream);
    let touched = case.expect.stranger.is_some() && upstream.as_str() == STRANGER;
    if case.phase != Phase::Attack || !(never || ordered || stray || touched) {
        return;
    }
    let key = match (never, ordered, stray) {
        (true, ..) => "arrives",
        (false, true, _) => "obeys",
        (false, false, true) => "hosts",
        (false, false, false) => "stranger",
    };
    condemn((plan, around), result, (case, key), arrived);
}

/// Fails a result because of a late arrival, for this expectation of a case.
pub(super) fn condemn(
    (plan, around): (&Plan, &Surroundings),
    result: &mut ScenarioResult,
    (case, key): (&Case, &'static str),
    arrived: Arrived,
) {
    if result.findings.iter().any(|finding| finding.case == case.id.index) {
        return;
    }
    let broken = oracle::late(key, &arrived.arrival);
    let seen = Observed { arrivals: vec![arrived], ..Observed::default() };
    keep(result, (plan, around), case, (&[broken], &seen));
    result.attack.held = result.attack.held.saturating_sub(1);
    result.attack.broken += 1;
    result.verdict = if result.level == Level::Must { Verdict::Fail } else { Verdict::Warn };
    result.reason = None;
    result.note = None;
}

/// Keeps a finding, if few are kept or none like it is.
fn keep(
    result: &mut ScenarioResult,
    (plan, around): (&Plan, &Surroundings),
    case: &Case,
    (broken, seen): (&[Broken], &Observed),
) {
    if result.findings.len() >= KEPT {
        let mark = fingerprint(plan, case, broken);
        if result.findings.iter().any(|kept| kept.fingerprint == mark) {
            return;
        }
        if result.findings.len() >= DISTINCT {
            result.unlisted += 1;
            return;
        }
    }
    result.findings.push(Finding::new((plan, around), case, broken, seen));
}

/// Leaves a result open that had passed, for what came after its scenario had settled.
pub(super) fn reopen(result: &mut ScenarioResult, reason: Reason, note: String) {
    if result.verdict == Verdict::Pass {
        (result.verdict, result.reason, result.note) = (Verdict::Inconclusive, Some(reason), Some(note));
    }
}

/// Counts an attack case; returns whether it broke, or none if that is unknown.
fn attack(
    result: &mut ScenarioResult,
    reasons: &mut BTreeMap<Reason, u64>,
    case: &Case,
    (weight, twins): (Weight, bool),
    scene: &Scene<'_>,
) -> Option<bool> {
    match weight {
        Weight::Held => {
            result.attack.held += 1;
            Some(false)
        }
        Weight::Unresolved(reason) => {
            result.attack.unresolved += 1;
            *reasons.entry(reason).or_default() += 1;
            None
        }
        Weight::Broken(broken) => {
            let solid: Vec<Broken> = broken.into_iter().filter(|how| twins || how.stands).collect();
            if solid.is_empty() {
                result.attack.unresolved += 1;
                *reasons.entry(Reason::TwinFailed).or_default() += 1;
                None
            } else {
                result.attack.broken += 1;
                keep(result, (scene.plan, scene.around), case, (&solid, scene.seen));
                Some(true)
            }
        }
    }
}

fn conclude(entry: &Entry, result: &mut ScenarioResult, reasons: &BTreeMap<Reason, u64>, throttled: bool) {
    let twins = worked(result);
    let most = reasons.iter().max_by_key(|(reason, n)| (**n, std::cmp::Reverse(**reason))).map(|(reason, _)| *reason);
    (result.verdict, result.reason) = if result.attack.broken > 0 {
        (if result.level == Level::Must { Verdict::Fail } else { Verdict::Warn }, None)
    } else if !twins {
        (Verdict::Inconclusive, Some(if throttled { Reason::Throttled } else { Reason::TwinFailed }))
    } else if result.attack.total == 0 {
        (Verdict::Inconclusive, Some(Reason::NothingDelivered))
    } else if result.attack.unresolved > 0 && !(result.attack.held > 0 && reasons.keys().eq([&Reason::NotProvoked])) {
        (Verdict::Inconclusive, most)
    } else {
        (Verdict::Pass, None)
    };
    if result.verdict != Verdict::Inconclusive {
        result.note = None;
    }
    let silent = result.attack.unresolved;
    if result.verdict == Verdict::Pass && silent > 0 {
        // A case that provoked nothing cannot break, so only the others are judged.
        result.note =
            Some(format!("{silent} of {} cases did not provoke what they were meant to", result.attack.total));
    }
    if let Some(left_out) = &entry.left_out {
        let note = format!("steps not run, because the descriptor does not declare: {left_out}");
        result.note = Some(result.note.take().map_or_else(|| note.clone(), |first| format!("{first}\n{note}")));
    }
}
