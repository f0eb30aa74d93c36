//! The messages between Pincer and a supervisor, one line of JSON each.

use std::io::{self, Error, ErrorKind};
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _};

/// The program to start.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Order {
    /// The program.
    pub(crate) program: String,
    /// Its arguments.
    pub(crate) arguments: Vec<String>,
    /// Its environment, in addition to Pincer's own.
    pub(crate) env: Vec<(String, String)>,
    /// Where it runs.
    pub(crate) folder: PathBuf,
    /// Its standard input; empty if absent.
    pub(crate) input: Option<String>,
    /// A folder to remove when Pincer ends.
    pub(crate) work: Option<PathBuf>,
}

/// Pincer's message after the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Word {
    /// End the target. A connection that breaks without this word means that Pincer has ended.
    End,
}

/// A message of a supervisor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum News {
    /// The program runs, in this process group.
    Started(i32),
    /// The program cannot be started: the system's error number and text.
    Failed(Option<i32>, String),
    /// It ended with this status, as the system encodes it, and nothing of it is left.
    Ended(i32),
}

/// A message as a line.
pub(crate) fn line(message: &impl Serialize) -> io::Result<String> {
    let mut line = serde_json::to_string(message)?;
    line.push('\n');
    Ok(line)
}

/// The next message; fails with `UnexpectedEof` if the connection is broken.
pub(crate) async fn read_line<T: DeserializeOwned>(from: &mut (impl AsyncBufRead + Unpin)) -> io::Result<T> {
    let mut line = String::new();
    if from.read_line(&mut line).await? == 0 || !line.ends_with('\n') {
        return Err(Error::from(ErrorKind::UnexpectedEof));
    }
    Ok(serde_json::from_str(&line)?)
}
