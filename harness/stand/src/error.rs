//! Why a target could not be started.

use std::path::PathBuf;
use std::process::ExitStatus;

use pincer_core::vocab::TemplateError;
use pincer_drive::DriveError;

/// Why a target could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LaunchError {
    /// No work folder, no free port, or a file to fill in that cannot be read or written.
    #[error("{what}: {why}")]
    Prepare {
        /// What was being prepared.
        what: String,
        /// The system's error.
        why: std::io::Error,
    },
    /// A placeholder of the descriptor that has no value here.
    #[error("`${{{0}}}` has no value here, because the descriptor does not declare it")]
    Word(String),
    /// A file to fill in is not a valid template.
    #[error("{path}: {why}")]
    Template {
        /// Its path.
        path: PathBuf,
        /// What is wrong.
        why: TemplateError,
    },
    /// No command.
    #[error("`launch.command` is empty")]
    Empty,
    /// The program cannot be run.
    #[error("`{program}` can't be started: {why}")]
    Spawn {
        /// Which program.
        program: String,
        /// The system's error.
        why: std::io::Error,
    },
    /// Another program answers at the target's address.
    #[error("`{program}` can't be started: another program already listens at {url}")]
    Taken {
        /// Which program.
        program: String,
        /// The address.
        url: String,
    },
    /// It ended before it was ready.
    #[error("`{program}` ended before it was ready: {status}{said}")]
    Ended {
        /// Which program.
        program: String,
        /// How.
        status: ExitStatus,
        /// The end of its standard error.
        said: String,
    },
    /// Its address may not be attacked.
    #[error(transparent)]
    Drive(#[from] DriveError),
    /// It was not ready in time.
    #[error("`{program}` was not ready within {within}{said}")]
    NotReady {
        /// Which program.
        program: String,
        /// How long Pincer waited.
        within: String,
        /// The end of its standard error.
        said: String,
    },
}
