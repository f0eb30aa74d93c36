//! The pure half of Pincer: everything between the user's text and the verdict.
//!
//! No clock, file, socket or environment is touched here. Bytes, times, seeds and keys come in
//! as arguments; values go out. The way of the data is
//! [`scenario`] → [`plan`] → (stage and drive, outside) → [`observe`] → [`judge`] → [`report`] and [`certify`]. [`accept`]
//! compares results with a baseline and waivers. Beside it, [`frame`] finds the ends of messages for floods, and [`measure`]
//! says what controls cost.

pub mod accept;
pub mod certify;
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
