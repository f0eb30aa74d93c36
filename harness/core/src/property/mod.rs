//! What must hold for every input: one function a property, which takes any bytes and panics where the property is
//! broken.
//!
//! A fuzzer looks for the bytes that do so (`fuzz/`), and `cargo test` replays those that it kept. Structured inputs
//! are read from the bytes by [`arbitrary`].

mod certified;
mod fields;
mod judged;
mod planned;
mod text;
mod traced;

use arbitrary::{Arbitrary, Unstructured};

pub use crate::judge::leak::property::{leak_benign, leak_planted, leak_scan};
pub use certified::{certificate, chain};
pub use fields::{rate_limit_fields, retry_after};
pub use judged::judge;
pub use planned::plan;
pub use text::{descriptor, placed, reads_back, scenario};
pub use traced::{trace, trace_redactor};

/// A property by the name of its fuzz target.
pub type Property = (&'static str, fn(&[u8]));

/// All properties of this crate.
pub const PROPERTIES: &[Property] = &[
    ("certificate", certificate),
    ("chain", chain),
    ("descriptor", descriptor),
    ("judge", judge),
    ("leak_benign", leak_benign),
    ("leak_planted", leak_planted),
    ("leak_scan", leak_scan),
    ("plan", plan),
    ("rate_limit_fields", rate_limit_fields),
    ("retry_after", retry_after),
    ("scenario", scenario),
    ("trace", trace),
    ("trace_redactor", trace_redactor),
];

/// The structured input that the bytes stand for; nothing where they are too few for it.
pub fn given<'a, T: Arbitrary<'a>>(data: &'a [u8]) -> Option<T> {
    T::arbitrary_take_rest(Unstructured::new(data)).ok()
}
