//! `pincer certify` and `pincer attest`.

use std::io::Write as _;
use std::path::Path;

use pincer_core::certify::{
    Badge, Challenge, Envelope, Evidence, Outcome, Scored, Statement, Subject, Terms, TestResult, Vouched, badge_svg,
    page, read_lines, run_statement, vouch,
};
use pincer_core::observe::State;
use pincer_core::report::inert;
use pincer_core::scenario::Profile;
use pincer_core::vocab::{Digest, Exit};

use super::args::{Attest, Certify};
use super::print::pretty;
use super::subject::{CERTIFICATE, digest_of, moment, now, subject};
use super::{CliError, files, keys, profile, verify};
use crate::embedded;
use crate::replay::{self, Judged, Trust};

/// Signs what a run showed.
pub(super) fn certify(args: &Certify) -> Result<Exit, CliError> {
    let key = keys::private(&args.key)?;
    let trace = args.dir.join("trace.jsonl");
    let judged = replay::read(&trace, Trust::Whole)?;
    let (Some(trail), Some(head)) = (&judged.results.trace, &judged.head) else {
        return Err(CliError::Usage(format!(
            "{}: only a chained trace can be certified; run the suite again",
            trace.display()
        )));
    };
    if trail.state != State::Whole {
        let text = format!("{}: {}. Run the suite to its end", trace.display(), trail.text());
        return Err(CliError::Usage(text));
    }
    let profile = named(args, &judged)?;
    let scored = profile::score(&profile, &judged);
    let subject = match &args.subject {
        Some(given) => subject(given)?,
        None => None,
    };
    let subject = subject.unwrap_or_else(|| descriptor(&judged));
    let challenge = keys::challenged(args.challenge.as_ref())?;
    if let Some(challenge) = &challenge {
        let run = &judged.results.run;
        challenge_holds(challenge, &subject, (&run.seed.to_string(), &run.nonce.to_string(), &run.started))?;
    }
    let evidence = Evidence {
        results: &judged.results,
        trail,
        head,
        catalogue: &judged.suite.catalogue,
        trials: judged.ran.trials,
        trace: files::digest(&trace)?,
    };
    let statement = run_statement((&subject, &profile), &scored, evidence, challenge.is_some());
    let envelope = Envelope::sign(&json(&statement)?, &key);
    write(&args.dir, &[&envelope], (&statement, None), true)?;
    tell(&scored, &statement, "self-attested")?;
    writeln!(
        anstream::stdout(),
        "Written: {0}/{CERTIFICATE}, {0}/certificate.html, {0}/badge.json, {0}/badge.svg\nCheck it: pincer verify \
         {0}/{CERTIFICATE} --key {1} --trace {0}/trace.jsonl",
        inert(&args.dir.display().to_string()),
        inert(&args.key.with_extension("pub").display().to_string()),
    )?;
    Ok(exit(scored.result))
}

/// Vouches for the run that somebody else has certified.
pub(super) fn attest(args: &Attest) -> Result<Exit, CliError> {
    let key = keys::private(&args.key)?;
    let file = args.dir.join(CERTIFICATE);
    let text = files::read(&file)?.text;
    let usage = |text: String| CliError::Usage(format!("{}: {text}", file.display()));
    let envelopes = read_lines(&text).map_err(|error| usage(error.to_string()))?;
    let [run] = envelopes.as_slice() else {
        return Err(usage("it is vouched for already; `pincer certify` makes the run statement anew".to_owned()));
    };
    let vendor = keys::public(&args.vendor)?;
    let now = now();
    let trace = args.dir.join("trace.jsonl");
    let report = verify::checked(
        &verify::Wanted {
            text: &format!("{}\n", run.line()),
            keys: &[vendor],
            verifier: None,
            artefact: args.artefact.as_deref().map(digest_of).transpose()?,
            trace: Some(&trace),
            revoked: &[],
        },
        now.clone(),
    )?;
    if let Some(fault) = report.fault() {
        verify::tell(&report)?;
        return Err(usage(format!("the run statement does not hold, so nothing is signed: {}", fault.what)));
    }
    let Some(statement) = report.run else { return Err(usage("it holds no run statement".to_owned())) };
    let known = statement.profile().and_then(|(name, _)| embedded::profile(name).ok().flatten());
    let profile = known.ok_or_else(|| usage("its profile is not known to this version of Pincer".to_owned()))?;
    if let Some(challenge) = keys::challenged(args.challenge.as_ref())? {
        let about = statement.about().ok_or_else(|| usage("it names no artefact".to_owned()))?;
        // What the statement says of the run was compared with the trace.
        let said = |key: &str| statement.predicate.part("run").and_then(|run| run.text(key)).unwrap_or_default();
        challenge_holds(&challenge, &about, (said("seed"), said("nonce"), said("startedOn")))?;
    }
    let span = jiff::SignedDuration::from_hours(i64::from(args.valid) * 24);
    let until = moment(jiff::Timestamp::now().checked_add(span).map_err(|error| CliError::Usage(error.to_string()))?)?;
    let terms =
        Terms { verifier: args.verifier.clone(), pincer: env!("CARGO_PKG_VERSION").to_owned(), time: now, until };
    let vouched = vouch(run, &statement, &profile, &terms);
    let certificate = Envelope::sign(&json(&vouched)?, &key);
    let own = key.public().id() == run.key_id();
    write(&args.dir, &[run, &certificate], (&statement, Some(&vouched)), own)?;
    if own {
        writeln!(anstream::stdout(), "This key has signed the run as well: the certificate is self-attested")?;
    }
    writeln!(
        anstream::stdout(),
        "{} vouches for {} until {}\nWritten: {}",
        inert(&args.verifier),
        profile.name,
        terms.until,
        inert(&file.display().to_string())
    )?;
    Ok(Exit::Green)
}

/// Writes the file, the page and the badges.
fn write(
    dir: &Path,
    envelopes: &[&Envelope],
    (run, vouched): (&Statement<TestResult>, Option<&Statement<Vouched>>),
    self_attested: bool,
) -> Result<(), CliError> {
    let lines: String = envelopes.iter().map(|envelope| envelope.line() + "\n").collect();
    let profile = run.profile().map_or("", |(name, _)| name);
    let badge = Badge::new(profile, run.predicate.result, self_attested);
    files::replace(&dir.join("certificate.html"), page(run, vouched, self_attested))?;
    files::replace(&dir.join("badge.json"), pretty(&badge)?)?;
    files::replace(&dir.join("badge.svg"), badge_svg(&badge))?;
    files::replace(&dir.join(CERTIFICATE), lines)
}

fn tell(scored: &Scored, statement: &Statement<TestResult>, by: &str) -> Result<(), CliError> {
    let mut out = anstream::stdout();
    let about = statement.about().map(|about| about.name).unwrap_or_default();
    let word = match scored.result {
        Outcome::Passed => "meets",
        Outcome::Warned => "meets, with warnings,",
        Outcome::Failed => "does NOT meet",
    };
    writeln!(out, "{} {word} {} ({by})", inert(&about), scored.profile)?;
    write!(out, "{}", profile::told(scored))?;
    Ok(())
}

/// The profile that the run was made for.
fn named(args: &Certify, judged: &Judged) -> Result<Profile, CliError> {
    let ran = judged.arguments.iter().zip(judged.arguments.iter().skip(1)).find(|(option, _)| *option == "--profile");
    match (&args.profile, ran) {
        (Some(name), _) | (None, Some((_, name))) => profile::find(name),
        (None, None) => Err(CliError::Usage(
            "the run names no profile: run it with `pincer run --profile NAME`, or say which one is meant with \
             `pincer certify --profile NAME`; `pincer list --profiles` shows them"
                .to_owned(),
        )),
    }
}

/// The target's descriptor as a subject.
fn descriptor(judged: &Judged) -> Subject {
    let digest = judged.head.as_ref().map_or_else(|| Digest::of(b""), |head| head.descriptor);
    Subject { name: format!("{} (descriptor)", judged.results.target.name), digest }
}

/// Length of a time up to its second: `2026-11-30T12:00:00`.
const SECOND: usize = 19;

/// Whether a run used the challenge: its seed, nonce and begin.
fn challenge_holds(
    challenge: &Challenge,
    subject: &Subject,
    (seed, nonce, started): (&str, &str, &str),
) -> Result<(), CliError> {
    let wrong = if challenge.artefact != subject.digest {
        format!("is for {}, and `{}` has {}", challenge.artefact, subject.name, subject.digest)
    } else if challenge.seed.to_string() != seed || challenge.nonce.to_string() != nonce {
        "has another seed or nonce than the run: run with `pincer run --challenge FILE`".to_owned()
    } else if challenge.issued.get(..SECOND) > started.get(..SECOND) {
        "was given after the run".to_owned()
    } else {
        return Ok(());
    };
    Err(CliError::Usage(format!("the challenge {wrong}")))
}

fn json(value: &impl serde::Serialize) -> Result<Vec<u8>, CliError> {
    serde_json::to_vec(value).map_err(|error| CliError::Report(error.to_string()))
}

fn exit(result: Outcome) -> Exit {
    if result == Outcome::Failed { Exit::Failed } else { Exit::Green }
}
