//! Turns a suite and a target into cases: payloads × encodings × placements × identities, selected by one seed.
//!
//! In: [`Suite`], [`Target`], seed. Out: a [`Plan`] that builds its cases on request, in any order, so that a plan of a
//! million cases needs no memory. The same inputs give the same bytes.

mod benign;
mod body;
mod build;
mod call;
mod case;
mod client;
mod declared;
mod encode;
mod load;
mod mind;
mod object;
mod place;
mod spell;
mod spread;
mod stranger;
mod stretch;
mod task;
#[cfg(test)]
mod tests;
mod variant;
mod wire;

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};

use crate::scenario::{Scenario, Suite, Target, check_against, gaps};
use crate::vocab::{CaseId, Digest, Nonce, Reason, TargetKind, Tracer};
use spread::Spread;

pub use call::{Call, HttpCall, RawCall, TaskCall};
pub use case::{Case, Earlier, FloodPlan, Forge, HoldPlan, Phase, Play, StreamPlan};
pub use client::Client;
pub use encode::encode;
pub use mind::{Line, Mind, Order, ToolCall};
pub use spell::spell;
pub use wire::Piece;

/// The index of the first repeated benign call; no plan has that many cases.
pub const CONTROLS: u32 = 0x00f0_0000;

/// Everything that a run will do.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The source of all choices; marks follow from it and the nonce.
    pub seed: u64,
    /// The target.
    pub target: Target,
    /// The suite.
    pub suite: Suite,
    nonce: Nonce,
    tracer: Tracer,
    entries: Vec<Entry>,
    only: Option<u32>,
    trials: u32,
}

/// The plan for one scenario.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Why nothing is sent, and what would enable it.
    pub skipped: Option<(Reason, String)>,
    /// What the descriptor must declare for the skipped steps.
    pub left_out: Option<String>,
    /// The scenario's digest, as the ids of its cases have it.
    digest: u32,
    /// Number of benign cases; they come first.
    pub benign: u32,
    /// Number of attack cases.
    pub attack: u32,
    /// The selected attack cases, if the scenario has a limit.
    drawn: Option<Vec<u32>>,
    /// What the cases are made of, in order.
    spreads: Vec<Spread>,
}

impl Plan {
    /// Plans `suite` on `target`.
    pub fn new(seed: u64, suite: Suite, target: Target) -> Self {
        let tracer = Tracer::new(seed, Nonce::default());
        let entries = suite.scenarios.iter().map(|s| Entry::new(seed, s, &suite, &target)).collect();
        Self { seed, target, suite, nonce: Nonce::default(), tracer, entries, only: None, trials: 1 }
    }

    /// The same cases with the marks of this nonce.
    #[must_use]
    pub fn with_nonce(self, nonce: Nonce) -> Self {
        Self { tracer: Tracer::new(self.seed, nonce), nonce, ..self }
    }

    /// The nonce of the marks.
    pub fn nonce(&self) -> Nonce {
        self.nonce
    }

    /// The same with this many trials of each attack case, because a model may answer differently.
    #[must_use]
    pub fn with_trials(mut self, trials: u32) -> Self {
        if self.target.kind == TargetKind::Agent {
            self.trials = trials.max(1);
            self.entries.iter_mut().for_each(|entry| entry.attack *= self.trials);
        }
        self
    }

    /// Trials of each attack case.
    pub fn trials(&self) -> u32 {
        self.trials
    }

    /// The attack case, without its trial, of a case with this index.
    pub fn attack_of(&self, entry: &Entry, index: u32) -> u32 {
        index.saturating_sub(entry.benign) / self.trials
    }

    /// The same with only this attack case; the benign ones stay.
    #[must_use]
    pub fn only(self, case: Option<u32>) -> Self {
        Self { only: case, ..self }
    }

    /// The only attack case, if there is one.
    pub fn only_case(&self) -> Option<u32> {
        self.only
    }

    /// The client that its calls imitate.
    pub fn client(&self) -> &'static Client {
        Client::of(&self.tracer)
    }

    /// The call as the client writes it.
    fn dressed(&self, call: HttpCall) -> Call {
        Call::Http(HttpCall { headers: self.client().dress(call.headers, false), ..call })
    }

    /// The digest of what is planned: seed, nonce, scenarios and how many cases of each. Another version of Pincer that
    /// plans other cases gives another one.
    pub fn digest(&self) -> Digest {
        let entries: Vec<_> = self
            .scenarios()
            .map(|(scenario, entry)| {
                let skipped = entry.skipped.as_ref().map(|(reason, _)| reason);
                (&scenario.id, skipped, entry.benign, entry.attack, &entry.drawn)
            })
            .collect();
        Digest::of_value(&(self.seed, self.nonce, self.trials, self.only, entries))
    }

    /// Makes the run's canaries.
    pub fn tracer(&self) -> &Tracer {
        &self.tracer
    }

    /// Each scenario with its entry, in order.
    pub fn scenarios(&self) -> impl Iterator<Item = (&Scenario, &Entry)> {
        self.suite.scenarios.iter().zip(&self.entries)
    }

    /// The number of cases that will be sent.
    pub fn len(&self) -> u64 {
        let attacks = |entry: &Entry| match self.only {
            Some(only) => u64::from(entry.attacks().contains(&only)),
            None => u64::from(entry.attack),
        };
        self.entries.iter().map(|entry| u64::from(entry.benign) + attacks(entry)).sum()
    }

    /// Whether nothing will be sent.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The cases of one scenario, benign ones first.
    pub fn cases<'a>(&'a self, scenario: &'a Scenario, entry: &'a Entry) -> impl Iterator<Item = Case> + 'a {
        let attacks = entry.attacks().filter(move |index| self.only.is_none_or(|only| only == *index));
        (0..entry.benign).chain(attacks).filter_map(move |index| self.case_of(scenario, entry, index))
    }

    /// The case with this id.
    pub fn case(&self, id: CaseId) -> Option<Case> {
        let (scenario, entry) = self.scenarios().find(|(_, entry)| entry.digest == id.scenario)?;
        self.case_of(scenario, entry, id.index)
    }

    /// A repetition of the scenario's first benign call, with this number and its own canary. These calls are made
    /// between the attacks and after the last one, to show that the target still serves.
    pub fn control(&self, scenario: u32, number: u32) -> Option<Case> {
        let first = self.case(CaseId { scenario, index: 0 })?;
        Some(first.about(&self.tracer, CaseId { scenario, index: CONTROLS + number }))
    }

    /// The call that approves what waits after this answer; none if nothing waits.
    pub fn approval(&self, case: &Case, answer: &[u8]) -> Option<Call> {
        task::approval(self, case, answer)
    }

    fn case_of(&self, scenario: &Scenario, entry: &Entry, index: u32) -> Option<Case> {
        let (phase, steps, variant) = if index < entry.benign {
            (Phase::Benign, &scenario.benign, index)
        } else {
            let at = self.attack_of(entry, index);
            let variant = match &entry.drawn {
                Some(drawn) => *drawn.get(usize::try_from(at).ok()?)?,
                None => at,
            };
            (Phase::Attack, &scenario.attack, variant)
        };
        let mut rest = variant;
        for spread in entry.spreads.iter().filter(|spread| spread.phase == phase) {
            if rest < spread.size {
                return build::case(self, scenario, (steps.get(spread.step)?, spread), index, rest);
            }
            rest -= spread.size;
        }
        None
    }
}

impl Entry {
    /// The numbers of the attack cases; they follow the benign ones.
    pub fn attacks(&self) -> std::ops::Range<u32> {
        self.benign..self.benign + self.attack
    }

    fn new(seed: u64, scenario: &Scenario, suite: &Suite, target: &Target) -> Self {
        let digest = CaseId::digest(&scenario.id);
        if let Some(skipped) = check_against(scenario, target) {
            return Self {
                skipped: Some(skipped),
                left_out: None,
                digest,
                benign: 0,
                attack: 0,
                drawn: None,
                spreads: Vec::new(),
            };
        }
        let gaps: BTreeSet<String> = scenario.steps().flat_map(|step| gaps(step, target)).collect();
        let left_out = (!gaps.is_empty()).then(|| gaps.into_iter().collect::<Vec<_>>().join(", "));
        let mut spreads = Spread::of(Phase::Benign, &scenario.benign, suite, target);
        spreads.extend(Spread::of(Phase::Attack, &scenario.attack, suite, target));
        let count = |phase| spreads.iter().filter(|spread| spread.phase == phase).map(|spread| spread.size).sum();
        let (benign, all) = (count(Phase::Benign), count(Phase::Attack));
        let drawn = scenario.limit.filter(|limit| *limit < all).map(|limit| draw(seed, scenario, all, limit));
        let attack = drawn.as_ref().map_or(all, |d| u32::try_from(d.len()).unwrap_or(u32::MAX));
        Self { skipped: None, left_out, digest, benign, attack, drawn, spreads }
    }
}

/// `limit` different numbers below `all`, in order: those with the smallest keyed digests.
fn draw(seed: u64, scenario: &Scenario, all: u32, limit: u32) -> Vec<u32> {
    let key = |n: u32| {
        let digest = Sha256::new()
            .chain_update(seed.to_be_bytes())
            .chain_update(scenario.id.as_str().as_bytes())
            .chain_update(n.to_be_bytes())
            .finalize();
        <[u8; 32]>::from(digest)
    };
    let mut numbers: Vec<([u8; 32], u32)> = (0..all).map(|n| (key(n), n)).collect();
    numbers.sort_unstable();
    let mut drawn: Vec<u32> = numbers.into_iter().take(usize::try_from(limit).unwrap_or(0)).map(|(_, n)| n).collect();
    drawn.sort_unstable();
    drawn
}
