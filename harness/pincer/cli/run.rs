//! `pincer run`.

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use pincer_core::observe::Event;
use pincer_core::plan::Plan;
use pincer_core::report::inert;
use pincer_core::scenario::Target;
use pincer_core::vocab::{Exit, TargetKind};
use sha2::{Digest, Sha256};

use super::args::Run;
use super::out::{self, Out};
use super::print::{heard, pretty};
use super::progress::Line;
use super::start::{embedded_reference, nonce, runtime, subject, with_progress};
use super::{CliError, plan, show};
use crate::conduct::{ConductError, Job};
use crate::replay::{judge, judge_with};
use crate::weaknesses::owner;

/// Runs the selected plans, and reports the results.
pub(super) fn run(args: &Run) -> Result<Exit, CliError> {
    if args.selection.target.is_none() {
        embedded_reference()?;
    }
    let mut owners: Vec<TargetKind> = Vec::new();
    for name in &args.weaken {
        owners.push(owner(name).ok_or_else(|| {
            CliError::Usage(format!("no weakness is named `{name}`; `pincer explain SCENARIO` shows which it catches"))
        })?);
    }
    let nonce = match args.selection.nonce {
        Some(nonce) => nonce,
        None => nonce()?,
    };
    let mut plans: Vec<Plan> = plan::plans(&args.selection)?.into_iter().map(|plan| plan.with_nonce(nonce)).collect();
    // `--weaken` runs only the reference that owns NAME.
    plans.retain(|plan| owners.is_empty() || owners.contains(&plan.target.kind));
    let mut exits = Vec::new();
    let plans = plan::only(plans, args.case)?;
    let out = Out::take(&args.out)?;
    for (number, plan) in plans.into_iter().enumerate() {
        exits.push(one(args, plan, &out.of(number))?);
    }
    Ok(Exit::worst(exits))
}

/// Runs one plan and reports it.
fn one(args: &Run, plan: Plan, out: &Path) -> Result<Exit, CliError> {
    let subject = subject(&args.selection, &plan, &args.weaken)?;
    out::clear(out)?;
    let trace = out::trace(out);
    let started = crate::now();
    let suite_name = args.selection.suite.map_or("all", |suite| match suite {
        super::args::SuiteName::Gateway => "gateway",
        super::args::SuiteName::Agent => "agent",
    });
    let job = Job {
        run: run_id(plan.seed, &started),
        subject,
        suite_name: suite_name.to_owned(),
        started,
        trace: trace.clone(),
        lanes: lanes(args, &plan.target)?,
        concurrency: usize::from(args.concurrency),
        deadline: args.deadline.0,
        arguments: args.chosen(),
        probe: false,
        plan,
    };
    let line = if args.quiet || args.json { Line::hidden() } else { Line::new(&job.plan, job.lanes) };
    let runtime = runtime()?;
    let outcome = runtime.block_on(with_progress(job, &line));
    // Unfinished tasks must not delay the exit.
    runtime.shutdown_timeout(Duration::from_millis(200));
    line.clear();
    if let Err(CliError::Conduct(error @ ConductError::Trace { .. })) = &outcome {
        // Keep the results that were finished, for example before the disk was full; if this fails too, report the trace.
        let broke = Event::Broke { at_us: 0, scenario: None, what: error.to_string() };
        let _ = judge_with(&trace, Some(broke)).map(|results| out::write(&results, out));
    }
    outcome?;
    let mut results = judge(&trace)?;
    if results.scenarios.iter().any(|scenario| !scenario.findings.is_empty()) {
        show::mark(&mut results, &plan::sources(&args.selection)?);
    }
    out::write(&results, out)?;
    if args.json {
        heard(pretty(&results).and_then(|text| Ok(write!(anstream::stdout(), "{text}")?)))?;
    } else if !args.quiet {
        heard(show::results(&results, args.full))?;
        let written = format!("Written: {0}/results.json, {0}/junit.xml, {0}/trace.jsonl", out.display());
        heard(writeln!(anstream::stdout(), "{}", inert(&written)).map_err(CliError::Output))?;
    }
    Ok(results.exit)
}

/// The number of lanes. By default four, because a run mostly waits for rate limits; one if the target can run only once.
fn lanes(args: &Run, target: &Target) -> Result<usize, CliError> {
    let apart = args.selection.target.is_none() || target.runs_apart();
    match args.lanes {
        Some(lanes) if lanes > 1 && !apart => Err(CliError::Usage(
            "`--lanes` above 1 needs a target that can run several times: with `launch`, `${port:NAME}` in its `url`, \
             and upstreams without `listen`, found by `${upstream:NAME}`"
                .to_owned(),
        )),
        Some(lanes) => Ok(usize::from(lanes)),
        None => Ok(if apart { 4 } else { 1 }),
    }
}

fn run_id(seed: u64, started: &str) -> String {
    let digest = Sha256::new().chain_update(seed.to_be_bytes()).chain_update(started).finalize();
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
