//! `pincer run`.

use std::fs::File;
use std::io::{BufReader, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use pincer_core::accept::Accepted;
use pincer_core::observe::{Event, Lines, What};
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
use super::{CliError, accept, keys, plan, profile, report, show};
use crate::conduct::{ConductError, Job, Origin, Progress};
use crate::replay::{Live, judge_with};
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
    let challenge = keys::challenged(args.challenge.as_ref())?;
    let nonce = match challenge.as_ref().map(|challenge| challenge.nonce).or(args.selection.nonce) {
        Some(nonce) => nonce,
        None => nonce()?,
    };
    let seed = challenge.map_or(args.selection.seed, |challenge| challenge.seed);
    let mut plans: Vec<Plan> =
        plan::plans(&args.selection, seed)?.into_iter().map(|plan| plan.with_nonce(nonce)).collect();
    // `--weaken` runs only the reference that owns NAME.
    plans.retain(|plan| owners.is_empty() || owners.contains(&plan.target.kind));
    // What is wrong with these files is told before anything is sent.
    let accepted = accept::accepted(&args.reporting.accept)?;
    let mut exits = Vec::new();
    let plans = plan::only(plans, args.case)?;
    let out = Out::take(&args.out)?;
    for (number, plan) in plans.into_iter().enumerate() {
        exits.push(one(args, plan, &out.of(number), accepted.as_ref())?);
    }
    Ok(Exit::worst(exits))
}

/// Runs one plan and reports it.
fn one(args: &Run, plan: Plan, out: &Path, accepted: Option<&Accepted>) -> Result<Exit, CliError> {
    let subject = subject(&args.selection, &plan, &args.weaken)?;
    let trace = out::trace(out);
    let attempt = attempt(&trace, &plan);
    out::clear(out)?;
    let started = crate::now();
    let descriptor = report::descriptor(args.selection.target.as_deref(), plan.target.kind);
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
        origin: Origin { binary: super::files::program(), attempt },
        plan,
    };
    let line = if args.quiet || args.json { Line::hidden() } else { Line::new(&job.plan, job.lanes) };
    let runtime = runtime()?;
    let progress = Arc::new(Progress::default());
    let judging = Live::judge(&trace, progress.trace().clone());
    let outcome = runtime.block_on(with_progress(job, progress, &line));
    // Unfinished tasks must not delay the exit.
    runtime.shutdown_timeout(Duration::from_millis(200));
    line.clear();
    if let Err(CliError::Conduct(error @ ConductError::Trace { .. })) = &outcome {
        // Keep the results that were finished, for example before the disk was full; if this fails too, report the trace.
        let broke = Event::new(0, What::Fault { scenario: None, message: error.to_string() });
        let _ = judge_with(&trace, Some(broke)).map(|results| out::write(&results, out, &args.reporting.report));
    }
    outcome?;
    let judged = judging.judged()?;
    let profile = args.selection.profile.as_deref().map(profile::find).transpose()?;
    let scored = profile.map(|profile| profile::score(&profile, &judged));
    let mut results = judged.results;
    accept::settle(&mut results, accepted)?;
    if results.scenarios.iter().any(report::needs_place) {
        report::mark(&mut results, &plan::sources(&args.selection)?, descriptor.as_ref());
    }
    out::write(&results, out, &args.reporting.report)?;
    if args.json {
        heard(pretty(&results).and_then(|text| Ok(write!(anstream::stdout(), "{text}")?)))?;
    } else if !args.quiet {
        report::shown(&args.reporting, &results, || {
            show::results(&results, args.full)?;
            let further = report::further(&args.reporting.report);
            let names = ["results.json", "junit.xml", "trace.jsonl"].into_iter().chain(further);
            let paths: Vec<String> = names.map(|name| format!("{}/{name}", out.display())).collect();
            writeln!(anstream::stdout(), "{}", inert(&format!("Written: {}", paths.join(", "))))?;
            Ok(())
        })?;
    } else {
        report::shown(&args.reporting, &results, || Ok(()))?;
    }
    // What a profile does not score does not count, and what it needs and could not be tested does.
    scored.map_or(Ok(results.exit), |scored| profile::show(&scored, args.quiet || args.json))
}

/// The number of lanes. By default several, because a run mostly waits for rate limits: six of the embedded reference, which
/// takes next to nothing, four of the user's target, and one if the target can run only once.
fn lanes(args: &Run, target: &Target) -> Result<usize, CliError> {
    let apart = args.selection.target.is_none() || target.runs_apart();
    match args.lanes {
        Some(lanes) if lanes > 1 && !apart => Err(CliError::Usage(
            "`--lanes` above 1 needs a target that can run several times: with `launch`, `${port:NAME}` in its `url`, \
             and upstreams without `listen`, found by `${upstream:NAME}`"
                .to_owned(),
        )),
        Some(lanes) => Ok(usize::from(lanes)),
        None if args.selection.target.is_none() => Ok(6),
        None => Ok(if apart { 4 } else { 1 }),
    }
}

/// How often this run was begun in its folder, by the trace that stands there: the same cases with the same marks.
fn attempt(trace: &Path, plan: &Plan) -> u32 {
    let Ok(file) = File::open(trace) else { return 1 };
    let mut lines = Lines::new(BufReader::new(file));
    let _ = lines.next();
    let same = lines.head().filter(|head| head.nonce == plan.nonce() && head.plan == plan.digest());
    same.map_or(1, |head| head.attempt.saturating_add(1))
}

fn run_id(seed: u64, started: &str) -> String {
    let digest = Sha256::new().chain_update(seed.to_be_bytes()).chain_update(started).finalize();
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
