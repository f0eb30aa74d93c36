//! Pincer holds an AI agent or an agent gateway between two jaws: it plays the caller and the external APIs behind
//! the target, and so it proves what arrived, what did not, and what leaked.
//!
//! # Architecture
//!
//! ```text
//! scenario ──▶ plan ──▶ stage ─┐
//!  (YAML)     (cases)   drive ─┴▶ trace ──▶ verdict ──▶ report
//! ```
//!
//! | crate | what it is |
//! |---|---|
//! | `pincer_core` | pure: scenarios, plan, events, judge, reports |
//! | `pincer_stage` | the upstream jaw: polite and hostile APIs, audit tap |
//! | `pincer_drive` | the caller jaw: well-formed and raw requests, floods |
//! | `pincer_reference` | a hardened gateway, the embedded default target; it knows nothing of Pincer |
//! | this crate | [`conduct`]: the only loop; [`cli`]: arguments, files, exit codes |
//!
//! Core's rooms import one another in one direction only; `tests/layers.rs` holds them to it.

pub mod cli;
pub mod conduct;
pub mod embedded;
pub mod selftest;
