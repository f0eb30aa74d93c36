//! What is accepted before a run: the findings of an earlier one (a baseline), and waivers.
//!
//! In: results and the user's files. Out: the same results with what is known and waived noted at each finding, and with
//! the exit code that follows. No verdict changes.

mod baseline;
mod day;
mod settle;
mod waivers;

#[cfg(test)]
mod tests;

use serde_json::Value;

pub use baseline::{Baseline, read_baseline};
pub use day::Day;
pub use settle::{Accepted, settle};
pub use waivers::{Waivers, read_waivers};

/// The file name and the JSON Schema of each format.
pub fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("baseline-v1.schema.json", schemars::schema_for!(Baseline).to_value()),
        ("waivers-v1.schema.json", schemars::schema_for!(Waivers).to_value()),
    ]
}
