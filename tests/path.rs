//! The path of the built programs.

use std::path::PathBuf;

/// `PATH` with the folder of the built programs first.
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
pub(crate) fn path() -> std::ffi::OsString {
    let pincer: PathBuf = assert_cmd::cargo::cargo_bin!("pincer").into();
    let folder = pincer.parent().unwrap().to_owned();
    assert!(folder.join("pincer-reference").exists(), "`cargo test` builds it; a test of one package does not");
    let others = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths([folder].into_iter().chain(std::env::split_paths(&others))).unwrap()
}
