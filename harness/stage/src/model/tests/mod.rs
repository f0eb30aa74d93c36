//! The model as agents see it: over HTTP, in every dialect.

mod attribution;
mod clients;
mod dialects;
mod disguise;
mod mind;
mod script;
mod stopped;
mod wire;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use pincer_core::observe::{Event, Turn, What};
use pincer_core::plan::{Mind, Order, ToolCall};
use pincer_core::scenario::Behaviour;
use pincer_core::vocab::{CaseId, Lane, Nonce, Part, Tracer};
use serde_json::{Value, json};

use super::Model;
use crate::{Clock, Playbook, Sensor};

/// The reported turns.
pub(super) type Turns = Vec<(Option<CaseId>, Turn)>;

/// A running model.
pub(super) struct Stage {
    pub(super) model: Model,
    pub(super) playbook: Arc<Playbook>,
    turns: Arc<Mutex<Turns>>,
}

impl Stage {
    pub(super) fn open() -> Self {
        let turns: Arc<Mutex<Turns>> = Arc::default();
        let out = turns.clone();
        let report = move |event: Event| {
            if let What::ModelTurn(turn) = event.what {
                out.lock().unwrap().push((event.case, *turn));
            }
        };
        let sensor =
            Sensor::new(Clock::start(), Lane::default(), Tracer::new(SEED, Nonce::default()), Arc::new(report));
        let playbook = Arc::new(Playbook::default());
        let listener = crate::bind("model", SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        Self {
            model: Model::open(listener, "http://localhost:9".to_owned(), playbook.clone(), sensor).unwrap(),
            playbook,
            turns,
        }
    }

    pub(super) fn turns(&self) -> Turns {
        std::mem::take(&mut *self.turns.lock().unwrap())
    }
}

pub(super) const SEED: u64 = 7;

pub(super) fn case(index: u32) -> CaseId {
    CaseId { scenario: 9, index }
}

/// The canary in a case's task.
pub(super) fn canary(case: CaseId) -> String {
    Tracer::new(SEED, Nonce::default()).canary(case, Part::REQUEST).to_string()
}

/// The canary in a case's planted text.
pub(super) fn sign(case: CaseId) -> String {
    Tracer::new(SEED, Nonce::default()).canary(case, Part::ANSWER).to_string()
}

pub(super) fn call(name: &str, arguments: Value) -> ToolCall {
    ToolCall { name: name.to_owned(), arguments: serde_json::from_value(arguments).unwrap() }
}

/// A model that should read an account and whose order is a transfer.
pub(super) fn mind(case: CaseId, behaviour: Behaviour) -> Mind {
    let order = Some(Order::Call(call("transfer", json!({ "to": "acct-9", "amount": 10 }))));
    Mind {
        behaviour,
        script: Vec::new(),
        task: call("get_account", json!({ "id": "1001" })),
        order,
        touches: None,
        sign: sign(case),
    }
}
