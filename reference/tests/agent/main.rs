//! The agent from outside: each test starts one on a free port, with its own model and API.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod bounds;
mod program;
mod rig;
mod rules;
mod sequences;
mod users;
#[cfg(feature = "weaknesses")]
mod weaknesses;
