//! How an endpoint handles old versions and weak suites of TLS, as a trace contains it. The drive probes and reads;
//! here are the values, and the questions that a judge asks without a socket.

mod answer;
mod code;
mod error;
mod number;
mod suite;
mod survey;

pub use answer::{Alert, Answer, Flaw, ServerHello, Standing, Then};
pub use error::CodeError;
pub use number::{AlertDescription, AlertLevel, Compression, Group, Version};
pub use suite::{Class, Suite};
pub use survey::{ClassProbe, Survey, VersionProbe};
