//! `pincer probe`: makes only benign calls and shows what they reveal.

use std::fs::File;
use std::io::{BufReader, Write as _};
use std::path::Path;
use std::sync::Arc;

use pincer_core::observe::{Calibration, Lines, What};
use pincer_core::plan::Plan;
use pincer_core::report::{calibration_table, inert};
use pincer_core::vocab::Exit;

use super::args::Probe;
use super::print::{heard, pretty};
use super::progress::Line;
use super::start::{embedded_reference, nonce, runtime, subject, with_progress};
use super::{CliError, files, plan};
use crate::conduct::{Job, Origin};
use crate::now;

/// Makes benign calls to each target, and prints the result.
pub(super) fn probe(args: &Probe) -> Result<Exit, CliError> {
    if args.selection.target.is_none() {
        embedded_reference()?;
    }
    let nonce = args.selection.nonce.map_or_else(nonce, Ok)?;
    let mut exits = Vec::new();
    for plan in plan::plans(&args.selection, args.selection.seed)? {
        exits.push(one(args, plan.with_nonce(nonce))?);
    }
    Ok(Exit::worst(exits))
}

fn one(args: &Probe, plan: Plan) -> Result<Exit, CliError> {
    let folder = tempfile::tempdir().map_err(|why| files::fault(&std::env::temp_dir(), why))?;
    let trace = folder.path().join("trace.jsonl");
    let name = plan.target.name.clone();
    let job = Job {
        run: "probe".to_owned(),
        subject: subject(&args.selection, &plan, &[])?,
        suite_name: "probe".to_owned(),
        started: now(),
        trace: trace.clone(),
        lanes: 1,
        concurrency: 1,
        deadline: args.deadline.0,
        arguments: Vec::new(),
        probe: true,
        origin: Origin::default(),
        plan,
    };
    runtime()?.block_on(with_progress(job, Arc::default(), &Line::hidden()))?;
    let found = calibration(&trace)?;
    let text = if args.json {
        pretty(&found)?
    } else if found.calls.is_empty() {
        format!("{}: it listens. Pincer makes no benign calls of an agent\n", inert(&name))
    } else {
        format!("{}\n{}", inert(&name), calibration_table(&found))
    };
    heard(write!(anstream::stdout(), "{text}").map_err(CliError::Output))?;
    let served = found.calls.iter().all(pincer_core::observe::Trial::served);
    Ok(if served { Exit::Green } else { Exit::Inconclusive })
}

/// The calibration in a trace; empty if the run was stopped before it.
fn calibration(trace: &Path) -> Result<Calibration, CliError> {
    let file = File::open(trace).map_err(|why| files::fault(trace, why))?;
    let found = Lines::new(BufReader::new(file)).find_map(|event| match event.ok()?.what {
        What::Calibrated(calibration) => Some(*calibration),
        _ => None,
    });
    Ok(found.unwrap_or_default())
}
