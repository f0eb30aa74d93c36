//! What Pincer and a supervisor tell each other, a line of JSON each.

use std::io::{self, Error, ErrorKind};
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _};

/// What is to be started.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Order {
    /// The program.
    pub(crate) program: String,
    /// Its arguments.
    pub(crate) arguments: Vec<String>,
    /// Its environment, beside Pincer's own.
    pub(crate) env: Vec<(String, String)>,
    /// Where it runs.
    pub(crate) folder: PathBuf,
    /// What it reads from standard input; nothing when absent.
    pub(crate) input: Option<String>,
    /// A folder that is to be gone when Pincer is.
    pub(crate) work: Option<PathBuf>,
}

/// What Pincer says after the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Word {
    /// The target is to be ended. A line that breaks without this word means that Pincer is gone.
    End,
}

/// What a supervisor says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum News {
    /// The program runs, in a process group of this number.
    Started(i32),
    /// The program can't be started: the system's number of the fault, and what it says.
    Failed(Option<i32>, String),
    /// It ended so, as the system encodes it, and nothing of it is left.
    Ended(i32),
}

/// A message as a line.
pub(crate) fn line(message: &impl Serialize) -> io::Result<String> {
    let mut line = serde_json::to_string(message)?;
    line.push('\n');
    Ok(line)
}

/// The next message; fails with `UnexpectedEof` where the line is broken.
pub(crate) async fn read_line<T: DeserializeOwned>(from: &mut (impl AsyncBufRead + Unpin)) -> io::Result<T> {
    let mut line = String::new();
    if from.read_line(&mut line).await? == 0 || !line.ends_with('\n') {
        return Err(Error::from(ErrorKind::UnexpectedEof));
    }
    Ok(serde_json::from_str(&line)?)
}
