//! Certificates: who ran what, on what, by which profile, and what came of it, signed.
//!
//! In: results, a profile, keys, times. Out: signed statements, a page and a badge; and the other way round, what holds of
//! a certificate that somebody shows. Two statements stand in one file, a line each: the run statement (in-toto, test
//! result v0.1) by whoever ran the suite, and the certificate (SLSA verification summary v1) by whoever vouches for it.
//! Both are DSSE envelopes with ed25519 signatures.

mod badge;
mod challenge;
mod check;
mod envelope;
mod key;
mod page;
mod run;
mod score;
mod statement;
mod vouch;

#[cfg(any(test, feature = "properties"))]
#[expect(clippy::unwrap_used, reason = "a sample that can't be made is a broken test")]
pub(crate) mod sample;
#[cfg(test)]
mod tests;

pub use badge::{Badge, badge_svg};
pub use challenge::{Challenge, read_challenge};
pub use check::{Check, Fault, Given, Holding, Kind, Report, check};
pub use envelope::{Envelope, EnvelopeError, read_lines};
pub use key::{KeyError, PrivateKey, PublicKey};
pub use page::page;
pub use run::{Evidence, Subject, run_statement};
pub use score::{ControlScore, Outcome, Ran, Scored, Status, score, verdicts};
pub use statement::{Descriptor, Statement, TestResult, Vouched};
pub use vouch::{Moment, Terms, vouch};
