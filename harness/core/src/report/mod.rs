//! Results as people and programs read them: a summary for the terminal and `JUnit` for CI.

mod inert;
mod junit;
mod summary;

#[cfg(test)]
mod tests;

pub use inert::inert;
pub use junit::junit;
pub use summary::summary;
