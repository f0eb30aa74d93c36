//! The signals that end a process.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens to the signals that end a process, so that they don't.
pub(super) fn ends() -> io::Result<Vec<Signal>> {
    let kinds = [SignalKind::hangup(), SignalKind::interrupt(), SignalKind::quit(), SignalKind::terminate()];
    kinds.into_iter().map(signal).collect()
}
