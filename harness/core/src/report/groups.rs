//! The findings of a scenario by fingerprint: what broke in many cases alike is told once.

use crate::judge::{FailOn, Finding, Results, ScenarioResult};

/// Findings with one fingerprint.
pub(super) struct Group<'a> {
    /// The first of them.
    pub(super) finding: &'a Finding,
    /// How many are kept.
    pub(super) count: usize,
    /// How it stands to baseline and waivers.
    pub(super) state: Option<String>,
}

impl Group<'_> {
    /// Whether it is not excused by a waiver or a baseline.
    pub(super) fn counts(&self, results: &Results) -> bool {
        let all = results.acceptance.as_ref().is_none_or(|acceptance| acceptance.fail_on.contains(&FailOn::Fail));
        self.finding.waiver.is_none() && (all || self.finding.known != Some(true))
    }
}

/// The groups of a scenario, in the order of their first findings.
pub(super) fn groups<'a>(results: &'a Results, scenario: &'a ScenarioResult) -> impl Iterator<Item = Group<'a>> {
    let mut all: Vec<(&Finding, usize)> = Vec::new();
    for finding in &scenario.findings {
        match all.iter_mut().find(|(first, _)| first.fingerprint == finding.fingerprint) {
            Some((_, count)) => *count += 1,
            None => all.push((finding, 1)),
        }
    }
    all.into_iter().map(|(finding, count)| Group { finding, count, state: state(results, finding) })
}

/// How a finding stands to baseline and waivers, for people; nothing without them.
pub(super) fn state(results: &Results, finding: &Finding) -> Option<String> {
    let waivers = results.acceptance.as_ref().map_or(&[][..], |acceptance| &acceptance.waivers);
    match (finding.waiver.and_then(|at| waivers.get(at)), finding.known) {
        (Some(waiving), _) => {
            let waiver = &waiving.waiver;
            Some(format!("waived until {} by {}: {}", waiver.expires, waiver.owner, waiver.reason))
        }
        (None, Some(true)) => Some("known".to_owned()),
        (None, Some(false)) => Some("new".to_owned()),
        (None, None) => None,
    }
}
