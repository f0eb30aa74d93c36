//! The path of the built programs, and how they are started.

use std::path::PathBuf;
use std::process::Command;

/// `PATH` with the folder of the built programs first.
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
pub(crate) fn path() -> std::ffi::OsString {
    let pincer: PathBuf = assert_cmd::cargo::cargo_bin!("pincer").into();
    let folder = pincer.parent().unwrap().to_owned();
    assert!(folder.join("pincer-reference").exists(), "`cargo test` builds it; a test of one package does not");
    let others = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths([folder].into_iter().chain(std::env::split_paths(&others))).unwrap()
}

/// The same command with the signals that end a run at their defaults. A script that runs tests in the background starts them
/// with Ctrl-C ignored, which Pincer respects.
pub(crate) fn heeding_signals(command: &Command) -> Command {
    let mut heeding = Command::new("env");
    heeding.arg("--default-signal=INT,TERM,HUP,QUIT").arg(command.get_program()).args(command.get_args());
    heeding.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    heeding
}
