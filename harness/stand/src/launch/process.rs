//! A program that Pincer started, with all that it started in turn.

use std::io::{self, BufRead as _, ErrorKind, Write as _};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::Instant;

use super::said::Said;
use crate::supervise::{News, Order, Word, line, read_line, supervisor};

/// How long what was ended may take to be gone, and how often that is looked at.
const GONE: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(1);

/// A running program. Dropping it ends it and all that it started, and waits for their end, by which their ports are
/// closed.
#[derive(Debug)]
pub(crate) struct Process {
    /// The supervisor, or the program itself where nothing supervises.
    child: Child,
    /// The line to the supervisor.
    line: Option<UnixStream>,
    /// The program's process group; outlives it where it started others.
    group: Option<Pid>,
    pub(super) said: Said,
}

impl Process {
    /// Starts a program; its standard output comes back when `listen` asks for it.
    pub(crate) async fn start(order: Order, listen: bool) -> io::Result<(Self, Option<ChildStdout>)> {
        let stdout = if listen { Stdio::piped() } else { Stdio::null() };
        match supervisor() {
            Some((program, role)) => {
                let mut command = Command::new(program);
                command.arg(role).stdout(stdout);
                Self::supervised(command, &order).await
            }
            None => Self::plain(order, stdout),
        }
    }

    /// Has the program started by a supervisor.
    async fn supervised(mut command: Command, order: &Order) -> io::Result<(Self, Option<ChildStdout>)> {
        let (ours, theirs) = UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        command.stdin(Stdio::from(OwnedFd::from(theirs))).stderr(Stdio::piped()).process_group(0);
        let mut child = command.spawn()?;
        // The command holds the other end of the line, which must break when the supervisor ends.
        drop(command);
        let (stdout, said) = (child.stdout.take(), Said::hear(child.stderr.take()));
        let mut line_out = BufReader::new(tokio::net::UnixStream::from_std(ours)?);
        line_out.write_all(line(order)?.as_bytes()).await?;
        let group = match read_line(&mut line_out).await? {
            News::Started(group) => Pid::from_raw(group),
            News::Failed(Some(number), _) => return Err(io::Error::from_raw_os_error(number)),
            News::Failed(None, why) => return Err(io::Error::other(why)),
            News::Ended(_) => return Err(io::Error::from(ErrorKind::InvalidData)),
        };
        let line = Some(line_out.into_inner().into_std()?);
        Ok((Self { child, line, group, said }, stdout))
    }

    /// Starts the program as a process group of its own.
    fn plain(order: Order, stdout: Stdio) -> io::Result<(Self, Option<ChildStdout>)> {
        let mut command = Command::new(&order.program);
        command.args(&order.arguments).envs(order.env).current_dir(&order.folder);
        command.stdin(if order.input.is_some() { Stdio::piped() } else { Stdio::null() });
        command.stdout(stdout).stderr(Stdio::piped()).process_group(0).kill_on_drop(true);
        let mut child = command.spawn()?;
        if let (Some(mut stdin), Some(text)) = (child.stdin.take(), order.input) {
            // Who does not read it has its task from elsewhere.
            tokio::spawn(async move { stdin.write_all(text.as_bytes()).await });
        }
        let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let (stdout, said) = (child.stdout.take(), Said::hear(child.stderr.take()));
        Ok((Self { child, line: None, group, said }, stdout))
    }

    /// Waits for its end.
    pub(crate) async fn wait(&mut self) -> io::Result<ExitStatus> {
        let ended = self.child.wait().await?;
        Ok(self.status(ended))
    }

    /// How it ended, if it did.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        let ended = self.child.try_wait().ok().flatten()?;
        Some(self.status(ended))
    }

    /// How the program ended, by the end of what was started in its place.
    fn status(&self, ended: ExitStatus) -> ExitStatus {
        let Some(stream) = &self.line else { return ended };
        // The supervisor is gone: all that it said is there.
        let mut said = String::new();
        match io::BufReader::new(stream).read_line(&mut said).map(|_| serde_json::from_str(&said)) {
            Ok(Ok(News::Ended(status))) => ExitStatus::from_raw(status),
            // It was ended by force, or this was asked before.
            _ => ended,
        }
    }

    /// Tells the supervisor to end the program, and waits for it; gives whether it did.
    fn end_supervised(&mut self) -> bool {
        let Some(mut stream) = self.line.take() else { return false };
        if let Ok(word) = line(&Word::End) {
            // A supervisor that has ended has done its work.
            let _ = stream.write_all(word.as_bytes());
        }
        let _ = stream.shutdown(Shutdown::Write);
        self.gone().is_some_and(|status| status.success())
    }

    /// Waits until the child is gone; gives how it ended.
    fn gone(&mut self) -> Option<ExitStatus> {
        // Who is asked for readiness next must not be this one.
        let until = Instant::now() + GONE;
        loop {
            match self.child.try_wait() {
                Ok(None) if Instant::now() < until => std::thread::sleep(LOOK),
                Ok(ended) => return ended,
                Err(_) => return None,
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.end_supervised() {
            return;
        }
        // A supervisor that did not end in time ends now.
        let _ = self.child.start_kill();
        if let Some(group) = self.group {
            // A group that is gone already needs no signal; one that is not keeps its number.
            let _ = kill_process_group(group, Signal::KILL);
        }
        self.gone();
    }
}

#[cfg(test)]
mod tests {
    use rustix::process::test_kill_process;

    use super::*;

    /// It was asked for readiness in place of the one that was started after it.
    #[tokio::test]
    async fn a_dropped_program_is_gone() {
        let order = Order { program: "sleep".to_owned(), arguments: vec!["60".to_owned()], ..here() };
        let (process, _) = Process::start(order, false).await.unwrap();
        let pid = process.group.unwrap();
        assert!(test_kill_process(pid).is_ok());
        drop(process);
        assert!(test_kill_process(pid).is_err());
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_the_systems_fault() {
        let order = Order { program: "/no/such/program".to_owned(), ..here() };
        assert_eq!(Process::start(order, false).await.unwrap_err().kind(), ErrorKind::NotFound);
    }

    fn here() -> Order {
        Order { folder: ".".into(), ..Order::default() }
    }
}
