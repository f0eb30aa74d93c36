//! Nothing that Pincer starts or creates outlives it, however it ends.
//!
//! A signal that cannot be caught leaves no time for cleanup, so other processes do it. Pincer starts its own program
//! again beside each target. This supervisor starts the target, keeps a connection to Pincer, and ends the target with
//! all descendants when the connection breaks. Another process, the keeper, removes temporary folders. Both are the
//! same program with an argument that no user types. A program that does not call [`entered`], such as a test, starts
//! targets without them.

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

/// The arguments that make this program a supervisor or a keeper.
const SUPERVISE: &str = "supervise-target";
const KEEP: &str = "keep-folders";

/// Whether this program can be started as a supervisor.
static AVAILABLE: AtomicBool = AtomicBool::new(false);

/// If this process was started as a supervisor or keeper, does that work and returns its exit code; otherwise notes
/// that this program can be one. Must be called first in `main`.
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

/// The supervising program and its argument, if this program can supervise.
pub(crate) fn supervisor() -> Option<(PathBuf, &'static str)> {
    itself().map(|program| (program, SUPERVISE))
}

fn itself() -> Option<PathBuf> {
    if !AVAILABLE.load(Ordering::Relaxed) {
        return None;
    }
    // The running file, even if another one has its name by now.
    let running = PathBuf::from("/proc/self/exe");
    if running.exists() { Some(running) } else { std::env::current_exe().ok() }
}
