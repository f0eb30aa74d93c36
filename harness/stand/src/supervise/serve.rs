//! The supervisor of one target.

use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use futures_util::future::select_all;
use rustix::process::{Pid, WaitStatus};
use tokio::io::{AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::ends::ends;
use super::keep::remove;
use super::{News, Order, Word, descend, line, read_line};

/// How long Pincer may take to receive how its target ended.
const HEAR: Duration = Duration::from_secs(1);

/// Starts what Pincer orders on standard input, which is a socket, and ends all of it when Pincer says so or has ended.
pub(super) fn supervise() -> io::Result<()> {
    descend::adopt()?;
    let socket = std::os::unix::net::UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    socket.set_nonblocking(true)?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(serve(socket))
}

async fn serve(socket: std::os::unix::net::UnixStream) -> io::Result<()> {
    // From here on only SIGKILL ends this process before its work is done.
    let mut told = Told { child: signal(SignalKind::child())?, ends: ends()? };
    let mut line_in = BufReader::new(UnixStream::from_std(socket)?);
    let order: Order = read_line(&mut line_in).await?;
    let main = match start(&order) {
        Ok(main) => main,
        Err(why) => {
            let failed = News::Failed(why.raw_os_error(), why.to_string());
            return line_in.write_all(line(&failed)?.as_bytes()).await;
        }
    };
    // If Pincer has ended, the next read says so.
    let _ = line_in.write_all(line(&News::Started(main.as_raw_nonzero().get()))?.as_bytes()).await;
    let (status, gone) = until_over(main, &mut line_in, &mut told).await;
    let status = descend::end(main, status);
    if let Some(work) = order.work.filter(|_| gone) {
        remove(&work);
    }
    if let Some(status) = status {
        let ended = line(&News::Ended(status.as_raw()))?;
        // If Pincer has ended, nobody receives it.
        let _ = tokio::time::timeout(HEAR, line_in.write_all(ended.as_bytes())).await;
    }
    Ok(())
}

/// Waits until the target has ended or must end; returns how it ended, if it did, and whether Pincer has ended.
async fn until_over(main: Pid, from: &mut BufReader<UnixStream>, told: &mut Told) -> (Option<WaitStatus>, bool) {
    // A child that ended earlier causes no further signal.
    if let Some(status) = descend::reap(main) {
        return (Some(status), false);
    }
    let word = read_line::<Word>(from);
    tokio::pin!(word);
    loop {
        tokio::select! {
            word = &mut word => return (None, word.is_err()),
            // A signal to this process is meant for what it supervises.
            _ = select_all(told.ends.iter_mut().map(|end| Box::pin(end.recv()))) => return (None, false),
            _ = told.child.recv() => if let Some(status) = descend::reap(main) {
                return (Some(status), false);
            },
        }
    }
}

/// Starts the program as its own process group.
fn start(order: &Order) -> io::Result<Pid> {
    let mut command = Command::new(&order.program);
    command.args(&order.arguments).envs(order.env.iter().cloned()).current_dir(&order.folder).process_group(0);
    command.stdin(if order.input.is_some() { Stdio::piped() } else { Stdio::null() });
    let mut child = command.spawn()?;
    if let (Some(mut stdin), Some(text)) = (child.stdin.take(), order.input.clone()) {
        // A program that does not read it gets its task in another way.
        std::thread::spawn(move || io::Write::write_all(&mut stdin, text.as_bytes()));
    }
    let id = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    id.ok_or_else(|| io::Error::other("its process has no number"))
}

/// The system's notifications to this process.
struct Told {
    /// A child has ended.
    child: Signal,
    /// This process must end.
    ends: Vec<Signal>,
}
