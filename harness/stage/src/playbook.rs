//! The answers of upstreams: a sample by default, a case's play when its canary arrives. And the model's scripts.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use pincer_core::plan::{Mind, Play};
use pincer_core::vocab::{CaseId, Octets};

/// An upstream's answer if no case says otherwise.
#[derive(Debug, Clone)]
pub struct Sample(pub Play);

impl Default for Sample {
    fn default() -> Self {
        Self(Play {
            status: 200,
            // A gateway that caches answers would hide later calls from the upstream.
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

/// The plays of the running cases.
#[derive(Debug, Default)]
pub struct Playbook {
    sample: Sample,
    down: AtomicBool,
    plays: Mutex<HashMap<CaseId, Arc<Play>>>,
    minds: Mutex<HashMap<CaseId, Arc<Mind>>>,
}

impl Playbook {
    /// Sets what upstreams answer to a case's call.
    pub fn set(&self, case: CaseId, play: Play) {
        self.plays.lock().unwrap_or_else(PoisonError::into_inner).insert(case, Arc::new(play));
    }

    /// Sets what the model does in a case.
    pub fn set_mind(&self, case: CaseId, mind: Mind) {
        self.minds.lock().unwrap_or_else(PoisonError::into_inner).insert(case, Arc::new(mind));
    }

    /// What the model does in this case; none if the case is not running.
    pub fn mind(&self, case: CaseId) -> Option<Arc<Mind>> {
        self.minds.lock().unwrap_or_else(PoisonError::into_inner).get(&case).cloned()
    }

    /// Forgets a case's play and script.
    pub fn clear(&self, case: CaseId) {
        self.plays.lock().unwrap_or_else(PoisonError::into_inner).remove(&case);
        self.minds.lock().unwrap_or_else(PoisonError::into_inner).remove(&case);
    }

    /// Whether upstreams close each connection without an answer, whatever the case's play.
    pub fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::Relaxed);
    }

    /// The play for a call of this case.
    pub fn play(&self, case: Option<CaseId>) -> Arc<Play> {
        if self.down.load(Ordering::Relaxed) {
            return Arc::new(Play::down());
        }
        let plays = self.plays.lock().unwrap_or_else(PoisonError::into_inner);
        case.and_then(|case| plays.get(&case).cloned()).unwrap_or_else(|| Arc::new(self.sample.0.clone()))
    }
}
