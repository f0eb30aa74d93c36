//! Tasks that wait for an approval. Each has a random id, which is good for one decision within some minutes.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::time::Instant;

use super::model::Call;
use super::task::Task;

/// How long an approval may take.
const PATIENCE: Duration = Duration::from_mins(5);
/// Tasks that wait at once; the oldest gives way.
const MOST: usize = 256;

/// A task at the call that needs the approval.
#[derive(Debug, Clone)]
pub(super) struct Pending {
    pub(super) task: Task,
    pub(super) call: Call,
    pub(super) arguments: Map<String, Value>,
}

/// The tasks that wait.
#[derive(Debug, Default)]
pub(super) struct Approvals(Mutex<HashMap<String, (Instant, Pending)>>);

impl Approvals {
    /// Lets a task wait.
    pub(super) fn park(&self, id: String, pending: Pending) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        all.retain(|_, (until, _)| *until > now);
        if all.len() >= MOST
            && let Some(oldest) = all.iter().min_by_key(|(_, (until, _))| *until).map(|(id, _)| id.clone())
        {
            all.remove(&oldest);
        }
        all.insert(id, (now + PATIENCE, pending));
    }

    /// Takes a task out: its id is used up, whatever the decision is; a weakness keeps it.
    pub(super) fn take(&self, id: &str, user: Option<&str>, keep: bool) -> Option<Pending> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Who decides is who gave the task.
        all.get(id).filter(|(_, pending)| pending.task.user.as_deref() == user)?;
        let (until, pending) = if keep { all.get(id).cloned()? } else { all.remove(id)? };
        (until > Instant::now()).then_some(pending)
    }
}
