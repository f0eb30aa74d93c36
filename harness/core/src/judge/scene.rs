//! What an oracle sees, and its outcome.

use super::evidence::{Evidence, Ledger, Observed, Surroundings};
use crate::plan::{Case, Plan, Play};
use crate::vocab::{CaseId, Reason};

/// The outcome of one oracle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The expectation held.
    Held,
    /// It broke: expected and seen.
    Broken(Broken),
    /// It cannot be decided.
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
    /// Whether it counts even if the benign call failed: something forbidden happened.
    pub(super) stands: bool,
}

/// Everything that an oracle may use.
pub(super) struct Scene<'a> {
    pub(super) plan: &'a Plan,
    pub(super) case: &'a Case,
    pub(super) seen: &'a Observed,
    pub(super) evidence: &'a Evidence,
    pub(super) ledger: &'a Ledger<'a>,
    pub(super) around: &'a Surroundings,
}

/// The expectation broke; this counts only if the benign call worked.
pub(super) fn broken(oracle: &'static str, expected: impl Into<String>, seen: impl Into<String>) -> Outcome {
    Outcome::Broken(Broken { oracle, expected: expected.into(), seen: seen.into(), stands: false })
}

/// The expectation broke; this counts even if the benign call failed.
pub(super) fn stands(oracle: &'static str, expected: impl Into<String>, seen: impl Into<String>) -> Outcome {
    Outcome::Broken(Broken { oracle, expected: expected.into(), seen: seen.into(), stands: true })
}

/// Whether the case is the last of those that are judged together.
pub(super) fn is_last(scene: &Scene<'_>, together: impl Fn(&Case) -> bool) -> bool {
    let id = scene.case.id;
    let next = scene.plan.case(CaseId { index: id.index + 1, ..id });
    next.is_none_or(|next| next.phase != scene.case.phase || !together(&next))
}

/// Whether the answer is a rate limiter's, which shows nothing about the request itself. An answer of our upstream that
/// the target passed on is not a limiter's.
pub(super) fn throttled(scene: &Scene<'_>) -> bool {
    let Some(status) = scene.seen.answer().map(|answer| answer.status) else { return false };
    let case = scene.case;
    let arrived = scene.seen.arrived().next().is_some();
    let asked = case.expect.status.as_ref().is_some_and(|set| set.contains(status));
    if status == 429 {
        return !(asked || arrived && case.play.as_ref().is_some_and(Play::is_throttle));
    }
    // Another status is a limiter's only if nothing else explains it.
    let quiet = !arrived && case.play.is_none() && case.outage.is_empty();
    !asked && quiet && scene.plan.target.throttles(status)
}
