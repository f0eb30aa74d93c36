//! Results under a baseline and waivers.

use std::collections::{BTreeMap, BTreeSet};

use super::{Baseline, Day, Waivers};
use crate::judge::{
    Acceptance, Comparison, FailOn, KnownFinding, Results, ScenarioResult, Waiver, WaiverState, Waiving,
};
use crate::vocab::Verdict;

/// What is accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Known findings.
    pub baseline: Option<Baseline>,
    /// Waivers.
    pub waivers: Option<Waivers>,
    /// What ends the run with another exit code than 0.
    pub fail_on: Vec<FailOn>,
    /// Whether what the baseline or the waivers hold in vain fails the run.
    pub strict: bool,
    /// The day of the run: later than a waiver's, the waiver holds no more.
    pub today: Day,
}

/// Notes at each finding whether it is known and waived, and sets the exit code that follows.
pub fn settle(results: &mut Results, accepted: &Accepted) {
    let waivers = accepted.waivers.as_ref().map_or(&[][..], |waivers| &waivers.waivers);
    let waivers = waivers.iter().enumerate().map(|(at, waiver)| waive(results, accepted, at, waiver)).collect();
    let baseline = accepted.baseline.as_ref().map(|baseline| compare(results, baseline));
    let mut fail_on = accepted.fail_on.clone();
    fail_on.sort_unstable();
    fail_on.dedup();
    let acceptance = Acceptance { fail_on, strict: accepted.strict, baseline, waivers };
    results.exit = acceptance.exit(&results.scenarios, results.interrupted);
    results.acceptance = Some(acceptance);
}

/// Lays one waiver over the results.
fn waive(results: &mut Results, accepted: &Accepted, at: usize, waiver: &Waiver) -> Waiving {
    let expired = Day::of(&waiver.expires).is_none_or(|last| last < accepted.today);
    let mut covers = 0;
    let mut ran = waiver.fingerprint.is_some();
    let names = |s: &ScenarioResult| waiver.id.as_ref().is_some_and(|id| s.id == *id || s.control == *id);
    for scenario in &mut results.scenarios {
        if names(scenario) {
            ran |= concluded(scenario);
            if matches!(scenario.verdict, Verdict::Fail | Verdict::Warn | Verdict::Inconclusive) {
                ran = true;
                covers += 1;
                // The first waiver of a scenario is the one that is told.
                scenario.waiver = scenario.waiver.or((!expired).then_some(at));
            }
        }
        let of = |mark: &String| waiver.fingerprint.as_ref() == Some(mark);
        for finding in scenario.findings.iter_mut().filter(|finding| of(&finding.fingerprint)) {
            covers += 1;
            finding.waiver = finding.waiver.or((!expired).then_some(at));
        }
    }
    let state = match (expired, covers, ran) {
        (true, ..) => WaiverState::Expired,
        (false, 1.., _) => WaiverState::Active,
        (false, 0, true) => WaiverState::Unused,
        (false, 0, false) => WaiverState::NotRun,
    };
    Waiving { waiver: waiver.clone(), state, covers }
}

/// Compares the results with a baseline. A fingerprint counts only in the scenario in which it was known.
fn compare(results: &mut Results, baseline: &Baseline) -> Comparison {
    let mut entries: BTreeMap<(&str, &str), &KnownFinding> =
        baseline.findings.iter().map(|entry| ((entry.scenario.as_str(), entry.fingerprint.as_str()), entry)).collect();
    let all = entries.clone();
    let mut new = BTreeSet::new();
    let mut seen = BTreeSet::new();
    for scenario in &mut results.scenarios {
        for finding in &mut scenario.findings {
            let key = (scenario.id.clone(), finding.fingerprint.clone());
            let known = all.contains_key(&(key.0.as_str(), key.1.as_str()));
            finding.known = Some(known);
            if known { &mut seen } else { &mut new }.insert(key);
        }
    }
    entries.retain(|(scenario, mark), _| !seen.contains(&((*scenario).to_owned(), (*mark).to_owned())));
    let by_id: BTreeMap<&str, &ScenarioResult> = results.scenarios.iter().map(|s| (s.id.as_str(), s)).collect();
    let mut comparison = Comparison { known: count(seen.len()), new: count(new.len()), ..Comparison::default() };
    for entry in entries.into_values() {
        match by_id.get(entry.scenario.as_str()) {
            Some(scenario) if concluded(scenario) && scenario.unlisted == 0 => comparison.fixed.push(entry.clone()),
            Some(_) => comparison.open.push(entry.clone()),
            // The scenario was not selected, or is for another kind of target.
            None => {}
        }
    }
    comparison
}

/// Whether a scenario came to a verdict about the target.
fn concluded(scenario: &ScenarioResult) -> bool {
    matches!(scenario.verdict, Verdict::Pass | Verdict::Fail | Verdict::Warn)
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
