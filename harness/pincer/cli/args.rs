//! The command line as the user types it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use pincer_core::measure::FEWEST;
use pincer_core::vocab::{Nonce, Period, TargetKind};

/// Attacks AI agents and agent gateways from both sides and proves every verdict.
#[derive(Debug, Parser)]
#[command(
    name = "pincer",
    version,
    max_term_width = 100,
    after_help = "Examples:
  pincer run                            test the embedded reference gateway and agent
  pincer run --target gateway.yaml      test your own
  pincer explain INP-01                 what a control demands and how it is tested

Exit codes: 0 pass, 1 some fail, 2 bad input, 3 something inconclusive, 4 Pincer's own fault."
)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
}

/// What is probed.
#[derive(Debug, Args)]
pub(super) struct Probe {
    #[command(flatten)]
    pub(super) selection: Selection,
    /// How long a call may take.
    #[arg(long, default_value = "10s", value_name = "TIME")]
    pub(super) deadline: Period,
    /// Prints JSON.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Runs scenarios against a target and judges them.
    #[command(after_help = "Examples:
  pincer run --only 'INP-*'
  pincer run --target gateway.yaml --out results
  pincer run --target gateway.yaml --skip flood --skip 'TLS-*'
  pincer run --target gateway.yaml --api openapi.yaml --auth auth.yaml
  pincer run --only 'INP-*' --payloads lists
  pincer run --only INP-01.sql-injection --case 12 --seed 7")]
    Run(Run),
    /// Makes benign calls alone, and shows what the target does to a call, with advice.
    #[command(after_help = "Examples:
  pincer probe --target gateway.yaml
  pincer probe --target gateway.yaml --json")]
    Probe(Probe),
    /// Prints what would be sent, without sending anything.
    #[command(after_help = "Examples:
  pincer plan --only INP-01 --payloads lists
  pincer plan --target gateway.yaml --api openapi.yaml --auth auth.yaml")]
    Plan(Selection),
    /// Judges a trace again.
    #[command(after_help = "Example:\n  pincer judge pincer-out/trace.jsonl --out again")]
    Judge {
        /// A trace of an earlier run.
        trace: PathBuf,
        /// Where results.json, junit.xml and repro go.
        #[arg(long, default_value = "pincer-out")]
        out: PathBuf,
        /// Shows every row of the tables, and of each finding the request, the answer, what arrived and a curl line.
        #[arg(long)]
        full: bool,
    },
    /// Measures what a control costs and what a limiter admits.
    #[command(subcommand)]
    Measure(Measure),
    /// Shows that the suite can tell broken from sound: hardened reference, weaknesses, sentinels.
    Selftest {
        /// Only scenarios whose id matches; may be repeated.
        #[arg(long, value_name = "GLOB")]
        only: Vec<String>,
    },
    /// Lists the scenarios.
    #[command(after_help = "Examples:
  pincer list --by tag
  pincer list --skip flood
  pincer list --only 'RATE-*' --json")]
    List {
        #[command(flatten)]
        selection: Selection,
        /// What they are grouped by.
        #[arg(long, value_name = "WHAT", default_value = "family")]
        by: Group,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
    /// Explains a control or a scenario.
    Explain {
        /// Such as INP-01 or INP-01.sql-injection.
        id: String,
    },
    /// Checks scenario, payload and target files; of an API document it shows which operation plays which role.
    #[command(after_help = "Examples:
  pincer check gateway.yaml scenarios/*.yaml
  pincer check --api openapi.yaml gateway.yaml")]
    Check {
        /// The files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// An `OpenAPI` 3 document for the operations that the target descriptor does not declare.
        #[arg(long, value_name = "FILE")]
        api: Option<PathBuf>,
    },
    /// Turns the tests of another tool into scenarios.
    #[command(subcommand)]
    Import(Import),
    /// Writes a commented target descriptor.
    #[command(after_help = "Examples:\n  pincer init gateway.yaml\n  pincer init --agent agent.yaml")]
    Init {
        /// Of an agent instead of a gateway.
        #[arg(long)]
        agent: bool,
        /// Where.
        #[arg(default_value = "target.yaml")]
        file: PathBuf,
    },
    /// Writes the JSON Schemas of all formats into a folder.
    Schemas {
        /// Where.
        folder: PathBuf,
    },
    /// Prints completions for a shell.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
    /// Writes the manual pages of all commands into a folder.
    Man {
        /// Where.
        folder: PathBuf,
    },
}

/// Whose tests.
#[derive(Debug, Subcommand)]
pub(super) enum Import {
    /// Regression tests of the OWASP Core Rule Set, as go-ftw runs them.
    ///
    /// A test in which a rule must fire becomes an attack that must not arrive, one in which it must not fire a call
    /// that must. What can't be expressed is told on standard error with its place, and counted.
    #[command(after_help = "Examples:
  pincer import crs coreruleset/tests/regression/tests --out crs
  pincer run --target gateway.yaml --scenarios crs --only crs")]
    Crs {
        /// The folder of the tests.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// Where the scenarios go.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
}

/// What is measured.
#[derive(Debug, Subcommand)]
pub(super) enum Measure {
    /// A rate limiter: what it costs, what it admits of half to four times its quota, how soon it admits again, and
    /// whether another caller feels it.
    #[command(after_help = "Examples:
  pincer measure limiter
  pincer measure limiter --target gateway.yaml --limited quote --unlimited read
  pincer measure limiter --limited http://127.0.0.1:8080/a --unlimited http://127.0.0.1:8080/b --rate 40")]
    Limiter(MeasureLimiter),
    /// Each control of the embedded reference: added latency, lost throughput.
    #[command(after_help = "Example:\n  pincer measure layers --rounds 20 --out layers")]
    Layers(Measured),
}

#[derive(Debug, Args)]
pub(super) struct MeasureLimiter {
    /// The descriptor of a gateway with `limits.rate`; the embedded reference without it.
    #[arg(long, value_name = "FILE")]
    pub(super) target: Option<PathBuf>,
    /// The limited operation, the first that can be called when absent; without a descriptor, the URL of a GET.
    #[arg(long, value_name = "NAME|URL")]
    pub(super) limited: Option<String>,
    /// What it is compared with: an operation, or a URL, that is not limited.
    #[arg(long, value_name = "NAME|URL")]
    pub(super) unlimited: Option<String>,
    /// Calls a second to each URL, as many as the limiter admits; as fast as they are answered when absent.
    #[arg(long, value_name = "N", conflicts_with = "target", value_parser = rate)]
    pub(super) rate: Option<f64>,
    /// A header field of the calls to URLs, in which `${env:NAME}` and `${file:PATH}` stand for secrets; may be repeated.
    #[arg(long, value_name = "NAME: VALUE", conflicts_with = "target")]
    pub(super) header: Vec<String>,
    #[command(flatten)]
    pub(super) measured: Measured,
}

/// How it is measured and where it goes.
#[derive(Debug, Args)]
pub(super) struct Measured {
    /// Pairs of rounds, with the control and without it; six are the fewest that a 95 % interval can rest on.
    #[arg(long, default_value_t = 12, value_name = "N", value_parser = clap::value_parser!(u16).range(i64::from(FEWEST)..=200))]
    pub(super) rounds: u16,
    /// How long each load of a round lasts.
    #[arg(long, default_value = "400ms", value_name = "TIME", value_parser = slot)]
    pub(super) slot: Period,
    /// Where measure.json and measure.svg go.
    #[arg(long, default_value = "pincer-out")]
    pub(super) out: PathBuf,
    /// Prints measure.json instead of a table.
    #[arg(long)]
    pub(super) json: bool,
}

/// A rate that a schedule can hold.
fn rate(text: &str) -> Result<f64, String> {
    let rate: f64 = text.parse().map_err(|_| "a number".to_owned())?;
    (0.1..=1e6).contains(&rate).then_some(rate).ok_or_else(|| "between 0.1 and 1000000".to_owned())
}

/// A time that keeps a measurement short.
fn slot(text: &str) -> Result<Period, String> {
    let period: Period = text.parse().map_err(|why: pincer_core::vocab::QuantityError| why.to_string())?;
    let fits = (std::time::Duration::from_millis(10)..=std::time::Duration::from_secs(10)).contains(&period.0);
    fits.then_some(period).ok_or_else(|| "between 10ms and 10s".to_owned())
}

/// What to run on what.
#[derive(Debug, Args)]
pub(super) struct Selection {
    /// The target's descriptor; the embedded references, a gateway and an agent, without it.
    #[arg(long, value_name = "FILE")]
    pub(super) target: Option<PathBuf>,
    /// Only this suite.
    #[arg(long)]
    pub(super) suite: Option<SuiteName>,
    /// Only scenarios whose id, control or tag matches; may be repeated.
    #[arg(long, value_name = "GLOB")]
    pub(super) only: Vec<String>,
    /// No scenarios whose id, control or tag matches, whatever `--only` says; may be repeated.
    #[arg(long, value_name = "GLOB")]
    pub(super) skip: Vec<String>,
    /// What is chosen follows from it; the same seed and nonce plan the same bytes.
    #[arg(long, default_value_t = 1)]
    pub(super) seed: u64,
    /// The marks of a run follow from it and the seed: up to 32 hexadecimal digits, new in each run when absent.
    #[arg(long, value_name = "HEX")]
    pub(super) nonce: Option<Nonce>,
    /// How often each attack case of an agent is done, for one with a model that need not do the same twice.
    #[arg(long, default_value_t = 1, value_name = "K", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(super) trials: u16,
    /// A folder of scenarios and payloads that add to the embedded ones or replace them.
    #[arg(long, value_name = "DIR")]
    pub(super) scenarios: Option<PathBuf>,
    /// An `OpenAPI` 3 document for the operations that the descriptor does not declare.
    #[arg(long, value_name = "FILE", requires = "target")]
    pub(super) api: Option<PathBuf>,
    /// A Web Fuzzing Commons file with fixed headers for the identities that the descriptor gives none.
    #[arg(long, value_name = "FILE", requires = "target")]
    pub(super) auth: Option<PathBuf>,
    /// A folder in which each NAME.txt is the payload set NAME, a payload a line; it replaces the set of that name.
    #[arg(long, value_name = "DIR")]
    pub(super) payloads: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Run {
    #[command(flatten)]
    pub(super) selection: Selection,
    /// Only this attack case, and the benign cases, of the one scenario that `--only` names.
    #[arg(long, value_name = "N", requires = "only")]
    pub(super) case: Option<u32>,
    /// Where results.json, junit.xml, trace.jsonl and repro go; those of the second target, where there are two, go into
    /// its folder `agent`.
    #[arg(long, default_value = "pincer-out")]
    pub(super) out: PathBuf,
    /// Lanes side by side, each a target of its own with its own upstreams; 4 where the target can run so often.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(super) lanes: Option<u16>,
    /// Cases in flight in each lane.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) concurrency: u16,
    /// How long a call may take whose scenario names no time.
    #[arg(long, value_name = "TIME", default_value = DEADLINE)]
    pub(super) deadline: Period,
    /// Takes a protection of an embedded reference away, and runs that one alone; may be repeated.
    #[arg(long, value_name = "NAME", conflicts_with = "target")]
    pub(super) weaken: Vec<String>,
    /// Shows every row of the tables, and of each finding the request, the answer, what arrived and a curl line.
    #[arg(long, conflicts_with_all = ["json", "quiet"])]
    pub(super) full: bool,
    /// Prints results.json instead of a summary, of each target one after the other.
    #[arg(long)]
    pub(super) json: bool,
    /// Prints nothing but errors.
    #[arg(long, conflicts_with = "json")]
    pub(super) quiet: bool,
}

impl Run {
    /// What chose target and scenarios beside `--only` and `--seed`, as the user would type it again.
    pub(super) fn chosen(&self) -> Vec<String> {
        let of = &self.selection;
        let paths = [
            ("--target", &of.target),
            ("--scenarios", &of.scenarios),
            ("--api", &of.api),
            ("--auth", &of.auth),
            ("--payloads", &of.payloads),
        ];
        let paths = paths.into_iter().filter_map(|(option, path)| Some((option, path.as_ref()?.display().to_string())));
        let weaken = self.weaken.iter().map(|name| ("--weaken", name.clone()));
        let deadline = self.deadline.to_string();
        let deadline = (deadline != DEADLINE).then_some(("--deadline", deadline));
        let trials = (of.trials > 1).then(|| ("--trials", of.trials.to_string()));
        // What a target does rarely hangs on marks: who asked for them gets them again.
        let nonce = of.nonce.map(|nonce| ("--nonce", nonce.to_string()));
        paths
            .chain(weaken)
            .chain(deadline)
            .chain(trials)
            .chain(nonce)
            .flat_map(|(option, value)| [option.to_owned(), value])
            .collect()
    }
}

/// How long a call may take unless the user says otherwise.
const DEADLINE: &str = "10s";

/// What a list is grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Group {
    /// The control family.
    Family,
    /// The control.
    Control,
    /// The tag; a scenario stands under each of its tags.
    Tag,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SuiteName {
    /// Scenarios for gateways.
    Gateway,
    /// Scenarios for agents.
    Agent,
}

impl SuiteName {
    /// What its scenarios are for.
    pub(super) fn kind(self) -> TargetKind {
        match self {
            Self::Gateway => TargetKind::Gateway,
            Self::Agent => TargetKind::Agent,
        }
    }
}
