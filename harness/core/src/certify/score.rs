//! What the results of a run are by a profile.

use serde::{Deserialize, Serialize};

use crate::judge::{Results, ScenarioResult};
use crate::scenario::{Profile, Suite};
use crate::vocab::{Digest, Verdict};

/// Whether a target meets a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Outcome {
    /// It does.
    Passed,
    /// It does, but breaks a SHOULD.
    Warned,
    /// It does not, or that was not shown.
    Failed,
}

/// What became of one control.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Every scenario that is applicable passed.
    Passed,
    /// One of them warned.
    Warned,
    /// One of them failed, or proved nothing.
    Failed,
    /// None of them is applicable to this target.
    NotTestable,
}

/// One control of the profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlScore {
    /// Its id.
    pub id: String,
    /// What became of it.
    pub status: Status,
    /// Why, unless it passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// The results of a run by a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scored {
    /// Name of the profile.
    pub profile: String,
    /// Its digest.
    pub digest: Digest,
    /// Whether it is met.
    pub result: Outcome,
    /// What keeps the run as a whole from counting.
    pub faults: Vec<String>,
    /// Its controls.
    pub controls: Vec<ControlScore>,
    /// Scenarios that ran and do not count: `added-after-release`.
    pub not_scored: Vec<String>,
}

/// How a run was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ran {
    /// How often each attack case was done.
    pub trials: u32,
    /// Whether only one attack case was done.
    pub only_case: bool,
    /// Whether the target has a model of its own.
    pub own_model: bool,
}

impl Scored {
    /// The controls that are in a status.
    pub fn those(&self, status: Status) -> Vec<String> {
        self.controls.iter().filter(|control| control.status == status).map(|control| control.id.clone()).collect()
    }
}

/// Scores the results of a run.
pub fn score(profile: &Profile, (suite, ran): (&Suite, Ran), results: &Results) -> Scored {
    let controls: Vec<ControlScore> = profile
        .controls
        .keys()
        .map(|control| {
            let (status, note) = of_control(profile, control, suite, results);
            ControlScore { id: control.to_string(), status, note }
        })
        .collect();
    let cases: u64 = results.scenarios.iter().map(|scenario| scenario.attack.total).sum();
    let mut faults = Vec::new();
    if profile.r#for != results.target.kind {
        faults.push(format!("the profile is for {}s", crate::vocab::word(&profile.r#for)));
    }
    if results.interrupted {
        faults.push("the run did not finish".to_owned());
    }
    if ran.only_case {
        faults.push("only one attack case was run (`--case`)".to_owned());
    }
    if cases < profile.floors.run {
        faults.push(format!("{cases} attack cases were run, and the profile needs {}", profile.floors.run));
    }
    if ran.own_model && ran.trials < profile.trials {
        faults.push(format!("each attack was tried {} times, and the profile needs {}", ran.trials, profile.trials));
    }
    let has = |status| controls.iter().any(|control| control.status == status);
    let result = match (has(Status::Failed) || has(Status::NotTestable) || !faults.is_empty(), has(Status::Warned)) {
        (true, _) => Outcome::Failed,
        (false, true) => Outcome::Warned,
        (false, false) => Outcome::Passed,
    };
    let not_scored = results.scenarios.iter().map(|scenario| scenario.id.clone());
    let not_scored = not_scored.filter(|id| !profile.scores(id)).collect();
    Scored { profile: profile.name.clone(), digest: profile.digest, result, faults, controls, not_scored }
}

fn of_control(
    profile: &Profile,
    control: &crate::vocab::ControlId,
    suite: &Suite,
    results: &Results,
) -> (Status, Option<String>) {
    let Some(required) = profile.controls.get(control) else { return (Status::Failed, None) };
    let found = |id: &str| results.scenarios.iter().find(|scenario| scenario.id == *id);
    let ids: Vec<String> = required.ids(control).collect();
    if let Some(missing) = ids.iter().find(|id| found(id).is_none()) {
        return (Status::Failed, Some(format!("{missing} was not run")));
    }
    if suite.revision(control, &required.scenarios).as_ref() != Some(&required.revision) {
        let note = format!("the scenarios that ran are not those of revision {}", required.revision);
        return (Status::Failed, Some(note));
    }
    let scored: Vec<&ScenarioResult> = ids.iter().filter_map(|id| found(id)).collect();
    let worst = |verdicts: &[Verdict]| scored.iter().find(|scenario| verdicts.contains(&scenario.verdict));
    if let Some(scenario) = worst(&[Verdict::Fail, Verdict::Error, Verdict::Inconclusive]) {
        return (Status::Failed, Some(because(scenario)));
    }
    let tested: Vec<_> = scored.iter().filter(|scenario| scenario.verdict != Verdict::NotApplicable).collect();
    if tested.is_empty() {
        return (Status::NotTestable, scored.first().map(|scenario| because(scenario)));
    }
    let cases: u64 = tested.iter().map(|scenario| scenario.attack.total).sum();
    if cases < profile.floors.control {
        return (Status::Failed, Some(format!("{cases} attack cases are fewer than {}", profile.floors.control)));
    }
    match worst(&[Verdict::Warn]) {
        Some(scenario) => (Status::Warned, Some(because(scenario))),
        None => (Status::Passed, None),
    }
}

fn because(scenario: &ScenarioResult) -> String {
    let first = |text: &str| text.lines().next().unwrap_or_default().to_owned();
    let finding = scenario.findings.first().map(|finding| first(&finding.title));
    let why = scenario.note.as_deref().map(first).or_else(|| scenario.reason.map(|reason| reason.text().to_owned()));
    let why = finding.or(why).map(|why| format!(" ({why})")).unwrap_or_default();
    format!("{}: {}{why}", scenario.id, scenario.verdict.word().replace('_', " "))
}

/// The digest of the verdicts, scenario by scenario: whoever judges the trace again gets the same.
pub fn verdicts(results: &Results) -> Digest {
    let rows: Vec<_> = results.scenarios.iter().map(|s| (&s.id, s.verdict, s.reason, &s.benign, &s.attack)).collect();
    Digest::of_value(&(rows, results.interrupted))
}
