//! Tests whose verdicts rest on times: they run when the others are done, for cargo runs one test program after the other,
//! and take turns among themselves, for on a small machine two floods would measure each other.

mod cases;
mod flood;
mod measure;
mod meets;
mod path;
mod suites;
mod targets;

static TURN: std::sync::Mutex<()> = std::sync::Mutex::new(());

/// Waits for a turn, which lasts as long as what is returned.
fn turn() -> std::sync::MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
