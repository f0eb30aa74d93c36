//! What must hold for every input: one function per property, which takes any bytes and panics if the property is
//! broken.
//!
//! Fuzzers search for such bytes (`fuzz/`), and `cargo test` replays the ones they kept. Structured inputs are read
//! from the bytes with [`arbitrary`].

mod document;
mod limit;
mod log;
mod place;
mod screen;

pub use crate::agent::property::agent_output;
pub use crate::connection::property::{request_chunks, request_head};
pub use crate::forward::property::answer_cleaning;
pub use crate::identity::property::token;
pub use document::{contract, json};
pub use limit::limiter;
pub use log::{audit_record, log_mask};
pub use place::path;
pub use screen::input_filter;

/// A property by the name of its fuzz target.
pub type Property = (&'static str, fn(&[u8]));

/// All properties of this crate.
pub const PROPERTIES: &[Property] = &[
    ("agent_output", agent_output),
    ("answer_cleaning", answer_cleaning),
    ("audit_record", audit_record),
    ("contract", contract),
    ("input_filter", input_filter),
    ("json", json),
    ("limiter", limiter),
    ("log_mask", log_mask),
    ("path", path),
    ("request_chunks", request_chunks),
    ("request_head", request_head),
    ("token", token),
];
