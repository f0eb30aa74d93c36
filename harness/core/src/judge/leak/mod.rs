//! Leak detectors: bytes of an answer, a log or a crash output come in, leaks go out.
//!
//! A [`Scanner`] is built once per run from the planted values. It finds those in all encodings of [`Encoding`], and by
//! patterns stack traces, database errors, file paths, internal addresses, server versions and secrets. One pass finds
//! all literals; only their surroundings are checked further.
//!
//! Headers are scanned like other text. The caller writes them as lines `Name: value\n`, and the detectors for headers
//! (`Server`, `X-Powered-By`, `Via`) match at the beginning of a line.
//!
//! What the caller sent and the target only repeated is found too, unless the caller excuses it.

mod address;
mod card;
mod class;
mod cloud;
mod context;
mod database;
mod decode;
mod detector;
mod entropy;
mod excerpt;
mod form;
mod path;
mod planted;
#[cfg(feature = "properties")]
#[expect(clippy::missing_panics_doc, clippy::unwrap_used, reason = "a property says by a panic that it is broken")]
pub(crate) mod property;
mod scanner;
mod secret;
mod sieve;
mod token;
mod trace;
mod unit;
mod version;
#[cfg(any(test, feature = "properties"))]
mod written;

#[cfg(test)]
mod tests;

pub use class::{Class, Encoding, Leak, Needle, Planted, Sight};
pub use scanner::Scanner;
