//! The self-test: the suite passes on the hardened reference, exactly the scenarios that name a weakness catch it, and
//! no sentinel gets an undeserved pass.

mod partial;
mod puppet;
mod robber;
mod sentinel;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use pincer_core::judge::Results;
use pincer_core::plan::Plan;
use pincer_core::scenario::{ReadError, Scenario, Suite};
use pincer_core::vocab::{Exit, Nonce, Period, TargetKind, Verdict, word};
use pincer_reference::weakness::Weakness;
use pincer_stand::Subject;
use pincer_stand::supervise::WorkFolder;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinError;

use crate::conduct::{ConductError, Job, Origin, Progress, conduct};
use crate::embedded;
use crate::reference::Reference;
use crate::replay::{ReplayError, judge};
use crate::weaknesses::kind;

pub use sentinel::Sentinel;

/// Parallel runs; they mostly wait.
const WIDTH: usize = 6;

/// Time limit for a task of a sentinel; some never answer.
const BRIEF: Duration = Duration::from_secs(1);

/// Most attack cases of a scenario that need not catch the weakness.
const SAMPLE: u32 = 16;

/// The nonce of every self-test, so that each gives the same bytes.
const NONCE: Nonce = Nonce::new(0x5e1f_7e57);

/// Why the self-test failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SelftestError {
    /// A run.
    #[error(transparent)]
    Conduct(#[from] ConductError),
    /// Its trace.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// The embedded descriptor.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// No folder for a trace.
    #[error("no temporary folder: {0}")]
    Folder(#[from] io::Error),
    /// A task of its own.
    #[error("a bug in Pincer: {0}")]
    Task(#[from] JoinError),
}

/// A tested target.
#[derive(Debug, Clone)]
enum Tested {
    /// The reference with these weaknesses.
    Reference(Vec<Weakness>),
    /// A sentinel.
    Sentinel(Sentinel),
}

impl Tested {
    fn subject(&self) -> Arc<dyn Subject> {
        match self {
            Self::Reference(weaken) => Arc::new(Reference::weakened(weaken.clone())),
            Self::Sentinel(sentinel) => Arc::new(*sentinel),
        }
    }
}

/// The result of a self-test.
#[derive(Debug)]
pub struct Outcome {
    /// For people; its last line is a summary that programs can read.
    pub text: String,
    /// Whether everything was as expected.
    pub sound: bool,
}

/// Runs the suite on the hardened reference, on the reference with each weakness, and on the sentinels. A part of the
/// suite (not `whole`) need not catch every weakness.
pub async fn selftest(suite: &Suite, whole: bool) -> Result<Outcome, SelftestError> {
    let gate = Arc::new(Semaphore::new(WIDTH));
    let kinds = [TargetKind::Gateway, TargetKind::Agent];
    // The hardened references and the sentinels take longest, so they start first.
    let mut subjects: Vec<_> = kinds.map(|kind| (kind, Tested::Reference(Vec::new()))).into();
    for sentinel in Sentinel::ALL.iter().rev() {
        let kinds = kinds.into_iter().filter(|kind| *kind == TargetKind::Agent || !sentinel.is_agent());
        subjects.extend(kinds.map(|kind| (kind, Tested::Sentinel(*sentinel))));
    }
    let caught =
        |weakness: &&Weakness| whole || suite.scenarios.iter().any(|scenario| catches(scenario, weakness.name()));
    let weaknesses = Weakness::ALL.iter().filter(caught);
    subjects.extend(weaknesses.map(|weakness| (kind(*weakness), Tested::Reference(vec![*weakness]))));
    let runs = subjects.into_iter().filter_map(|(kind, subject)| {
        let suite = suite.select(|scenario| scenario.r#for == kind);
        let gate = gate.clone();
        (!suite.scenarios.is_empty()).then(|| {
            tokio::spawn(async move {
                let _permit = gate.acquire_owned().await;
                one(suite, kind, subject).await
            })
        })
    });
    let mut results = Vec::new();
    for run in runs.collect::<Vec<_>>() {
        results.push(run.await??);
    }
    Ok(weigh(suite, whole, &results))
}

/// The suite for a subject: complete on the hardened reference. Elsewhere a scenario that must catch the weakness is
/// complete, others run a sample of their cases, and slow ones run only on a sample of the weaknesses.
fn sampled(suite: Suite, tested: &Tested) -> Suite {
    let weakness = match tested {
        Tested::Reference(weaken) => match weaken.first() {
            Some(weakness) => Some(weakness.name()),
            None => return suite,
        },
        Tested::Sentinel(_) => None,
    };
    let catches = |scenario: &Scenario| weakness.is_some_and(|weakness| catches(scenario, weakness));
    let mut suite = suite.select(|scenario| {
        let drawn = weakness.is_none_or(|weakness| draws(scenario.id.as_str(), weakness));
        catches(scenario) || drawn || !takes_time(scenario)
    });
    for scenario in &mut suite.scenarios {
        if !catches(scenario) {
            scenario.limit = Some(scenario.limit.map_or(SAMPLE, |limit| limit.min(SAMPLE)));
        }
    }
    suite
}

/// Whether a scenario names a weakness.
fn catches(scenario: &Scenario, weakness: &str) -> bool {
    scenario.kills.iter().any(|kill| kill.as_str() == weakness)
}

/// Whether a scenario is slow, however few its cases: it measures, or waits for something that does not come.
fn takes_time(scenario: &Scenario) -> bool {
    scenario.measures() || scenario.steps().any(|step| step.expect.within.is_some() || !step.outage.is_empty())
}

/// Whether a slow scenario runs on this weakness: one in twelve does, always the same.
fn draws(scenario: &str, weakness: &str) -> bool {
    let sum: u32 = scenario.bytes().chain(weakness.bytes()).map(u32::from).sum();
    sum.is_multiple_of(12)
}

async fn one(suite: Suite, kind: TargetKind, tested: Tested) -> Result<(Tested, Results), SelftestError> {
    let suite = sampled(suite, &tested);
    let folder = WorkFolder::new()?;
    let trace = folder.path().join("trace.jsonl");
    let mut target = embedded::target(kind)?;
    if let (Tested::Sentinel(_), Some(task)) = (&tested, &mut target.task) {
        task.within = Period(BRIEF);
    }
    let job = Job {
        plan: Plan::new(1, suite, target).with_nonce(NONCE),
        subject: tested.subject(),
        suite_name: "selftest".to_owned(),
        run: "selftest".to_owned(),
        started: crate::now(),
        trace: trace.clone(),
        lanes: 4,
        concurrency: 16,
        deadline: Duration::from_secs(10),
        arguments: Vec::new(),
        probe: false,
        origin: Origin::default(),
    };
    let (_stop, stopped) = watch::channel(false);
    conduct(job, Arc::new(Progress::default()), stopped).await?;
    Ok((tested, judge(&trace)?))
}

fn weigh(suite: &Suite, whole: bool, results: &[(Tested, Results)]) -> Outcome {
    let mut text = String::new();
    let mut faults = Vec::new();
    let (mut killed, mut false_passes) = (0, 0);
    for (scenario, name) in suite.scenarios.iter().flat_map(|s| s.met_by.iter().map(move |name| (&s.id, name))) {
        if !Sentinel::ALL.iter().any(|sentinel| sentinel.name() == name.as_str()) {
            faults.push(format!("{scenario} lists {name} under `met_by`, but no sentinel has this name"));
        }
    }
    // Writing to a String can't fail.
    for (subject, results) in results {
        let verdicts = |wanted: &[Verdict]| -> BTreeSet<&str> {
            results.scenarios.iter().filter(|s| wanted.contains(&s.verdict)).map(|s| s.id.as_str()).collect()
        };
        match subject {
            Tested::Reference(weaken) if weaken.is_empty() => {
                let open: Vec<_> = results.scenarios.iter().filter(|s| s.verdict != Verdict::Pass).collect();
                let _ = writeln!(
                    text,
                    "hardened {}: {} of {} scenarios pass",
                    results.target.name,
                    results.scenarios.len() - open.len(),
                    results.scenarios.len()
                );
                faults.extend(open.iter().map(|s| {
                    format!(
                        "{} does not pass on the hardened reference: {:?} {:?} {:?}",
                        s.id,
                        s.verdict,
                        s.reason,
                        s.findings.first().map(|f| &f.title).or(s.note.as_ref())
                    )
                }));
            }
            Tested::Reference(weaken) => {
                let name = weaken.first().map_or("", |weakness| weakness.name());
                let wanted: BTreeSet<&str> =
                    suite.scenarios.iter().filter(|s| catches(s, name)).map(|s| s.id.as_str()).collect();
                let seen = verdicts(&[Verdict::Fail, Verdict::Warn]);
                killed += usize::from(!seen.is_empty());
                let _ = writeln!(text, "{name:<28} caught by {}", seen.iter().copied().collect::<Vec<_>>().join(", "));
                faults.extend(wanted.difference(&seen).map(|id| format!("{id} does not catch {name}")));
                faults.extend(
                    seen.difference(&wanted)
                        .map(|id| format!("{id} catches {name}, but does not list it under `kills`")),
                );
                if seen.is_empty() && wanted.is_empty() {
                    faults.push(format!("no scenario catches {name}"));
                }
            }
            Tested::Sentinel(sentinel) => {
                let mut passes = verdicts(&[Verdict::Pass]);
                let meets = |id: &str| suite.scenarios.iter().any(|s| s.id.as_str() == id && sentinel.meets(s));
                passes.retain(|id| !meets(id));
                false_passes += passes.len();
                let _ = writeln!(
                    text,
                    "sentinel {:<13} as {:<7} exit code {}, {} pass",
                    sentinel.name(),
                    word(&results.target.kind),
                    u8::from(results.exit),
                    passes.len()
                );
                faults.extend(passes.iter().map(|id| format!("{id} passes on the sentinel {}", sentinel.name())));
                // A selected part may contain only scenarios that the sentinel meets.
                if whole && results.exit == Exit::Green {
                    faults.push(format!("a run on the sentinel {} has exit code 0", sentinel.name()));
                }
            }
        }
    }
    let cases: u64 =
        results.iter().flat_map(|(_, results)| &results.scenarios).map(|s| s.benign.total + s.attack.total).sum();
    let pairs: usize = results.iter().map(|(_, results)| results.scenarios.len()).sum();
    let fitting = |results: &Results| suite.scenarios.iter().filter(|s| s.r#for == results.target.kind).count();
    let _ = writeln!(
        text,
        "{cases} cases in {pairs} of {} pairs of scenario and target; at most {SAMPLE} attacks where a scenario need not catch \
         the weakness",
        results.iter().map(|(_, results)| fitting(results)).sum::<usize>(),
    );
    for fault in &faults {
        let _ = writeln!(text, "ERROR {fault}");
    }
    let _ = writeln!(
        text,
        "selftest: {} scenarios, {} weaknesses, {killed} caught, {} sentinels, {false_passes} false passes",
        suite.scenarios.len(),
        results.iter().filter(|(subject, _)| matches!(subject, Tested::Reference(weak) if !weak.is_empty())).count(),
        Sentinel::ALL.len(),
    );
    Outcome { text, sound: faults.is_empty() }
}
