//! An agent that is started for each task: what it prints is its answer.

use std::process::Stdio;
use std::time::{Duration, Instant};

use pincer_core::observe::{Answered, Capture, End, FAILURE, Failure, SUCCESS};
use pincer_core::plan::Case;
use pincer_core::scenario::{Launch, StartTask};
use pincer_core::vocab::Octets;
use pincer_drive::Sent;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use super::launch::{LaunchError, Launched, Prepared};
use super::words::Words;

/// Bytes of what an agent prints that are read, and kept.
const MOST: u64 = 8 << 20;
const KEEP: usize = 256 << 10;

/// How it is started; only the task is still to be filled in.
#[derive(Debug)]
pub(super) struct Program {
    prepared: Prepared,
    stdin: Option<String>,
}

impl Program {
    /// Prepares the files of the work folder and the command.
    pub(super) fn new(launch: &Launch, start: &StartTask, words: &mut Words) -> Result<Self, LaunchError> {
        Ok(Self { prepared: Prepared::new(launch, words)?, stdin: start.stdin.clone() })
    }

    /// Gives it the task of a case, and ends it at the deadline with all that it started.
    pub(super) async fn send(&self, case: &Case, deadline: Duration) -> Sent {
        let start = Instant::now();
        let task = case.call.body.as_ref().map(|body| body.lossy().into_owned()).unwrap_or_default();
        let outcome = timeout(deadline, self.answer(&task)).await.unwrap_or(Err(Failure::Timeout));
        Sent { took: start.elapsed(), outcome }
    }

    async fn answer(&self, task: &str) -> Result<Answered, Failure> {
        let prepared = self.prepared.command(|_| Ok(task.to_owned()));
        let (_, mut command) = prepared.map_err(|_| Failure::Unsendable)?;
        command.stdin(Stdio::piped());
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut launched = Launched::spawn(&mut command).map_err(|_| Failure::Unreachable)?;
        let (stdin, stdout) = launched.streams();
        if let (Some(mut stdin), Some(text)) = (stdin, &self.stdin) {
            // Who does not read it has its task from elsewhere.
            let _ = stdin.write_all(text.replace("${task}", task).as_bytes()).await;
        }
        let mut printed = Vec::new();
        if let Some(stdout) = stdout {
            stdout.take(MOST).read_to_end(&mut printed).await.map_err(|_| Failure::Closed)?;
        }
        let ended = launched.wait().await.map_err(|_| Failure::Closed)?;
        Ok(Answered {
            status: if ended.success() { SUCCESS } else { FAILURE },
            reason: None,
            headers: vec![("content-type".to_owned(), Octets::from("text/plain"))],
            body: Capture::of(&printed, KEEP),
            end: End::Complete,
        })
    }
}
