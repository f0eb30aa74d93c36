//! Baselines and waivers: files of the user's, and what they make of results.

use std::fs::File;
use std::io::{BufReader, Write as _};
use std::path::{Path, PathBuf};

use pincer_core::accept::{self, Accepted, Baseline, Day, read_baseline, read_waivers};
use pincer_core::judge::{FailOn, Results, WaiverState};
use pincer_core::report::inert;
use pincer_core::vocab::Exit;

use super::args::{Accept, Fails};
use super::{CliError, files};

/// Reads what the arguments accept; nothing where they accept nothing and leave the exit code as it is.
pub(super) fn accepted(args: &Accept) -> Result<Option<Accepted>, CliError> {
    let baseline = args.baseline.as_deref().map(files::read).transpose()?;
    let baseline = baseline.as_ref().map(read_baseline).transpose()?;
    let waivers = args.waivers.as_deref().map(files::read).transpose()?;
    let waivers = waivers.as_ref().map(read_waivers).transpose()?;
    if args.strict && baseline.is_none() && waivers.is_none() {
        return Err(CliError::Usage("`--strict` needs `--baseline` or `--waivers`".to_owned()));
    }
    if args.fail_on.contains(&Fails::New) && baseline.is_none() {
        return Err(CliError::Usage("`--fail-on new` needs `--baseline`".to_owned()));
    }
    if baseline.is_none() && waivers.is_none() && args.fail_on.is_empty() {
        return Ok(None);
    }
    let first = if baseline.is_some() { FailOn::New } else { FailOn::Fail };
    let fail_on = match args.fail_on.as_slice() {
        [] => vec![first, FailOn::Inconclusive],
        given => given.iter().map(|what| meant(*what)).collect(),
    };
    let today = Day::of(&crate::now()).ok_or_else(|| CliError::Report("the clock shows no day".to_owned()))?;
    Ok(Some(Accepted { baseline, waivers, fail_on, strict: args.strict, today }))
}

fn meant(what: Fails) -> FailOn {
    match what {
        Fails::Fail => FailOn::Fail,
        Fails::New => FailOn::New,
        Fails::Warn => FailOn::Warn,
        Fails::Inconclusive => FailOn::Inconclusive,
    }
}

/// Notes what is accepted; an expired waiver is told on standard error, even where the rest is quiet.
pub(super) fn settle(results: &mut Results, accepted: Option<&Accepted>) -> Result<(), CliError> {
    let Some(accepted) = accepted else { return Ok(()) };
    accept::settle(results, accepted);
    let waivers = results.acceptance.iter().flat_map(|acceptance| &acceptance.waivers);
    for waiving in waivers.filter(|waiving| waiving.state == WaiverState::Expired) {
        let waiver = &waiving.waiver;
        let (subject, owner) = (inert(waiver.subject()), inert(&waiver.owner));
        writeln!(
            anstream::stderr(),
            "pincer: the waiver of {subject} expired on {}; its owner is {owner}",
            waiver.expires
        )?;
    }
    Ok(())
}

/// Prints the findings of results as a baseline.
pub(super) fn baseline(paths: &[PathBuf]) -> Result<Exit, CliError> {
    let all = paths.iter().map(|path| read(path)).collect::<Result<Vec<Results>, _>>()?;
    if let Some(cut) = all.iter().zip(paths).find(|(results, _)| results.interrupted) {
        let path = inert(&cut.1.display().to_string());
        writeln!(anstream::stderr(), "pincer: {path} is of a run that was stopped, so findings may be missing")?;
    }
    let unlisted: u64 = all.iter().flat_map(|results| &results.scenarios).map(|scenario| scenario.unlisted).sum();
    if unlisted > 0 {
        let told = "pincer: some scenarios broke in more ways than results keep; they will count as new";
        writeln!(anstream::stderr(), "{told}")?;
    }
    write!(std::io::stdout(), "{}", Baseline::of(&all).to_yaml())?;
    Ok(Exit::Green)
}

/// Reads results.json.
pub(super) fn read(path: &Path) -> Result<Results, CliError> {
    let file = File::open(path).map_err(|why| files::fault(path, why))?;
    // Read as it comes: beside large results their text would take as much memory again.
    let results: Results = serde_json::from_reader(BufReader::new(file))
        .map_err(|why| CliError::Usage(format!("{} is no results.json of this version: {why}", path.display())))?;
    if results.format != "pincer/results" || results.version != 1 {
        let (format, version) = (&results.format, results.version);
        let text = format!("{}: {format} version {version} is not known to this version of Pincer", path.display());
        return Err(CliError::Usage(text));
    }
    Ok(results)
}
