//! Arguments, files and exit codes.

mod accept;
mod args;
mod certify;
mod dispatch;
mod files;
mod import;
mod judge;
mod keys;
mod measure;
mod out;
mod plan;
mod print;
mod probe;
mod profile;
mod progress;
mod report;
mod run;
mod show;
mod signals;
mod start;
mod subject;
mod verify;

use std::io::{self, Write as _};

use clap::Parser as _;
use miette::{GraphicalReportHandler, GraphicalTheme};
use pincer_core::report::inert_lines;
use pincer_core::scenario::{Diagnostic, ReadError};
use pincer_core::vocab::Exit;
use pincer_stage::StageError;
use pincer_stand::StandError;

use crate::conduct::ConductError;
use crate::measure::MeasureError;
use crate::replay::ReplayError;
#[cfg(feature = "reference")]
use crate::selftest::SelftestError;

/// Why a command could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CliError {
    /// The user's text is wrong.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The user asked for something that does not exist.
    #[error("{0}")]
    Usage(String),
    /// A file of the user.
    #[error("{path}: {why}")]
    File {
        /// Which file.
        path: String,
        /// The system's error.
        why: io::Error,
    },
    /// The run broke.
    #[error(transparent)]
    Conduct(#[from] ConductError),
    /// The self-test broke.
    #[cfg(feature = "reference")]
    #[error(transparent)]
    Selftest(#[from] SelftestError),
    /// A measurement broke.
    #[error(transparent)]
    Measure(#[from] MeasureError),
    /// The system gives no random bytes.
    #[error("the system provides no random bytes ({0}); use `--nonce HEX`")]
    Random(getrandom::Error),
    /// Standard output cannot be written.
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
    /// A value that cannot be written as JSON or XML.
    #[error("cannot write a report: {0}")]
    Report(String),
}

impl From<ReplayError> for CliError {
    fn from(error: ReplayError) -> Self {
        match error {
            ReplayError::File { path, why } => Self::File { path: path.display().to_string(), why },
            no_trace => Self::Usage(no_trace.to_string()),
        }
    }
}

impl CliError {
    /// Whether the reader has closed the output.
    fn is_unheard(&self) -> bool {
        matches!(self, Self::Output(why) if why.kind() == io::ErrorKind::BrokenPipe)
    }

    fn exit(&self) -> Exit {
        match self {
            // A full disk is not a fault of the user's input.
            Self::File { why, .. }
                if matches!(why.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) =>
            {
                Exit::Fault
            }
            Self::Read(_)
            | Self::Usage(_)
            | Self::File { .. }
            | Self::Conduct(ConductError::Unfit(_))
            | Self::Measure(MeasureError::Unfit(_) | MeasureError::Read(_)) => Exit::Usage,
            Self::Conduct(ConductError::Stand(error)) | Self::Measure(MeasureError::Stand(error)) => of_stand(error),
            Self::Measure(MeasureError::Interrupted | MeasureError::Refused { .. }) => Exit::Inconclusive,
            #[cfg(feature = "reference")]
            Self::Selftest(_) => Exit::Fault,
            Self::Measure(_) | Self::Conduct(_) | Self::Random(_) | Self::Output(_) | Self::Report(_) => Exit::Fault,
        }
    }
}

/// The exit code for a target that could not be set up.
fn of_stand(error: &StandError) -> Exit {
    match error {
        StandError::Drive(_) | StandError::Launch(_) => Exit::Usage,
        // The user can fix a taken port or a foreign address.
        StandError::Stage(StageError::Listen { why, .. })
            if matches!(
                why.kind(),
                io::ErrorKind::AddrInUse | io::ErrorKind::AddrNotAvailable | io::ErrorKind::PermissionDenied
            ) =>
        {
            Exit::Usage
        }
        _ => Exit::Fault,
    }
}

/// Runs the program and gives its exit code.
pub fn main() -> u8 {
    let cli = match args::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // A closed output cannot be written to, so nothing is left to do.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.into() } else { Exit::Green.into() };
        }
    };
    match dispatch::dispatch(cli) {
        Ok(code) => code,
        // A reader such as `head` has closed the output: that is no error.
        Err(error) if error.is_unheard() => Exit::Green.into(),
        Err(error) => {
            tell(&error);
            error.exit().into()
        }
    }
}

/// Shows an error on standard error; faults in the user's texts with their place.
fn tell(error: &CliError) {
    let mut err = anstream::stderr();
    let _ = match error {
        CliError::Read(ReadError(faults)) => {
            let hidden =
                if faults.len() > MOST_SHOWN { format!("; showing the first {MOST_SHOWN}") } else { String::new() };
            let s = if faults.len() == 1 { "" } else { "s" };
            show_faults(faults).and_then(|()| writeln!(err, "{} error{s} found{hidden}", faults.len()))
        }
        other => writeln!(err, "pincer: {}", inert_lines(&other.to_string())),
    };
}

/// A fault with the surrounding text; without colours if that text contains terminal control characters.
fn drawn(fault: Shown) -> String {
    let mut plain = String::new();
    let drawing = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor());
    let inert = drawing.render_report(&mut plain, &fault).map(|()| inert_lines(&plain));
    match inert {
        Ok(inert) if inert != plain => inert,
        _ => format!("{:?}", miette::Report::new(fault)),
    }
}

/// Shows faults or warnings on standard error, each with its place.
fn show_faults(faults: &[Diagnostic]) -> io::Result<()> {
    let mut err = anstream::stderr();
    faults.iter().take(MOST_SHOWN).try_for_each(|fault| writeln!(err, "{}", drawn(Shown(fault.clone()))))
}

/// A fault for display: its help is on separate lines, not also after its message.
#[derive(Debug, thiserror::Error)]
#[error("{}:{}:{}: {}", .0.file, .0.line, .0.column, .0.message)]
struct Shown(Diagnostic);

impl miette::Diagnostic for Shown {
    fn severity(&self) -> Option<miette::Severity> {
        self.0.severity()
    }
    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        miette::Diagnostic::help(&self.0)
    }
    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.0.source_code()
    }
    fn labels(&self) -> Option<Box<dyn Iterator<Item = miette::LabeledSpan> + '_>> {
        self.0.labels()
    }
}

/// Most faults shown; the others appear once these are fixed.
const MOST_SHOWN: usize = 20;
