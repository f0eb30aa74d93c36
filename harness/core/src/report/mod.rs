//! Results as people and programs read them: summary and tables for the terminal and `JUnit` for CI.

mod columns;
mod evidence;
mod inert;
mod junit;
mod summary;
mod tables;

#[cfg(test)]
mod tests;

pub use inert::inert;
pub use junit::junit;
pub use summary::summary;
pub use tables::tables;

/// How much is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// What fits a screen.
    Short,
    /// Every row, and all that shows a finding.
    Full,
}

/// A value of a plain enum by the word that files use.
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
