//! The oracles: one for each key of `expect`.
//!
//! An oracle takes what was seen of one case and says whether the expectation held, broke, or can't be told.

mod access;
mod agent;
mod alerts;
mod alike;
mod answer;
mod arrives;
mod audit;
mod conceals;
mod correlates;
mod echo;
mod fields;
mod held;
mod hosts;
mod leaks;
mod patient;
mod presents;
mod rate;
mod reports;
mod secret;
mod tls;
mod unowned;

use super::evidence::{Evidence, Ledger, Observed, Surroundings};
use crate::oracles::oracles;
use crate::plan::{Case, Plan};
use crate::vocab::{CaseId, Reason};

pub(super) use access::allowed;
pub(super) use arrives::{arrives, delivered, late};
#[cfg(feature = "properties")]
pub(crate) use fields::rate_fields_hold;
pub(super) use rate::peak;
pub(super) use reports::came_about;
pub(super) use unowned::{Belated, belated, unowned};

/// What one oracle says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Holding {
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

/// Makes the dispatch of the table of oracles.
macro_rules! dispatch {
    ($($(#[doc = $doc:literal])* $key:ident: $type:ty, of $kind:ident, needs $need:ident, judged $judged:expr;)*) => {
        /// What each oracle that the case names says.
        pub(super) fn judge(scene: &Scene<'_>) -> Vec<Holding> {
            let expect = &scene.case.expect;
            let mut holdings = Vec::new();
            $(holdings.extend(judged(scene, expect.$key.as_ref(), $judged));)*
            holdings.extend(unowned(scene));
            holdings
        }
    };
}

oracles!(dispatch);

/// What the oracle of a key says, where the case has the key.
fn judged<T>(scene: &Scene<'_>, value: Option<&T>, oracle: fn(&Scene<'_>, &T) -> Holding) -> Option<Holding> {
    value.map(|value| oracle(scene, value))
}

/// Whether the case is the last one of those that are judged together: the next one is none of them.
fn is_last(scene: &Scene<'_>, together: impl Fn(&Case) -> bool) -> bool {
    let id = scene.case.id;
    let next = scene.plan.case(CaseId { index: id.index + 1, ..id });
    next.is_none_or(|next| next.phase != scene.case.phase || !together(&next))
}

fn broken(oracle: &'static str, expected: impl Into<String>, seen: impl Into<String>) -> Holding {
    Holding::Broken(Broken { oracle, expected: expected.into(), seen: seen.into(), stands: false })
}

fn stands(oracle: &'static str, expected: impl Into<String>, seen: impl Into<String>) -> Holding {
    Holding::Broken(Broken { oracle, expected: expected.into(), seen: seen.into(), stands: true })
}
