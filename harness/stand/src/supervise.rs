//! Nothing that Pincer starts or makes outlives it, however it ends.
//!
//! A signal that can't be caught gives no time to tidy up, so others do it. Pincer starts its own program again beside
//! each target: that supervisor starts the target, reads a line from Pincer, and ends the target with all that
//! descends from it when the line breaks. One keeper more is told which folders are to be removed. Both are processes
//! of the same program, by an argument that no user types; a program that does not call [`entered`], such as a test,
//! starts targets without them.

mod descend;
mod ends;
mod keep;
mod order;
mod serve;

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

pub use keep::WorkFolder;
pub(crate) use keep::keep_log;
pub(crate) use order::{News, Order, Word, line, read_line};

/// The arguments that make this program a supervisor, and a keeper.
const SUPERVISE: &str = "supervise-target";
const KEEP: &str = "keep-folders";

/// Whether this program can be started as a supervisor.
static AVAILABLE: AtomicBool = AtomicBool::new(false);

/// Does what a supervisor or a keeper does, if this process was started as one, and gives its exit code; else notes
/// that this program can be one. To be called first of all.
pub fn entered() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    let (role, more) = (arguments.next(), arguments.next());
    let done = match role.as_deref().filter(|_| more.is_none()).and_then(OsStr::to_str) {
        Some(SUPERVISE) => serve::supervise(),
        Some(KEEP) => keep::keep(),
        _ => {
            AVAILABLE.store(true, Ordering::Relaxed);
            return None;
        }
    };
    Some(if done.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The program that supervises and its argument, where this program can.
pub(crate) fn supervisor() -> Option<(PathBuf, &'static str)> {
    itself().map(|program| (program, SUPERVISE))
}

fn itself() -> Option<PathBuf> {
    if !AVAILABLE.load(Ordering::Relaxed) {
        return None;
    }
    // The file that runs, also where another has its name by now.
    let running = PathBuf::from("/proc/self/exe");
    if running.exists() { Some(running) } else { std::env::current_exe().ok() }
}
