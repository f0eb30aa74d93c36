//! The run statement: what was run, on what, and what came of it.

use super::score::{Outcome, Scored, Status, verdicts};
use super::statement::{Descriptor, STATEMENT, Statement, TEST_RESULT, TestResult};
use crate::judge::Results;
use crate::observe::{Head, Trail};
use crate::scenario::{Catalogue, Profile};
use crate::vocab::Digest;

/// What the certificate is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// A file's name, an image reference, or the target's name.
    pub name: String,
    /// Its digest.
    pub digest: Digest,
}

/// What a run left, as far as a statement speaks of it.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// The verdicts.
    pub results: &'a Results,
    /// What there is to say of the trace.
    pub trail: &'a Trail,
    /// The trace's head.
    pub head: &'a Head,
    /// The catalogue that was run.
    pub catalogue: &'a Catalogue,
    /// How often each attack case was done.
    pub trials: u32,
    /// Digest of the trace's file.
    pub trace: Digest,
}

/// The statement of whoever ran a profile. `challenged` says that a certifier chose seed and nonce.
pub fn run_statement(
    (subject, profile): (&Subject, &Profile),
    scored: &Scored,
    evidence: Evidence<'_>,
    challenged: bool,
) -> Statement<TestResult> {
    Statement {
        kind: STATEMENT.to_owned(),
        subject: vec![Descriptor::named(&subject.name, Some(subject.digest))],
        predicate_type: TEST_RESULT.to_owned(),
        predicate: TestResult {
            result: scored.result,
            configuration: configuration(profile, scored, evidence, challenged),
            passed_tests: scored.those(Status::Passed),
            warned_tests: scored.those(Status::Warned),
            failed_tests: scored.those(Status::Failed),
        },
    }
}

/// The parts in the order of [`super::statement::PARTS`].
fn configuration(profile: &Profile, scored: &Scored, of: Evidence<'_>, challenged: bool) -> Vec<Descriptor> {
    let Evidence { results, trail, head, catalogue, trials, trace } = of;
    let run = &results.run;
    let untested: Vec<String> = scored.those(Status::NotTestable);
    let not_testable = scored.controls.iter().filter(|control| untested.contains(&control.id));
    let why =
        |control: &super::ControlScore| format!("{}: {}", control.id, control.note.as_deref().unwrap_or_default());
    vec![
        Descriptor::named(&profile.name, Some(profile.digest))
            .with("title", profile.title.clone())
            .with("notTestable", not_testable.map(why).collect::<Vec<_>>())
            .with("notScored", scored.not_scored.clone())
            .with("faults", scored.faults.clone()),
        Descriptor::named("controls", Some(Digest::of_value(catalogue))).with("suite", head.suite.hex()),
        Descriptor::named("pincer", head.binary).at("urn:pincer:harness").with("version", run.pincer.clone()),
        Descriptor::named(&results.target.name, Some(head.descriptor))
            .with("kind", crate::vocab::word(&results.target.kind))
            .with("version", results.target.version.clone()),
        Descriptor::named("waivers", None).at("urn:pincer:waivers").with("waived", Vec::<String>::new()),
        Descriptor::named("results", Some(verdicts(results)))
            .with("scenarios", results.scenarios.len().to_string())
            .with("attackCases", results.scenarios.iter().map(|s| s.attack.total).sum::<u64>().to_string()),
        Descriptor::named("trace.jsonl", Some(trace))
            .with("merkleRoot", trail.root.hex())
            .with("entries", trail.lines.to_string()),
        Descriptor::named(&run.id, None)
            .at(format!("urn:pincer:run:{}", run.id))
            .with("seed", head.seed.to_string())
            .with("nonce", head.nonce.to_string())
            .with("seedSource", if challenged { "challenge" } else { "self" })
            .with("attempt", head.attempt.to_string())
            .with("trials", trials.to_string())
            .with("plan", head.plan.hex())
            .with("startedOn", run.started.clone())
            .with("finishedOn", run.finished.clone())
            .with("status", if results.interrupted { "interrupted" } else { "finished" }),
    ]
}

impl TestResult {
    /// The lists of controls and the result, as a score has them.
    pub(super) fn says(&self, scored: &Scored) -> bool {
        self.result == scored.result
            && self.passed_tests == scored.those(Status::Passed)
            && self.warned_tests == scored.those(Status::Warned)
            && self.failed_tests == scored.those(Status::Failed)
    }

    /// The controls of a profile that neither passed nor warned.
    pub(super) fn missing(&self, profile: &Profile) -> Vec<String> {
        let met = |id: &str| self.passed_tests.iter().chain(&self.warned_tests).any(|test| test == id);
        profile.controls.keys().map(ToString::to_string).filter(|id| !met(id)).collect()
    }

    /// Whether its own parts agree: what says that it passed has no failed control.
    pub(super) fn agrees(&self) -> bool {
        match self.result {
            Outcome::Passed => self.failed_tests.is_empty() && self.warned_tests.is_empty(),
            Outcome::Warned => self.failed_tests.is_empty() && !self.warned_tests.is_empty(),
            Outcome::Failed => true,
        }
    }
}
