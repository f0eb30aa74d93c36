//! Folders that are gone when Pincer is.

use std::collections::BTreeSet;
use std::fs::DirBuilder;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use pincer_stage::tap::{Place, Tap};
use serde::{Deserialize, Serialize};

use super::ends::ends;
use super::{KEEP, itself, line};

/// How long a folder in which a target still writes may take to be gone, and how often its removal is tried.
const GONE: Duration = Duration::from_secs(10);
const AGAIN: Duration = Duration::from_millis(10);

/// The line to the keeper, once there is one.
static KEEPER: Mutex<Option<UnixStream>> = Mutex::new(None);

/// What the keeper is told.
#[derive(Debug, Serialize, Deserialize)]
enum Kept {
    /// This folder is there.
    Made(PathBuf),
    /// It is gone.
    Gone(PathBuf),
    /// A pipe stands in the place of a log: where it is, where the log is, and where the pipe is while it is closed.
    Pipe(PathBuf, Option<PathBuf>, PathBuf),
}

/// Has the log put back that a tap replaced by a pipe, if Pincer ends without doing so.
pub(crate) fn keep_log(tap: &Tap) {
    if let Some((path, aside, away)) = tap.place().map(Place::paths) {
        // From another folder a relative path means another file.
        let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        tell(&Kept::Pipe(whole(path), aside.map(whole), whole(away)));
    }
}

/// A folder in that for temporary files. It is gone when this is dropped, and when Pincer ends in any way.
#[derive(Debug)]
pub struct WorkFolder(PathBuf);

impl WorkFolder {
    /// Makes it, for this user alone.
    pub fn new() -> io::Result<Self> {
        let create = |path: &Path| {
            // Told before it is there, for this process may end in between.
            tell(&Kept::Made(path.to_owned()));
            DirBuilder::new().mode(0o700).create(path).inspect_err(|_| tell(&Kept::Gone(path.to_owned())))
        };
        let folder = tempfile::Builder::new().prefix("pincer-").make(create)?;
        Ok(Self(folder.into_temp_path().keep().map_err(|error| error.error)?))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        // What can't be removed now, the keeper removes at the end.
        if std::fs::remove_dir_all(self.path()).is_ok() {
            tell(&Kept::Gone(self.path().to_owned()));
        }
    }
}

/// Tells the keeper, which is started first where there is none. Without one the folder is removed by its owner alone.
fn tell(kept: &Kept) {
    let mut keeper = KEEPER.lock().unwrap_or_else(PoisonError::into_inner);
    if keeper.is_none() {
        *keeper = start().ok().flatten();
    }
    if let (Some(stream), Ok(line)) = (keeper.as_mut(), line(kept))
        && stream.write_all(line.as_bytes()).is_err()
    {
        // Somebody ended it: the next folder has a new one.
        *keeper = None;
    }
}

/// Starts a keeper, where this program can be one.
fn start() -> io::Result<Option<UnixStream>> {
    let Some(program) = itself() else { return Ok(None) };
    let (ours, theirs) = UnixStream::pair()?;
    let mut command = Command::new(program);
    command.arg(KEEP).stdin(Stdio::from(OwnedFd::from(theirs))).stdout(Stdio::null()).stderr(Stdio::null());
    // Nobody waits for it: it ends after this process.
    command.process_group(0).spawn()?;
    Ok(Some(ours))
}

/// Listens to Pincer by standard input, and removes what is left when Pincer is gone.
pub(super) fn keep() -> io::Result<()> {
    let socket = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let entered = runtime.enter();
    // Nothing but SIGKILL ends this process before its work is done.
    let _deaf = ends()?;
    drop(entered);
    let (mut left, mut pipes) = (BTreeSet::new(), Vec::new());
    // A line that was cut off names nothing.
    for line in BufReader::new(socket).lines().map_while(Result::ok) {
        match serde_json::from_str(&line) {
            Ok(Kept::Made(folder)) => {
                left.insert(folder);
            }
            Ok(Kept::Gone(folder)) => {
                left.remove(&folder);
            }
            Ok(Kept::Pipe(path, aside, away)) => pipes.push((path, aside, away)),
            Err(_) => {}
        }
    }
    // The last one may have put aside the pipe of the one before. One that Pincer put back itself is not touched.
    for (path, aside, away) in pipes.into_iter().rev() {
        drop(Place::left(path, aside, away));
    }
    for folder in left {
        remove(&folder);
    }
    Ok(())
}

/// Removes a folder, in which others may be at work until they are ended.
pub(super) fn remove(folder: &Path) {
    let until = Instant::now() + GONE;
    while std::fs::remove_dir_all(folder).is_err() && folder.exists() && Instant::now() < until {
        std::thread::sleep(AGAIN);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_work_folder_is_gone_with_all_that_is_in_it() {
        let folder = WorkFolder::new().unwrap();
        let path = folder.path().to_owned();
        std::fs::create_dir(path.join("a")).unwrap();
        std::fs::write(path.join("a/b"), "c").unwrap();
        drop(folder);
        assert!(!path.exists());
    }
}
