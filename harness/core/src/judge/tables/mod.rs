//! The tables of a run: what became of the payloads of each class, who reached what, and what floods were admitted.
//!
//! They are counted while the run is judged, a scenario at a time, so that they cost the same for any number of cases.

mod access;
mod confusion;
mod interval;
mod rates;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::scene::Scene;
use crate::plan::Case;

pub use access::{Access, AccessCell};
pub use confusion::{ConfusionRow, PayloadKind};
pub use interval::Share;
pub use rates::RatePoint;

/// The tables of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tables {
    /// Payloads by kind, set and encoding: blocked, passed or neither.
    pub confusion: Vec<ConfusionRow>,
    /// Callers by operations: what the descriptor says against what was seen.
    pub access: Vec<AccessCell>,
    /// What became of each stream of each flood.
    pub rates: Vec<RatePoint>,
}

/// Counts the tables.
#[derive(Debug, Default)]
pub(super) struct Tally {
    confusion: confusion::Confusion,
    access: access::Matrix,
    rates: Vec<RatePoint>,
}

impl Tally {
    /// Counts a case. `served`: whether the target still served a benign call behind it.
    pub(super) fn case(&mut self, scene: &Scene<'_>, served: bool) {
        self.confusion.case(scene, served);
        self.access.case(scene);
        self.rates.extend(rates::points(scene));
    }

    /// All cases of a scenario are counted. `twins`: whether its benign ones worked.
    pub(super) fn settled(&mut self, scenario: u32, twins: bool) {
        self.confusion.settled(scenario, twins);
    }

    /// Corrects the count by a request that reached an upstream after its scenario had settled.
    pub(super) fn late(&mut self, case: &Case) {
        self.confusion.late(case);
    }

    /// The tables.
    pub(super) fn finish(self) -> Tables {
        Tables { confusion: self.confusion.rows(), access: self.access.cells(), rates: self.rates }
    }
}
