//! A trace, judged while it is written or again.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};

use pincer_core::judge::{Judge, Results};
use pincer_core::observe::{Event, Lines, TRACE_VERSION, What};

use crate::growth::{Growing, Growth};

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

/// Judges a trace while it is written, on a thread of its own. It reads the bytes of the file, so that what it finds is what
/// judging the file again finds, and a judge that is slower than the run takes no memory for what waits.
#[derive(Debug)]
pub struct Live {
    trace: PathBuf,
    /// None where the system has no thread left.
    judging: Option<JoinHandle<Result<Results, ReplayError>>>,
}

impl Live {
    /// Begins to judge a trace, as soon as it begins.
    pub fn judge(trace: &Path, growth: Growth) -> Self {
        let path = trace.to_owned();
        let judging = move || {
            // A system that refuses lets both run alike.
            #[cfg(target_os = "linux")]
            let _ = rustix::process::setpriority_process(None, NICE);
            read(&path, Growing::open(&path, growth), None)
        };
        Self { trace: trace.to_owned(), judging: thread::Builder::new().name("judge".to_owned()).spawn(judging).ok() }
    }

    /// The results, when the trace has ended. Where judging broke meanwhile, the whole trace is judged now.
    pub fn results(self) -> Result<Results, ReplayError> {
        match self.judging.map(JoinHandle::join) {
            Some(Ok(Ok(results))) => Ok(results),
            _ => judge(&self.trace),
        }
    }
}

/// Judges a trace, a line at a time.
pub fn judge(trace: &Path) -> Result<Results, ReplayError> {
    judge_with(trace, None)
}

/// The same, with an event that the trace could not take.
pub(crate) fn judge_with(trace: &Path, last: Option<Event>) -> Result<Results, ReplayError> {
    read(trace, File::open(trace), last)
}

fn read(trace: &Path, file: io::Result<impl Read>, last: Option<Event>) -> Result<Results, ReplayError> {
    let file = file.map_err(|why| ReplayError::File { path: trace.to_owned(), why })?;
    let fail = |why: String| ReplayError::NoTrace { path: trace.to_owned(), why };
    let mut events = Lines::new(BufReader::with_capacity(PIECE, file));
    let mut judge = match events.next() {
        Some(Ok(Event { what: What::Start(start), .. }))
            if start.format == "pincer/trace" && (1..=TRACE_VERSION).contains(&start.version) =>
        {
            Judge::new(*start)
        }
        Some(Err(error)) => return Err(fail(error.to_string())),
        _ => {
            return Err(fail(format!(
                "this is not a trace of version 1 to {TRACE_VERSION}: its first line is not a start event"
            )));
        }
    };
    for event in events {
        judge.see(event.map_err(|error| fail(error.to_string()))?);
    }
    if let Some(event) = last {
        judge.see(event);
    }
    Ok(judge.finish())
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
        assert!(matches!(broken.results(), Err(ReplayError::NoTrace { path: of, .. }) if of == path));
    }
}
