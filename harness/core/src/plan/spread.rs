//! How many cases a step makes on a target, and which is which.

use std::collections::BTreeMap;

use super::Phase;
use super::declared::declared;
use super::place::{Place, fill_path};
use super::spell::telling;
use crate::scenario::{Callers, Choice, OperationSpec, Send, Spelling, Step, Suite, Target, fits, forgers, operations};
use crate::vocab::{Identity, Operation, TargetKind};

/// One operation of one step: every combination of its dimensions is a case.
#[derive(Debug, Clone)]
pub(super) struct Spread {
    pub(super) phase: Phase,
    /// The step in its part, from 0.
    pub(super) step: usize,
    pub(super) operation: Operation,
    pub(super) identities: Vec<Identity>,
    pub(super) places: Vec<Place>,
    /// The spellings of the path; empty for its own.
    pub(super) spellings: Vec<Spelling>,
    /// The numbers of the step's payloads that are skipped, in order.
    declared: Vec<usize>,
    /// The number of cases.
    pub(super) size: u32,
}

impl Spread {
    /// All spreads of a part of a scenario, in the order of its cases.
    pub(super) fn of(phase: Phase, steps: &[Step], suite: &Suite, target: &Target) -> Vec<Self> {
        let mut spreads = Vec::new();
        for (number, step) in steps.iter().enumerate() {
            for operation in operations(step, target) {
                let Some(spec) = target.operations.get(operation) else { continue };
                spreads.push(Self::new(phase, (number, step), (operation, spec), suite, target));
            }
        }
        spreads
    }

    fn new(
        phase: Phase,
        (number, step): (usize, &Step),
        (operation, spec): (&Operation, &OperationSpec),
        suite: &Suite,
        target: &Target,
    ) -> Self {
        let sets = step.payloads.iter().filter_map(|name| suite.payloads.get(name));
        let payloads: usize = sets.map(|set| set.payloads.len()).sum();
        let chosen = if target.kind == TargetKind::Agent && step.send.identities.is_none() {
            // If an agent has users, a task belongs to one.
            target.identities.keys().take(1).collect()
        } else if step.forge.is_empty() {
            Callers::new(step, spec, target).chosen(&step.send.identities)
        } else {
            forgers(step, spec, target)
        };
        // A caller who owns no object cannot show what its own call does.
        let owns = |identity: &&Identity| {
            step.send.identities != Choice::All
                || target.identities.get(*identity).is_some_and(|shown| shown.owns(spec))
        };
        let fit = |identity: &&Identity| fits(step, spec, identity, target);
        let identities: Vec<Identity> = chosen.into_iter().filter(owns).filter(fit).cloned().collect();
        let places = places(&step.send, spec);
        let declared = declared(step, spec, suite, target);
        let sample = |key: &str| spec.sample.get(key).cloned().unwrap_or_else(|| "1".to_owned());
        let spellings = telling(step, spec, &fill_path(&spec.path, sample), target);
        let spelled = if step.spell.is_empty() { 1 } else { spellings.len() };
        let product = (payloads.max(1) - declared.len())
            * step.encode.len().max(1)
            * places.len().max(1)
            * step.forge.len().max(1)
            * spelled
            * identities.len().max(1)
            * usize::try_from(step.repeat).unwrap_or(1);
        let size = u32::try_from(product).unwrap_or(u32::MAX);
        Self { phase, step: number, operation: operation.clone(), identities, places, spellings, declared, size }
    }

    /// The number among all payloads of the step of the payload with this number among the remaining ones.
    pub(super) fn payload(&self, number: usize) -> usize {
        self.declared.iter().fold(number, |at, left_out| at + usize::from(*left_out <= at))
    }
}

/// What a step fills, by the operation's own parameter names.
pub(super) fn fill(send: &Send, operation: &OperationSpec) -> BTreeMap<String, String> {
    let own = |key: &String| operation.parameter(key).unwrap_or_else(|| key.clone());
    send.fill.iter().map(|(key, text)| (own(key), text.clone())).collect()
}

/// The placements of a step in an operation: each parameter that is `${payload}`.
fn places(send: &Send, operation: &OperationSpec) -> Vec<Place> {
    let speaks = |text: &String| text.contains("${payload}");
    let fill = fill(send, operation);
    let named = fill.iter().filter(|(key, text)| *key != "*" && speaks(text)).map(|(key, _)| key.clone());
    let each = fill.get("*").filter(|text| speaks(text));
    let texts = each.iter().flat_map(|_| operation.texts()).filter(|key| !fill.contains_key(key));
    let mut places: Vec<Place> = named.chain(texts).map(Place::Fill).collect();
    places.extend(send.headers.iter().filter(|(_, text)| speaks(text)).map(|(key, _)| Place::Header(key.clone())));
    places.extend(send.query.iter().filter(|(_, text)| speaks(text)).map(|(key, _)| Place::Query(key.clone())));
    places.extend(send.member.iter().filter(|text| speaks(text)).map(|_| Place::Member));
    if send.target.iter().chain(&send.body).chain(&send.raw).chain(&send.add).chain(&send.key).any(speaks) {
        places.push(Place::Whole);
    }
    places
}
