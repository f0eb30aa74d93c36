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

/// What each oracle that the case names says.
pub(super) fn judge(scene: &Scene<'_>) -> Vec<Holding> {
    let expect = &scene.case.expect;
    let mut holdings = Vec::new();
    holdings.extend(expect.status.as_ref().map(|set| answer::status(scene, set)));
    holdings.extend(expect.provokes.as_ref().map(|set| answer::provokes(scene, set)));
    holdings.extend(expect.succeeds.map(|wanted| answer::succeeds(scene, wanted)));
    holdings.extend(expect.arrives.map(|arrives| arrives::arrives(scene, arrives)));
    holdings.extend(expect.policy.map(|_| access::policy(scene)));
    holdings.extend(expect.leaks.map(|_| leaks::nothing(scene)));
    holdings.extend(expect.banner.map(|rule| leaks::banner(scene, rule)));
    holdings.extend(expect.error.map(|form| answer::error(scene, form)));
    holdings.extend(scene.case.within.map(|period| answer::within(scene, period)));
    holdings.extend(expect.size.map(|size| answer::size(scene, size)));
    holdings.extend(expect.rate.map(|admission| rate::rate(scene, admission)));
    holdings.extend(expect.held.map(|wanted| held::held(scene, wanted)));
    holdings.extend(expect.audited.map(|wanted| audit::audited(scene, wanted)));
    holdings.extend(expect.recorded.map(|_| audit::recorded(scene)));
    holdings.extend(expect.hosts.map(|wanted| hosts::hosts(scene, wanted)));
    holdings.extend(expect.framing.map(|wanted| hosts::framing(scene, wanted)));
    holdings.extend(expect.conceals.as_ref().map(|text| conceals::conceals(scene, text)));
    holdings.extend(expect.rate_fields.map(|_| fields::rate_fields(scene)));
    holdings.extend(expect.tls.map(|rule| tls::tls(scene, rule)));
    holdings.extend(expect.stamped.map(|_| audit::stamped(scene)));
    holdings.extend(expect.accountable.map(|_| audit::accountable(scene)));
    holdings.extend(expect.alerts.map(|alarm| alerts::alerts(scene, alarm)));
    holdings.extend(expect.alike.as_ref().map(|word| alike::alike(scene, word)));
    holdings.extend(expect.as_fast.as_ref().map(|word| alike::as_fast(scene, word)));
    holdings.extend(expect.withholds.as_ref().map(|text| secret::withholds(scene, text)));
    holdings.extend(expect.unrecorded.as_ref().map(|text| secret::unrecorded(scene, text)));
    holdings.extend(expect.unlinked.as_ref().map(|text| secret::unlinked(scene, text)));
    holdings.extend(expect.unechoed.as_ref().map(|text| secret::unechoed(scene, text)));
    holdings.extend(expect.presents.map(|_| presents::presents(scene)));
    holdings.extend(expect.receives.map(|whose| leaks::receives(scene, whose)));
    holdings.extend(expect.correlates.as_ref().map(|header| correlates::correlates(scene, header)));
    holdings.extend(expect.challenges.map(|_| answer::challenges(scene)));
    holdings.extend(expect.obeys.map(|_| agent::obeys(scene)));
    holdings.extend(expect.bound.map(|_| agent::bound(scene)));
    holdings.extend(expect.prompt.map(|factor| agent::prompt(scene, factor)));
    holdings.extend(expect.budget.map(|_| agent::budget(scene)));
    holdings.extend(expect.patient.map(|_| patient::patient(scene)));
    holdings.extend(expect.strays.map(|_| agent::strays(scene)));
    holdings.extend(expect.discloses.map(|_| agent::discloses(scene)));
    holdings.extend(expect.trusts.map(|_| agent::trusts(scene)));
    holdings.extend(expect.recalls.map(|wanted| agent::recalls(scene, wanted)));
    holdings.extend(expect.stranger.map(|_| agent::stranger(scene)));
    holdings.extend(expect.refuses.map(|_| reports::refuses(scene)));
    holdings.extend(expect.keeps.map(|_| reports::keeps(scene)));
    holdings.extend(expect.done.map(|wanted| reports::done(scene, wanted)));
    holdings.extend(unowned(scene));
    holdings
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
