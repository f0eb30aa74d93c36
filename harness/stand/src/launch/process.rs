//! A program that Pincer started, with everything that it started in turn.

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

/// How long ended processes may take to disappear, and how often to check.
const GONE: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(1);

/// A running program. Dropping it ends it and everything that it started, and waits until they are gone, so that their
/// ports are free.
#[derive(Debug)]
pub(crate) struct Process {
    /// The supervisor, or the program itself if nothing supervises it.
    child: Child,
    /// The connection to the supervisor.
    line: Option<UnixStream>,
    /// The program's process group; it outlives the program if that started others.
    group: Option<Pid>,
    pub(super) said: Said,
}

impl Process {
    /// Starts a program; with `listen`, returns its standard output.
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

    /// Lets a supervisor start the program.
    async fn supervised(mut command: Command, order: &Order) -> io::Result<(Self, Option<ChildStdout>)> {
        let (ours, theirs) = UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        command.stdin(Stdio::from(OwnedFd::from(theirs))).stderr(Stdio::piped()).process_group(0);
        let mut child = command.spawn()?;
        // The command holds the other end of the connection, which must break when the supervisor ends.
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

    /// Starts the program as its own process group.
    fn plain(order: Order, stdout: Stdio) -> io::Result<(Self, Option<ChildStdout>)> {
        let mut command = Command::new(&order.program);
        command.args(&order.arguments).envs(order.env).current_dir(&order.folder);
        command.stdin(if order.input.is_some() { Stdio::piped() } else { Stdio::null() });
        command.stdout(stdout).stderr(Stdio::piped()).process_group(0).kill_on_drop(true);
        let mut child = command.spawn()?;
        if let (Some(mut stdin), Some(text)) = (child.stdin.take(), order.input) {
            // A program that does not read it gets its task in another way.
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

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        let ended = self.child.try_wait().ok().flatten()?;
        Some(self.status(ended))
    }

    /// How the program ended, given how its supervisor did.
    fn status(&self, ended: ExitStatus) -> ExitStatus {
        let Some(stream) = &self.line else { return ended };
        // The supervisor has ended, so its whole message is there.
        let mut said = String::new();
        match io::BufReader::new(stream).read_line(&mut said).map(|_| serde_json::from_str(&said)) {
            Ok(Ok(News::Ended(status))) => ExitStatus::from_raw(status),
            // It was killed, or this was asked before.
            _ => ended,
        }
    }

    /// Tells the supervisor to end the program, and waits; returns whether it did.
    fn end_supervised(&mut self) -> bool {
        let Some(mut stream) = self.line.take() else { return false };
        if let Ok(word) = line(&Word::End) {
            // A supervisor that has ended needs no message.
            let _ = stream.write_all(word.as_bytes());
        }
        let _ = stream.shutdown(Shutdown::Write);
        self.gone().is_some_and(|status| status.success())
    }

    /// Waits until the child is gone; returns how it ended.
    fn gone(&mut self) -> Option<ExitStatus> {
        // The next program must not find this one on its port.
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
        // A supervisor that did not end in time is killed.
        let _ = self.child.start_kill();
        if let Some(group) = self.group {
            // A group that has ended needs no signal; a living one keeps its number.
            let _ = kill_process_group(group, Signal::KILL);
        }
        self.gone();
    }
}

#[cfg(test)]
mod tests {
    use rustix::process::test_kill_process;

    use super::*;

    /// The old program answered the readiness check of the one started after it.
    #[tokio::test]
    async fn dropped_program_is_gone() {
        let order = Order { program: "sleep".to_owned(), arguments: vec!["60".to_owned()], ..here() };
        let (process, _) = Process::start(order, false).await.unwrap();
        let pid = process.group.unwrap();
        assert!(test_kill_process(pid).is_ok());
        drop(process);
        assert!(test_kill_process(pid).is_err());
    }

    #[tokio::test]
    async fn missing_program_is_a_system_error() {
        let order = Order { program: "/no/such/program".to_owned(), ..here() };
        assert_eq!(Process::start(order, false).await.unwrap_err().kind(), ErrorKind::NotFound);
    }

    fn here() -> Order {
        Order { folder: ".".into(), ..Order::default() }
    }
}
