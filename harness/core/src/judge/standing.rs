//! How the findings of a run stand to what was known and accepted before it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
