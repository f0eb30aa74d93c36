//! What an endpoint does with old versions and weak suites of TLS, as it stands in a trace. The drive asks and reads;
//! here are the values, and the questions that a judge asks of them without a socket.

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
