//! What happened to the payloads of each class: the confusion matrix of the target as a filter.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Share;
use crate::judge::oracle;
use crate::judge::scene::throttled;
use crate::judge::scene::{Outcome, Scene};
use crate::plan::Case;
use crate::scenario::{Arrives, Encoding};
use crate::vocab::Operation;

/// The kind of a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PayloadKind {
    /// It must not arrive.
    Attack,
    /// It only looks like an attack and must arrive unchanged.
    Benign,
}

/// What happened to the payloads of one set in one encoding, by what arrived at the upstream, whatever the target
/// answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfusionRow {
    /// The kind of the payloads.
    pub kind: PayloadKind,
    /// The payload set.
    pub set: String,
    /// Their encoding.
    pub encoding: Encoding,
    /// The scenarios that sent them.
    pub scenarios: BTreeSet<String>,
    /// Cases: the sum of the next four.
    pub cases: u64,
    /// Received by the target and never seen at the upstream, although other calls of the operation were: the
    /// scenario's benign cases worked, or another of its cases arrived.
    pub blocked: u64,
    /// Seen at the upstream; for benign payloads once and unchanged.
    pub passed: u64,
    /// Benign payloads that did not arrive as sent.
    pub altered: u64,
    /// Neither was shown: no answer, a rate limiter's answer, or no call of the operation arrived at all.
    pub unresolved: u64,
    /// The share of `blocked` in the resolved cases: the target's detection rate for attacks, its false alarms for
    /// benign payloads.
    pub blocked_share: Option<Share>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Received and not seen: blocked, if the target forwards such calls at all.
    Absent,
    Passed,
    Altered,
    Unresolved,
}

type Key = (PayloadKind, String, Encoding);

/// Counts the confusion matrix.
#[derive(Debug, Default)]
pub(super) struct Confusion {
    rows: BTreeMap<Key, ConfusionRow>,
    /// By scenario, a bit for each case that counts as blocked; a late arrival may still change that.
    blocked: HashMap<u32, Bits>,
    /// In the current scenario: the cases that were received and not seen.
    absent: BTreeMap<(Key, Operation), Vec<u32>>,
    /// In the current scenario: the operations of which a call arrived.
    reached: BTreeSet<Operation>,
}

impl Confusion {
    /// Counts a case if its payload must or must not arrive. `served`: whether the target still served a benign call
    /// after it.
    pub(super) fn case(&mut self, scene: &Scene<'_>, served: bool) {
        let case = scene.case;
        if scene.seen.arrived().next().is_some() {
            self.reached.insert(case.operation.clone());
        }
        let Some(key) = key(case) else { return };
        let row = self.row(&key);
        row.scenarios.insert(case.scenario.to_string());
        row.cases += 1;
        match fate(scene, key.0) {
            Fate::Absent if !served => row.unresolved += 1,
            Fate::Passed => row.passed += 1,
            Fate::Altered => row.altered += 1,
            Fate::Unresolved => row.unresolved += 1,
            Fate::Absent => self.absent.entry((key, case.operation.clone())).or_default().push(case.id.index),
        }
    }

    /// All cases of a scenario are counted. A missing arrival was blocked only if the target forwards such calls: a
    /// dead one blocks nothing. `twins`: whether the benign cases worked.
    pub(super) fn settled(&mut self, scenario: u32, twins: bool) {
        let reached = std::mem::take(&mut self.reached);
        for ((key, operation), cases) in std::mem::take(&mut self.absent) {
            let count = u64::try_from(cases.len()).unwrap_or(u64::MAX);
            let row = self.row(&key);
            if !(twins || reached.contains(&operation)) {
                row.unresolved += count;
                continue;
            }
            row.blocked += count;
            let bits = self.blocked.entry(scenario).or_default();
            cases.iter().filter(|_| key.0 == PayloadKind::Attack).for_each(|index| bits.set(*index));
        }
    }

    /// A case arrived late, so it no longer counts as blocked.
    pub(super) fn late(&mut self, case: &Case) {
        let counted = self.blocked.get_mut(&case.id.scenario).is_some_and(|bits| bits.take(case.id.index));
        if let (true, Some(key)) = (counted, key(case)) {
            let row = self.row(&key);
            row.blocked -= 1;
            row.passed += 1;
        }
    }

    /// The rows: attacks, then benign payloads, by set and encoding.
    pub(super) fn rows(self) -> Vec<ConfusionRow> {
        let share = |row: &ConfusionRow| Share::of(row.blocked, row.blocked + row.passed + row.altered);
        self.rows.into_values().map(|row| ConfusionRow { blocked_share: share(&row), ..row }).collect()
    }

    fn row(&mut self, (kind, set, encoding): &Key) -> &mut ConfusionRow {
        self.rows.entry((*kind, set.clone(), *encoding)).or_insert_with(|| ConfusionRow {
            kind: *kind,
            set: set.clone(),
            encoding: *encoding,
            scenarios: BTreeSet::new(),
            cases: 0,
            blocked: 0,
            passed: 0,
            altered: 0,
            unresolved: 0,
            blocked_share: None,
        })
    }
}

/// The row of a case, by what it expects; none if the request has no payload, or if the scenario does not check whether
/// it arrives.
fn key(case: &Case) -> Option<Key> {
    case.placement.as_ref()?;
    let (set, _) = case.payload.as_ref()?;
    let kind = match case.expect.arrives {
        Some(Arrives::Never) => PayloadKind::Attack,
        Some(Arrives::Unchanged) => PayloadKind::Benign,
        _ => return None,
    };
    Some((kind, set.to_string(), case.encoding.unwrap_or(Encoding::Plain)))
}

fn fate(scene: &Scene<'_>, kind: PayloadKind) -> Fate {
    if !scene.seen.sent {
        return Fate::Unresolved;
    }
    match (oracle::arrives(scene, Arrives::Never), kind) {
        (Outcome::Held, _) if !throttled(scene) && oracle::unowned(scene).is_none() => Fate::Absent,
        (Outcome::Held | Outcome::Unresolved(_), _) => Fate::Unresolved,
        (Outcome::Broken(_), PayloadKind::Attack) => Fate::Passed,
        (Outcome::Broken(_), PayloadKind::Benign) => match oracle::arrives(scene, Arrives::Unchanged) {
            Outcome::Held => Fate::Passed,
            _ => Fate::Altered,
        },
    }
}

/// A set of case numbers, one bit each.
#[derive(Debug, Default)]
struct Bits(Vec<u64>);

impl Bits {
    fn set(&mut self, index: u32) {
        let word = usize::try_from(index / 64).unwrap_or(usize::MAX);
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        if let Some(bits) = self.0.get_mut(word) {
            *bits |= 1 << (index % 64);
        }
    }

    /// Removes a number; returns whether it was there.
    fn take(&mut self, index: u32) -> bool {
        let word = usize::try_from(index / 64).unwrap_or(usize::MAX);
        let Some(bits) = self.0.get_mut(word) else { return false };
        let known = *bits & (1 << (index % 64)) != 0;
        *bits &= !(1 << (index % 64));
        known
    }
}
