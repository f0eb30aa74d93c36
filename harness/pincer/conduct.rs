//! The only loop: stages, drives and writes the trace.
//!
//! A lane is a target with its own upstreams and tap. The first lane calibrates: benign calls show what the target does
//! to a call, before any attack. Lanes take scenarios from one queue and run in parallel if the target can run several
//! times. Scenarios with an outage around the target run alone, in their own lane, after all others.

mod budget;
mod fault;
mod lane;
mod scribe;

use std::cmp::Reverse;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pincer_core::observe::{Calibration, Event, Head, Redactor, Start, TRACE_VERSION, What};
use pincer_core::plan::{Entry, Plan};
use pincer_core::scenario::{Scenario, Target};
use pincer_core::vocab::{Digest, Lane, ScenarioId, TargetKind, Template, Word};
use pincer_drive::{Credentials, DriveError};
use pincer_stage::idp::Idp;
use pincer_stage::secure::{Authority, AuthorityError};
use pincer_stage::{Clock, Sensor, StageError};
use pincer_stand::{LaunchError, Provider, StandError, Subject};
use tokio::sync::{OnceCell, watch};

pub use lane::UnfitTarget;

use crate::growth::{Ending, Growth};

/// Why a run broke.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConductError {
    /// The target or its surroundings could not be set up.
    #[error(transparent)]
    Stand(#[from] StandError),
    /// The certificates of the upstreams.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// The trace cannot be written.
    #[error("the trace {path} can't be written: {why}")]
    Trace {
        /// Its path.
        path: PathBuf,
        /// The system's error.
        why: std::io::Error,
    },
    /// No verdict about the target is possible.
    #[error(transparent)]
    Unfit(#[from] UnfitTarget),
    /// An error in Pincer.
    #[error("a bug in Pincer: {0}")]
    Bug(String),
}

stands_on!(ConductError: StageError, DriveError, LaunchError);

/// Everything that a run needs.
#[derive(Debug)]
pub struct Job {
    /// The plan.
    pub plan: Plan,
    /// The target.
    pub subject: Arc<dyn Subject>,
    /// Name of the suite.
    pub suite_name: String,
    /// Id of the run.
    pub run: String,
    /// Start time, RFC 3339.
    pub started: String,
    /// Path of the trace.
    pub trace: PathBuf,
    /// Parallel lanes; 1 for a target that can run only once.
    pub lanes: usize,
    /// Cases in flight in each lane.
    pub concurrency: usize,
    /// Time limit of a case whose expectations set none.
    pub deadline: Duration,
    /// The arguments that selected target and scenarios, as the user typed them.
    pub arguments: Vec<String>,
    /// Whether to make only the benign calls of the calibration.
    pub probe: bool,
    /// What runs the job.
    pub origin: Origin,
}

/// What runs a job; the head of the trace says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// Digest of this program, where somebody wants to know.
    pub binary: Option<Digest>,
    /// How often the same run was begun in its folder, from 1.
    pub attempt: u32,
}

impl Default for Origin {
    /// A first attempt by a program that is not named.
    fn default() -> Self {
        Self { binary: None, attempt: 1 }
    }
}

/// The progress of a run, for display.
#[derive(Debug, Default)]
pub struct Progress {
    calibrated: AtomicBool,
    scenarios: AtomicU64,
    cases: AtomicU64,
    measured_ms: AtomicU64,
    trace: Growth,
}

/// Work that is done or planned.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Work {
    /// Scenarios.
    pub scenarios: u64,
    /// Cases.
    pub cases: u64,
    /// Total duration of the measurements among the cases.
    pub measured: Duration,
}

impl Progress {
    /// Whether the calibration is over.
    pub fn is_calibrated(&self) -> bool {
        self.calibrated.load(Ordering::Relaxed)
    }

    /// How far the trace is written.
    pub fn trace(&self) -> &Growth {
        &self.trace
    }

    /// What is done.
    pub fn done(&self) -> Work {
        Work {
            scenarios: self.scenarios.load(Ordering::Relaxed),
            cases: self.cases.load(Ordering::Relaxed),
            measured: Duration::from_millis(self.measured_ms.load(Ordering::Relaxed)),
        }
    }

    /// A case is done that was planned to last this long.
    fn case_done(&self, lasts: Duration) {
        self.cases.fetch_add(1, Ordering::Relaxed);
        self.measured_ms.fetch_add(u64::try_from(lasts.as_millis()).unwrap_or(0), Ordering::Relaxed);
    }
}

/// Runs a job to its end, or until `stop` becomes true; what is finished is in the trace either way.
pub async fn conduct(job: Job, progress: Arc<Progress>, mut stop: watch::Receiver<bool>) -> Result<(), ConductError> {
    let clock = Clock::start();
    // Also a run that breaks before its trace begins lets go of who reads it.
    let _over = Ending(progress.trace.clone());
    let provider = Provider::of(&job.plan.target).await?;
    let mut credentials = job.subject.credentials(&job.plan.target, job.plan.tracer());
    if let Some(provider) = &provider {
        credentials = provider.issue(credentials, &job.plan.target);
    }
    let secrets: Vec<(String, String)> =
        credentials.secrets().chain(job.subject.secrets()).chain(planted(&job)?).collect();
    let start = start(&job);
    let head = Head::new(&start, job.plan.digest(), job.origin.binary, job.origin.attempt);
    let begin = Event::new(0, What::Start(Box::new(start)));
    // What the trace begins with is public.
    let public = serde_json::to_string(&begin).unwrap_or_default();
    let redactor = Redactor::beside(secrets.iter().map(|(name, secret)| (name.as_str(), secret.as_str())), &public);
    let redactor = Arc::new(redactor);
    let (scribe, writing) = scribe::Scribe::open(&job.trace, (redactor.clone(), head), progress.trace.clone())
        .map_err(|why| ConductError::Trace { path: job.trace.clone(), why })?;
    scribe.event(begin);
    let job = Arc::new(job);
    let sensor = || Sensor::new(clock, Lane::default(), job.plan.tracer().clone(), scribe.reporter());
    let idp = provider.map(|provider| provider.open(sensor())).transpose()?.map(Arc::new);
    let tls = job.plan.target.upstreams.values().any(|spec| spec.tls);
    let authority = tls.then(Authority::new).transpose()?.map(Arc::new);
    let calibration = Arc::default();
    let context = RunContext {
        scribe: scribe.clone(),
        credentials,
        redactor,
        faults: Arc::default(),
        idp,
        authority,
        progress,
        clock,
        calibration,
    };
    let lanes = run_lanes(&job, &context);
    let interrupted = tokio::select! {
        result = lanes => { result?; false }
        _ = stop.wait_for(|stop| *stop) => true,
        () = scribe.ended() => true,
    };
    scribe.event(Event::new(clock.now_us(), What::End { finished: crate::now(), interrupted }));
    // The provider reports to the scribe as lanes do: its end is the trace's.
    drop((context, scribe));
    // The scribe ends when the last sender is gone. After a failed write the trace cannot be trusted.
    match writing.await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(why)) => Err(ConductError::Trace { path: job.trace.clone(), why }),
        Err(why) => Err(ConductError::Trace { path: job.trace.clone(), why: std::io::Error::other(why) }),
    }
}

/// The secrets in the files that start an agent, by placeholder: they are its own, and may go where they are bound.
fn planted(job: &Job) -> Result<Vec<(String, String)>, ConductError> {
    let target = &job.plan.target;
    if target.kind == TargetKind::Gateway {
        return Ok(Vec::new());
    }
    let names = target.launch.iter().flat_map(|launch| &launch.fill);
    let mut secrets = Vec::new();
    for name in names {
        let text = job.subject.file(target, name);
        let text = text.map_err(|why| LaunchError::Prepare { what: format!("the file {name}"), why })?;
        let template: Template =
            text.parse().map_err(|why| LaunchError::Template { path: PathBuf::from(name), why })?;
        for word in template.words() {
            if let Word::Canary(secret) = word {
                secrets.push((word.to_string(), job.plan.tracer().secret(secret)));
            }
        }
    }
    Ok(secrets)
}

/// Scenarios that wait for a lane of their kind.
type Queue = Arc<Mutex<VecDeque<ScenarioId>>>;

fn next(queue: &Queue) -> Option<ScenarioId> {
    queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
}

/// What all lanes share.
#[derive(Clone)]
struct RunContext {
    scribe: scribe::Scribe,
    credentials: Credentials,
    /// Removes secrets from all messages.
    redactor: Arc<Redactor>,
    faults: Arc<fault::Faults>,
    /// The identity provider, if the target has one.
    idp: Option<Arc<Idp>>,
    /// The authority for upstreams with TLS.
    authority: Option<Arc<Authority>>,
    progress: Arc<Progress>,
    clock: Clock,
    /// The calibration, made by the first lane that is set up.
    calibration: Arc<OnceCell<Arc<Calibration>>>,
}

impl RunContext {
    /// The address of the identity provider.
    fn idp_address(&self) -> Option<SocketAddr> {
        self.idp.as_ref().map(|idp| idp.address())
    }
}

async fn run_lanes(job: &Arc<Job>, context: &RunContext) -> Result<(), ConductError> {
    let runnable = job.plan.scenarios().filter(|(_, entry)| entry.skipped.is_none());
    let (outage, sound): (Vec<_>, Vec<_>) = runnable.partition(|(scenario, _)| has_outage(scenario));
    let queue = |scenarios: Vec<(&Scenario, &Entry)>| {
        // Floods come last: what they use up of a limit is missing to nobody. The longest of them begin first, so that no
        // lane is at one when all others are done.
        let (mut last, first): (Vec<_>, Vec<_>) = scenarios.into_iter().partition(|(scenario, _)| scenario.measures());
        last.sort_by_cached_key(|(scenario, entry)| {
            let lasts = job.plan.cases(scenario, entry).map(|case| case.lasts());
            Reverse(lasts.sum::<Duration>())
        });
        let ids: VecDeque<ScenarioId> =
            first.into_iter().chain(last).map(|(scenario, _)| scenario.id.clone()).collect();
        (!ids.is_empty()).then(|| Arc::new(Mutex::new(ids)))
    };
    let (outage, sound) = (queue(outage), queue(sound));
    let lane = |(kind, queue, number): (Kind, &Queue, usize)| lane::Lane {
        number: Lane(u32::try_from(number).unwrap_or(u32::MAX)),
        kind,
        queue: queue.clone(),
        job: job.clone(),
        context: context.clone(),
    };
    if job.probe {
        return lane((Kind::Sound, &Queue::default(), 0)).probe().await;
    }
    let lanes: Vec<lane::Lane> = sound
        .iter()
        .cycle()
        .zip(0..job.lanes.max(1))
        .map(|(queue, number)| lane((Kind::Sound, queue, number)))
        .collect();
    let next = lanes.len();
    futures_util::future::try_join_all(lanes.into_iter().map(lane::Lane::run)).await?;
    // An outage hits every lane, so it runs last, alone.
    if let Some(queue) = &outage {
        lane((Kind::Outage, queue, next)).run().await?;
    }
    // Scenarios that no lane could run are reported too.
    for queue in [&outage, &sound].into_iter().flatten() {
        while let Some(id) = self::next(queue) {
            context.left(id);
        }
    }
    Ok(())
}

/// What may fail around the target in a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Only the upstreams' answers.
    Sound,
    /// Everything around the target, with an audit sink that can be taken away.
    Outage,
}

/// Whether something around the target should fail.
fn has_outage(scenario: &Scenario) -> bool {
    scenario.steps().any(|step| !step.outage.is_empty())
}

fn start(job: &Job) -> Start {
    Start {
        format: "pincer/trace".to_owned(),
        version: TRACE_VERSION,
        run: job.run.clone(),
        pincer: env!("CARGO_PKG_VERSION").to_owned(),
        started: job.started.clone(),
        suite_name: job.suite_name.clone(),
        seed: job.plan.seed,
        nonce: job.plan.nonce(),
        target: withheld(&job.plan.target),
        suite: job.plan.suite.clone(),
        only_case: job.plan.only_case(),
        trials: job.plan.trials(),
        arguments: job.arguments.clone(),
    }
}

/// The target without the values of its credentials.
fn withheld(target: &Target) -> Target {
    let mut target = target.clone();
    for credential in target.identities.values_mut() {
        for value in credential.header.values_mut() {
            *value = Template::literal("withheld");
        }
    }
    if let Some(launch) = &mut target.launch {
        let envs = launch.sidecars.iter_mut().map(|sidecar| &mut sidecar.env).chain([&mut launch.env]);
        envs.flat_map(|env| env.values_mut()).for_each(|value| *value = Template::literal("withheld"));
    }
    target
}
