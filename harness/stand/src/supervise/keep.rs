//! Folders that are removed when Pincer ends.

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

/// How long removing a folder may take while a target still writes to it, and how often to try.
const GONE: Duration = Duration::from_secs(10);
const AGAIN: Duration = Duration::from_millis(10);

/// The connection to the keeper, once there is one.
static KEEPER: Mutex<Option<UnixStream>> = Mutex::new(None);

/// Messages to the keeper.
#[derive(Debug, Serialize, Deserialize)]
enum Kept {
    /// This folder was made.
    Made(PathBuf),
    /// It was removed.
    Gone(PathBuf),
    /// A pipe is in place of a log: its path, the log's path, and the path of the closed pipe.
    Pipe(PathBuf, Option<PathBuf>, PathBuf),
}

/// Restores a log that a tap replaced by a pipe, if Pincer ends without doing so.
pub(crate) fn keep_log(tap: &Tap) {
    if let Some((path, aside, away)) = tap.place().map(Place::paths) {
        // From another folder a relative path would mean another file.
        let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        tell(&Kept::Pipe(whole(path), aside.map(whole), whole(away)));
    }
}

/// A temporary folder. It is removed when this is dropped, and when Pincer ends in any way.
#[derive(Debug)]
pub struct WorkFolder(PathBuf);

impl WorkFolder {
    /// Makes it, for this user only.
    pub fn new() -> io::Result<Self> {
        let create = |path: &Path| {
            // The keeper is told first, because this process may end in between.
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
        // What cannot be removed now, the keeper removes at the end.
        if std::fs::remove_dir_all(self.path()).is_ok() {
            tell(&Kept::Gone(self.path().to_owned()));
        }
    }
}

/// Tells the keeper, and starts one if needed. Without a keeper only the owner removes the folder.
fn tell(kept: &Kept) {
    let mut keeper = KEEPER.lock().unwrap_or_else(PoisonError::into_inner);
    if keeper.is_none() {
        *keeper = start().ok().flatten();
    }
    if let (Some(stream), Ok(line)) = (keeper.as_mut(), line(kept))
        && stream.write_all(line.as_bytes()).is_err()
    {
        // The keeper was killed: the next folder gets a new one.
        *keeper = None;
    }
}

/// Starts a keeper, if this program can be one.
fn start() -> io::Result<Option<UnixStream>> {
    let Some(program) = itself() else { return Ok(None) };
    let (ours, theirs) = UnixStream::pair()?;
    let mut command = Command::new(program);
    command.arg(KEEP).stdin(Stdio::from(OwnedFd::from(theirs))).stdout(Stdio::null()).stderr(Stdio::null());
    // Nobody waits for it: it ends after this process.
    command.process_group(0).spawn()?;
    Ok(Some(ours))
}

/// Reads messages from standard input, and removes what is left when Pincer has ended.
pub(super) fn keep() -> io::Result<()> {
    let socket = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let entered = runtime.enter();
    // Only SIGKILL ends this process before its work is done.
    let _deaf = ends()?;
    drop(entered);
    let (mut left, mut pipes) = (BTreeSet::new(), Vec::new());
    // A truncated line names nothing.
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
    // A later pipe may have put aside an earlier one. A pipe that Pincer restored itself is not touched.
    for (path, aside, away) in pipes.into_iter().rev() {
        drop(Place::left(path, aside, away));
    }
    for folder in left {
        remove(&folder);
    }
    Ok(())
}

/// Removes a folder that others may still write to.
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
    fn dropped_work_folder_is_removed_with_its_content() {
        let folder = WorkFolder::new().unwrap();
        let path = folder.path().to_owned();
        std::fs::create_dir(path.join("a")).unwrap();
        std::fs::write(path.join("a/b"), "c").unwrap();
        drop(folder);
        assert!(!path.exists());
    }
}
