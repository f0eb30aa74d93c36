//! A trace, judged again.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use pincer_core::judge::{Judge, Results};
use pincer_core::observe::{Event, Lines, TRACE_VERSION, What};

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

/// Judges a trace, a line at a time.
pub fn judge(trace: &Path) -> Result<Results, ReplayError> {
    judge_with(trace, None)
}

/// The same, with an event that the trace could not take.
pub(crate) fn judge_with(trace: &Path, last: Option<Event>) -> Result<Results, ReplayError> {
    let file = File::open(trace).map_err(|why| ReplayError::File { path: trace.to_owned(), why })?;
    let fail = |why: String| ReplayError::NoTrace { path: trace.to_owned(), why };
    let mut events = Lines::new(BufReader::new(file));
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
