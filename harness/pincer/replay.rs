//! A trace, judged while it is written or again.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};

use pincer_core::certify::Ran;
use pincer_core::judge::{Judge, Results};
use pincer_core::observe::{Event, Head, Lines, State, TRACE_VERSION, TraceError, What};
use pincer_core::scenario::Suite;
use pincer_core::vocab::Digest;

use crate::growth::{Growing, Growth};

/// Why a trace cannot be judged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// It cannot be read.
    #[error("{path}: {why}")]
    File {
        /// Which file.
        path: PathBuf,
        /// The system's error.
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

/// Bytes of a trace that are read at once.
const PIECE: usize = 128 << 10;

/// How much less than the run the judge beside it is to get of a busy machine: it must not make late what is measured.
#[cfg(target_os = "linux")]
const NICE: i32 = 5;

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

/// Judges a trace while it is written, on a thread of its own. It reads the bytes of the file, so that what it finds is what
/// judging the file again finds, and a judge that is slower than the run takes no memory for what waits.
#[derive(Debug)]
pub struct Live {
    trace: PathBuf,
    /// None where the system has no thread left.
    judging: Option<JoinHandle<Result<Judged, ReplayError>>>,
}

impl Live {
    /// Begins to judge a trace, as soon as it begins.
    pub fn judge(trace: &Path, growth: Growth) -> Self {
        let path = trace.to_owned();
        let judging = move || {
            // A system that refuses lets both run alike.
            #[cfg(target_os = "linux")]
            let _ = rustix::process::setpriority_process(None, NICE);
            judged((&path, Growing::open(&path, growth)), Trust::Whole, None)
        };
        Self { trace: trace.to_owned(), judging: thread::Builder::new().name("judge".to_owned()).spawn(judging).ok() }
    }

    /// What it shows, when the trace has ended. Where judging broke meanwhile, the whole trace is judged now.
    pub fn judged(self) -> Result<Judged, ReplayError> {
        match self.judging.map(JoinHandle::join) {
            Some(Ok(Ok(judged))) => Ok(judged),
            _ => read(&self.trace, Trust::Whole),
        }
    }
}

/// Judges a trace, a line at a time; one that was changed is refused.
pub fn judge(trace: &Path) -> Result<Results, ReplayError> {
    read(trace, Trust::Whole).map(|judged| judged.results)
}

/// Judges a trace, and gives what it is about too.
pub fn read(trace: &Path, trust: Trust) -> Result<Judged, ReplayError> {
    judged((trace, File::open(trace)), trust, None)
}

/// The results, with an event that the trace could not take.
pub(crate) fn judge_with(trace: &Path, last: Option<Event>) -> Result<Results, ReplayError> {
    judged((trace, File::open(trace)), Trust::Whole, last).map(|judged| judged.results)
}

fn judged(
    (trace, file): (&Path, io::Result<impl Read>),
    trust: Trust,
    last: Option<Event>,
) -> Result<Judged, ReplayError> {
    let file = file.map_err(|why| ReplayError::File { path: trace.to_owned(), why })?;
    let fail = |why: String| ReplayError::NoTrace { path: trace.to_owned(), why };
    let told = |error: TraceError| match error {
        TraceError::Broken { line } => ReplayError::Broken { path: trace.to_owned(), line },
        other => fail(other.to_string()),
    };
    let mut events = Lines::new(BufReader::with_capacity(PIECE, file));
    if trust == Trust::EvenIfBroken {
        events = events.even_if_broken();
    }
    let start = match events.next() {
        Some(Ok(Event { what: What::Start(start), .. }))
            if start.format == "pincer/trace" && (1..=TRACE_VERSION).contains(&start.version) =>
        {
            *start
        }
        Some(Err(error)) => return Err(told(error)),
        _ => {
            return Err(fail(format!(
                "this is not a trace of version 1 to {TRACE_VERSION}: its first line is not a start event"
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A bug in the judge must not cost the user the results of a run.
    #[test]
    fn a_judge_that_broke_beside_the_run_is_replaced_by_one_behind_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trace.jsonl");
        std::fs::write(&path, "{}\n").unwrap();
        let broken = Live { trace: path.clone(), judging: Some(thread::spawn(|| panic!("a bug of the judge"))) };
        // What it says of the file shows that it read it.
        assert!(matches!(broken.judged(), Err(ReplayError::NoTrace { path: of, .. }) if of == path));
    }
}
