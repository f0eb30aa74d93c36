//! The commands.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use clap::CommandFactory as _;
use pincer_core::observe::Event;
use pincer_core::plan::Plan;
use pincer_core::report::inert;
use pincer_core::scenario::Target;
use pincer_core::vocab::{Exit, Nonce, TargetKind};
use pincer_stand::Subject;
use sha2::{Digest, Sha256};
use tokio::sync::watch;

use super::args::{Cli, Command, Import, Run, Selection};
use super::out::{self, Out};
use super::progress::Line;
use super::signals::Signals;
use super::{CliError, files, import, plan, show};
use crate::conduct::{ConductError, Job, Progress, conduct};
use crate::embedded::{self, Reference};
use crate::reference::weakness::Weakness;
use crate::replay::{judge, judge_with};
use crate::selftest;

/// Runs the command of the command line.
pub(super) fn dispatch(cli: Cli) -> Result<Exit, CliError> {
    match cli.command {
        Command::Run(run) => self::run(&run),
        Command::Probe(probe) => super::probe::probe(&probe),
        Command::Plan(selection) => print_plan(&selection),
        Command::Judge { trace, out, full } => {
            let results = judge(&trace)?;
            let taken = Out::take(&out)?;
            out::write(&results, &taken.of(0))?;
            heard(show::results(&results, full))?;
            Ok(results.exit)
        }
        Command::Measure(measure) => super::measure::measure(&measure),
        Command::Selftest { only } => {
            embedded_reference()?;
            let suite = plan::select(&embedded::suite(Vec::new(), &[])?, &only)?;
            let outcome = runtime()?.block_on(selftest::selftest(&suite, only.is_empty()))?;
            heard(write!(anstream::stdout(), "{}", outcome.text).map_err(CliError::Output))?;
            Ok(if outcome.sound { Exit::Green } else { Exit::Failed })
        }
        Command::List { selection, by, json } => {
            show::list(&plan::suite(&selection, &plan::targets(&selection)?)?, by, json)
        }
        Command::Explain { id } => show::explain(&embedded::suite(Vec::new(), &[])?, &embedded::catalogue()?, &id),
        Command::Check { files, api } => import::check(&files, api.as_deref()),
        Command::Import(Import::Crs { folder, out }) => import::crs(&folder, &out),
        Command::Init { file, agent } => init(&file, agent),
        Command::Schemas { folder } => {
            for (name, schema) in pincer_core::scenario::schemas() {
                files::write(&folder.join(name), &pretty(&schema)?)?;
            }
            files::write(&folder.join("measure-v1.schema.json"), &pretty(&pincer_core::measure::schema())?)?;
            files::write(&folder.join("results-v1.schema.json"), &pretty(&pincer_core::judge::results_schema())?)?;
            Ok(Exit::Green)
        }
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "pincer", &mut script);
            std::io::stdout().write_all(&script)?;
            Ok(Exit::Green)
        }
        Command::Man { folder } => {
            std::fs::create_dir_all(&folder).map_err(|why| files::fault(&folder, why))?;
            clap_mangen::generate_to(Cli::command(), &folder).map_err(|why| files::fault(&folder, why))?;
            Ok(Exit::Green)
        }
    }
}

pub(super) fn runtime() -> Result<tokio::runtime::Runtime, CliError> {
    tokio::runtime::Runtime::new().map_err(CliError::Output)
}

pub(super) fn pretty(value: &impl serde::Serialize) -> Result<String, CliError> {
    let mut text = serde_json::to_string_pretty(value).map_err(|error| CliError::Report(error.to_string()))?;
    text.push('\n');
    Ok(text)
}

/// Fails in a build that leaves the reference out.
pub(super) fn embedded_reference() -> Result<(), CliError> {
    if embedded::REFERENCE { Ok(()) } else { Err(CliError::Usage(embedded::LEFT_OUT.to_owned())) }
}

fn run(args: &Run) -> Result<Exit, CliError> {
    if args.selection.target.is_none() {
        embedded_reference()?;
    }
    let mut weaken: Vec<Weakness> = Vec::new();
    for name in &args.weaken {
        weaken.push(name.parse().map_err(|_| {
            CliError::Usage(format!("no weakness is named `{name}`; `pincer explain SCENARIO` shows which it catches"))
        })?);
    }
    let nonce = match args.selection.nonce {
        Some(nonce) => nonce,
        None => nonce()?,
    };
    let mut plans: Vec<Plan> = plan::plans(&args.selection)?.into_iter().map(|plan| plan.with_nonce(nonce)).collect();
    // `--weaken` runs only the reference that owns NAME.
    let weakened =
        |plan: &Plan| weaken.iter().any(|weakness| weakness.is_agents() == (plan.target.kind == TargetKind::Agent));
    plans.retain(|plan| weaken.is_empty() || weakened(plan));
    let mut exits = Vec::new();
    let plans = plan::only(plans, args.case)?;
    let out = Out::take(&args.out)?;
    for (number, plan) in plans.into_iter().enumerate() {
        exits.push(one(args, plan, &weaken, &out.of(number))?);
    }
    Ok(Exit::worst(exits))
}

/// The target under test, with its files and environment read.
pub(super) fn subject(selection: &Selection, plan: &Plan, weaken: Vec<Weakness>) -> Result<Arc<dyn Subject>, CliError> {
    let Some(file) = &selection.target else { return Ok(Arc::new(Reference::weakened(weaken))) };
    warn(&plan.target);
    Ok(Arc::new(files::external(&plan.target, plan::folder(file), plan.tracer())?))
}

/// A nonce that nobody can foresee.
pub(super) fn nonce() -> Result<Nonce, CliError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(CliError::Random)?;
    Ok(Nonce::new(u128::from_be_bytes(bytes)))
}

/// Runs one plan and reports it.
fn one(args: &Run, plan: Plan, weaken: &[Weakness], out: &Path) -> Result<Exit, CliError> {
    let subject = subject(&args.selection, &plan, weaken.to_vec())?;
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

/// The same, without an error where the reader has closed the output, as `head` does: the exit code stays.
pub(super) fn heard(said: Result<(), CliError>) -> Result<(), CliError> {
    said.or_else(|error| if error.is_unheard() { Ok(()) } else { Err(error) })
}

/// Warns of listeners that other machines can reach.
fn warn(target: &Target) {
    let upstreams = target.upstreams.iter().map(|(name, spec)| (format!("the upstream `{name}`"), spec.listen));
    let idp = target.idp.as_ref().and_then(|idp| idp.listen);
    let audit = target.audit.as_ref().and_then(|audit| audit.post);
    let others = [("the identity provider".to_owned(), idp), ("the audit log".to_owned(), audit)];
    for (what, listen) in upstreams.chain(others) {
        if let Some(listen) = listen.filter(|listen| !listen.ip().to_canonical().is_loopback()) {
            // A closed standard error can't be written to: nothing is left to do.
            let _ = writeln!(
                anstream::stderr(),
                "pincer: warning: {what} listens on {listen}, not on loopback: every host that reaches this machine can call it"
            );
        }
    }
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

/// Runs a job, shows its progress, and stops it on a signal.
pub(super) async fn with_progress(job: Job, line: &Line) -> Result<(), CliError> {
    let progress = Arc::new(Progress::default());
    let (stop, stopped) = watch::channel(false);
    // Heard from before the run begins to its end.
    let mut signals = Signals::new()?;
    let work = conduct(job, progress.clone(), stopped);
    tokio::pin!(work);
    let mut tick = tokio::time::interval(Duration::from_millis(100));
    loop {
        tokio::select! {
            result = &mut work => return Ok(result?),
            () = signals.any() => { stop.send_replace(true); }
            _ = tick.tick() => line.show(&progress),
        }
    }
}

fn run_id(seed: u64, started: &str) -> String {
    let digest = Sha256::new().chain_update(seed.to_be_bytes()).chain_update(started).finalize();
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn print_plan(selection: &Selection) -> Result<Exit, CliError> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for plan in plan::plans(selection)? {
        for (scenario, entry) in plan.scenarios() {
            if let Some((reason, needs)) = &entry.skipped {
                let skipped = serde_json::json!({"scenario": scenario.id, "skipped": reason, "needs": needs});
                writeln!(out, "{skipped}")?;
            }
            for case in plan.cases(scenario, entry) {
                serde_json::to_writer(&mut out, &case).map_err(std::io::Error::from)?;
                writeln!(out)?;
            }
        }
    }
    out.flush()?;
    Ok(Exit::Green)
}

fn init(file: &Path, agent: bool) -> Result<Exit, CliError> {
    if file.exists() {
        return Err(CliError::Usage(format!("{} already exists; name another file", file.display())));
    }
    files::write(file, embedded::text(if agent { "targets/template-agent.yaml" } else { "targets/template.yaml" }))?;
    writeln!(
        anstream::stdout(),
        "Written: {0}\nNext: fill it in, then run `pincer check {0}` and `pincer run --target {0}`",
        file.display()
    )?;
    Ok(Exit::Green)
}
