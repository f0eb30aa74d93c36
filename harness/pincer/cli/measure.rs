//! `pincer measure`: measurements of a target, as a table, JSON and a drawing.

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use indicatif::ProgressBar;
use pincer_core::measure::{Measurement, plot, table};
use pincer_core::vocab::{Exit, Operation, Tracer};
use tokio::signal::unix::{SignalKind, signal};

use super::args::{Measure, MeasureLimiter, Measured};
use super::{CliError, files, import, plan};
use crate::measure::{self, CONTROLS, MeasureError, Pace, Subject, Watch};

/// Measures what the arguments ask for.
pub(super) fn measure(measure: &Measure) -> Result<Exit, CliError> {
    match measure {
        Measure::Limiter(args) => {
            let subject = args.target.as_deref().map(|file| subject(file, args)).transpose()?;
            report(&args.measured, async |pace, watch| {
                if let Some(subject) = &subject {
                    return measure::limiter(subject, pace, super::now(), watch).await;
                }
                let names: Vec<_> = CONTROLS.iter().map(|c| c.name).filter(|n| n.starts_with("limiter")).collect();
                measure::reference(&names, true, pace, super::now(), watch).await
            })
        }
        Measure::Layers(measured) => report(measured, async |pace, watch| {
            let names: Vec<_> = CONTROLS.iter().map(|control| control.name).collect();
            measure::reference(&names, false, pace, super::now(), watch).await
        }),
    }
}

fn subject(file: &Path, args: &MeasureLimiter) -> Result<Subject, CliError> {
    let target = import::target(file, None, None)?.target;
    let folder = plan::folder(file);
    let files::Resolved { credentials, launch, .. } = files::resolve(&target, &folder, &Tracer::new(1))?;
    let named = |name: &Option<String>| -> Result<Option<Operation>, CliError> {
        let Some(name) = name else { return Ok(None) };
        let operation = Operation::new(name.as_str()).map_err(|why| CliError::Usage(why.to_string()))?;
        let known = target.operations.contains_key(&operation);
        known.then_some(Some(operation)).ok_or_else(|| CliError::Usage(format!("no operation is named `{name}`")))
    };
    let (limited, unlimited) = (named(&args.limited)?, named(&args.unlimited)?);
    Ok(Subject { target, folder, credentials, launch, limited, unlimited })
}

/// Makes a measurement, shows how far it is, stops it on Ctrl-C, and writes it.
fn report(
    args: &Measured,
    begin: impl AsyncFnOnce(Pace, &Watch) -> Result<Measurement, MeasureError>,
) -> Result<Exit, CliError> {
    let watch = Watch::default();
    let pace = Pace { rounds: args.rounds.into(), slot: args.slot.0 };
    let runtime = tokio::runtime::Runtime::new().map_err(CliError::Output)?;
    let bar = if args.json { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
    let made = runtime.block_on(async {
        let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        let work = begin(pace, &watch);
        tokio::pin!(work);
        let mut tick = tokio::time::interval(Duration::from_millis(100));
        loop {
            tokio::select! {
                made = &mut work => return Ok::<_, CliError>(made?),
                Some(()) = interrupt.recv() => watch.stop(),
                Some(()) = terminate.recv() => watch.stop(),
                _ = tick.tick() => bar.set_message(format!("{} loads made", watch.done())),
            }
        }
    });
    runtime.shutdown_timeout(Duration::from_millis(200));
    bar.finish_and_clear();
    let measurement = made?;
    let json = super::run::pretty(&measurement)?;
    files::write(&args.out.join("measure.json"), &json)?;
    files::write(&args.out.join("measure.svg"), plot(&measurement))?;
    let mut out = anstream::stdout();
    if args.json {
        write!(out, "{json}")?;
    } else {
        write!(out, "{}", table(&measurement))?;
        writeln!(out, "Written: {0}/measure.json, {0}/measure.svg", args.out.display())?;
    }
    Ok(if measurement.is_conclusive() { Exit::Green } else { Exit::Inconclusive })
}
