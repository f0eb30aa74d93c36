//! The oracles: one for each key of `expect`.
//!
//! An oracle takes what was seen of one case and says whether the expectation held, broke, or cannot be decided.

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
mod route;
mod secret;
mod tls;
mod unowned;

use crate::oracles::oracles;

use super::scene::{Broken, Outcome, Scene, broken, is_last, stands};

pub(super) use access::allowed;
pub(super) use arrives::{arrives, delivered, late};
#[cfg(feature = "properties")]
pub(crate) use fields::rate_fields_hold;
pub(super) use rate::peak;
pub(super) use reports::came_about;
pub(super) use unowned::{Belated, belated, told, unattributed, unowned};

/// Generates the dispatch of the table of oracles.
macro_rules! dispatch {
    ($($(#[doc = $doc:literal])* $key:ident: $type:ty, of $kind:ident, needs $need:ident, judged $judged:expr;)*) => {
        /// The outcome of each oracle that the case names.
        pub(super) fn judge(scene: &Scene<'_>) -> Vec<Outcome> {
            let expect = &scene.case.expect;
            let mut outcomes = Vec::new();
            $(outcomes.extend(judged(scene, expect.$key.as_ref(), $judged));)*
            outcomes.extend(unowned(scene));
            outcomes
        }
    };
}

oracles!(dispatch);

/// The outcome of a key's oracle, if the case has the key.
fn judged<T>(scene: &Scene<'_>, value: Option<&T>, oracle: fn(&Scene<'_>, &T) -> Outcome) -> Option<Outcome> {
    value.map(|value| oracle(scene, value))
}
