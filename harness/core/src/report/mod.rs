//! Results as people and programs read them: summary and tables for the terminal and `JUnit` for CI.

mod calibration;
mod columns;
mod evidence;
mod inert;
mod junit;
mod summary;
mod tables;
mod wrap;

#[cfg(test)]
mod tests;

pub use calibration::{calibration_line, calibration_table};
pub use inert::{inert, inert_lines};
pub use junit::junit;
pub use summary::summary;
pub use tables::tables;
pub use wrap::{COLUMNS, hanging, wrapped};

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
