//! Pincer plays both sides of an AI agent or an agent gateway: the caller and the external APIs behind it. So it proves
//! what arrived, what did not, and what leaked.
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
//! | `pincer_intake` | files of other tools as descriptors, payload sets and scenarios: `OpenAPI`, authentication files, tests of the Core Rule Set |
//! | `pincer_stage` | the upstream jaw: external APIs, honest and hostile, the model of an agent, identity provider, tap on the audit log |
//! | `pincer_drive` | the caller jaw: well-formed and raw requests, forged tokens, floods, the TLS prober |
//! | `pincer_reference` | a hardened gateway and a hardened agent, the embedded default targets, by the feature `reference`; it knows nothing of Pincer |
//! | `pincer_stand` | how a target comes to stand: trait `Subject`, launched, program and running targets, their variables and certificates; ends what was started |
//! | this crate | [`conduct`]: the only loop; [`embedded`]: the files inside the binary; `reference`: the default targets; [`replay`]: judges a trace, also while it is written ([`growth`]); [`selftest`]; [`measure`]; [`cli`]: arguments, files, exit codes |
//!
//! Core's rooms import one another in one direction only; `tests/layers.rs` checks this.
//!
//! # One case, from file to verdict
//!
//! 1. `core::scenario` reads the suite and the descriptor; `pincer_intake` fills the descriptor from an `OpenAPI`
//!    document or an authentication file.
//! 2. `core::plan` spreads each step over payloads, encodings, placements and identities. A case is made when it is
//!    asked for, with a canary of its own.
//!    For an agent the case is a task, and beside it stands the `Mind`: what the model does meanwhile.
//! 3. [`conduct`] opens lanes. A lane is one target with its own upstreams and tap; scenarios come from a queue. It
//!    sends the case. Stage and drive report events to one scribe, which removes secrets and appends to the trace.
//! 4. `core::judge` reads the trace. Each key of a step's `expect` is one oracle in `core::judge::oracle`; their
//!    outcomes are combined into a verdict, which never rests on silence.
//! 5. `core::report` writes the verdicts for people, programs and CI.
//! 6. `core::certify` scores them by a profile and signs what came of it. It rests on the trace, which is a chain of hashes
//!    (`core::observe::Chain`).
//!
//! | a new | goes to |
//! |---|---|
//! | scenario, payload set, benign text | `scenarios/`, no code |
//! | expectation | a line in `core::oracles`, a function in `core::judge::oracle` |
//! | kind of leak | a detector in `core::judge::leak` |
//! | behaviour of a model | `core::scenario::Behaviour`, `pincer_stage::model::mind` |
//! | disguise of a planted text | `core::scenario::Encoding`, and its decoding in `pincer_stage::model::disguise` |
//! | fault on the wire | `core::scenario::Fault`, `pincer_stage::hostile` |
//! | outage around the target | `core::scenario::Outage`, [`conduct`]'s lane |
//! | weakness that scenarios must catch | `pincer_reference::weakness` |

/// Lets `?` turn set-up errors into the variant `Stand` of an error.
macro_rules! stands_on {
    ($error:ident: $($cause:ty),*) => {
        $(impl From<$cause> for $error {
            fn from(cause: $cause) -> Self {
                Self::Stand(cause.into())
            }
        })*
    };
}

pub mod cli;
pub mod conduct;
pub mod embedded;
pub mod growth;
pub mod measure;
#[cfg(feature = "reference")]
pub mod reference;
pub mod replay;
#[cfg(feature = "reference")]
pub mod selftest;
pub mod weaknesses;

/// The wall clock, RFC 3339 in UTC.
pub(crate) fn now() -> String {
    jiff::Timestamp::now().to_string()
}
