//! Tests against the built program, and of the project as a whole.

mod agent;
mod cli;
mod descriptor;
mod external;
mod fuzz;
mod hostile;
mod import;
mod layers;
mod measure;
mod repro;
mod schemas;
mod targets;

/// A flood is a measurement: the tests that send many take turns, for on a small machine two would measure each other.
static TURN: std::sync::Mutex<()> = std::sync::Mutex::new(());

/// Waits for a turn, which lasts as long as what is returned.
fn turn() -> std::sync::MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
