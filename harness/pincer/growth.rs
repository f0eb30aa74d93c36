//! A file that one thread writes while another one reads it.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// How far a file is written; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Growth(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Bytes in the file.
    length: u64,
    over: bool,
}

impl Growth {
    /// So many more bytes are in the file.
    pub(crate) fn grow(&self, bytes: usize) {
        self.lock().length += u64::try_from(bytes).unwrap_or(u64::MAX);
        self.0.changed.notify_all();
    }

    /// No more bytes will be written.
    pub(crate) fn end(&self) {
        self.lock().over = true;
        self.0.changed.notify_all();
    }

    /// Waits until the file is longer than this or ends, and returns its length.
    fn longer_than(&self, length: u64) -> u64 {
        let waits = |state: &mut State| state.length <= length && !state.over;
        self.0.changed.wait_while(self.lock(), waits).unwrap_or_else(PoisonError::into_inner).length
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends the growth of a file when it is dropped.
#[derive(Debug)]
pub(crate) struct Ending(pub(crate) Growth);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// Reads a file while it grows. It waits for what is not written yet, so that its end is the end of the writing.
#[derive(Debug)]
pub(crate) struct Growing {
    file: File,
    growth: Growth,
    read: u64,
}

impl Growing {
    /// Opens a file as soon as something is in it.
    pub(crate) fn open(path: &Path, growth: Growth) -> io::Result<Self> {
        growth.longer_than(0);
        Ok(Self { file: File::open(path)?, growth, read: 0 })
    }
}

impl Read for Growing {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let there = self.growth.longer_than(self.read).saturating_sub(self.read);
        let most = usize::try_from(there).unwrap_or(usize::MAX).min(into.len());
        let read = self.file.read(into.get_mut(..most).unwrap_or_default())?;
        self.read += u64::try_from(read).unwrap_or(u64::MAX);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_reader_gets_what_is_written_and_waits_for_the_rest() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("grows");
        let growth = Growth::default();
        let (told, heard) = mpsc::channel();
        let (along, from) = (growth.clone(), path.clone());
        let reading = std::thread::spawn(move || {
            let mut growing = Growing::open(&from, along).unwrap();
            let mut all: Vec<u8> = Vec::new();
            let mut piece = [0; 4];
            while let Some(read) = Some(growing.read(&mut piece).unwrap()).filter(|read| *read > 0) {
                all.extend(&piece[..read]);
                told.send(all.clone()).unwrap();
            }
            all
        });
        let mut file = File::create(&path).unwrap();
        // What is in the file but not said to be there may be torn.
        file.write_all(b"one, two").unwrap();
        growth.grow(5);
        assert_eq!(heard.recv().unwrap(), b"one,");
        assert_eq!(heard.recv().unwrap(), b"one, ");
        assert!(heard.try_recv().is_err());
        growth.grow(3);
        assert_eq!(heard.recv().unwrap(), b"one, two");
        growth.end();
        assert_eq!(reading.join().unwrap(), b"one, two");
    }

    #[test]
    fn a_file_that_is_never_written_is_not_waited_for() {
        let growth = Growth::default();
        drop(Ending(growth.clone()));
        assert!(Growing::open(Path::new("/nowhere/at/all"), growth).is_err());
    }
}
