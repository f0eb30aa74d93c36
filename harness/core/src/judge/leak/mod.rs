//! Leak detectors: bytes of an answer, a log or a crash output in, leaks out.
//!
//! A [`Scanner`] is built once a run from the values that Pincer planted. It finds those in all ways of [`Encoding`], and
//! by their form stack traces, database errors, file paths, internal addresses, server versions and secrets. All
//! literals, planted or not, are found in one pass; only around its hits anything else is looked at.
//!
//! Headers are scanned like anything else: the caller writes them as lines `Name: value\n`, and the detectors that
//! mean headers (`Server`, `X-Powered-By`, `Via`) match at the beginning of a line.
//!
//! What the caller itself sent and the target only repeated is found too, unless the caller excuses it.

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
