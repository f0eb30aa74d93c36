//! The vocabulary of all rooms: names, quantities, canaries and verdicts.

mod canary;
mod digest;
mod name;
mod nonce;
mod number;
mod octets;
mod quantity;
mod status;
mod template;
mod verdict;

pub use canary::{Canary, CaseId, Tracer};
pub use digest::{Digest, DigestError, hex, unhex};
pub use name::{
    Claim, ControlId, Identity, NameError, Operation, PayloadSetName, ScenarioId, SentinelName, Upstream, Weakness,
};
pub use nonce::{Nonce, NonceError};
pub use number::{Lane, Part};
pub use octets::Octets;
pub use quantity::{Factor, Percent, Period, QuantityError, Size};
pub use status::StatusSet;
pub use template::{Template, TemplateError, Word};
pub use verdict::{Exit, Level, Reason, Severity, TargetKind, Verdict};

/// The word for a value of a plain enum in files.
pub fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
