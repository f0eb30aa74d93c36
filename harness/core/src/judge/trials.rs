//! How often planted orders succeeded: a share with its exact interval, for a scenario and for each carrier.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::tables::Share;

/// The results of a scenario's attack cases if they may differ from trial to trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trials {
    /// Trials of each attack case.
    pub each: u32,
    /// Attack cases that broke in some trials and held in others.
    pub flipped: u64,
    /// How often attacks succeeded.
    pub success: Share,
    /// The same by carrier, if there are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carriers: Vec<AttackRate>,
}

/// How often the attacks of one step succeeded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttackRate {
    /// The attack step, from 1: each plants its orders in another place.
    pub step: usize,
    /// Cases that broke an expectation.
    pub broken: u64,
    /// Cases that broke an expectation or held.
    pub total: u64,
    /// The share, with its 95 % interval.
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
    /// Counts a case that broke or held; `case` is the same for all its trials.
    pub(super) fn add(&mut self, step: usize, case: u32, broke: bool) {
        let (broken, total) = self.steps.entry(step).or_default();
        *broken += u64::from(broke);
        *total += 1;
        let (some, others) = self.cases.entry(case).or_default();
        *some |= broke;
        *others |= !broke;
    }

    /// The counts; none if nothing was counted.
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
