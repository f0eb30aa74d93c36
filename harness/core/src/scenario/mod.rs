//! The user's texts: scenarios, payload sets, target descriptors and the control catalogue, read with spans.
//!
//! In: YAML. Out: a [`Suite`] and a [`Target`] whose names all resolve, or [`Diagnostic`]s that name file, line,
//! column and the nearest valid word.

mod alerts;
mod answers;
mod behaviour;
mod caller;
mod callers;
mod check;
mod choice;
mod control;
mod demand;
mod descriptor;
mod encoding;
mod error;
mod excerpt;
mod expect;
mod expectation;
mod forgery;
mod handshake;
mod kind;
mod launch;
mod leaf;
mod limits;
mod link;
mod load;
mod mistakes;
mod need;
mod operation;
mod outage;
mod payload;
mod place;
mod profile;
mod read;
mod schema;
mod script;
mod seg;
mod several;
mod short;
mod speaks;
mod spelling;
mod step;
mod suite;
mod target;
mod tool;
mod unsaid;
mod write;

pub use alerts::{Alarm, Alerts};
pub use answers::{AnswerForm, Answers};
pub use behaviour::Behaviour;
pub use caller::{Caller, Right};
pub use callers::Callers;
pub use check::{check_against, fits, forgers, gaps, operations};
pub use choice::Choice;
pub use control::{Catalogue, Control};
pub use demand::{Demand, Must, MustNot};
pub use descriptor::{Descriptor, read_target};
pub use encoding::Encoding;
pub use error::{Diagnostic, ReadError};
pub use excerpt::Excerpt;
pub use expect::{
    Admission, Arrives, Banner, ErrorForm, Framing, HeldConnections, Hosts, Keeps, Leaks, Receives, Recorded, Refuses,
    Stranger, Tls, Within,
};
pub use expectation::Expect;
pub use forgery::{Forgery, Signer, Unsigned};
pub use handshake::Handshake;
pub use launch::{Launch, Ready, Sidecar};
pub use leaf::{leaf, with_leaf};
pub use limits::{Limits, Rate};
pub use link::Vocabulary;
pub use load::{Back, Flood, Hold, Stream};
pub use mistakes::{unknown_claims, unset};
pub use outage::Outage;
pub use payload::{Payload, PayloadSet};
pub use place::{place_of_operation, place_of_scenario, place_of_step};
pub use profile::{Floors, Profile, Required, read_profile};
pub use read::{Source, one_of, read_catalogue};
pub use schema::schemas;
pub use script::{Before, ScriptedCall, ScriptedTurn, Session};
pub use seg::Seg;
pub use spelling::Spelling;
pub use step::{Answer, Fault, NameForm, Probe, Scenario, Send, Step, Stretch, Via, Wire};
pub use suite::Suite;
pub use target::{Audit, AuditFields, Content, Credential, Idp, Loss, OperationSpec, Target, TlsSpec, UpstreamSpec};
pub use tool::{
    Approval, Approve, Done, EndSession, HttpTask, OrderSpec, StartTask, Task, Told, Tool, filled, with_texts,
};
pub use write::{WriteError, to_yaml};
