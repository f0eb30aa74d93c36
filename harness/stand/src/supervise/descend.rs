//! Ends all descendants of this process.

use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, kill_process, kill_process_group, wait};

/// How long killed processes may take to disappear, and how often to check. One in the middle of a slow disk write ends
/// after that.
const GONE: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(1);

/// Makes this process the parent of orphaned descendants, if the system can do that.
pub(super) fn adopt() -> std::io::Result<()> {
    #[cfg(target_os = "linux")]
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
    Ok(())
}

/// Reaps children that have ended; returns how `of` did, if it is among them.
pub(super) fn reap(of: Pid) -> Option<WaitStatus> {
    let mut found = None;
    while let Ok(Some((child, status))) = wait(WaitOptions::NOHANG) {
        if child == of {
            found = Some(status);
        }
    }
    found
}

/// Ends the process group of `main` (a child, unless `status` says how it ended) and all other descendants, and waits
/// until none is left. Returns how `main` ended.
pub(super) fn end(main: Pid, mut status: Option<WaitStatus>) -> Option<WaitStatus> {
    // After its end its number may be another's, and if descendants are known they are enough.
    if status.is_none() || cfg!(not(target_os = "linux")) {
        // A group that is gone needs no signal.
        let _ = kill_process_group(main, Signal::KILL);
    }
    let until = Instant::now() + GONE;
    loop {
        for child in children() {
            // A process that may not be killed, such as another user's, stays.
            let _ = kill_process(child, Signal::KILL);
        }
        match wait(WaitOptions::NOHANG) {
            Ok(Some((child, how))) if child == main => status = Some(how),
            Ok(Some(_)) | Err(Errno::INTR) => {}
            Ok(None) if Instant::now() < until => std::thread::sleep(LOOK),
            Ok(None) | Err(_) => return status,
        }
    }
}

/// The children of this process, from `/proc`; empty if that does not exist.
fn children() -> Vec<Pid> {
    let own = std::process::id();
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let child = |number: &i32| {
        let stat = std::fs::read_to_string(format!("/proc/{number}/stat")).unwrap_or_default();
        parent(&stat) == Some(own)
    };
    numbers.filter(child).filter_map(Pid::from_raw).collect()
}

/// The parent in a line of `/proc/PID/stat` (proc(5)): the second field after the name, which is in parentheses and may
/// contain any character.
fn parent(stat: &str) -> Option<u32> {
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parent_is_read_after_a_name_of_any_characters() {
        assert_eq!(parent("7 (a) b) (c) S 42 7 7 0"), Some(42));
        assert_eq!(parent("7 (sh) R 1 7"), Some(1));
        assert_eq!(parent(""), None);
    }
}
