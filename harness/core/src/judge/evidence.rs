//! What was seen of the cases of one scenario.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use super::leak::Scanner;
use crate::observe::{Answered, Arrival, Failure, FloodReport};
use crate::plan::{Case, Plan};
use crate::scenario::leaf;

/// What all scenarios of a run share.
#[derive(Debug)]
pub(super) struct Surroundings {
    /// Finds what an answer gives away.
    pub(super) scanner: Scanner,
    /// Audit records that no canary attributes to a case.
    pub(super) orphans: Vec<String>,
    /// Hosts and ports at which the target was called.
    pub(super) hosts: BTreeSet<String>,
    /// The arguments that chose target and scenarios.
    pub(super) arguments: Vec<String>,
}

/// Evidence of one scenario.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    /// By the case's index.
    pub(super) cases: BTreeMap<u32, Observed>,
    /// The lane in which the scenario runs.
    pub(super) lane: u32,
    /// Arrivals without any case's canary while the scenario ran.
    pub(super) strangers: u64,
}

/// Evidence of one case.
#[derive(Debug, Default)]
pub(super) struct Observed {
    pub(super) sent: bool,
    pub(super) took_us: u64,
    pub(super) outcome: Option<Result<Answered, Failure>>,
    pub(super) arrivals: Vec<(u8, Arrival)>,
    pub(super) records: Vec<String>,
    pub(super) flood: Option<FloodReport>,
}

impl Observed {
    pub(super) fn answer(&self) -> Option<&Answered> {
        self.outcome.as_ref().and_then(|outcome| outcome.as_ref().ok())
    }

    pub(super) fn failure(&self) -> Option<Failure> {
        self.outcome.as_ref().and_then(|outcome| outcome.as_ref().err()).copied()
    }

    /// Arrivals of the request or of what it smuggled.
    pub(super) fn arrived(&self) -> impl Iterator<Item = &Arrival> {
        self.arrivals.iter().filter(|(part, _)| *part < 2).map(|(_, arrival)| arrival)
    }
}

/// Ids of a scenario's answers and audit records.
#[derive(Debug, Default)]
pub(super) struct Ledger<'a> {
    /// How many answers carry an id.
    pub(super) answers: HashMap<String, u64>,
    /// The audit records that carry an id.
    pub(super) records: HashMap<String, Vec<&'a str>>,
    /// Whether the audit tap had caught up.
    pub(super) tapped: bool,
}

impl<'a> Ledger<'a> {
    pub(super) fn new(plan: &Plan, evidence: &'a Evidence, orphans: &'a [String], tapped: bool) -> Self {
        let mut ledger = Self { tapped, ..Self::default() };
        let field = plan.target.audit.as_ref().map(|audit| audit.fields.id.as_str());
        for observed in evidence.cases.values() {
            for id in observed.answer().map(tracking_ids).unwrap_or_default() {
                *ledger.answers.entry(id).or_default() += 1;
            }
        }
        if let Some(field) = field {
            let lines = evidence.cases.values().flat_map(|o| &o.records).chain(orphans);
            for line in lines {
                if let Some(id) = record_id(line, field) {
                    ledger.records.entry(id).or_default().push(line);
                }
            }
        }
        ledger
    }
}

/// The id that an audit record carries.
fn record_id(line: &str, field: &str) -> Option<String> {
    let record: Value = serde_json::from_str(line).ok()?;
    member(&record, field)?.as_str().map(str::to_owned)
}

/// What an audit record says under a name, or under a dotted path where no member has the whole name.
pub(super) fn member<'a>(record: &'a Value, name: &str) -> Option<&'a Value> {
    record.get(name).or_else(|| leaf(record, name))
}

/// Header names under which products hand out tracking ids.
const ID_HEADERS: [&str; 8] = [
    "x-tracking-id",
    "x-error-id",
    "x-request-id",
    "request-id",
    "x-correlation-id",
    "x-trace-id",
    "x-amzn-requestid",
    "cf-ray",
];

/// Members under which error bodies hand out tracking ids; RFC 9457 has `instance`.
const ID_MEMBERS: [&str; 12] = [
    "tracking_id",
    "trackingId",
    "error_id",
    "errorId",
    "request_id",
    "requestId",
    "correlation_id",
    "correlationId",
    "trace_id",
    "traceId",
    "incident",
    "instance",
];

/// All texts of an answer that may be its tracking id, each once.
pub(super) fn tracking_ids(answer: &Answered) -> Vec<String> {
    let mut ids: Vec<String> =
        ID_HEADERS.iter().filter_map(|name| answer.header(name)).map(std::borrow::Cow::into_owned).collect();
    if let Ok(Value::Object(body)) = serde_json::from_slice(&answer.body.bytes.0) {
        let flat = ID_MEMBERS.iter().filter_map(|name| body.get(*name));
        let nested = body.get("error").and_then(Value::as_object);
        let nested = ID_MEMBERS.iter().filter_map(|name| nested.and_then(|error| error.get(*name)));
        ids.extend(flat.chain(nested).filter_map(Value::as_str).map(str::to_owned));
    }
    for id in &mut ids {
        if let Some(uuid) = id.strip_prefix("urn:uuid:") {
            *id = uuid.to_owned();
        }
    }
    ids.retain(|id| id.len() >= 8);
    ids.sort();
    ids.dedup();
    ids
}

/// The ids of an answer that the target made itself: those that don't repeat what the caller sent.
pub(super) fn own_ids(plan: &Plan, case: &Case, answer: &Answered) -> Vec<String> {
    let canary = plan.tracer().canary(case.id, 0).to_string();
    let span = canary.get(16..).map(str::to_owned).unwrap_or_default();
    let mut ids = tracking_ids(answer);
    ids.retain(|id| !id.contains(&canary) && *id != span);
    ids
}
