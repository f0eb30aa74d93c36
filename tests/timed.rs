//! Tests whose verdicts depend on timing. They run after the others, because cargo runs one test program after another,
//! and one at a time, because on a small machine two floods would measure each other.

mod cases;
mod certificate;
mod flood;
mod measure;
mod meets;
mod path;
mod suites;
mod targets;

static TURN: std::sync::Mutex<()> = std::sync::Mutex::new(());

/// Waits for a turn, which lasts as long as the returned value.
fn turn() -> std::sync::MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
