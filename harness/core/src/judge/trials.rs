//! How often planted orders came through: a share with its exact interval, for a scenario and for each of its carriers.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::tables::Share;

/// What the attack cases of a scenario showed where they are not sure to do the same twice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trials {
    /// How often each attack case was done.
    pub each: u32,
    /// Attack cases that broke in some trials and held in others.
    pub flipped: u64,
    /// How often attacks came through.
    pub success: Share,
    /// The same by carrier, where there are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carriers: Vec<AttackRate>,
}

/// How often the attacks of one step came through.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttackRate {
    /// The step of the attack, from 1: each plants its orders in a place of its own.
    pub step: usize,
    /// Cases that broke an expectation.
    pub broken: u64,
    /// Cases that broke one or held.
    pub total: u64,
    /// The share, with the interval in which the true one lies.
    pub success: Share,
}

/// Counts while cases are weighed.
#[derive(Debug, Default)]
pub(super) struct Count {
    /// By step: broken, and broken or held.
    steps: BTreeMap<usize, (u64, u64)>,
    /// By attack case: whether one of its trials broke, and whether one held.
    cases: BTreeMap<u32, (bool, bool)>,
}

impl Count {
    /// Takes a case that broke or held; `case` is the same for all trials of one.
    pub(super) fn add(&mut self, step: usize, case: u32, broke: bool) {
        let (broken, total) = self.steps.entry(step).or_default();
        *broken += u64::from(broke);
        *total += 1;
        let (some, others) = self.cases.entry(case).or_default();
        *some |= broke;
        *others |= !broke;
    }

    /// What was counted; nothing where nothing was.
    pub(super) fn finish(self, each: u32) -> Option<Trials> {
        let sum = |part: fn(&(u64, u64)) -> u64| self.steps.values().map(part).sum::<u64>();
        let success = Share::of(sum(|(broken, _)| *broken), sum(|(_, total)| *total))?;
        let rate = |(step, (broken, total)): (&usize, &(u64, u64))| {
            Some(AttackRate { step: step + 1, broken: *broken, total: *total, success: Share::of(*broken, *total)? })
        };
        let carriers = if self.steps.len() > 1 { self.steps.iter().filter_map(rate).collect() } else { Vec::new() };
        let flipped = self.cases.values().map(|(some, others)| u64::from(*some && *others)).sum();
        Some(Trials { each, flipped, success, carriers })
    }
}
