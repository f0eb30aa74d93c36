//! A user's target: it runs already, or its descriptor says how to start it.

use std::io;
use std::path::PathBuf;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use pincer_core::scenario::{Launch, Target};
use pincer_core::vocab::Tracer;
use pincer_drive::Credentials;
use pincer_stage::tap::Tap;

use crate::{Launched, Log, NOWHERE, Program, RunningTarget, StandError, Subject, Surroundings, Variables};

/// A user's target.
#[derive(Debug, Clone)]
pub struct External {
    /// The descriptor's folder.
    pub folder: PathBuf,
    /// Resolved credentials.
    pub credentials: Credentials,
    /// How to start it, with values from the environment and from files filled in.
    pub launch: Option<Launch>,
    /// These filled-in values, by name: they stay out of the trace.
    pub secrets: Vec<(String, String)>,
}

impl Subject for External {
    fn credentials(&self, _: &Target, _: &Tracer) -> Credentials {
        self.credentials.clone()
    }

    fn secrets(&self) -> Vec<(String, String)> {
        self.secrets.clone()
    }

    fn file(&self, _: &Target, name: &str) -> io::Result<String> {
        std::fs::read_to_string(self.folder.join(name))
    }

    fn is_foreign(&self) -> bool {
        true
    }

    fn start<'a>(&'a self, surroundings: Surroundings<'a>) -> BoxFuture<'a, Result<RunningTarget, StandError>> {
        self.start_in(surroundings).boxed()
    }
}

impl External {
    async fn start_in(&self, mut around: Surroundings<'_>) -> Result<RunningTarget, StandError> {
        let target = around.target;
        let audit = target.audit.as_ref();
        let posted = match audit.and_then(|audit| audit.post) {
            Some(address) => {
                let listener = pincer_stage::bind_freed("audit", address).await?;
                Some(Tap::post(listener, around.sensor.clone())?)
            }
            None => None,
        };
        around.addresses.audit = posted.as_ref().map(|(_, address)| *address);
        // Only a target that Pincer starts can lose its log: others already have it open.
        if target.launch.is_none() && around.log == Log::Severable {
            around.log = Log::Read;
        }
        let mut variables = Variables::new(&self.folder, around.addresses.clone(), around.tracer)?;
        let url = variables.fill(&target.url)?;
        let tls = target.tls_url().map(|tls| variables.fill(tls)).transpose()?;
        let file = audit.and_then(|audit| audit.file.as_ref()).map(|file| variables.fill(file)).transpose()?;
        // The tap is at the file's end before the target writes.
        let mut tap = match &file {
            Some(file) => around.tap(self.folder.join(file)).await?,
            None => posted.map(|(tap, _)| tap),
        };
        let mut running = RunningTarget::at(url, tls);
        let start = target.task.as_ref().and_then(|task| task.start.as_ref());
        match (&self.launch, start) {
            (Some(launch), Some(start)) => {
                running = RunningTarget::at(NOWHERE.to_owned(), None);
                running.program = Some(Program::new(launch, start, &mut variables)?);
            }
            (Some(launch), None) => {
                let listen = around.log != Log::Unread && audit.is_some_and(|audit| audit.stdout);
                let started = Launched::start(launch, &running.url, (&mut variables, listen), around.access);
                let (mut launched, stdout) = started.await?;
                tap = tap.or_else(|| stdout.map(|stdout| Tap::stream(stdout, around.sensor.clone())));
                launched.ready(launch, &running.url, around.access).await?;
                running.launched = Some(launched);
            }
            (None, _) => {}
        }
        Ok(running.tapped(tap).keeping(variables))
    }
}
