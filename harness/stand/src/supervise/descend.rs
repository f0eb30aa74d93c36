//! Ends all that descends from this process.

use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, kill_process, kill_process_group, wait};

/// How long what was killed may take to be gone, and how often that is looked at. A process in the middle of a slow
/// write to a disk ends when that is done.
const GONE: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(1);

/// Makes this process the parent of all descendants whose own parent ends, where the system can do that.
pub(super) fn adopt() -> std::io::Result<()> {
    #[cfg(target_os = "linux")]
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
    Ok(())
}

/// Takes note of children that have ended; gives how `of` did, if it is one of them.
pub(super) fn reap(of: Pid) -> Option<WaitStatus> {
    let mut found = None;
    while let Ok(Some((child, status))) = wait(WaitOptions::NOHANG) {
        if child == of {
            found = Some(status);
        }
    }
    found
}

/// Ends the process group of `main`, which is a child unless `status` says how it ended, and all other descendants, and
/// waits until none is left. Gives how `main` ended.
pub(super) fn end(main: Pid, mut status: Option<WaitStatus>) -> Option<WaitStatus> {
    // Where it has ended its number may be another's, and where descendants are known they are enough.
    if status.is_none() || cfg!(not(target_os = "linux")) {
        // One that is gone needs no signal.
        let _ = kill_process_group(main, Signal::KILL);
    }
    let until = Instant::now() + GONE;
    loop {
        for child in children() {
            // One that may not be killed, such as of another user, stays.
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

/// The children of this process, by `/proc`; none where there is no such thing.
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

/// The parent in a line of `/proc/PID/stat` (proc(5)): the second field behind the name, which stands in parentheses
/// and may hold any sign.
fn parent(stat: &str) -> Option<u32> {
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parent_is_read_behind_a_name_of_any_signs() {
        assert_eq!(parent("7 (a) b) (c) S 42 7 7 0"), Some(42));
        assert_eq!(parent("7 (sh) R 1 7"), Some(1));
        assert_eq!(parent(""), None);
    }
}
