//! The output folder of a run. Only one run at a time writes to it, and it contains only that run's files.

use std::fs::{File, TryLockError, remove_dir, remove_file};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use clap::ValueEnum as _;
use pincer_core::judge::Results;
use pincer_core::vocab::ScenarioId;

use super::args::Format;
use super::{CliError, files, report};

/// What every run writes, in this order.
const ALWAYS: [Format; 2] = [Format::Junit, Format::Json];
const TRACE: &str = "trace.jsonl";
const REPRO: &str = "repro";
/// The subfolder of the second plan.
const SECOND: &str = "agent";

/// A folder that this process writes to, locked for other processes as long as this lives. The lock is on the folder
/// itself, so no lock file remains.
#[derive(Debug)]
pub(super) struct Out {
    folder: PathBuf,
    _lock: File,
}

impl Out {
    /// Locks a folder, and creates it if needed; fails if another process has it.
    pub(super) fn take(folder: &Path) -> Result<Self, CliError> {
        let fault = |why| files::fault(folder, why);
        std::fs::create_dir_all(folder).map_err(fault)?;
        let lock = File::open(folder).map_err(fault)?;
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => Err(CliError::Usage(format!(
                "another run is writing to {}: wait until it ends, or use another folder with --out",
                folder.display()
            ))),
            // Not every file system has locks.
            Ok(()) | Err(TryLockError::Error(_)) => Ok(Self { folder: folder.to_owned(), _lock: lock }),
        }
    }

    /// The folder of a plan, by its number.
    pub(super) fn of(&self, plan: usize) -> PathBuf {
        if plan == 0 { self.folder.clone() } else { self.folder.join(SECOND) }
    }
}

/// The path of the trace.
pub(super) fn trace(folder: &Path) -> PathBuf {
    folder.join(TRACE)
}

/// Prepares a folder for a run: removes the results of an earlier run, also in the folder of its second plan.
pub(super) fn clear(folder: &Path) -> Result<(), CliError> {
    std::fs::create_dir_all(folder).map_err(|why| files::fault(folder, why))?;
    remove_results(folder)?;
    let second = folder.join(SECOND);
    if second.join(TRACE).is_file() {
        remove_results(&second)?;
        remove(&second.join(TRACE))?;
        // A folder with other files stays.
        let _ = remove_dir(second);
    }
    Ok(())
}

/// Writes results and the further reports, each file whole or not at all.
pub(super) fn write(results: &Results, folder: &Path, further: &[Format]) -> Result<(), CliError> {
    remove_results(folder)?;
    let found = results.scenarios.iter().flat_map(|scenario| &scenario.findings).filter_map(|f| f.file.as_ref());
    found.into_iter().try_for_each(|file| files::replace(&folder.join(REPRO).join(&file.name), &file.bytes))?;
    // results.json is the last: where it stands, the others do too.
    let further = further.iter().copied().filter(|format| !ALWAYS.contains(format));
    further
        .chain(ALWAYS)
        .try_for_each(|format| files::replace(&folder.join(format.file()), report::text(results, format)?))
}

/// Removes the results of an earlier run; other files stay.
fn remove_results(folder: &Path) -> Result<(), CliError> {
    Format::value_variants().iter().try_for_each(|format| remove(&folder.join(format.file())))?;
    let repro = folder.join(REPRO);
    for entry in std::fs::read_dir(&repro).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(is_repro) {
            remove(&entry.path())?;
        }
    }
    let _ = remove_dir(repro);
    Ok(())
}

/// Whether a name is that of a script or body that repeats a case: `SCENARIO-CASE.sh`.
fn is_repro(name: &str) -> bool {
    let parts = name.strip_suffix(".sh").and_then(|stem| stem.rsplit_once('-'));
    parts.is_some_and(|(scenario, case)| ScenarioId::new(scenario).is_ok() && case.parse::<u32>().is_ok())
}

fn remove(path: &Path) -> Result<(), CliError> {
    match remove_file(path) {
        Err(why) if why.kind() != ErrorKind::NotFound => Err(files::fault(path, why)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folder_belongs_to_one_process_and_has_no_lock_file() {
        let folder = tempfile::tempdir().unwrap();
        let first = Out::take(folder.path()).unwrap();
        let second = Out::take(folder.path()).unwrap_err();
        assert!(second.to_string().contains(&folder.path().display().to_string()), "{second}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        drop(first);
        assert!(Out::take(folder.path()).is_ok());
    }

    #[test]
    fn earlier_results_are_removed_and_other_files_stay() {
        let folder = tempfile::tempdir().unwrap();
        let made = |name: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, "").unwrap();
            path
        };
        let old = [
            "results.json",
            "junit.xml",
            "report.html",
            "results.sarif",
            "summary.md",
            "repro/INP-04.framing-3.sh",
            "agent/trace.jsonl",
            "agent/results.json",
        ];
        let kept = ["target.yaml", "repro/notes-1.sh", "repro/INP-04.framing.txt"];
        let (old, kept) = (old.map(made), kept.map(made));
        clear(folder.path()).unwrap();
        assert!(!old.iter().any(|path| path.exists()) && kept.iter().all(|path| path.exists()));
        assert!(!folder.path().join("agent").exists());
        made("agent/results.json");
        clear(folder.path()).unwrap();
        assert!(folder.path().join("agent/results.json").exists(), "no run left it without a trace");
    }
}
