//! `pincer measure`: measurements of a target, as a table, JSON and a plot.

use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use http::{HeaderName, HeaderValue};
use indicatif::ProgressBar;
use pincer_core::measure::{Measurement, plot, table};
use pincer_core::vocab::{Exit, Nonce, Operation, Template};

use super::args::{Measure, MeasureLimiter, Measured};
use super::signals::Signals;
use super::{CliError, files, import, plan};
use crate::measure::{self, Limited, MeasureError, Pace, Urls, Watch};

/// Runs the requested measurement.
pub(super) fn measure(measure: &Measure) -> Result<Exit, CliError> {
    let (Measure::Limiter(MeasureLimiter { measured, .. }) | Measure::Layers(measured)) = measure;
    let nonce = measured.nonce.map_or_else(super::start::nonce, Ok)?;
    match measure {
        Measure::Limiter(args) => {
            let asked = asked(args, nonce)?;
            report(&args.measured, nonce, async |pace, watch| match &asked {
                Asked::Limited(limited) => measure::limiter(limited, pace, crate::now(), watch).await,
                Asked::Urls(urls) => measure::urls(urls, pace, crate::now(), watch).await,
                Asked::Reference => {
                    let names: Vec<_> = measure::names().filter(|name| name.starts_with("limiter")).collect();
                    measure::reference(&names, true, pace, crate::now(), watch).await
                }
            })
        }
        Measure::Layers(measured) => {
            super::start::embedded_reference()?;
            report(measured, nonce, async |pace, watch| {
                let names: Vec<_> = measure::names().collect();
                measure::reference(&names, false, pace, crate::now(), watch).await
            })
        }
    }
}

/// Whose limiter is measured.
enum Asked {
    Reference,
    Limited(Box<Limited>),
    Urls(Urls),
}

fn asked(args: &MeasureLimiter, nonce: Nonce) -> Result<Asked, CliError> {
    if let Some(file) = &args.target {
        return Ok(Asked::Limited(Box::new(limited(file, args, nonce)?)));
    }
    let headers = args.header.iter().map(|field| header(field, nonce)).collect::<Result<Vec<_>, _>>()?;
    match (&args.limited, &args.unlimited) {
        (Some(limited), Some(unlimited)) => {
            let (limited, unlimited) = (limited.clone(), unlimited.clone());
            Ok(Asked::Urls(Urls { limited, unlimited, headers, per_second: args.rate }))
        }
        (None, None) if headers.is_empty() && args.rate.is_none() => {
            super::start::embedded_reference()?;
            Ok(Asked::Reference)
        }
        _ => {
            let text = "name two URLs with --limited and --unlimited, or a descriptor with --target";
            Err(CliError::Usage(text.to_owned()))
        }
    }
}

/// A header field as typed, with its secrets filled in.
fn header(field: &str, nonce: Nonce) -> Result<(String, String), CliError> {
    let wrong = |why: &dyn std::fmt::Display| CliError::Usage(format!("--header `{field}`: {why}"));
    let (name, value) = field.split_once(':').ok_or_else(|| wrong(&"use `NAME: VALUE`"))?;
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|why| wrong(&why))?;
    let template: Template = value.trim().parse().map_err(|why| wrong(&why))?;
    let value = files::shown(&template, Path::new("."), &measure::tracer(nonce))?;
    // An invalid value would make another request.
    HeaderValue::from_str(&value).map_err(|why| wrong(&why))?;
    Ok((name.to_string(), value))
}

fn limited(file: &Path, args: &MeasureLimiter, nonce: Nonce) -> Result<Limited, CliError> {
    let target = import::target(file, None, None)?.target;
    let folder = plan::folder(file);
    let subject = files::external(&target, folder, &measure::tracer(nonce))?;
    let named = |name: &Option<String>| -> Result<Option<Operation>, CliError> {
        let Some(name) = name else { return Ok(None) };
        let operation = Operation::new(name.as_str()).map_err(|why| CliError::Usage(why.to_string()))?;
        let known = target.operations.contains_key(&operation);
        known.then_some(Some(operation)).ok_or_else(|| CliError::Usage(format!("no operation is named `{name}`")))
    };
    let (limited, unlimited) = (named(&args.limited)?, named(&args.unlimited)?);
    Ok(Limited { target, subject, limited, unlimited })
}

/// Measures, shows the progress, stops on Ctrl-C, and writes the result.
fn report(
    args: &Measured,
    nonce: Nonce,
    begin: impl AsyncFnOnce(Pace, &Watch) -> Result<Measurement, MeasureError>,
) -> Result<Exit, CliError> {
    let watch = Watch::default();
    let pace = Pace { rounds: args.rounds.into(), slot: args.slot.0, nonce };
    let runtime = tokio::runtime::Runtime::new().map_err(CliError::Output)?;
    let bar = if args.json { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
    let start = Instant::now();
    let made = runtime.block_on(async {
        let mut signals = Signals::new()?;
        let work = begin(pace, &watch);
        tokio::pin!(work);
        let mut tick = tokio::time::interval(Duration::from_millis(100));
        loop {
            tokio::select! {
                made = &mut work => return Ok::<_, CliError>(made?),
                () = signals.any() => watch.stop(),
                _ = tick.tick() => bar.set_message(far(&watch, start.elapsed())),
            }
        }
    });
    runtime.shutdown_timeout(Duration::from_millis(200));
    bar.finish_and_clear();
    let measurement = made?;
    let json = super::print::pretty(&measurement)?;
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

/// The progress of a measurement; the duration of each part is known when it begins.
fn far(watch: &Watch, elapsed: Duration) -> String {
    let of = watch.expected().max(elapsed).as_secs();
    format!("{} loads done, {} of about {of} s", watch.done(), elapsed.as_secs())
}
