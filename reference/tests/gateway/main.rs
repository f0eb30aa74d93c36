//! The gateway from outside: each test starts one on a free port, with its own upstream behind it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

#[cfg(feature = "weaknesses")]
mod antique;
mod audit;
mod bounds;
mod contract;
mod forward;
mod guard;
mod identity;
mod issuer;
mod owner;
mod program;
mod rig;
mod sequences;
mod stream;
mod tls;
mod tokens;
#[cfg(feature = "weaknesses")]
mod weak_errors;
#[cfg(feature = "weaknesses")]
mod weaknesses;
