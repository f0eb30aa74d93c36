//! The signals that end a process.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Catches the signals that end a process, so that they do not end this one.
pub(super) fn ends() -> io::Result<Vec<Signal>> {
    let kinds = [SignalKind::hangup(), SignalKind::interrupt(), SignalKind::quit(), SignalKind::terminate()];
    kinds.into_iter().map(signal).collect()
}
