//! The pure half of Pincer: everything between the user's text and the verdict.
//!
//! This crate touches no clock, file, socket or environment. Bytes, times, seeds and keys are arguments. The data goes
//! [`scenario`] → [`plan`] → (stage and drive, outside) → [`observe`] → [`judge`] → [`report`]. In addition, [`frame`]
//! finds the ends of messages for floods, and [`measure`] computes what controls cost.

pub mod frame;
pub mod judge;
pub mod measure;
pub mod observe;
mod oracles;
pub mod plan;
#[cfg(feature = "properties")]
#[expect(
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a property says by a panic that it is broken"
)]
pub mod property;
pub mod report;
pub mod scenario;
pub mod vocab;
