//! `pincer verify`.

use std::io::Write as _;
use std::path::Path;

use pincer_core::certify::{
    Check, Given, Holding, Kind, Moment, PublicKey, Report, Statement, TestResult, check, read_lines,
};
use pincer_core::report::{hanging, inert};
use pincer_core::scenario::Profile;
use pincer_core::vocab::Digest;

use super::args::Verify;
use super::print::heard;
use super::subject::{digest_of, now};
use super::{CliError, files, keys, profile};
use crate::embedded;
use crate::replay::{self, Judged, ReplayError, Trust};

/// What is to be checked.
pub(super) struct Wanted<'a> {
    pub(super) text: &'a str,
    pub(super) keys: &'a [PublicKey],
    pub(super) verifier: Option<&'a str>,
    pub(super) artefact: Option<Digest>,
    pub(super) trace: Option<&'a Path>,
    pub(super) revoked: &'a [String],
}

/// Checks a certificate and says what holds; gives the exit code.
pub(super) fn verify(args: &Verify) -> Result<u8, CliError> {
    let keys = args.key.iter().map(|path| keys::public(path)).collect::<Result<Vec<_>, _>>()?;
    let revoked = args.revoked.as_ref().map(|path| files::read(path)).transpose()?;
    let revoked = revoked.map(|source| listed(&source.text)).unwrap_or_default();
    let text = files::read(&args.file)?.text;
    let wanted = Wanted {
        text: &text,
        keys: &keys,
        verifier: args.verifier.as_deref(),
        artefact: args.artefact.as_deref().map(digest_of).transpose()?,
        trace: args.trace.as_deref(),
        revoked: &revoked,
    };
    let report = checked(&wanted, now())?;
    heard(tell(&report))?;
    let fault = report.fault();
    let by = if report.self_attested { " (self-attested: no independent certifier)" } else { "" };
    let mut out = anstream::stdout();
    match fault {
        None => writeln!(out, "VERIFIED{by}")?,
        Some(fault) => writeln!(out, "NOT VERIFIED: {}", inert(&fault.what))?,
    }
    Ok(fault.map_or(0, |fault| code(fault.kind)))
}

/// Makes all checks; the trace is judged again.
pub(super) fn checked(wanted: &Wanted<'_>, now: Moment) -> Result<Report, CliError> {
    let profiles = embedded::profiles()?;
    let judged = wanted.trace.map(replayed).transpose()?;
    let file = wanted.trace.map(files::digest).transpose()?;
    let named = profile_of(wanted.text, &profiles);
    let scored = judged.as_ref().zip(named).map(|(judged, named)| profile::score(named, judged));
    let trace = judged.as_ref().zip(file).and_then(|(judged, file)| {
        Some(Holding {
            results: &judged.results,
            trail: judged.results.trace.as_ref()?,
            head: judged.head.as_ref(),
            catalogue: &judged.suite.catalogue,
            plan: judged.plan,
            file,
            scored: scored.as_ref(),
        })
    });
    let Wanted { text, keys, verifier, artefact, revoked, .. } = *wanted;
    Ok(check(&Given { text, keys, verifier, profiles: &profiles, artefact, trace, revoked, now }))
}

/// A trace, also one that was changed: that is told as what it is.
fn replayed(trace: &Path) -> Result<Judged, ReplayError> {
    replay::read(trace, Trust::EvenIfBroken)
}

/// The profile that the run statement names; what it says is believed only when its signature holds.
fn profile_of<'a>(text: &str, profiles: &'a [Profile]) -> Option<&'a Profile> {
    let payload = read_lines(text).ok()?.first()?.payload()?;
    let run: Statement<TestResult> = serde_json::from_slice(&payload).ok()?;
    let (name, _) = run.profile()?;
    profiles.iter().find(|profile| profile.name == name)
}

/// The entries of a revocation list: a line each, without what stands behind `#`.
fn listed(text: &str) -> Vec<String> {
    let entries = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    entries.filter(|entry| !entry.is_empty()).map(|entry| entry.trim_start_matches("sha256:").to_owned()).collect()
}

/// Shows all checks.
pub(super) fn tell(report: &Report) -> Result<(), CliError> {
    let mut out = anstream::stdout();
    for check in &report.checks {
        let (head, what) = match check {
            Check::Holds(what) => ("ok", what),
            Check::NotMade(what) => ("not checked", what),
            Check::Broken(fault) => ("BROKEN", &fault.what),
        };
        write!(out, "{}", hanging(&format!("{head:<12}"), &inert(what), 13))?;
    }
    Ok(())
}

/// The exit code of a kind of fault; 0 where all holds, 2 and 4 as everywhere.
fn code(kind: Kind) -> u8 {
    match kind {
        Kind::Incomplete => 1,
        Kind::Form => 2,
        Kind::Signature => 5,
        Kind::Expired => 6,
        Kind::Revoked => 7,
        Kind::Recompute => 8,
        Kind::Artefact => 9,
    }
}
