//! The tables of a run: payloads by class, access by caller and operation, and floods.
//!
//! They are counted scenario by scenario while the run is judged, so that memory does not grow with the number of
//! cases.

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
    /// Callers by operations: what the descriptor says and what was seen.
    pub access: Vec<AccessCell>,
    /// The result of each stream of each flood.
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
    /// Counts a case. `served`: whether the target still served a benign call after it.
    pub(super) fn case(&mut self, scene: &Scene<'_>, served: bool) {
        self.confusion.case(scene, served);
        self.access.case(scene);
        self.rates.extend(rates::points(scene));
    }

    /// All cases of a scenario are counted. `twins`: whether its benign cases worked.
    pub(super) fn settled(&mut self, scenario: u32, twins: bool) {
        self.confusion.settled(scenario, twins);
    }

    /// Corrects the count for a request that reached an upstream after its scenario had settled.
    pub(super) fn late(&mut self, case: &Case) {
        self.confusion.late(case);
    }

    /// The tables.
    pub(super) fn finish(self) -> Tables {
        Tables { confusion: self.confusion.rows(), access: self.access.cells(), rates: self.rates }
    }
}
