//! Measurements: what a control costs, and what a limiter admits.
//!
//! The target is between the load generator and an upstream that only counts. Rounds with and without a control
//! alternate within fractions of a second, so that drift affects both.

mod admission;
mod contrast;
#[cfg(feature = "reference")]
mod controls;
mod rig;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use pincer_core::measure::{Measurement, VERSION};
use pincer_core::plan::Client;
use pincer_core::scenario::{ReadError, Target};
use pincer_core::vocab::{Identity, Nonce, Operation, Tracer};
use pincer_drive::{DriveError, Fence, Load, LoadReport, Shot, cores};
use pincer_stage::StageError;
use pincer_stage::sink::Sink;
use pincer_stand::{ANY, External, StandError};

#[cfg(feature = "reference")]
pub use controls::{names, reference};

/// Connections of a load that is as fast as the target accepts it.
const CONNECTIONS: usize = 32;

/// Why figures prove nothing about the target.
const STARVED: &str = "generator saturated";

/// Why a measurement failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MeasureError {
    /// The target or its surroundings could not be set up.
    #[error(transparent)]
    Stand(#[from] StandError),
    /// The measured call is invalid.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The target's descriptor lacks something.
    #[error("{0}")]
    Unfit(String),
    /// No threads or sockets.
    #[error("the load can't be made: {0}")]
    Load(#[from] std::io::Error),
    /// The target does not answer correctly, even without load.
    #[error(
        "`{operation}` is answered with {statuses}, not with successes alone: see to its key or token, its sample, and a rate that is admitted"
    )]
    Refused {
        /// Which operation.
        operation: String,
        /// The answers.
        statuses: String,
    },
    /// It was stopped.
    #[error("interrupted")]
    Interrupted,
}

stands_on!(MeasureError: StageError, DriveError);

/// The length and number of rounds, and the nonce, which sets the marks of calls and the imitated client.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Pairs of rounds for each control.
    pub rounds: u32,
    /// How long each load of a round lasts.
    pub slot: Duration,
    /// The nonce of the marks.
    pub nonce: Nonce,
}

/// A user's target with a limiter.
#[derive(Debug)]
pub struct Limited {
    /// The descriptor.
    pub target: Target,
    /// How to find or start the target.
    pub subject: External,
    /// The limited operation; the first one if absent.
    pub limited: Option<Operation>,
    /// The operation without a limit; the first one if absent.
    pub unlimited: Option<Operation>,
}

/// Two URLs of a running target, one of them limited.
#[derive(Debug)]
pub struct Urls {
    /// The limited one.
    pub limited: String,
    /// The one for comparison.
    pub unlimited: String,
    /// Header fields of the calls.
    pub headers: Vec<(String, String)>,
    /// Calls per second; as fast as they are answered if absent.
    pub per_second: Option<f64>,
}

/// Shows the progress of a measurement, and stops it.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    done: Arc<AtomicU64>,
    expected_ms: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
}

impl Watch {
    /// Finished loads.
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// Expected duration of everything that has begun.
    pub fn expected(&self) -> Duration {
        Duration::from_millis(self.expected_ms.load(Ordering::Relaxed))
    }

    fn expects(&self, time: Duration) {
        self.expected_ms.fetch_add(u64::try_from(time.as_millis()).unwrap_or(0), Ordering::Relaxed);
    }

    /// Ends the measurement.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Runs a load on its own threads.
    async fn fire(&self, shot: &Shot, load: Load) -> Result<LoadReport, MeasureError> {
        let (shot, stop) = (shot.clone(), self.stop.clone());
        let fired = tokio::task::spawn_blocking(move || shot.fire(&load, &stop)).await;
        let report = fired.map_err(std::io::Error::other)??;
        self.done.fetch_add(1, Ordering::Relaxed);
        if self.stop.load(Ordering::Relaxed) { Err(MeasureError::Interrupted) } else { Ok(report) }
    }

    /// Waits, but not after a stop.
    async fn rest(&self, time: Duration) -> Result<(), MeasureError> {
        const LOOK: Duration = Duration::from_millis(50);
        let until = tokio::time::Instant::now() + time;
        while tokio::time::Instant::now() < until {
            if self.stop.load(Ordering::Relaxed) {
                return Err(MeasureError::Interrupted);
            }
            tokio::time::sleep_until(until.min(tokio::time::Instant::now() + LOOK)).await;
        }
        Ok(())
    }
}

/// The names of the reference's controls; none in a build without it.
#[cfg(not(feature = "reference"))]
pub fn names() -> impl Iterator<Item = &'static str> {
    std::iter::empty()
}

/// Fails, because this build has no reference.
#[cfg(not(feature = "reference"))]
pub fn reference(
    _: &[&str],
    _: bool,
    _: Pace,
    _: String,
    _: &Watch,
) -> impl Future<Output = Result<Measurement, MeasureError>> {
    std::future::ready(Err(MeasureError::Unfit(crate::embedded::LEFT_OUT.to_owned())))
}

/// What the limiter of a target costs and admits.
pub async fn limiter(
    measured: &Limited,
    pace: Pace,
    started: String,
    watch: &Watch,
) -> Result<Measurement, MeasureError> {
    let target = &measured.target;
    let limited = admission::limited(target, measured.limited.as_ref())?;
    let mut measurement = begin(&name(target), started, pace, watch).await?;
    let unlimited = admission::unlimited(target, measured.unlimited.as_ref())?;
    let called: Vec<&Operation> = [&limited].into_iter().chain(&unlimited).collect();
    let rig = rig::Rig::external(measured, &called, pace.nonce).await?;
    if let Some(unlimited) = unlimited {
        let generator = measurement.generator_per_second;
        measurement
            .costs
            .push(contrast::operations(&rig, target, (&limited, &unlimited), pace, watch, generator).await?);
    }
    measurement.admission = Some(admission::measure(&rig, target, Some(&limited), watch).await?);
    Ok(measurement)
}

/// The cost of one URL compared with another. There is no upstream of ours, so nothing is said about what is admitted.
pub async fn urls(urls: &Urls, pace: Pace, started: String, watch: &Watch) -> Result<Measurement, MeasureError> {
    let mut measurement = begin(&urls.limited, started, pace, watch).await?;
    measurement.costs.push(contrast::urls(urls, pace, watch, measurement.generator_per_second).await?);
    Ok(measurement)
}

/// A measurement with only the generator's own figures.
async fn begin(target: &str, started: String, pace: Pace, watch: &Watch) -> Result<Measurement, MeasureError> {
    let sink = Sink::open(pincer_stage::bind("generator", ANY)?, "{}", cores())?;
    let look = Client::of(&tracer(pace.nonce));
    let shot = Shot::get(&format!("http://{}/", sink.address()), &[], look, &Fence::default()).await?;
    let alone = watch.fire(&shot, Load::closed(CONNECTIONS, pace.slot)).await?;
    Ok(Measurement {
        format: "pincer/measure".to_owned(),
        version: VERSION,
        pincer: env!("CARGO_PKG_VERSION").to_owned(),
        started,
        target: target.to_owned(),
        cores: cores(),
        generator_per_second: alone.per_second(),
        costs: Vec::new(),
        admission: None,
    })
}

fn name(target: &Target) -> String {
    format!("{} {}", target.name, target.version).trim_end().to_owned()
}

/// Who may call an operation, in order of names.
fn callers<'a>(target: &'a Target, operation: &Operation) -> impl Iterator<Item = &'a Identity> + use<'a> {
    let spec = target.operations.get(operation);
    target.identities.iter().filter_map(move |(identity, credential)| {
        let spec = spec?;
        let allowed = spec.allow.is_empty() || credential.roles.iter().any(|role| spec.allow.contains(role));
        let shown = credential.token.is_none() || target.idp.is_some();
        (allowed && shown && credential.owns(spec)).then_some(identity)
    })
}

/// The seed of all plans here; only the nonce is new.
const SEED: u64 = 1;

pub(crate) fn tracer(nonce: Nonce) -> Tracer {
    Tracer::new(SEED, nonce)
}
