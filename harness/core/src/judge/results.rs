//! Results, for programs.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::finding::{Finding, Place};
use super::standing::Acceptance;
use super::tables::Tables;
use super::trials::Trials;
use crate::observe::{Calibration, Start, Trail};
use crate::plan::Plan;
use crate::scenario::Scenario;
use crate::vocab::{Digest, Exit, Level, Nonce, Reason, TargetKind, Verdict};

/// The results of a run. Serialised, it is `results.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Results {
    /// `pincer/results`.
    pub format: String,
    /// Format version.
    pub version: u32,
    /// The run.
    pub run: RunFacts,
    /// The target.
    pub target: TargetFacts,
    /// The suite.
    pub suite: SuiteFacts,
    /// The result of the calibration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibration>,
    /// Scenarios by verdict.
    pub summary: BTreeMap<String, u64>,
    /// The scenarios, in order of their ids.
    pub scenarios: Vec<ScenarioResult>,
    /// The tables: payloads, access and floods.
    pub tables: Tables,
    /// What was accepted before the run: a baseline and waivers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acceptance: Option<Acceptance>,
    /// Whether the run was stopped before its end.
    pub interrupted: bool,
    /// What there is to say of the trace that the verdicts rest on: whether it is whole, and its root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<Trail>,
    /// The exit code.
    pub exit: Exit,
}

/// Facts of the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunFacts {
    /// Id.
    pub id: String,
    /// Seed.
    pub seed: u64,
    /// Makes the marks of this run unique; with the seed it repeats every byte. Empty in runs of versions without one.
    #[serde(default)]
    pub nonce: Nonce,
    /// RFC 3339.
    pub started: String,
    /// RFC 3339; empty if the run was cut off.
    pub finished: String,
    /// Version of Pincer.
    pub pincer: String,
}

/// Facts of the target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetFacts {
    /// Name.
    pub name: String,
    /// Kind.
    pub kind: TargetKind,
    /// Version.
    pub version: String,
    /// SHA-256 of the descriptor, with credentials replaced.
    pub digest: String,
}

/// Facts of the suite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SuiteFacts {
    /// Name.
    pub name: String,
    /// SHA-256 of its scenarios and payloads.
    pub digest: String,
}

/// Cases of the benign part.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BenignCount {
    /// All.
    pub total: u64,
    /// Those that worked.
    pub held: u64,
}

/// Cases of the attack part.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttackCount {
    /// All.
    pub total: u64,
    /// Those with all expectations held.
    pub held: u64,
    /// Those with a broken expectation.
    pub broken: u64,
    /// Those that showed nothing.
    pub unresolved: u64,
}

/// The result of one scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioResult {
    /// Scenario id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its control.
    pub control: String,
    /// Level of the requirement: the control's, or the scenario's if that is lower.
    pub level: Level,
    /// The verdict.
    pub verdict: Verdict,
    /// Why it is neither pass nor fail.
    pub reason: Option<Reason>,
    /// More about the reason, one sentence per line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The benign part.
    pub benign: BenignCount,
    /// The attack part.
    pub attack: AttackCount,
    /// How often attacks succeeded, for an agent with planted orders or several trials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trials: Option<Trials>,
    /// The waiver that covers it, by its place in the list of waivers, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiver: Option<usize>,
    /// From its first call to its verdict, in milliseconds.
    #[serde(default)]
    pub took_ms: u64,
    /// What was found; of many, the first, and the first of each further fingerprint.
    pub findings: Vec<Finding>,
    /// Broken cases whose fingerprint no kept finding has.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unlisted: u64,
    /// Where the scenario stands; set by who has the file.
    #[serde(skip)]
    pub place: Option<Place>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Results {
    pub(super) fn new(
        start: &Start,
        (finished, interrupted): (String, bool),
        scenarios: Vec<ScenarioResult>,
        tables: Tables,
    ) -> Self {
        let mut summary: BTreeMap<String, u64> = Verdict::ALL.iter().map(|v| (v.word().to_owned(), 0)).collect();
        for scenario in &scenarios {
            *summary.entry(scenario.verdict.word().to_owned()).or_default() += 1;
        }
        let mut exit = Exit::of(scenarios.iter().map(|s| s.verdict));
        if interrupted && exit == Exit::Green {
            exit = Exit::Inconclusive;
        }
        Self {
            format: "pincer/results".to_owned(),
            version: 1,
            run: RunFacts {
                id: start.run.clone(),
                seed: start.seed,
                nonce: start.nonce,
                started: start.started.clone(),
                finished,
                pincer: start.pincer.clone(),
            },
            target: TargetFacts {
                name: start.target.name.clone(),
                kind: start.target.kind,
                version: start.target.version.clone(),
                digest: Digest::of_value(&start.target).to_string(),
            },
            suite: SuiteFacts { name: start.suite_name.clone(), digest: Digest::of_value(&start.suite).to_string() },
            calibration: None,
            summary,
            scenarios,
            tables,
            acceptance: None,
            interrupted,
            trace: None,
            exit,
        }
    }
}

impl ScenarioResult {
    pub(super) fn new(plan: &Plan, scenario: &Scenario) -> Self {
        Self {
            id: scenario.id.to_string(),
            title: scenario.title.clone(),
            control: scenario.control.to_string(),
            level: scenario.level.unwrap_or_else(|| {
                plan.suite.catalogue.get(scenario.control.as_str()).map_or(Level::Must, |control| control.level)
            }),
            verdict: Verdict::Inconclusive,
            reason: None,
            note: None,
            benign: BenignCount::default(),
            attack: AttackCount::default(),
            trials: None,
            waiver: None,
            took_ms: 0,
            findings: Vec::new(),
            unlisted: 0,
            place: None,
        }
    }

    pub(super) fn open(plan: &Plan, scenario: &Scenario, reason: Reason) -> Self {
        Self { reason: Some(reason), ..Self::new(plan, scenario) }
    }

    pub(super) fn skipped(plan: &Plan, scenario: &Scenario, reason: Reason, needs: &str) -> Self {
        let note = Some(format!("{NEEDS}{needs}"));
        Self { verdict: Verdict::NotApplicable, note, ..Self::open(plan, scenario, reason) }
    }

    pub(super) fn broken(plan: &Plan, scenario: &Scenario, what: &str) -> Self {
        let note = Some(what.to_owned());
        Self { verdict: Verdict::Error, note, ..Self::open(plan, scenario, Reason::HarnessFault) }
    }
}

/// The beginning of the note of a scenario that the descriptor makes not applicable; the missing declaration follows.
pub(crate) const NEEDS: &str = "declare in the descriptor: ";

/// The JSON Schema of [`Results`].
pub fn results_schema() -> serde_json::Value {
    schemars::schema_for!(Results).to_value()
}
