//! What holds of a certificate that somebody shows. Nothing is asked of a network, and nothing is believed that was not
//! signed by a key in hand.

use serde::de::DeserializeOwned;

use super::envelope::{Envelope, EnvelopeError, read_lines};
use super::score::{Outcome, Scored, verdicts};
use super::statement::{Descriptor, STATEMENT, Statement, TEST_RESULT, TestResult, VOUCHED, Vouched};
use super::{Moment, PublicKey};
use crate::judge::Results;
use crate::observe::{Head, State, Trail};
use crate::scenario::{Catalogue, Profile};
use crate::vocab::Digest;

/// What the checks need.
#[derive(Debug)]
pub struct Given<'a> {
    /// The file's text.
    pub text: &'a str,
    /// The keys in hand.
    pub keys: &'a [PublicKey],
    /// The certifier whose certificate it must be, if that is said.
    pub verifier: Option<&'a str>,
    /// The profiles that this version knows.
    pub profiles: &'a [Profile],
    /// The digest of the artefact in hand.
    pub artefact: Option<Digest>,
    /// The trace, judged again.
    pub trace: Option<Holding<'a>>,
    /// What was revoked: ids of keys, and digests of certificates, run statements or profiles, in hexadecimal.
    pub revoked: &'a [String],
    /// Now.
    pub now: Moment,
}

/// A trace that was judged again.
#[derive(Debug, Clone, Copy)]
pub struct Holding<'a> {
    /// The verdicts.
    pub results: &'a Results,
    /// What there is to say of it.
    pub trail: &'a Trail,
    /// Its head, if it is chained.
    pub head: Option<&'a Head>,
    /// The catalogue in it.
    pub catalogue: &'a Catalogue,
    /// The digest of the plan as this version makes it.
    pub plan: Digest,
    /// The digest of its file.
    pub file: Digest,
    /// The score by the profile that the certificate names.
    pub scored: Option<&'a Scored>,
}

/// A kind of fault, in the order in which it decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The file is no certificate.
    Form,
    /// A signature does not hold, or is by a key that is not in hand.
    Signature,
    /// A key, a certificate or the profile was revoked.
    Revoked,
    /// Its time is over, or has not begun.
    Expired,
    /// The trace gives something else.
    Recompute,
    /// It is about another artefact.
    Artefact,
    /// The profile is not met, or not known.
    Incomplete,
}

/// Something that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Of which kind.
    pub kind: Kind,
    /// What does not hold, and what to do.
    pub what: String,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    /// It holds.
    Holds(String),
    /// It could not be made; says what would make it.
    NotMade(String),
    /// It does not hold.
    Broken(Fault),
}

/// What all checks gave.
#[derive(Debug, Default)]
pub struct Report {
    /// In the order in which they were made.
    pub checks: Vec<Check>,
    /// The run statement, where the file holds one that is signed.
    pub run: Option<Statement<TestResult>>,
    /// The certificate, where there is one that is signed.
    pub vouched: Option<Statement<Vouched>>,
    /// Whether whoever ran the suite signed the only statement, or both.
    pub self_attested: bool,
}

impl Report {
    /// The gravest fault.
    pub fn fault(&self) -> Option<&Fault> {
        let faults =
            self.checks.iter().filter_map(|check| if let Check::Broken(fault) = check { Some(fault) } else { None });
        faults.min_by_key(|fault| fault.kind)
    }

    fn holds(&mut self, what: impl Into<String>) {
        self.checks.push(Check::Holds(what.into()));
    }

    fn not_made(&mut self, what: impl Into<String>) {
        self.checks.push(Check::NotMade(what.into()));
    }

    fn broken(&mut self, kind: Kind, what: impl Into<String>) {
        self.checks.push(Check::Broken(Fault { kind, what: what.into() }));
    }

    fn test(&mut self, (holds, kind): (bool, Kind), what: impl Into<String>, otherwise: impl Into<String>) {
        if holds {
            self.holds(what);
        } else {
            self.broken(kind, otherwise);
        }
    }
}

/// Makes all checks.
pub fn check(given: &Given<'_>) -> Report {
    let mut report = Report::default();
    let envelopes = match read_lines(given.text) {
        Ok(envelopes) => envelopes,
        Err(error) => {
            report.broken(Kind::Form, form(&error));
            return report;
        }
    };
    let Some((run, vouched)) = opened(given, &envelopes, &mut report) else { return report };
    revocation(given, &envelopes, &run, &mut report);
    subject(given, &run, vouched.as_ref(), &mut report);
    let profile = profile(given, &run, &mut report);
    match &vouched {
        Some(vouched) => certified(given, vouched, profile, &mut report),
        None => report.not_made(
            "no certifier vouches for this run: there is no second line, so nothing says until when it counts",
        ),
    }
    if let Some(profile) = profile {
        complete(&run.predicate, profile, &mut report);
    }
    match given.trace {
        Some(trace) => recomputed(&run.predicate, trace, &mut report),
        None => report.not_made("the verdicts were not recomputed: give the trace with `--trace trace.jsonl`"),
    }
    (report.run, report.vouched) = (Some(run), vouched);
    report
}

fn form(error: &EnvelopeError) -> String {
    format!("this is no certificate: {error}")
}

/// The statements, where their signatures hold. A run statement by an unknown key counts where a certifier vouches for it.
fn opened(
    given: &Given<'_>,
    envelopes: &[Envelope],
    report: &mut Report,
) -> Option<(Statement<TestResult>, Option<Statement<Vouched>>)> {
    let (first, second) = (envelopes.first()?, envelopes.get(1));
    let refused = |line: &str, envelope: &Envelope| {
        let named = given.keys.iter().any(|key| key.id() == envelope.key_id());
        if named {
            format!(
                "the signature of the {line} does not hold: it was changed after it was signed. Ask for the file as it was issued"
            )
        } else {
            format!(
                "the {line} is signed by the key {}, which was not given: add its public key with `--key`",
                short(envelope.key_id())
            )
        }
    };
    let mut vouched = None;
    if let Some(second) = second {
        let Some((payload, key)) = second.open(given.keys) else {
            report.broken(Kind::Signature, refused("certificate", second));
            return None;
        };
        let statement: Statement<Vouched> = statement(&payload, VOUCHED, report)?;
        report.holds(format!("the certificate is signed by the key {}", short(&key.id())));
        let of = statement.predicate.is_of(first);
        report.test(
            (of, Kind::Signature),
            "the certificate is about this run statement",
            "the certificate is about another run statement: one of the two lines was exchanged or changed",
        );
        if !of {
            return None;
        }
        vouched = Some(statement);
    }
    let payload = match (first.open(given.keys), &vouched) {
        (Some((payload, key)), _) => {
            report.holds(format!("the run statement is signed by the key {}", short(&key.id())));
            payload
        }
        // The certifier has signed the digest of this line.
        (None, Some(_)) if !given.keys.iter().any(|key| key.id() == first.key_id()) => {
            report.not_made(format!(
                "who ran the suite was not checked: the run statement is signed by the key {}; add its public key with \
                 `--key`. The certifier vouches for it",
                short(first.key_id())
            ));
            first.payload()?
        }
        (None, _) => {
            report.broken(Kind::Signature, refused("run statement", first));
            return None;
        }
    };
    let run: Statement<TestResult> = statement(&payload, TEST_RESULT, report)?;
    report.self_attested = second.is_none_or(|second| second.key_id() == first.key_id());
    Some((run, vouched))
}

fn statement<P: DeserializeOwned>(payload: &[u8], predicate: &str, report: &mut Report) -> Option<Statement<P>> {
    let read: Result<Statement<P>, _> = serde_json::from_slice(payload);
    let fits = read.ok().filter(|read| read.kind == STATEMENT && read.predicate_type == predicate);
    if fits.is_none() {
        let what = format!("a statement is not of the form {predicate}; this version of Pincer reads no other");
        report.broken(Kind::Form, what);
    }
    fits
}

fn revocation(given: &Given<'_>, envelopes: &[Envelope], run: &Statement<TestResult>, report: &mut Report) {
    let profile = run.profile().map(|(_, digest)| digest.hex());
    let keys = envelopes.iter().map(|envelope| ("the key", envelope.key_id().to_owned()));
    let lines = ["the run statement", "the certificate"].into_iter().zip(envelopes);
    let lines = lines.map(|(what, envelope)| (what, envelope.digest().hex()));
    let all = keys.chain(lines).chain(profile.map(|digest| ("the profile", digest)));
    let mut revoked = all.filter(|(_, id)| given.revoked.iter().any(|one| one == id)).peekable();
    if given.revoked.is_empty() {
        report.not_made("no revocation list was given (`--revoked FILE`)");
    } else if revoked.peek().is_none() {
        report.holds("nothing in it was revoked");
    }
    for (what, id) in revoked {
        report.broken(Kind::Revoked, format!("{what} {} was revoked: do not rely on this certificate", short(&id)));
    }
}

fn subject(given: &Given<'_>, run: &Statement<TestResult>, vouched: Option<&Statement<Vouched>>, report: &mut Report) {
    let Some(about) = run.about() else {
        report.broken(Kind::Form, "the run statement must name one artefact with its digest");
        return;
    };
    if vouched.is_some_and(|vouched| vouched.subject != run.subject) {
        report.broken(Kind::Artefact, "certificate and run statement are about different artefacts");
    }
    match given.artefact {
        None => report.not_made(format!(
            "whether your artefact is the one that was tested: `{}`, {}. Give it with `--artefact FILE`",
            about.name, about.digest
        )),
        Some(digest) => report.test(
            (digest == about.digest, Kind::Artefact),
            format!("the artefact is the one that was tested, `{}`", about.name),
            format!(
                "the artefact is another one: it has {digest}, and `{}` with {} was tested",
                about.name, about.digest
            ),
        ),
    }
}

fn profile<'a>(given: &Given<'a>, run: &Statement<TestResult>, report: &mut Report) -> Option<&'a Profile> {
    let Some((name, digest)) = run.profile() else {
        report.broken(Kind::Incomplete, "the run statement names no profile");
        return None;
    };
    let known = given.profiles.iter().find(|profile| profile.name == name);
    let same = known.filter(|profile| profile.digest == digest);
    report.test(
        (same.is_some(), Kind::Incomplete),
        format!("the profile is {name} as it was published"),
        match known {
            Some(_) => format!("the profile is not {name} as it was published: its digest is {digest}"),
            None => format!("the profile {name} is not known to this version of Pincer: use a newer one"),
        },
    );
    same
}

fn certified(given: &Given<'_>, vouched: &Statement<Vouched>, profile: Option<&Profile>, report: &mut Report) {
    let says = &vouched.predicate;
    let times = says.time_verified.parse::<Moment>().and_then(|from| Ok((from, says.valid_until.parse::<Moment>()?)));
    match times {
        Ok((from, until)) => report.test(
            (from <= given.now && given.now <= until, Kind::Expired),
            format!("it is valid until {until}"),
            format!("it is valid from {from} to {until}, and it is {}: ask the certifier for a new one", given.now),
        ),
        Err(why) => report.broken(Kind::Form, why),
    }
    match given.verifier {
        Some(verifier) => report.test(
            (verifier == says.verifier.id, Kind::Signature),
            format!("the certifier is {verifier}"),
            format!("the certifier is {}, and not {verifier}", says.verifier.id),
        ),
        None => report.not_made(format!(
            "the certifier calls itself {}: say with `--verifier URI` whose key you trust",
            says.verifier.id
        )),
    }
    if let Some(profile) = profile {
        let level = [profile.level()];
        let passed = says.verification_result == "PASSED" && says.verified_levels == level;
        report.test(
            (passed && says.is_by(profile), Kind::Incomplete),
            format!("the certifier says that {} is met", profile.name),
            format!("the certifier does not say that {} is met", profile.name),
        );
    }
}

fn complete(says: &TestResult, profile: &Profile, report: &mut Report) {
    let missing = says.missing(profile);
    let faults =
        says.part("profile").and_then(|part| part.annotations.get("faults")).and_then(|faults| faults.as_array());
    let faults: Vec<&str> = faults.into_iter().flatten().filter_map(|fault| fault.as_str()).collect();
    let waived = says.part("waivers").and_then(|part| part.annotations.get("waived"));
    let waived = waived.is_none_or(|waived| waived.as_array().is_none_or(|waived| !waived.is_empty()));
    let met = missing.is_empty() && faults.is_empty() && !waived && says.result != Outcome::Failed && says.agrees();
    let mut why: Vec<String> = faults.into_iter().map(str::to_owned).collect();
    if !missing.is_empty() {
        why.push(format!("not passed: {}", missing.join(", ")));
    }
    if waived {
        why.push("it has waivers, and the profile allows none".to_owned());
    }
    if !says.agrees() {
        why.push("it says that it passed, and names controls that did not".to_owned());
    }
    report.test(
        (met, Kind::Incomplete),
        format!("all {} controls of {} passed or warned", profile.controls.len(), profile.name),
        format!("{} is not met: {}", profile.name, why.join("; ")),
    );
}

/// What the trace gives, compared with what was signed.
fn recomputed(says: &TestResult, trace: Holding<'_>, report: &mut Report) {
    let Holding { results, trail, head, catalogue, plan, file, scored } = trace;
    let part = |name: &str| says.part(name);
    let text = |name: &str, key: &str| part(name).and_then(|part| part.text(key)).unwrap_or_default().to_owned();
    let digest = |name: &str| part(name).and_then(Descriptor::sha256);
    let mut differ: Vec<&str> = Vec::new();
    let mut same = |holds: bool, what: &'static str| {
        if !holds {
            differ.push(what);
        }
    };
    same(trail.state == State::Whole, "the trace is not whole");
    same(text("evidence", "merkleRoot") == trail.root.hex(), "the root over its lines");
    same(text("evidence", "entries") == trail.lines.to_string(), "the number of its lines");
    same(digest("evidence") == Some(file), "the digest of its file");
    same(digest("results") == Some(verdicts(results)), "the verdicts");
    same(scored.is_some_and(|scored| says.says(scored)), "the controls that passed");
    same(digest("catalogue") == Some(Digest::of_value(catalogue)), "the catalogue");
    same(text("run", "plan") == plan.hex(), "the plan");
    same(text("run", "startedOn") == results.run.started, "the begin of the run");
    same(text("run", "finishedOn") == results.run.finished, "the end of the run");
    if let Some(head) = head {
        same(text("catalogue", "suite") == head.suite.hex(), "the suite");
        same(digest("target") == Some(head.descriptor), "the descriptor");
        same(digest("harness") == head.binary, "the program");
        same(text("run", "seed") == head.seed.to_string(), "the seed");
        same(text("run", "nonce") == head.nonce.to_string(), "the nonce");
        same(text("run", "attempt") == head.attempt.to_string(), "the attempt");
    }
    report.test(
        (differ.is_empty(), Kind::Recompute),
        format!("the trace, judged again, gives the same verdicts ({} lines)", trail.lines),
        format!("the trace gives something else than was signed: {}", differ.join(", ")),
    );
}

/// The beginning of an id.
fn short(id: &str) -> &str {
    id.get(..16).unwrap_or(id)
}
