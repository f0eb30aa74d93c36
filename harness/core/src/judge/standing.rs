//! How the findings of a run stand to what was known and accepted before it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::finding::Finding;
use super::results::ScenarioResult;
use crate::vocab::{Exit, Verdict};

/// What makes a run end with another exit code than 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FailOn {
    /// A scenario that failed by a finding without a waiver, known or not: exit code 1.
    Fail,
    /// A scenario that failed by a finding that stands neither in the baseline nor under a waiver: exit code 1.
    New,
    /// A scenario that warns by a finding that stands neither in the baseline nor under a waiver: exit code 1.
    Warn,
    /// An inconclusive scenario without a waiver: exit code 3.
    Inconclusive,
}

/// What was accepted before the run, and what the run showed of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    /// What ends the run with another exit code than 0.
    pub fail_on: Vec<FailOn>,
    /// Whether what the baseline or the waivers hold in vain ends it with 1.
    pub strict: bool,
    /// The run against a baseline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Comparison>,
    /// The waivers, in the order of their file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<Waiving>,
}

/// Why a verdict that is not green leaves the exit code alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excuse {
    /// A waiver covers it.
    Waived,
    /// All of its findings stand in the baseline, or under a waiver.
    Known,
    /// The run was told not to fail on it.
    NotAsked,
}

impl Excuse {
    /// The excuse for people.
    pub fn text(self) -> &'static str {
        match self {
            Self::Waived => "waived",
            Self::Known => "known before",
            Self::NotAsked => "not in --fail-on",
        }
    }
}

impl Acceptance {
    /// Why the verdict of a scenario leaves the exit code alone; nothing where it does not, or has nothing to excuse.
    pub fn excuse(&self, scenario: &ScenarioResult) -> Option<Excuse> {
        let asked = |what: &[FailOn]| what.iter().any(|one| self.fail_on.contains(one));
        match scenario.verdict {
            Verdict::Fail | Verdict::Warn | Verdict::Inconclusive if scenario.waiver.is_some() => Some(Excuse::Waived),
            Verdict::Inconclusive => (!asked(&[FailOn::Inconclusive])).then_some(Excuse::NotAsked),
            Verdict::Fail if !asked(&[FailOn::Fail, FailOn::New]) => Some(Excuse::NotAsked),
            Verdict::Fail => Self::accepted(&scenario.findings, scenario.unlisted, asked(&[FailOn::Fail])),
            Verdict::Warn if asked(&[FailOn::Warn]) => Self::accepted(&scenario.findings, scenario.unlisted, false),
            _ => None,
        }
    }

    /// Whether all findings of a scenario are under a waiver or, unless these count too, in the baseline.
    fn accepted(findings: &[Finding], unlisted: u64, known_count: bool) -> Option<Excuse> {
        let waived = |finding: &Finding| finding.waiver.is_some();
        let known = |finding: &Finding| waived(finding) || !known_count && finding.known == Some(true);
        match findings {
            [] => None,
            _ if unlisted > 0 => None,
            all if all.iter().all(waived) => Some(Excuse::Waived),
            all if all.iter().all(known) => Some(Excuse::Known),
            _ => None,
        }
    }

    /// The exit code of a run under this acceptance.
    pub fn exit(&self, scenarios: &[ScenarioResult], interrupted: bool) -> Exit {
        let of = |scenario: &ScenarioResult| {
            let excused = self.excuse(scenario).is_some();
            match scenario.verdict {
                Verdict::Error => Exit::Fault,
                Verdict::Fail if !excused => Exit::Failed,
                Verdict::Warn if !excused && self.fail_on.contains(&FailOn::Warn) => Exit::Failed,
                Verdict::Inconclusive if !excused => Exit::Inconclusive,
                _ => Exit::Green,
            }
        };
        let tested = |s: &ScenarioResult| matches!(s.verdict, Verdict::Pass | Verdict::Fail | Verdict::Warn);
        let nothing = interrupted || !scenarios.iter().any(tested);
        let stale = self.strict && self.is_stale();
        let more = [(nothing, Exit::Inconclusive), (stale, Exit::Failed)];
        let more = more.into_iter().filter_map(|(is, exit)| is.then_some(exit));
        Exit::worst(scenarios.iter().map(of).chain(more))
    }

    /// Whether the baseline or the waivers hold what should be taken out of them.
    pub fn is_stale(&self) -> bool {
        let gone = self.baseline.as_ref().is_some_and(|baseline| !baseline.fixed.is_empty());
        gone || self.waivers.iter().any(|one| matches!(one.state, WaiverState::Expired | WaiverState::Unused))
    }
}

/// A run against a baseline. What is counted and listed are fingerprints, not cases.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// Findings that stand in the baseline.
    pub known: u64,
    /// Findings that do not.
    pub new: u64,
    /// Entries of the baseline that are gone: their scenario ran and came to a verdict without them.
    pub fixed: Vec<KnownFinding>,
    /// Entries of which nothing is known: their scenario came to no verdict.
    pub open: Vec<KnownFinding>,
}

/// A finding that was known before.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KnownFinding {
    /// The finding's fingerprint: 16 hexadecimal digits.
    pub fingerprint: String,
    /// The scenario that found it.
    pub scenario: String,
    /// The operation in which it was found.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub operation: String,
    /// What broke when the baseline was made, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
}

/// A waiver: somebody answers for a finding until a day. The verdict stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// A scenario, or a control with all its scenarios.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// One finding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// Why it is accepted.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which it holds, such as `2026-12-31` (UTC).
    pub expires: String,
}

impl Waiver {
    /// What it names.
    pub fn subject(&self) -> &str {
        self.fingerprint.as_deref().or(self.id.as_deref()).unwrap_or_default()
    }
}

/// A waiver and what the run showed of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Waiving {
    /// The waiver.
    pub waiver: Waiver,
    /// Whether it holds.
    pub state: WaiverState,
    /// Findings, and scenarios without a finding, that it covers or would cover.
    pub covers: u64,
}

/// Whether a waiver holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WaiverState {
    /// It covers something.
    Active,
    /// Its day is over: it covers nothing more.
    Expired,
    /// There is nothing that it covers.
    Unused,
    /// What it names was not run.
    NotRun,
}
