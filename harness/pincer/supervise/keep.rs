//! Folders that are gone when Pincer is.

use std::collections::BTreeSet;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use super::serve::ends;
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
}

/// A folder in that for temporary files. It is gone when this is dropped, and when Pincer ends in any way.
#[derive(Debug)]
pub(crate) struct WorkFolder(TempDir);

impl WorkFolder {
    /// Makes it.
    pub(crate) fn new() -> io::Result<Self> {
        let folder = TempDir::with_prefix("pincer-")?;
        tell(&Kept::Made(folder.path().to_owned()));
        Ok(Self(folder))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
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
    let mut left = BTreeSet::new();
    // A line that was cut off names nothing.
    for line in BufReader::new(socket).lines().map_while(Result::ok) {
        match serde_json::from_str(&line) {
            Ok(Kept::Made(folder)) => {
                left.insert(folder);
            }
            Ok(Kept::Gone(folder)) => {
                left.remove(&folder);
            }
            Err(_) => {}
        }
    }
    left.iter().for_each(|folder| remove(folder));
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
