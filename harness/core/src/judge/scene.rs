//! What an oracle looks at, and what it says.

use super::evidence::{Evidence, Ledger, Observed, Surroundings};
use crate::plan::{Case, Plan, Play};
use crate::vocab::{CaseId, Reason};

/// What one oracle says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The expectation held.
    Held,
    /// It broke: what was expected and what was seen.
    Broken(Broken),
    /// It can't be told.
    Unresolved(Reason),
}

/// How an expectation broke.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Broken {
    /// The oracle, by its key in `expect`.
    pub(super) oracle: &'static str,
    /// What was expected.
    pub(super) expected: String,
    /// What was seen.
    pub(super) seen: String,
    /// Whether it stands by itself: something happened that must not, whether or not the twin worked.
    pub(super) stands: bool,
}

/// All that an oracle may look at.
pub(super) struct Scene<'a> {
    pub(super) plan: &'a Plan,
    pub(super) case: &'a Case,
    pub(super) seen: &'a Observed,
    pub(super) evidence: &'a Evidence,
    pub(super) ledger: &'a Ledger<'a>,
    pub(super) around: &'a Surroundings,
}

/// The expectation broke, if the twin worked.
pub(super) fn broken(oracle: &'static str, expected: impl Into<String>, seen: impl Into<String>) -> Outcome {
    Outcome::Broken(Broken { oracle, expected: expected.into(), seen: seen.into(), stands: false })
}

/// The expectation broke, whether or not the twin worked.
pub(super) fn stands(oracle: &'static str, expected: impl Into<String>, seen: impl Into<String>) -> Outcome {
    Outcome::Broken(Broken { oracle, expected: expected.into(), seen: seen.into(), stands: true })
}

/// Whether the case is the last one of those that are judged together: the next one is none of them.
pub(super) fn is_last(scene: &Scene<'_>, together: impl Fn(&Case) -> bool) -> bool {
    let id = scene.case.id;
    let next = scene.plan.case(CaseId { index: id.index + 1, ..id });
    next.is_none_or(|next| next.phase != scene.case.phase || !together(&next))
}

/// Whether the answer is a limiter's, and no answer to what was asked: nothing is known of what else would have held. One
/// that an upstream of ours gave and the target handed on is no limiter's.
pub(super) fn throttled(scene: &Scene<'_>) -> bool {
    let Some(status) = scene.seen.answer().map(|answer| answer.status) else { return false };
    let case = scene.case;
    let arrived = scene.seen.arrived().next().is_some();
    let asked = case.expect.status.as_ref().is_some_and(|set| set.contains(status));
    if status == 429 {
        return !(asked || arrived && case.play.as_ref().is_some_and(Play::is_throttle));
    }
    // Another status is a limiter's only where nothing else explains it.
    let quiet = !arrived && case.play.is_none() && case.outage.is_empty();
    !asked && quiet && scene.plan.target.throttles(status)
}
