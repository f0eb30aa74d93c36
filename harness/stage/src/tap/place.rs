//! The place of the target's log, where a pipe stands as long as Pincer reads it.

use std::fs::{create_dir, remove_dir, remove_file, rename};
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, RenameFlags, mkfifoat, renameat_with};

/// A pipe where a log is to be; dropping it removes the pipe and puts back what stood there.
#[derive(Debug)]
pub struct Place {
    path: PathBuf,
    /// Where it is what stood there, such as the log of the lane before.
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
        // From here on it is put back, also where no pipe can be made.
        let mut place = Self { path: path.to_owned(), aside, away: PathBuf::new() };
        mkfifoat(CWD, path, Mode::RUSR | Mode::WUSR)?;
        place.away = beside(path);
        Ok(place)
    }

    /// The place that another process took, by its [`paths`](Self::paths): where that process is gone, dropping this puts
    /// back what stood there.
    pub fn left(path: PathBuf, aside: Option<PathBuf>, away: PathBuf) -> Self {
        Self { path, aside, away }
    }

    /// Where the pipe is, where it is what stood there, and where the pipe is while it is closed.
    pub fn paths(&self) -> (&Path, Option<&Path>, &Path) {
        (&self.path, self.aside.as_deref(), &self.away)
    }

    /// Where the pipe is while it is closed.
    pub(super) fn away(&self) -> &Path {
        &self.away
    }

    /// Takes the pipe away. In its place is a folder, which can't be opened for writing: to open a pipe that nobody reads
    /// does not fail, it waits. Where the file system refuses, the pipe stays.
    pub(super) fn close(&self) {
        if is_pipe(&self.path) && create_dir(&self.away).is_ok() {
            let _ = swap(&self.path, &self.away);
        }
    }

    /// Brings the pipe back, if it is away.
    pub(super) fn open(&self) {
        if is_pipe(&self.away) && swap(&self.path, &self.away).is_ok() {
            let _ = remove_dir(&self.away);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.open();
        // Another file is the target's own. What can't be tidied up any more breaks no run.
        if is_pipe(&self.path) {
            let _ = remove_file(&self.path);
        }
        if let Some(aside) = &self.aside {
            let _ = rename(aside, &self.path);
        }
    }
}

/// Exchanges the names of a pipe and a folder, so that at no instant nothing stands where a target would make a file.
fn swap(one: &Path, other: &Path) -> std::io::Result<()> {
    if renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE).is_ok() {
        return Ok(());
    }
    // Not every file system can: nothing stands there for an instant.
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

    /// The log that a polite lane's target left was in the way of the pipe.
    #[test]
    fn what_stood_there_is_back_when_the_pipe_is_gone() {
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
    fn a_closed_pipe_leaves_nothing_behind_either() {
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

    /// A process that is killed drops nothing.
    #[test]
    fn what_a_killed_process_left_is_put_back_by_another() {
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
    fn a_pipe_is_gone_when_nobody_reads_it_any_more() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        drop(Place::take(&path).unwrap());
        assert_eq!(read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_pipe_that_was_left_over_is_in_nobodys_way() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        std::mem::forget(Place::take(&path).unwrap());
        assert!(is_pipe(&path));
        assert!(Place::take(&path).is_ok());
    }
}
