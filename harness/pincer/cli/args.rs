//! The command line as the user types it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use pincer_core::measure::FEWEST;
use pincer_core::vocab::{Nonce, Period, TargetKind};

/// Tests AI agents and agent gateways: plays their callers and their upstreams, and judges by what arrived.
#[derive(Debug, Parser)]
#[command(
    name = "pincer",
    version,
    max_term_width = 80,
    after_help = "Examples:
  pincer run                            test the embedded references
  pincer run --target gateway.yaml      test your own gateway
  pincer explain INP-01                 show a control and how it is tested

Exit codes: 0 passed, 1 failed, 2 bad input, 3 inconclusive, 4 error in Pincer."
)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
}

/// Arguments of `pincer probe`.
#[derive(Debug, Args)]
pub(super) struct Probe {
    #[command(flatten)]
    pub(super) selection: Selection,
    /// Longest time for one call.
    #[arg(long, default_value = "10s", value_name = "TIME")]
    pub(super) deadline: Period,
    /// Print JSON.
    #[arg(long)]
    pub(super) json: bool,
}

/// Arguments of `pincer challenge`.
#[derive(Debug, Args)]
pub(super) struct MakeChallenge {
    /// What will be tested: a file, or an image as NAME@sha256:...
    #[arg(long, value_name = "FILE|IMAGE")]
    pub(super) artefact: String,
    /// File to write.
    #[arg(long, value_name = "FILE")]
    pub(super) out: PathBuf,
}

/// Arguments of `pincer certify`.
#[derive(Debug, Args)]
pub(super) struct Certify {
    /// Folder of the run, with its trace.
    #[arg(value_name = "DIR")]
    pub(super) dir: PathBuf,
    /// Private key to sign with.
    #[arg(long, value_name = "PEM")]
    pub(super) key: PathBuf,
    /// What was tested: a file, an image as NAME@sha256:..., or `descriptor` [default: descriptor].
    #[arg(long, value_name = "FILE|IMAGE|descriptor")]
    pub(super) subject: Option<String>,
    /// Profile to certify [default: the one that the run was made with].
    #[arg(long, value_name = "NAME")]
    pub(super) profile: Option<String>,
    /// The certifier's challenge, whose seed and nonce the run used.
    #[arg(long, value_name = "FILE")]
    pub(super) challenge: Option<PathBuf>,
}

/// Arguments of `pincer attest`.
#[derive(Debug, Args)]
pub(super) struct Attest {
    /// Folder of the run, with its trace and certificate.intoto.jsonl.
    #[arg(value_name = "RUN")]
    pub(super) dir: PathBuf,
    /// The certifier's private key.
    #[arg(long, value_name = "PEM")]
    pub(super) key: PathBuf,
    /// The vendor's public key: nothing is vouched for that an unknown key has signed.
    #[arg(long, value_name = "PUB")]
    pub(super) vendor: PathBuf,
    /// URI of the certifier.
    #[arg(long, value_name = "URI")]
    pub(super) verifier: String,
    /// How many days the certificate may be relied on.
    #[arg(long, value_name = "DAYS", default_value = "365d", value_parser = days)]
    pub(super) valid: u16,
    /// The artefact in hand: a file, or an image as NAME@sha256:...
    #[arg(long, value_name = "FILE|IMAGE")]
    pub(super) artefact: Option<String>,
    /// The challenge that the vendor was given.
    #[arg(long, value_name = "FILE")]
    pub(super) challenge: Option<PathBuf>,
}

/// Arguments of `pincer verify`.
#[derive(Debug, Args)]
pub(super) struct Verify {
    /// The certificate: certificate.intoto.jsonl.
    pub(super) file: PathBuf,
    /// Public key of the vendor or the certifier, got from its owner; repeatable.
    #[arg(long, value_name = "PUB", required = true)]
    pub(super) key: Vec<PathBuf>,
    /// URI of the certifier whose key was given.
    #[arg(long, value_name = "URI")]
    pub(super) verifier: Option<String>,
    /// The trace, to judge it again.
    #[arg(long, value_name = "TRACE")]
    pub(super) trace: Option<PathBuf>,
    /// The artefact in hand: a file, or an image as NAME@sha256:...
    #[arg(long, value_name = "FILE|IMAGE")]
    pub(super) artefact: Option<String>,
    /// List of what was revoked.
    #[arg(long, value_name = "FILE")]
    pub(super) revoked: Option<PathBuf>,
}

/// Arguments of `pincer judge`.
#[derive(Debug, Args)]
pub(super) struct Judge {
    /// The trace of an earlier run.
    pub(super) trace: PathBuf,
    /// Folder for results.json, junit.xml, further reports and repro.
    #[arg(long, default_value = "pincer-out")]
    pub(super) out: PathBuf,
    #[command(flatten)]
    pub(super) reporting: Reporting,
    /// Show all scenarios and table rows, and the evidence of each finding.
    #[arg(long)]
    pub(super) full: bool,
    /// Judge a trace that was changed after it was written; the results say so.
    #[arg(long)]
    pub(super) even_if_broken: bool,
    /// Public key of whoever may have signed the certificate beside the trace; repeatable.
    #[arg(long, value_name = "PUB")]
    pub(super) key: Vec<PathBuf>,
    /// Print, instead of judging, the trace lines of the finding with this fingerprint, each with its Merkle path.
    #[arg(long, value_name = "FINGERPRINT", conflicts_with_all = ["full", "even_if_broken"])]
    pub(super) prove: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run scenarios against a target and judge them.
    #[command(after_help = "Examples:
  pincer run --only 'INP-*'
  pincer run --target gateway.yaml --out results
  pincer run --target gateway.yaml --skip flood --skip 'TLS-*'
  pincer run --target gateway.yaml --api openapi.yaml --auth auth.yaml
  pincer run --only 'INP-*' --payloads lists
  pincer run --only INP-01.sql-injection --case 12 --seed 7
  pincer run --target gateway.yaml --profile gateway-base.2026.1
  pincer run --target gateway.yaml --report html,sarif --annotations github
  pincer run --target gateway.yaml --baseline baseline.yaml")]
    Run(Run),
    /// Make benign calls only; show what the target changes and what to fix in the descriptor.
    #[command(after_help = "Examples:
  pincer probe --target gateway.yaml
  pincer probe --target gateway.yaml --json")]
    Probe(Probe),
    /// Print the cases of a run without sending anything.
    #[command(after_help = "Examples:
  pincer plan --only INP-01 --payloads lists
  pincer plan --target gateway.yaml --api openapi.yaml --auth auth.yaml")]
    Plan(Selection),
    /// Judge the trace of an earlier run again.
    ///
    /// Says whether the trace is whole and chained, and, with `--key`, who signed its certificate. A trace that was
    /// changed after it was written is refused.
    #[command(after_help = "Examples:
  pincer judge pincer-out/trace.jsonl --out again
  pincer judge pincer-out/trace.jsonl --key vendor.pub
  pincer judge pincer-out/trace.jsonl --prove 1b2c3d4e5f607182")]
    Judge(Judge),
    /// Make a pair of ed25519 keys: NAME.pem signs, NAME.pub checks.
    #[command(after_help = "Example:\n  pincer keygen --out vendor")]
    Keygen {
        /// Name of the files, without the ending.
        #[arg(long, value_name = "NAME")]
        out: PathBuf,
    },
    /// Choose seed and nonce for a vendor's run, after the vendor has named the artefact.
    #[command(after_help = "Example:\n  pincer challenge --artefact gateway.tar --out challenge.json")]
    Challenge(MakeChallenge),
    /// Sign what a run showed by its profile.
    ///
    /// Writes certificate.intoto.jsonl, certificate.html, badge.json and badge.svg next to the trace. A certificate without
    /// a certifier's line says that it is self-attested.
    #[command(after_help = "Examples:
  pincer run --target gateway.yaml --profile gateway-base.2026.1
  pincer certify pincer-out --key vendor.pem --subject gateway.tar
  pincer certify pincer-out --key vendor.pem --subject registry/gateway@sha256:...

Exit codes: 0 the profile is met, 1 it is not (the certificate says so), 2 bad input.")]
    Certify(Certify),
    /// Vouch for a vendor's run: judge its trace again, and add the certifier's line to its certificate.
    #[command(after_help = "Example:
  pincer attest pincer-out --key certifier.pem --vendor vendor.pub \\
    --verifier https://certifier.example --valid 365d")]
    Attest(Attest),
    /// Check a certificate, without a network.
    ///
    /// Checks signatures, artefact, profile, times, revocations and required controls. With `--trace` it judges the trace
    /// again and compares every verdict.
    #[command(after_help = "Examples:
  pincer verify certificate.intoto.jsonl --key certifier.pub --key vendor.pub
  pincer verify certificate.intoto.jsonl --key vendor.pub --trace trace.jsonl \\
    --artefact gateway.tar --revoked revoked.txt

A revocation list has one id a line: of a key, a certificate, a run statement or
a profile (the SHA-256 in hexadecimal); `#` starts a comment.

Exit codes: 0 verified, 1 the profile is not met or not known, 2 bad input or no
certificate, 4 error in Pincer, 5 a signature does not hold or its key was not
given, 6 expired or not yet valid, 7 revoked, 8 the trace gives something else,
9 another artefact. When several apply: 2, 5, 7, 6, 8, 9, 1.")]
    Verify(Verify),
    /// Write a report of an earlier run's results.
    #[command(after_help = "Examples:
  pincer report pincer-out/results.json --as html --out report.html
  pincer report pincer-out/results.json --as sarif --target gateway.yaml
  pincer report pincer-out/results.json --as github")]
    Report(Report),
    /// Print the findings of earlier results as a baseline: a run against it fails only on others.
    #[command(after_help = "Examples:
  pincer baseline pincer-out/results.json > baseline.yaml
  pincer run --target gateway.yaml --baseline baseline.yaml")]
    Baseline {
        /// results.json of one or more runs.
        #[arg(required = true, value_name = "RESULTS")]
        results: Vec<PathBuf>,
    },
    /// Measure what a control costs and how many calls a rate limiter admits.
    #[command(subcommand)]
    Measure(Measure),
    /// Check the suite itself: it must pass the hardened reference and catch every weakness.
    Selftest {
        /// Only scenarios whose id, control or tag matches; repeatable.
        #[arg(long, value_name = "GLOB")]
        only: Vec<String>,
    },
    /// List the scenarios.
    #[command(after_help = "Examples:
  pincer list --by tag
  pincer list --skip flood
  pincer list --only 'RATE-*' --json
  pincer list --profiles
  pincer list --profile gateway-base.2026.1")]
    List {
        #[command(flatten)]
        selection: Selection,
        /// How to group them.
        #[arg(long, value_name = "WHAT", default_value = "family")]
        by: Group,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        /// List the profiles instead.
        #[arg(long, conflicts_with_all = ["json", "profile"])]
        profiles: bool,
    },
    /// Explain a control or a scenario.
    Explain {
        /// A control or scenario, for example INP-01 or INP-01.sql-injection.
        id: String,
    },
    /// Check scenario, payload and target files; show the role of each operation of an API document.
    #[command(after_help = "Examples:
  pincer check gateway.yaml scenarios/*.yaml
  pincer check --api openapi.yaml gateway.yaml")]
    Check {
        /// Files to check.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// `OpenAPI` 3 document with operations that the descriptor does not declare.
        #[arg(long, value_name = "FILE")]
        api: Option<PathBuf>,
    },
    /// Turn the tests of another tool into scenarios.
    #[command(subcommand)]
    Import(Import),
    /// Write a commented target descriptor to fill in.
    #[command(after_help = "Examples:\n  pincer init gateway.yaml\n  pincer init --agent agent.yaml")]
    Init {
        /// Write the descriptor of an agent instead of a gateway.
        #[arg(long)]
        agent: bool,
        /// File to write.
        #[arg(default_value = "target.yaml")]
        file: PathBuf,
    },
    /// Write the JSON Schemas of all formats into a folder.
    Schemas {
        /// Folder to write to.
        folder: PathBuf,
    },
    /// Print completions for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Write the manual pages of all commands into a folder.
    Man {
        /// Folder to write to.
        folder: PathBuf,
    },
}

/// The tool whose tests are imported.
#[derive(Debug, Subcommand)]
pub(super) enum Import {
    /// Import regression tests of the OWASP Core Rule Set, in the format of go-ftw.
    ///
    /// A test in which a rule must fire becomes an attack that must not arrive. A test in which a rule must not fire
    /// becomes a benign call that must arrive. Tests that cannot be expressed are listed on standard error and counted.
    #[command(after_help = "Examples:
  pincer import crs coreruleset/tests/regression/tests --out crs
  pincer run --target gateway.yaml --scenarios crs --only crs")]
    Crs {
        /// Folder with the tests.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// Folder for the scenarios.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
}

/// What `pincer measure` measures.
#[derive(Debug, Subcommand)]
pub(super) enum Measure {
    /// Measure a rate limiter.
    ///
    /// Shows its latency and throughput cost, how many calls it admits at half to four times its quota, when it admits
    /// calls again, and whether other callers are affected.
    #[command(after_help = "Examples:
  pincer measure limiter
  pincer measure limiter --target gateway.yaml --limited quote --unlimited read
  pincer measure limiter --rate 40 --limited http://127.0.0.1:8080/a \\
    --unlimited http://127.0.0.1:8080/b")]
    Limiter(MeasureLimiter),
    /// Measure the added latency and lost throughput of each control of the embedded reference.
    #[command(after_help = "Example:\n  pincer measure layers --rounds 20 --out layers")]
    Layers(Measured),
}

#[derive(Debug, Args)]
pub(super) struct MeasureLimiter {
    /// Descriptor of a gateway with `limits.rate` [default: the embedded reference].
    #[arg(long, value_name = "FILE")]
    pub(super) target: Option<PathBuf>,
    /// Operation with the limit [default: the first that can be called]; without a descriptor, a URL for GET.
    #[arg(long, value_name = "NAME|URL")]
    pub(super) limited: Option<String>,
    /// Operation or URL without the limit, for comparison.
    #[arg(long, value_name = "NAME|URL")]
    pub(super) unlimited: Option<String>,
    /// Calls a second to each URL; must be within the limit [default: as fast as the target answers].
    #[arg(long, value_name = "N", conflicts_with = "target", value_parser = rate)]
    pub(super) rate: Option<f64>,
    /// Header for calls to URLs; repeatable. `${env:NAME}` and `${file:PATH}` insert secrets.
    #[arg(long, value_name = "NAME: VALUE", conflicts_with = "target")]
    pub(super) header: Vec<String>,
    #[command(flatten)]
    pub(super) measured: Measured,
}

/// Settings of a measurement.
#[derive(Debug, Args)]
pub(super) struct Measured {
    /// Pairs of rounds, with and without the control; a 95 % interval needs at least six.
    #[arg(long, default_value_t = 12, value_name = "N", value_parser = clap::value_parser!(u16).range(i64::from(FEWEST)..=200))]
    pub(super) rounds: u16,
    /// Nonce for the marks of the measurement, up to 32 hexadecimal digits [default: new in each one].
    #[arg(long, value_name = "HEX")]
    pub(super) nonce: Option<Nonce>,
    /// Length of one load within a round.
    #[arg(long, default_value = "400ms", value_name = "TIME", value_parser = slot)]
    pub(super) slot: Period,
    /// Folder for measure.json and measure.svg.
    #[arg(long, default_value = "pincer-out")]
    pub(super) out: PathBuf,
    /// Print measure.json instead of a table.
    #[arg(long)]
    pub(super) json: bool,
}

/// A rate that a schedule supports.
fn rate(text: &str) -> Result<f64, String> {
    let rate: f64 = text.parse().map_err(|_| "it must be a number".to_owned())?;
    (0.1..=1e6).contains(&rate).then_some(rate).ok_or_else(|| "it must be between 0.1 and 1000000".to_owned())
}

/// A number of days, written `365d`.
fn days(text: &str) -> Result<u16, String> {
    let days = text.strip_suffix('d').and_then(|days| days.parse().ok()).filter(|days| *days > 0);
    days.ok_or_else(|| "write a number of days, such as 365d".to_owned())
}

/// A time that keeps a measurement short.
fn slot(text: &str) -> Result<Period, String> {
    let period: Period = text.parse().map_err(|why: pincer_core::vocab::QuantityError| why.to_string())?;
    let fits = (std::time::Duration::from_millis(10)..=std::time::Duration::from_secs(10)).contains(&period.0);
    fits.then_some(period).ok_or_else(|| "it must be between 10ms and 10s".to_owned())
}

/// The target and the scenarios.
#[derive(Debug, Args)]
pub(super) struct Selection {
    /// Descriptor of the target [default: the embedded reference gateway and agent].
    #[arg(long, value_name = "FILE")]
    pub(super) target: Option<PathBuf>,
    /// Only scenarios for gateways, or only those for agents.
    #[arg(long)]
    pub(super) suite: Option<SuiteName>,
    /// Only scenarios whose id, control or tag matches; repeatable.
    #[arg(long, value_name = "GLOB")]
    pub(super) only: Vec<String>,
    /// Leave out scenarios whose id, control or tag matches, after `--only`; repeatable.
    #[arg(long, value_name = "GLOB")]
    pub(super) skip: Vec<String>,
    /// Only the controls of a profile; `pincer list --profiles` shows them. `run` says whether the target meets it.
    #[arg(long, value_name = "NAME")]
    pub(super) profile: Option<String>,
    /// Seed for all choices. The same seed and nonce give the same bytes.
    #[arg(long, default_value_t = 1)]
    pub(super) seed: u64,
    /// Nonce for the marks of the run, up to 32 hexadecimal digits [default: new in each run].
    #[arg(long, value_name = "HEX")]
    pub(super) nonce: Option<Nonce>,
    /// Repeat each attack on an agent K times, for agents with a real model.
    #[arg(long, default_value_t = 1, value_name = "K", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(super) trials: u16,
    /// Folder with scenarios and payloads that extend or replace the embedded ones.
    #[arg(long, value_name = "DIR")]
    pub(super) scenarios: Option<PathBuf>,
    /// `OpenAPI` 3 document with operations that the descriptor does not declare.
    #[arg(long, value_name = "FILE", requires = "target")]
    pub(super) api: Option<PathBuf>,
    /// Web Fuzzing Commons file with fixed headers for identities that have none.
    #[arg(long, value_name = "FILE", requires = "target")]
    pub(super) auth: Option<PathBuf>,
    /// Folder of payload lists: NAME.txt, one payload per line, replaces the payload set NAME.
    #[arg(long, value_name = "DIR")]
    pub(super) payloads: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Run {
    #[command(flatten)]
    pub(super) selection: Selection,
    /// Run only this attack case, with the benign cases, of the one scenario in `--only`.
    #[arg(long, value_name = "N", requires = "only")]
    pub(super) case: Option<u32>,
    /// Folder for results.json, junit.xml, trace.jsonl, further reports and repro. A second target uses its subfolder
    /// `agent`.
    #[arg(long, default_value = "pincer-out")]
    pub(super) out: PathBuf,
    #[command(flatten)]
    pub(super) reporting: Reporting,
    /// Copies of the target to test in parallel, each with its own upstreams [default: 6 of the embedded reference,
    /// else 4 if possible].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(super) lanes: Option<u16>,
    /// Cases in flight in each lane.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) concurrency: u16,
    /// Longest time for a call, unless the scenario sets one.
    #[arg(long, value_name = "TIME", default_value = DEADLINE)]
    pub(super) deadline: Period,
    /// Run only the embedded reference that owns weakness NAME, with it switched on; repeatable.
    #[arg(long, value_name = "NAME", conflicts_with = "target")]
    pub(super) weaken: Vec<String>,
    /// Show all scenarios and table rows, and the evidence of each finding.
    #[arg(long, conflicts_with_all = ["json", "quiet"])]
    pub(super) full: bool,
    /// Print results.json instead of a summary, one target after the other.
    #[arg(long, conflicts_with = "annotations")]
    pub(super) json: bool,
    /// Print only errors.
    #[arg(long, conflicts_with = "json")]
    pub(super) quiet: bool,
    /// Use the seed and the nonce that a certifier has chosen; see `pincer challenge`.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["seed", "nonce"])]
    pub(super) challenge: Option<PathBuf>,
}

/// What is written of a run, and what makes it fail.
#[derive(Debug, Args)]
pub(super) struct Reporting {
    /// Further reports: results.sarif, report.html, summary.md. results.json and junit.xml are always written.
    #[arg(long, value_name = "FORMAT", value_delimiter = ',')]
    pub(super) report: Vec<Format>,
    /// Print findings as annotations of a CI job.
    #[arg(long, value_name = "SERVICE")]
    pub(super) annotations: Option<Service>,
    #[command(flatten)]
    pub(super) accept: Accept,
}

/// What is accepted.
#[derive(Debug, Args)]
pub(super) struct Accept {
    /// Known findings, by `pincer baseline`: only others fail.
    #[arg(long, value_name = "FILE")]
    pub(super) baseline: Option<PathBuf>,
    /// Waivers: findings that somebody answers for until a day.
    #[arg(long, value_name = "FILE")]
    pub(super) waivers: Option<PathBuf>,
    /// What gives another exit code than 0 [default: fail,inconclusive; with a baseline new,inconclusive].
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub(super) fail_on: Vec<Fails>,
    /// Also fail on what is fixed but still in the baseline, and on expired and unused waivers.
    #[arg(long)]
    pub(super) strict: bool,
}

/// Arguments of `pincer report`.
#[derive(Debug, Args)]
pub(super) struct Report {
    /// results.json of an earlier run.
    pub(super) results: PathBuf,
    /// The format.
    #[arg(long = "as", value_name = "FORMAT")]
    pub(super) format: ReportFormat,
    /// File to write [default: standard output].
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
    /// Descriptor of the target, to say where operations stand.
    #[arg(long, value_name = "FILE")]
    pub(super) target: Option<PathBuf>,
    /// Folder with the run's own scenarios, to say where steps stand.
    #[arg(long, value_name = "DIR")]
    pub(super) scenarios: Option<PathBuf>,
}

/// A file that a run writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(super) enum Format {
    /// results.sarif, for code scanning.
    Sarif,
    /// report.html, one file for people.
    Html,
    /// summary.md, for the summary of a CI step.
    Markdown,
    /// junit.xml.
    Junit,
    /// results.json.
    Json,
}

/// What `pincer report` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ReportFormat {
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// One HTML file for people.
    Html,
    /// Markdown, for the summary of a CI step.
    Markdown,
    /// `JUnit` XML.
    Junit,
    /// The results as this version writes them.
    Json,
    /// Annotations of GitHub Actions.
    Github,
}

/// A service that shows annotations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Service {
    /// GitHub Actions.
    Github,
}

/// What gives another exit code than 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Fails {
    /// Failed scenarios, known or not: 1.
    Fail,
    /// Failed scenarios with a finding that is not in the baseline: 1.
    New,
    /// Warnings that are not in the baseline: 1.
    Warn,
    /// Inconclusive scenarios: 3.
    Inconclusive,
}

impl Run {
    /// The arguments that selected target and scenarios, except `--only` and `--seed`, as the user would type them.
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
        let profile = of.profile.iter().map(|name| ("--profile", name.clone()));
        let weaken = self.weaken.iter().map(|name| ("--weaken", name.clone()));
        let deadline = self.deadline.to_string();
        let deadline = (deadline != DEADLINE).then_some(("--deadline", deadline));
        let trials = (of.trials > 1).then(|| ("--trials", of.trials.to_string()));
        // A target's rare behaviour may depend on the marks, so a given nonce is repeated.
        let nonce = of.nonce.map(|nonce| ("--nonce", nonce.to_string()));
        paths
            .chain(profile)
            .chain(weaken)
            .chain(deadline)
            .chain(trials)
            .chain(nonce)
            .flat_map(|(option, value)| [option.to_owned(), value])
            .collect()
    }
}

/// The default time limit for a call.
const DEADLINE: &str = "10s";

/// The grouping of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Group {
    /// By control family.
    Family,
    /// By control.
    Control,
    /// By tag; a scenario appears under each of its tags.
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
