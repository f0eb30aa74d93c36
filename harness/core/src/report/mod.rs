//! Results as people and programs read them: summary and tables for the terminal, and files for CI: `JUnit`, SARIF, HTML,
//! Markdown and annotations.

mod acceptance;
mod annotations;
mod calibration;
mod columns;
mod evidence;
mod groups;
mod html;
mod inert;
mod junit;
mod markdown;
mod sarif;
mod summary;
mod tables;
mod wrap;

#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;

pub use acceptance::acceptance;
pub use annotations::annotations;
pub use calibration::{calibration_line, calibration_table};
pub use html::html;
pub use inert::{inert, inert_lines};
pub use junit::junit;
pub use markdown::{MARKDOWN_MOST, markdown};
pub use sarif::{SARIF_MOST, sarif};
pub use summary::summary;
pub use tables::tables;
pub use wrap::{COLUMNS, hanging, wrapped};

use crate::judge::Results;
use crate::vocab::{Exit, Verdict};

/// How much is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// What needs attention.
    Short,
    /// Every scenario and row, and the evidence of each finding.
    Full,
}

/// The family of a control or a scenario.
fn family(id: &str) -> &str {
    id.split('-').next().unwrap_or_default()
}

/// Scenarios by family and verdict.
fn families(results: &Results) -> BTreeMap<&str, BTreeMap<Verdict, u64>> {
    let mut all: BTreeMap<&str, BTreeMap<Verdict, u64>> = BTreeMap::new();
    for scenario in &results.scenarios {
        *all.entry(family(&scenario.control)).or_default().entry(scenario.verdict).or_default() += 1;
    }
    all
}

/// Why the verdict of a scenario leaves the exit code alone, for people.
fn excuse(results: &Results, scenario: &crate::judge::ScenarioResult) -> Option<String> {
    let acceptance = results.acceptance.as_ref()?;
    let excuse = acceptance.excuse(scenario)?;
    let waiver = scenario.waiver.and_then(|at| acceptance.waivers.get(at)).map(|waiving| &waiving.waiver);
    Some(match waiver {
        Some(waiver) => {
            let (owner, reason) = (inert(&waiver.owner), inert(&waiver.reason));
            format!("waived until {} by {owner}: {reason}", waiver.expires)
        }
        None => excuse.text().to_owned(),
    })
}

/// The outcome of a run in a word or two.
fn outcome(results: &Results) -> &'static str {
    match results.exit {
        Exit::Green => "passed",
        Exit::Failed => "failed",
        Exit::Usage => "bad input",
        Exit::Inconclusive => "inconclusive",
        Exit::Fault => "error in Pincer",
    }
}

/// What an exit code means.
fn exit_text(exit: Exit) -> &'static str {
    match exit {
        Exit::Green => "every scenario passed, warned or is accepted",
        Exit::Failed => "a scenario failed",
        Exit::Usage => "bad input or usage, or no target",
        Exit::Inconclusive => "nothing failed, but something is inconclusive",
        Exit::Fault => "an error in Pincer",
    }
}
