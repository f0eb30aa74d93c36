//! A case: one thing to send and what must hold of it, with nothing left to decide.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Call, Mind};
use crate::scenario::{Approve, Back, Encoding, Expect, Fault, Forgery, Handshake, Outage, Probe, Spelling, filled};
use crate::vocab::{
    CaseId, Identity, Octets, Operation, Part, PayloadSetName, Period, ScenarioId, Size, StatusSet, Tracer,
};

/// Which half of a scenario a case is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// The twin, which must work.
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
    /// Its half.
    pub phase: Phase,
    /// The step in that half, from 0.
    pub step: usize,
    /// The operation.
    pub operation: Operation,
    /// Who calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// How the caller's token is forged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forge: Option<Forge>,
    /// What stands in the place of the caller's key; its words, such as `${key}`, are still to be filled in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The payload's set and its place in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<(PayloadSetName, usize)>,
    /// How the payload is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<Encoding>,
    /// How the path is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spelling: Option<Spelling>,
    /// Where the payload stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placement: Option<String>,
    /// What is sent, credentials aside.
    pub call: Call,
    /// What the upstream does with it instead of its sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub play: Option<Play>,
    /// What the model behind an agent does meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mind: Option<Mind>,
    /// How a call that waits for an approval is approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approve: Option<Approve>,
    /// What a user says before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Earlier>,
    /// What is asked instead of the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<Probe>,
    /// What around the target is out of order meanwhile.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outage: Vec<Outage>,
    /// When it is a flood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flood: Option<FloodPlan>,
    /// When it opens connections and holds them back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<HoldPlan>,
    /// What must hold.
    pub expect: Expect,
    /// The time within which the answer must end, where one is expected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Period>,
}

/// What a user says to an agent before the case's own task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earlier {
    /// Who says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// The call that says it.
    pub call: Call,
    /// The call that then ends the session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Call>,
}

/// A forged token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forge {
    /// What is changed.
    pub forgery: Forgery,
    /// The canary that stands in what the token points at.
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
    /// A JSON string of this length as the body instead, made while it is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<Size>,
    /// A fault of the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
    /// How it begins, where it speaks TLS and is not to be trusted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handshake: Option<Handshake>,
    /// The whole answer instead, verbatim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<Octets>,
}

impl Play {
    /// Whether it is what a limiter says.
    pub(crate) fn is_throttle(&self) -> bool {
        match &self.raw {
            Some(raw) => raw.0.get(8..).is_some_and(|rest| rest.starts_with(b" 429")),
            None => self.status == 429,
        }
    }
}

impl Case {
    /// How long it lasts by its plan: a flood, or connections that are held back.
    pub fn lasts(&self) -> Duration {
        let flood = self.flood.as_ref().map(|flood| flood.lasts);
        flood.or_else(|| self.hold.as_ref().map(|hold| hold.lasts)).unwrap_or_default()
    }

    /// The same with the id and the marks of another case, wherever they stand in the call and in the model's mind.
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
    /// How long.
    pub lasts: Duration,
    /// The streams; the first is the flood itself, the others stand beside it. Stream n sends canary part n.
    pub streams: Vec<StreamPlan>,
    /// Headers whose value changes with each send; `${n}` counts. Calls with one of them each alternate with the plain one.
    pub vary: Vec<(String, String)>,
    /// Ways to write the path that alternate with its own.
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
    /// Who.
    pub identity: Option<Identity>,
    /// Calls a second.
    pub per_second: f64,
}

/// Connections that are held back, and the caller beside them, which sends canary part 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HoldPlan {
    /// How many.
    pub connections: u32,
    /// What each holds back.
    pub back: Back,
    /// How long at most.
    pub lasts: Duration,
    /// The caller beside them.
    pub beside: StreamPlan,
}
