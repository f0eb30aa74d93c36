//! `pincer judge`.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, Write as _};
use std::path::Path;

use pincer_core::certify::{Statement, TestResult, read_lines};
use pincer_core::judge::{Finding, Results};
use pincer_core::observe::{Lines, merkle};
use pincer_core::report::{inert, wrapped};
use pincer_core::vocab::{CaseId, Digest, Exit, ScenarioId};
use serde::Serialize;

use super::args::Judge;
use super::out::{self, Out};
use super::print::{heard, pretty};
use super::subject::CERTIFICATE;
use super::{CliError, accept, files, keys, report, show};
use crate::replay::{self, Trust};

/// Judges a trace again, or shows the lines of one of its findings.
pub(super) fn judge(args: &Judge) -> Result<Exit, CliError> {
    let trust = if args.even_if_broken { Trust::EvenIfBroken } else { Trust::Whole };
    let accepted = accept::accepted(&args.reporting.accept)?;
    let mut results = replay::read(&args.trace, trust)?.results;
    if let Some(fingerprint) = &args.prove {
        let proof = proof(&args.trace, &results, fingerprint)?;
        heard(pretty(&proof).and_then(|text| Ok(write!(anstream::stdout(), "{text}")?)))?;
        return Ok(Exit::Green);
    }
    accept::settle(&mut results, accepted.as_ref())?;
    let taken = Out::take(&args.out)?;
    out::write(&results, &taken.of(0), &args.reporting.report)?;
    report::shown(&args.reporting, &results, || {
        show::results(&results, args.full)?;
        if let Some(trail) = &results.trace {
            let text = format!("Trace: {}; {}. Root: {}", trail.text(), signer(args, &trail.root)?, trail.root);
            write!(anstream::stdout(), "{}", wrapped(&text, 0)).map_err(CliError::Output)?;
        }
        Ok(())
    })?;
    Ok(results.exit)
}

/// Who has signed the root of the trace, by the certificate beside it.
fn signer(args: &Judge, root: &Digest) -> Result<String, CliError> {
    let file = args.trace.with_file_name(CERTIFICATE);
    if !file.is_file() {
        return Ok("it is not signed (no certificate stands beside it)".to_owned());
    }
    if args.key.is_empty() {
        return Ok("a certificate stands beside it, whose signature was not checked (give `--key PUB`)".to_owned());
    }
    let keys = args.key.iter().map(|path| keys::public(path)).collect::<Result<Vec<_>, _>>()?;
    let envelopes = read_lines(&files::read(&file)?.text).unwrap_or_default();
    let opened = envelopes.first().and_then(|run| run.open(&keys));
    let Some((payload, key)) = opened else {
        return Ok("IT IS NOT SIGNED by any key that was given".to_owned());
    };
    let run: Option<Statement<TestResult>> = serde_json::from_slice(&payload).ok();
    let signed = run.and_then(|run| Some(run.predicate.part("evidence")?.text("merkleRoot")?.to_owned()));
    if signed != Some(root.hex()) {
        return Ok(format!("IT IS NOT THE TRACE that the key {} has signed", key.id()));
    }
    let name = args.key.iter().zip(&keys).find(|(_, one)| **one == key).map(|(path, _)| path.display().to_string());
    Ok(format!("it is signed by {} (key {})", inert(&name.unwrap_or_default()), key.id()))
}

/// A finding with the lines of the trace that it rests on. Who has the trace's root from a certificate needs nothing else
/// to see that these lines are of that trace.
#[derive(Debug, Serialize)]
struct Proof {
    format: &'static str,
    version: u32,
    root: Digest,
    finding: Finding,
    lines: Vec<Shown>,
}

#[derive(Debug, Serialize)]
struct Shown {
    /// As it stands in the trace; its leaf is the SHA-256 of a zero byte and this text.
    text: String,
    #[serde(flatten)]
    path: merkle::Path,
}

fn proof(trace: &Path, results: &Results, fingerprint: &str) -> Result<Proof, CliError> {
    let all = || results.scenarios.iter().flat_map(|scenario| scenario.findings.iter().map(move |f| (scenario, f)));
    let Some((scenario, finding)) = all().find(|(_, finding)| finding.fingerprint == fingerprint) else {
        let known: BTreeSet<&str> = all().map(|(_, finding)| finding.fingerprint.as_str()).collect();
        let known = known.into_iter().take(KNOWN).collect::<Vec<_>>().join(", ");
        let known = if known.is_empty() { "the trace has no finding".to_owned() } else { format!("it has {known}") };
        return Err(CliError::Usage(format!("no finding has the fingerprint `{}`; {known}", inert(fingerprint))));
    };
    let scenario = ScenarioId::new(scenario.id.as_str()).map_err(|error| CliError::Report(error.to_string()))?;
    let case = CaseId::new(&scenario, finding.case);
    let case = serde_json::to_string(&case).map_err(|error| CliError::Report(error.to_string()))?;
    let file = File::open(trace).map_err(|why| files::fault(trace, why))?;
    let mut lines = Lines::new(BufReader::new(file)).keeping_leaves();
    let (mut number, mut found) = (0, Vec::new());
    while let Some(event) = lines.next() {
        event.map_err(|error| CliError::Usage(error.to_string()))?;
        number += 1;
        let text = String::from_utf8_lossy(lines.text());
        // The first line holds what the run is about; the others name their case.
        if number == 1 || text.contains(&case) {
            found.push((number, text.into_owned()));
        }
    }
    let path = |line| merkle::Path::of(lines.leaves(), line);
    let lines_shown = found.into_iter().filter_map(|(line, text)| Some(Shown { text, path: path(line)? })).collect();
    let root = lines.trail().root;
    Ok(Proof { format: "pincer/proof", version: 1, root, finding: finding.clone(), lines: lines_shown })
}

/// Fingerprints named where an unknown one is asked for.
const KNOWN: usize = 8;
