//! Which verdicts leave the exit code alone, by what was accepted before the run.

use super::finding::Finding;
use super::results::ScenarioResult;
use super::standing::{Acceptance, FailOn, WaiverState};
use crate::vocab::{Exit, Verdict};

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
