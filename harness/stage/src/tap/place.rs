//! The place of the target's log, where a pipe is while Pincer reads it.

use std::fs::{create_dir, remove_dir, remove_file, rename};
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, RenameFlags, mkfifoat, renameat_with};

/// A pipe in place of a log; dropping it removes the pipe and restores what was there.
#[derive(Debug)]
pub struct Place {
    path: PathBuf,
    /// The file that was there, such as the log of the lane before.
    aside: Option<PathBuf>,
    /// Where the pipe is while it is closed.
    away: PathBuf,
}

impl Place {
    /// Makes the pipe.
    pub(super) fn take(path: &Path) -> std::io::Result<Self> {
        let aside = if path.symlink_metadata().is_ok() {
            let aside = beside(path);
            rename(path, &aside)?;
            Some(aside)
        } else {
            None
        };
        // From here on it is restored, even if no pipe can be made.
        let mut place = Self { path: path.to_owned(), aside, away: PathBuf::new() };
        mkfifoat(CWD, path, Mode::RUSR | Mode::WUSR)?;
        place.away = beside(path);
        Ok(place)
    }

    /// A place that another process took, by its [`paths`](Self::paths). If that process is gone, dropping this
    /// restores what was there.
    pub fn left(path: PathBuf, aside: Option<PathBuf>, away: PathBuf) -> Self {
        Self { path, aside, away }
    }

    /// The pipe's path, the path of the file that was there, and the path of the closed pipe.
    pub fn paths(&self) -> (&Path, Option<&Path>, &Path) {
        (&self.path, self.aside.as_deref(), &self.away)
    }

    /// Where the pipe is while it is closed.
    pub(super) fn away(&self) -> &Path {
        &self.away
    }

    /// Takes the pipe away. A folder replaces it, which cannot be opened for writing; opening a pipe without a reader
    /// would wait instead of failing. If the file system refuses, the pipe stays.
    pub(super) fn close(&self) {
        if is_pipe(&self.path) && create_dir(&self.away).is_ok() {
            let _ = swap(&self.path, &self.away);
        }
    }

    /// Brings the pipe back if it is away.
    pub(super) fn open(&self) {
        if is_pipe(&self.away) && swap(&self.path, &self.away).is_ok() {
            let _ = remove_dir(&self.away);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.open();
        // Another file is the target's own. A failed cleanup does not fail the run.
        if is_pipe(&self.path) {
            let _ = remove_file(&self.path);
        }
        if let Some(aside) = &self.aside {
            let _ = rename(aside, &self.path);
        }
    }
}

/// Swaps the names of a pipe and a folder, so that a target never finds the place empty and creates a file.
fn swap(one: &Path, other: &Path) -> std::io::Result<()> {
    if renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE).is_ok() {
        return Ok(());
    }
    // Not every file system can do that; then the place is empty for an instant.
    let third = beside(one);
    rename(one, &third)?;
    rename(other, one)?;
    rename(third, other)
}

fn is_pipe(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|meta| meta.file_type().is_fifo())
}

/// A free name in the same folder.
fn beside(path: &Path) -> PathBuf {
    let mut number = 0_u64;
    loop {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".pincer-{number}"));
        let free = PathBuf::from(name);
        if free.symlink_metadata().is_err() {
            return free;
        }
        number += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{read_dir, read_to_string, write};

    use super::*;

    /// The log of an earlier lane's target was in the way of the pipe.
    #[test]
    fn earlier_file_is_restored_when_the_pipe_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        write(&path, "old\n").unwrap();
        for _ in 0..2 {
            let place = Place::take(&path).unwrap();
            assert!(is_pipe(&path));
            drop(place);
            assert_eq!(read_to_string(&path).unwrap(), "old\n");
            assert_eq!(read_dir(folder.path()).unwrap().count(), 1);
        }
    }

    #[test]
    fn closed_pipe_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        write(&path, "old\n").unwrap();
        let place = Place::take(&path).unwrap();
        place.close();
        place.close();
        assert!(path.is_dir() && is_pipe(place.away()));
        drop(place);
        assert_eq!(read_to_string(&path).unwrap(), "old\n");
        assert_eq!(read_dir(folder.path()).unwrap().count(), 1);
    }

    /// A killed process drops nothing.
    #[test]
    fn file_of_a_killed_process_is_restored_by_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        for close in [false, true] {
            write(&path, "old\n").unwrap();
            let place = Place::take(&path).unwrap();
            if close {
                place.close();
            }
            let (_, aside, away) = place.paths();
            let left = Place::left(path.clone(), aside.map(Path::to_owned), away.to_owned());
            std::mem::forget(place);
            drop(left);
            assert_eq!(read_to_string(&path).unwrap(), "old\n");
            assert_eq!(read_dir(folder.path()).unwrap().count(), 1);
        }
    }

    #[test]
    fn pipe_is_gone_when_nobody_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        drop(Place::take(&path).unwrap());
        assert_eq!(read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn leftover_pipe_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        std::mem::forget(Place::take(&path).unwrap());
        assert!(is_pipe(&path));
        assert!(Place::take(&path).is_ok());
    }
}
