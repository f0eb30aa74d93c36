//! A case: one call and its expectations, with nothing left to decide.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Call, Mind};
use crate::scenario::{Approve, Back, Encoding, Expect, Fault, Forgery, Handshake, Outage, Probe, Spelling, filled};
use crate::vocab::{
    CaseId, Identity, Octets, Operation, Part, PayloadSetName, Period, ScenarioId, Size, StatusSet, Tracer,
};

/// The part of a scenario that a case belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// The benign call, which must work.
    Benign,
    /// The attack.
    Attack,
}

/// One case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Its id; its canaries follow from it.
    pub id: CaseId,
    /// Its scenario.
    pub scenario: ScenarioId,
    /// Benign or attack.
    pub phase: Phase,
    /// The step in that part, from 0.
    pub step: usize,
    /// The operation.
    pub operation: Operation,
    /// The caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// How the caller's token is forged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forge: Option<Forge>,
    /// What stands in the place of the caller's key; its words, such as `${key}`, are still to be filled in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The payload's set and its number in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<(PayloadSetName, usize)>,
    /// The payload's encoding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<Encoding>,
    /// The spelling of the path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spelling: Option<Spelling>,
    /// The place of the payload.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placement: Option<String>,
    /// The call without credentials.
    pub call: Call,
    /// The upstream's answer instead of its sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub play: Option<Play>,
    /// What the model behind an agent does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mind: Option<Mind>,
    /// How a waiting call is approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approve: Option<Approve>,
    /// What a user says before the task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Earlier>,
    /// What is probed instead of the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<Probe>,
    /// What around the target fails meanwhile.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outage: Vec<Outage>,
    /// The flood, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flood: Option<FloodPlan>,
    /// The connections that it keeps busy, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<HoldPlan>,
    /// The expectations.
    pub expect: Expect,
    /// The time limit for the answer, if one is expected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Period>,
}

/// What a user says to an agent before the case's own task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earlier {
    /// The user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// The call in which it is said.
    pub call: Call,
    /// The call that ends the session afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Call>,
}

/// A forged token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forge {
    /// What is changed.
    pub forgery: Forgery,
    /// The canary in the address that the token points at.
    pub lure: String,
}

/// What the upstream does with a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Play {
    /// Status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Octets,
    /// A JSON string of this length as the body instead, generated while it is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<Size>,
    /// A fault on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
    /// How it begins its TLS connection, if it must not be trusted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handshake: Option<Handshake>,
    /// The whole answer instead, verbatim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<Octets>,
}

impl Play {
    /// Whether it is a rate limiter's answer.
    pub(crate) fn is_throttle(&self) -> bool {
        match &self.raw {
            Some(raw) => raw.0.get(8..).is_some_and(|rest| rest.starts_with(b" 429")),
            None => self.status == 429,
        }
    }
}

impl Case {
    /// How long it is planned to last: a flood, or busy connections.
    pub fn lasts(&self) -> Duration {
        let flood = self.flood.as_ref().map(|flood| flood.lasts);
        flood.or_else(|| self.hold.as_ref().map(|hold| hold.lasts)).unwrap_or_default()
    }

    /// The same with the id and the marks of another case, everywhere in the call and in the model's script.
    #[must_use]
    pub fn about(mut self, tracer: &Tracer, id: CaseId) -> Self {
        let (from, to) = (tracer.marks(self.id, Part::REQUEST), tracer.marks(id, Part::REQUEST));
        self.id = id;
        self.call = self.call.about(&from, &to);
        for (from, to) in from.iter().zip(&to) {
            if let Some(mind) = &mut self.mind {
                mind.task.arguments.values_mut().for_each(|value| *value = filled(value, from, to));
            }
        }
        self
    }
}

impl Play {
    /// An upstream that closes without a byte.
    pub fn down() -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            body: Octets::default(),
            size: None,
            fault: Some(Fault::Down),
            handshake: None,
            raw: None,
        }
    }
}

/// A flood: streams of the case's call side by side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FloodPlan {
    /// How long it lasts.
    pub lasts: Duration,
    /// The streams; the first is the flood itself, the others run beside it. Stream n sends canary part n.
    pub streams: Vec<StreamPlan>,
    /// Headers whose value changes with each send; `${n}` is a counter. Calls with one changed header alternate with
    /// unchanged ones.
    pub vary: Vec<(String, String)>,
    /// Spellings of the path that alternate with its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spell: Vec<Spelling>,
    /// Whether to come back when a 429 says so.
    pub returns: bool,
    /// Statuses of the target's limiter beside 429.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limited: Option<StatusSet>,
}

/// One stream of a flood.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StreamPlan {
    /// The caller.
    pub identity: Option<Identity>,
    /// Calls a second.
    pub per_second: f64,
}

/// Connections that are kept busy, and the caller beside them, which sends canary part 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HoldPlan {
    /// Their number.
    pub connections: u32,
    /// What each connection withholds.
    pub back: Back,
    /// The longest time.
    pub lasts: Duration,
    /// The caller beside them.
    pub beside: StreamPlan,
}
