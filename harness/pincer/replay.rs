//! A trace, judged again.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use pincer_core::certify::Ran;
use pincer_core::judge::{Judge, Results};
use pincer_core::observe::{Event, Head, Lines, State, TRACE_VERSION, TraceError};
use pincer_core::scenario::Suite;
use pincer_core::vocab::Digest;

/// Why a trace can't be judged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// It can't be read.
    #[error("{path}: {why}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
    /// It was changed.
    #[error(
        "{path}: the trace was changed after it was written: line {line} is the first that differs. Use the trace as the run \
         wrote it; `pincer judge --even-if-broken` judges this one and says so"
    )]
    Broken {
        /// Which file.
        path: PathBuf,
        /// Line, from 1.
        line: u64,
    },
    /// It is no trace.
    #[error("{path}: {why}")]
    NoTrace {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
}

/// What a trace shows.
#[derive(Debug)]
pub struct Judged {
    /// The verdicts, with what there is to say of the trace.
    pub results: Results,
    /// The head of the trace, if it is chained.
    pub head: Option<Head>,
    /// The suite that was run.
    pub suite: Suite,
    /// The digest of the plan as this version makes it.
    pub plan: Digest,
    /// How the run was made.
    pub ran: Ran,
    /// The arguments that chose target and scenarios.
    pub arguments: Vec<String>,
}

/// How much is believed of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Trust {
    /// A trace that was changed after it was written is refused.
    #[default]
    Whole,
    /// It is judged, and the results say that it was changed.
    EvenIfBroken,
}

/// Judges a trace, a line at a time; one that was changed is refused.
pub fn judge(trace: &Path) -> Result<Results, ReplayError> {
    read(trace, Trust::Whole).map(|judged| judged.results)
}

/// Judges a trace, and gives what it is about too.
pub fn read(trace: &Path, trust: Trust) -> Result<Judged, ReplayError> {
    judged(trace, trust, None)
}

/// The results, with an event that the trace could not take.
pub(crate) fn judge_with(trace: &Path, last: Event) -> Result<Results, ReplayError> {
    judged(trace, Trust::Whole, Some(last)).map(|judged| judged.results)
}

fn judged(trace: &Path, trust: Trust, last: Option<Event>) -> Result<Judged, ReplayError> {
    let file = File::open(trace).map_err(|why| ReplayError::File { path: trace.to_owned(), why })?;
    let fail = |why: String| ReplayError::NoTrace { path: trace.to_owned(), why };
    let told = |error: TraceError| match error {
        TraceError::Broken { line } => ReplayError::Broken { path: trace.to_owned(), line },
        other => fail(other.to_string()),
    };
    let mut events = Lines::new(BufReader::with_capacity(READ, file));
    if trust == Trust::EvenIfBroken {
        events = events.even_if_broken();
    }
    let start = match events.next() {
        Some(Ok(Event::Start(start))) if start.format == "pincer/trace" && start.version == TRACE_VERSION => *start,
        Some(Err(error)) => return Err(told(error)),
        _ => {
            return Err(fail(format!(
                "this is not a trace of version {TRACE_VERSION}: its first line is not a start event"
            )));
        }
    };
    let head = events.head().cloned();
    let lies = head.as_ref().is_some_and(|head| head.differs(&start).is_some());
    if lies && trust == Trust::Whole {
        return Err(ReplayError::Broken { path: trace.to_owned(), line: 1 });
    }
    let (suite, arguments) = (start.suite.clone(), start.arguments.clone());
    let ran = Ran {
        trials: start.trials,
        only_case: start.only_case.is_some(),
        own_model: start.target.task.as_ref().is_some_and(|task| task.own_model),
    };
    let mut judge = Judge::new(start);
    let plan = judge.plan().digest();
    for event in events.by_ref() {
        judge.see(event.map_err(told)?);
    }
    if let Some(event) = last {
        judge.see(event);
    }
    let mut trail = events.trail();
    if lies {
        (trail.state, trail.broken) = (State::Broken, Some(1));
    }
    let results = Results { trace: Some(trail), ..judge.finish() };
    Ok(Judged { results, head, suite, plan, ran, arguments })
}

/// Bytes read at once.
const READ: usize = 1 << 18;
