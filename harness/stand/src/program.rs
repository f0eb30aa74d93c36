//! An agent that is started for each task: its output is its answer.

use std::fs::File;
use std::io::Read as _;
use std::os::fd::AsFd as _;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use pincer_core::observe::{Answered, Capture, End, FAILURE, Failure, SUCCESS};
use pincer_core::plan::{Call, Case};
use pincer_core::scenario::{Launch, StartTask};
use pincer_core::vocab::Octets;
use pincer_drive::Sent;
use tokio::io::AsyncReadExt as _;
use tokio::process::ChildStdout;
use tokio::time::timeout;

use crate::launch::{Prepared, Process, fill};
use crate::supervise::Order;
use crate::{LaunchError, Variables};

/// Most bytes read of an agent's output, and most bytes kept.
const MOST: u64 = 8 << 20;
const KEEP: usize = 256 << 10;

/// How to start it; only the task is still missing.
#[derive(Debug)]
pub struct Program {
    prepared: Prepared,
    stdin: Option<String>,
}

impl Program {
    /// Prepares the files of the work folder and the command.
    pub fn new(launch: &Launch, start: &StartTask, variables: &mut Variables) -> Result<Self, LaunchError> {
        for name in &launch.fill {
            fill(variables, name)?;
        }
        Ok(Self { prepared: Prepared::new(&launch.command, &launch.env, variables)?, stdin: start.stdin.clone() })
    }

    /// Gives it the task of a case, and ends it at the deadline with everything that it started.
    pub async fn send(&self, case: &Case, deadline: Duration) -> Sent {
        let start = Instant::now();
        let outcome = match &case.call {
            Call::Task(call) => {
                timeout(deadline, self.answer(&call.task.lossy())).await.unwrap_or(Err(Failure::Timeout))
            }
            Call::Http(_) | Call::Raw(_) => Err(Failure::Unsendable),
        };
        Sent { took: start.elapsed(), outcome }
    }

    async fn answer(&self, task: &str) -> Result<Answered, Failure> {
        let order = self.prepared.order(|_| Ok(task.to_owned())).map_err(|_| Failure::Unsendable)?;
        let input = self.stdin.as_ref().map(|text| text.replace("${task}", task));
        let started = Process::start(Order { input, ..order }, true).await;
        let (mut process, stdout) = started.map_err(|_| Failure::Unreachable)?;
        let stdout = stdout.ok_or(Failure::Closed)?;
        let (printed, ended) = hear(&mut process, stdout).await.map_err(|_| Failure::Closed)?;
        Ok(Answered {
            status: if ended.success() { SUCCESS } else { FAILURE },
            reason: None,
            headers: vec![("content-type".to_owned(), Octets::from("text/plain"))],
            body: Capture::of(&printed, KEEP),
            end: End::Complete,
            extras: None,
        })
    }
}

/// A program's output until it ends, and how it ends. Processes that it leaves behind may keep the output open longer.
async fn hear(process: &mut Process, stdout: ChildStdout) -> std::io::Result<(Vec<u8>, ExitStatus)> {
    let mut stdout = stdout.take(MOST);
    let mut printed = Vec::new();
    let ended = loop {
        tokio::select! {
            read = stdout.read_buf(&mut printed) => if read? == 0 { break None },
            ended = process.wait() => break Some(ended?),
        }
    };
    let (left, stdout) = (stdout.limit(), stdout.into_inner());
    let Some(ended) = ended else {
        // A program that prints more is not waited for.
        drop(stdout);
        return Ok((printed, process.wait().await?));
    };
    // Output from before its end counts, even if the runtime has not noticed it yet.
    let stdout = File::from(stdout.as_fd().try_clone_to_owned()?);
    // An error means that there is no more.
    let _ = stdout.take(left).read_to_end(&mut printed);
    Ok((printed, ended))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs this shell script and returns its output.
    async fn heard(script: &str) -> (String, bool) {
        let arguments = vec!["-c".to_owned(), script.to_owned()];
        let order = Order { program: "sh".to_owned(), arguments, folder: ".".into(), ..Order::default() };
        let (mut process, stdout) = Process::start(order, true).await.unwrap();
        let heard = timeout(Duration::from_secs(20), hear(&mut process, stdout.unwrap()));
        let (printed, ended) = heard.await.unwrap().unwrap();
        (String::from_utf8(printed).unwrap(), ended.success())
    }

    #[tokio::test]
    async fn output_is_read_to_its_end() {
        assert_eq!(heard("echo one; exec >&-; exit 3").await, ("one\n".to_owned(), false));
        let (printed, _) = heard("i=0; while [ $i -lt 20000 ]; do echo $i; i=$((i+1)); done").await;
        assert_eq!(printed.lines().count(), 20_000);
    }

    /// Its answer came only at the deadline.
    #[tokio::test]
    async fn agent_that_leaves_a_program_behind_has_answered() {
        assert_eq!(heard("sleep 60 & echo done").await, ("done\n".to_owned(), true));
    }

    /// Nothing ended the process if the agent had ended before.
    #[tokio::test]
    async fn process_left_behind_ends_with_its_task() {
        let (left_behind, _) = heard("sleep 60 >&- & echo $!").await;
        assert!(left_behind.trim().parse::<u32>().is_ok(), "{left_behind}");
        let state = || std::fs::read_to_string(format!("/proc/{}/stat", left_behind.trim())).unwrap_or_default();
        // The process that adopts it may leave it a zombie.
        let lives = || state().rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']));
        let until = Instant::now() + Duration::from_secs(20);
        while lives() {
            assert!(Instant::now() < until, "{}", state());
            tokio::task::yield_now().await;
        }
    }
}
