//! Tasks that wait for an approval. Each has a random id, valid for one decision within five minutes.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value};

use super::model::Call;
use super::shelf::Shelf;
use super::task::Task;

/// How long an approval may take.
const PATIENCE: Duration = Duration::from_mins(5);
/// Waiting tasks at once; beyond that the oldest is dropped.
const MOST: usize = 256;

/// A task that stopped at the call that needs the approval.
#[derive(Debug, Clone)]
pub(super) struct Pending {
    pub(super) task: Task,
    pub(super) call: Call,
    pub(super) arguments: Map<String, Value>,
}

/// The waiting tasks.
#[derive(Debug)]
pub(super) struct Approvals(Mutex<Shelf<String, Pending>>);

impl Default for Approvals {
    fn default() -> Self {
        Self(Mutex::new(Shelf::new(PATIENCE, MOST)))
    }
}

impl Approvals {
    /// Lets a task wait.
    pub(super) fn park(&self, id: String, pending: Pending) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).put(id, pending);
    }

    /// Takes a task out. Its id is then used up, whatever the decision (a weakness keeps it). Only the user who gave
    /// the task may decide.
    pub(super) fn take(&self, id: &str, user: Option<&str>, keep: bool) -> Option<Pending> {
        let (mut all, id) = (self.0.lock().unwrap_or_else(PoisonError::into_inner), id.to_owned());
        let pending = all.get(&id).filter(|pending| pending.task.user.as_deref() == user).cloned()?;
        if !keep {
            all.take(&id);
        }
        Some(pending)
    }
}
