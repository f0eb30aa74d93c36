//! Arguments, files and exit codes.

mod args;
mod files;
mod import;
mod measure;
mod out;
mod plan;
mod run;
mod signals;

pub(crate) use run::judge;
mod show;

use std::io::{self, Write as _};

use clap::Parser as _;
use miette::{GraphicalReportHandler, GraphicalTheme};
use pincer_core::report::inert_lines;
use pincer_core::scenario::{Diagnostic, ReadError};
use pincer_core::vocab::Exit;
use pincer_stage::StageError;

use crate::conduct::ConductError;
use crate::measure::MeasureError;

/// Why a command could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CliError {
    /// The user's text is wrong.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The user asked for what there is not.
    #[error("{0}")]
    Usage(String),
    /// A file of the user's.
    #[error("{path}: {why}")]
    File {
        /// Which file.
        path: String,
        /// What the system says.
        why: io::Error,
    },
    /// The run broke.
    #[error(transparent)]
    Conduct(#[from] ConductError),
    /// A measurement broke.
    #[error(transparent)]
    Measure(#[from] MeasureError),
    /// The system gives no random bytes.
    #[error("the system gives no random bytes ({0}); name a nonce by `--nonce HEX`")]
    Random(getrandom::Error),
    /// Standard output is gone.
    #[error("the output can't be written: {0}")]
    Output(#[from] io::Error),
    /// A value that can't be written as JSON or XML.
    #[error("a report can't be written: {0}")]
    Report(String),
}

impl CliError {
    /// Whether nobody reads the output any more.
    fn is_unheard(&self) -> bool {
        matches!(self, Self::Output(why) if why.kind() == io::ErrorKind::BrokenPipe)
    }

    fn exit(&self) -> Exit {
        match self {
            // No room for what Pincer writes is no fault of the user's text.
            Self::File { why, .. }
                if matches!(why.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) =>
            {
                Exit::Fault
            }
            Self::Read(_)
            | Self::Usage(_)
            | Self::File { .. }
            | Self::Conduct(ConductError::Drive(_) | ConductError::Launch(_) | ConductError::Unfit(_))
            | Self::Measure(
                MeasureError::Drive(_) | MeasureError::Launch(_) | MeasureError::Unfit(_) | MeasureError::Read(_),
            ) => Exit::Usage,
            // A port that is taken, or an address that is not of this machine, is for the user to see to.
            Self::Conduct(ConductError::Stage(StageError::Listen { why, .. }))
            | Self::Measure(MeasureError::Stage(StageError::Listen { why, .. }))
                if matches!(
                    why.kind(),
                    io::ErrorKind::AddrInUse | io::ErrorKind::AddrNotAvailable | io::ErrorKind::PermissionDenied
                ) =>
            {
                Exit::Usage
            }
            Self::Measure(MeasureError::Interrupted | MeasureError::Refused { .. }) => Exit::Inconclusive,
            Self::Measure(_) | Self::Conduct(_) | Self::Random(_) | Self::Output(_) | Self::Report(_) => Exit::Fault,
        }
    }
}

/// Runs the program and gives its exit code.
pub fn main() -> Exit {
    let cli = match args::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Where the output is closed there is nobody to tell.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage } else { Exit::Green };
        }
    };
    match run::dispatch(cli) {
        Ok(exit) => exit,
        // Who has read enough of a list has what was asked for.
        Err(error) if error.is_unheard() => Exit::Green,
        Err(error) => {
            tell(&error);
            error.exit()
        }
    }
}

/// Shows an error on standard error; faults of the user's texts with the place where they stand.
fn tell(error: &CliError) {
    let mut err = anstream::stderr();
    let _ = match error {
        CliError::Read(ReadError(faults)) => {
            for fault in faults {
                let _ = writeln!(err, "{}", drawn(fault));
            }
            writeln!(err, "{} fault{} found", faults.len(), if faults.len() == 1 { "" } else { "s" })
        }
        other => writeln!(err, "pincer: {}", inert_lines(&other.to_string())),
    };
}

/// A fault with the text around it; without colours where that text holds what would act on a terminal.
fn drawn(fault: &Diagnostic) -> String {
    let mut plain = String::new();
    let drawing = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor());
    let inert = drawing.render_report(&mut plain, fault).map(|()| inert_lines(&plain));
    match inert {
        Ok(inert) if inert != plain => inert,
        _ => format!("{:?}", miette::Report::new(fault.clone())),
    }
}

/// The wall clock, RFC 3339 in UTC.
pub fn now() -> String {
    jiff::Timestamp::now().to_string()
}
