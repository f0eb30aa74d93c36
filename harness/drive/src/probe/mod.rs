//! What an endpoint does with old versions and weak suites of TLS. rustls speaks TLS 1.2 and 1.3 alone, so hellos are
//! built by hand and the first words of the answer are read by hand.
//!
//! In goes an address; out comes a [`Survey`]: values for a trace, which a judge can read without a socket. `hello` and
//! `read` are pure; only `ask` touches a socket.

mod answer;
mod ask;
mod code;
mod error;
mod hello;
mod number;
mod read;
mod suite;
mod survey;
mod sweep;
#[cfg(test)]
mod tests;

pub use answer::{Alert, Answer, Flaw, ServerHello, Standing, Then};
pub use ask::ask;
pub use error::ProbeError;
pub use hello::{Hello, Randoms, Renegotiation};
pub use number::{AlertDescription, AlertLevel, Compression, Group, Version};
pub use read::{End, Reader};
pub use suite::{Class, Suite};
pub use survey::{ClassProbe, Survey, VersionProbe};
pub use sweep::survey;
