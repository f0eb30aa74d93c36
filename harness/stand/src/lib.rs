//! Starts targets and ends them with everything that belongs to them.
//!
//! A [`Subject`] is what is tested. It starts a [`RunningTarget`] in given [`Surroundings`]: where its upstreams, model
//! and identity provider are played, and what may be called. [`External`] is a user's target; other crates may define
//! more. [`supervise`] ends what was started, however Pincer ends.

pub mod certificate;
mod error;
mod external;
mod launch;
mod program;
mod provider;
pub mod supervise;
mod upstreams;
mod variables;

use std::any::Any;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::path::PathBuf;

use futures_util::future::BoxFuture;
use pincer_core::observe::Redactor;
use pincer_core::scenario::Target;
use pincer_core::vocab::Tracer;
use pincer_drive::{Credentials, DriveError, Fence};
use pincer_stage::tap::Tap;
use pincer_stage::{Sensor, StageError};

pub use error::LaunchError;
pub use external::External;
pub use launch::Launched;
pub use program::Program;
pub use provider::Provider;
pub use upstreams::{Address, Upstreams};
pub use variables::{Addresses, Variables};

/// Any free port of this machine.
pub const ANY: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0));

/// The address of a target that does not listen. Nothing is sent there.
const NOWHERE: &str = "http://127.0.0.1:9";

/// Why a target could not be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StandError {
    /// An upstream, model or provider could not be played.
    #[error(transparent)]
    Stage(#[from] StageError),
    /// The target may not or cannot be called.
    #[error(transparent)]
    Drive(#[from] DriveError),
    /// The target could not be started.
    #[error(transparent)]
    Launch(#[from] LaunchError),
    /// A target inside this process could not be started.
    #[error(transparent)]
    Inside(Box<dyn std::error::Error + Send + Sync>),
}

/// What is tested.
pub trait Subject: fmt::Debug + Send + Sync {
    /// The callers' credentials, without tokens of the identity provider.
    fn credentials(&self, target: &Target, tracer: &Tracer) -> Credentials;

    /// Secrets that were filled into its launch, by name. They stay out of the trace.
    fn secrets(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    /// The text of a file named in its `launch.fill`.
    fn file(&self, target: &Target, name: &str) -> io::Result<String>;

    /// Whether it runs outside this process. Then its descriptor says where upstreams listen, and it may forward late.
    fn is_foreign(&self) -> bool {
        false
    }

    /// Whether benign calls show how it treats other calls. A sentinel may treat each call differently.
    fn is_consistent(&self) -> bool {
        true
    }

    /// Starts the target, or finds the running one.
    fn start<'a>(&'a self, surroundings: Surroundings<'a>) -> BoxFuture<'a, Result<RunningTarget, StandError>>;
}

/// The surroundings of a target when it starts.
#[derive(Debug, Clone)]
pub struct Surroundings<'a> {
    /// Its descriptor.
    pub target: &'a Target,
    /// Makes the secrets of the run.
    pub tracer: &'a Tracer,
    /// The addresses of its upstreams and other services.
    pub addresses: Addresses,
    /// How it may be called while it starts.
    pub access: Access<'a>,
    /// How its audit log is read.
    pub log: Log,
    /// Reports what is seen of it.
    pub sensor: Sensor,
}

/// How a target's audit log is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Log {
    /// Not at all; a target that posts its records can still do so.
    Unread,
    /// While it is written.
    Read,
    /// While it is written, and it can also be taken away.
    Severable,
}

/// How a target may be called while it starts.
#[derive(Debug, Clone, Copy)]
pub struct Access<'a> {
    /// What may be called.
    pub fence: &'a Fence,
    /// The credentials for these calls.
    pub credentials: &'a Credentials,
    /// Removes secrets from all messages.
    pub redactor: &'a Redactor,
}

/// A running target. Fields are dropped in this order: the target before its folder and the tap on its log.
#[derive(Debug)]
pub struct RunningTarget {
    /// Its address.
    pub url: String,
    /// Its TLS address.
    pub tls: Option<String>,
    /// An agent that is started for each task.
    pub program: Option<Program>,
    /// Its processes, if Pincer started any.
    pub launched: Option<Launched>,
    kept: Vec<Box<dyn Any + Send + Sync>>,
    /// The tap on its audit log.
    pub tap: Option<Tap>,
}

impl RunningTarget {
    /// A target at this address.
    pub fn at(url: String, tls: Option<String>) -> Self {
        Self { url, tls, program: None, launched: None, kept: Vec::new(), tap: None }
    }

    /// The same target, with a value that lives as long as it.
    #[must_use]
    pub fn keeping(mut self, kept: impl Any + Send + Sync) -> Self {
        self.kept.push(Box::new(kept));
        self
    }

    /// The same target, with the tap on its log.
    #[must_use]
    pub fn tapped(self, tap: Option<Tap>) -> Self {
        Self { tap, ..self }
    }

    /// The value of this type that lives as long as it.
    pub fn kept<T: Any>(&self) -> Option<&T> {
        self.kept.iter().find_map(|kept| kept.downcast_ref())
    }

    /// Whether one of its processes has ended.
    pub fn ended(&mut self) -> bool {
        self.launched.as_mut().is_some_and(Launched::ended)
    }
}

impl Surroundings<'_> {
    /// The tap on this file.
    pub async fn tap(&self, file: PathBuf) -> Result<Option<Tap>, StandError> {
        Ok(match self.log {
            Log::Unread => None,
            Log::Read => Some(Tap::file(file, self.sensor.clone()).await),
            Log::Severable => Some(Tap::pipe(&file, self.sensor.clone()).inspect(supervise::keep_log)?),
        })
    }
}
