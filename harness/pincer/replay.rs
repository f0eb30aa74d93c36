//! Judges a trace again.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use pincer_core::judge::{Judge, Results};
use pincer_core::observe::{Event, Lines, TRACE_VERSION};

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
    /// It is not a trace.
    #[error("{path}: {why}")]
    NoTrace {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
}

/// Judges a trace, line by line.
pub fn judge(trace: &Path) -> Result<Results, ReplayError> {
    judge_with(trace, None)
}

/// The same, with an event that could not be written to the trace.
pub(crate) fn judge_with(trace: &Path, last: Option<Event>) -> Result<Results, ReplayError> {
    let file = File::open(trace).map_err(|why| ReplayError::File { path: trace.to_owned(), why })?;
    let fail = |why: String| ReplayError::NoTrace { path: trace.to_owned(), why };
    let mut events = Lines::new(BufReader::new(file));
    let mut judge = match events.next() {
        Some(Ok(Event::Start(start))) if start.format == "pincer/trace" && start.version == TRACE_VERSION => {
            Judge::new(*start)
        }
        Some(Err(error)) => return Err(fail(error.to_string())),
        _ => {
            return Err(fail(format!(
                "this is not a trace of version {TRACE_VERSION}: its first line is not a start event"
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
