//! What upstreams answer, a sample by default, a case's play when its canary arrives; and what the model does.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use pincer_core::plan::{Mind, Play};
use pincer_core::vocab::{CaseId, Octets};

/// What an upstream answers when no case says otherwise.
#[derive(Debug, Clone)]
pub struct Sample(pub Play);

impl Default for Sample {
    fn default() -> Self {
        Self(Play {
            status: 200,
            // A gateway that caches answers would keep later calls from the upstream.
            headers: [("content-type", "application/json"), ("cache-control", "no-store")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .to_vec(),
            body: Octets::from(r#"{"id":"1001","name":"Main account","balance":125.5,"currency":"EUR"}"#),
            size: None,
            fault: None,
            handshake: None,
            raw: None,
        })
    }
}

/// The plays of the cases that are under way.
#[derive(Debug, Default)]
pub struct Playbook {
    sample: Sample,
    down: AtomicBool,
    plays: Mutex<HashMap<CaseId, Arc<Play>>>,
    minds: Mutex<HashMap<CaseId, Arc<Mind>>>,
}

impl Playbook {
    /// Sets what upstreams do with a case's call.
    pub fn set(&self, case: CaseId, play: Play) {
        self.plays.lock().unwrap_or_else(PoisonError::into_inner).insert(case, Arc::new(play));
    }

    /// Sets what the model does when it is asked about a case.
    pub fn set_mind(&self, case: CaseId, mind: Mind) {
        self.minds.lock().unwrap_or_else(PoisonError::into_inner).insert(case, Arc::new(mind));
    }

    /// What the model does when it is asked about this case; nothing when the case is not under way.
    pub fn mind(&self, case: CaseId) -> Option<Arc<Mind>> {
        self.minds.lock().unwrap_or_else(PoisonError::into_inner).get(&case).cloned()
    }

    /// Forgets a case's play and its mind.
    pub fn clear(&self, case: CaseId) {
        self.plays.lock().unwrap_or_else(PoisonError::into_inner).remove(&case);
        self.minds.lock().unwrap_or_else(PoisonError::into_inner).remove(&case);
    }

    /// Whether upstreams close each connection without an answer, whatever a case's play is.
    pub fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::Relaxed);
    }

    /// What to do with a call of this case.
    pub fn play(&self, case: Option<CaseId>) -> Arc<Play> {
        if self.down.load(Ordering::Relaxed) {
            return Arc::new(Play::down());
        }
        let plays = self.plays.lock().unwrap_or_else(PoisonError::into_inner);
        case.and_then(|case| plays.get(&case).cloned()).unwrap_or_else(|| Arc::new(self.sample.0.clone()))
    }
}
