//! What was seen of the cases of one scenario.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::Value;

use super::ids::{guess, own_ids, tracking_ids};
use super::leak::Scanner;
use crate::observe::tls::Survey;
use crate::observe::{Answered, Arrival, By, Calibration, Failure, FloodReport, HoldReport, Turn};
use crate::plan::Plan;
use crate::scenario::{Alarm, Alerts, leaf};
use crate::vocab::{CaseId, Lane, Part};

/// What all scenarios of a run share.
#[derive(Debug)]
pub(super) struct Surroundings {
    /// Finds leaks in answers.
    pub(super) scanner: Arc<Scanner>,
    /// Audit records without a case's canary, by their ids.
    pub(super) orphans: HashMap<String, Vec<String>>,
    /// Alerts so far.
    pub(super) alerts: Vec<Raised>,
    /// The format of the audit log.
    pub(super) log: Log,
    /// Hosts and ports at which the target was called.
    pub(super) hosts: BTreeSet<String>,
    /// The arguments that chose target and scenarios.
    pub(super) arguments: Vec<String>,
    /// The result of the calibration.
    pub(super) calibration: Option<Calibration>,
}

/// The format of the audit log's lines.
#[derive(Debug, Default)]
pub(super) struct Log {
    /// Whether a line was a JSON object.
    objects: bool,
    /// Lines that were not.
    others: u64,
    /// Whether one of those was about a call.
    about: bool,
}

/// Lines that a program may write when it starts.
const GREETING: u64 = 8;

impl Log {
    /// Takes a line; `about` says whether it is known to be about a call.
    pub(super) fn see(&mut self, line: &str, about: bool) {
        let line = line.trim();
        // A truncated object counts as an object. A single brace is not a record.
        if line.starts_with('{') && line.len() > 1 {
            self.objects = true;
        } else if !line.is_empty() {
            self.others += 1;
            self.about |= about;
        }
    }

    /// Whether its records can be read. If no line is a JSON object, the format is unknown.
    pub(super) fn is_read(&self) -> bool {
        self.objects || !self.about && self.others <= GREETING
    }
}

/// An alert.
#[derive(Debug, Clone, Copy)]
pub(super) struct Raised {
    pub(super) lane: Lane,
    /// When the tap read it, in microseconds since the run began.
    pub(super) at_us: u64,
    pub(super) about: Alarm,
}

/// Evidence of one scenario.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    /// By the case's index.
    pub(super) cases: BTreeMap<u32, Observed>,
    /// The lane in which the scenario runs.
    pub(super) lane: Lane,
    /// Arrivals that nobody owns, while the scenario ran: when, and what.
    pub(super) unowned: Vec<(u64, Arrival)>,
    /// Records in the scenario's lane meanwhile that neither a mark nor an id matches to a call.
    pub(super) nameless: Vec<String>,
    /// Requests to the model without any case's canary while the scenario ran.
    pub(super) asides: u64,
}

impl Evidence {
    /// Forgets the part of a request that was told then in this lane.
    pub(super) fn supersede(&mut self, lane: Lane, part_us: u64) {
        if self.lane != lane {
            return;
        }
        self.unowned.retain(|(at_us, arrival)| *at_us != part_us || arrival.extent.is_whole());
        for seen in self.cases.values_mut() {
            seen.arrivals.retain(|arrived| arrived.at_us != part_us || arrived.arrival.extent.is_whole());
        }
    }
}

/// Evidence of one case.
#[derive(Debug, Default)]
pub(super) struct Observed {
    pub(super) sent: bool,
    /// When it was sent, in microseconds since the run began.
    pub(super) sent_us: u64,
    pub(super) took_us: u64,
    /// Whether what the user says before the task was said.
    pub(super) prepared: bool,
    /// Whether there was something to approve.
    pub(super) approved: bool,
    pub(super) outcome: Option<Result<Answered, Failure>>,
    pub(super) arrivals: Vec<Arrived>,
    pub(super) turns: Vec<Turn>,
    /// When each turn was requested, in microseconds since the run began.
    pub(super) asked_us: Vec<u64>,
    /// For each untrusted handshake, whether the target continued.
    pub(super) shaken: Vec<bool>,
    /// Files created by the planted command.
    pub(super) touched: Vec<String>,
    pub(super) records: Vec<String>,
    pub(super) flood: Option<FloodReport>,
    pub(super) hold: Option<HoldReport>,
    pub(super) survey: Option<Survey>,
}

/// A request that reached an upstream.
#[derive(Debug)]
pub(super) struct Arrived {
    /// The part of its canary.
    pub(super) part: Part,
    /// By what it was attributed.
    pub(super) by: By,
    /// When it came, in microseconds since the run began.
    pub(super) at_us: u64,
    pub(super) arrival: Arrival,
}

impl Observed {
    pub(super) fn answer(&self) -> Option<&Answered> {
        self.outcome.as_ref().and_then(|outcome| outcome.as_ref().ok())
    }

    pub(super) fn failure(&self) -> Option<Failure> {
        self.outcome.as_ref().and_then(|outcome| outcome.as_ref().err()).copied()
    }

    /// Complete arrivals of the request or of what it smuggled.
    pub(super) fn arrived(&self) -> impl Iterator<Item = &Arrival> {
        self.reached().filter(|arrival| arrival.extent.is_whole())
    }

    /// The same, including incomplete requests.
    pub(super) fn reached(&self) -> impl Iterator<Item = &Arrival> {
        self.arrivals.iter().filter(|arrived| arrived.part.is_sent()).map(|arrived| &arrived.arrival)
    }

    /// When the answer or its failure came.
    pub(super) fn over_us(&self) -> u64 {
        self.sent_us.saturating_add(self.took_us)
    }
}

/// Ids of a scenario's answers and audit records.
#[derive(Debug)]
pub(super) struct Ledger<'a> {
    /// How many answers carry an id.
    pub(super) answers: HashMap<String, u64>,
    /// Whether the audit tap had read everything.
    pub(super) tapped: bool,
    /// The audit records that carry an id and a canary.
    records: HashMap<String, Vec<&'a str>>,
    /// The records that carry only an id.
    orphans: &'a HashMap<String, Vec<String>>,
    alerts: Option<&'a Alerts>,
    /// Whether a record, by its address in memory, is an alert.
    known: RefCell<HashMap<usize, bool>>,
    /// How the ids of the answers can be guessed.
    guessed: OnceCell<Option<String>>,
}

impl<'a> Ledger<'a> {
    pub(super) fn new(plan: &'a Plan, evidence: &'a Evidence, around: &'a Surroundings, tapped: bool) -> Self {
        let mut answers: HashMap<String, u64> = HashMap::new();
        for id in evidence.cases.values().filter_map(Observed::answer).flat_map(tracking_ids) {
            *answers.entry(id).or_default() += 1;
        }
        let mut records: HashMap<String, Vec<&str>> = HashMap::new();
        for line in evidence.cases.values().flat_map(|observed| &observed.records) {
            if let Some(id) = record_id(plan, line) {
                records.entry(id).or_default().push(line);
            }
        }
        let (orphans, alerts) = (&around.orphans, plan.target.alerts());
        Self { answers, tapped, records, orphans, alerts, known: RefCell::default(), guessed: OnceCell::new() }
    }

    /// The audit records that carry this id.
    pub(super) fn records(&self, id: &str) -> Vec<&'a str> {
        let with_canary = self.records.get(id).into_iter().flatten().copied();
        self.of_calls(with_canary.chain(self.orphans.get(id).into_iter().flatten().map(String::as_str)).collect())
    }

    /// These records without alerts, which may name the call that raised them. A single record may be both.
    pub(super) fn of_calls(&self, mut records: Vec<&'a str>) -> Vec<&'a str> {
        if let Some(alerts) = self.alerts.filter(|_| records.len() > 1) {
            // If many answers share an id, each of their records is checked for each of them.
            let mut known = self.known.borrow_mut();
            records.retain(|record| {
                !*known.entry(record.as_ptr().addr()).or_insert_with(|| alerts.read(record).is_some())
            });
        }
        records
    }

    /// How the tracking ids of the scenario's answers can be guessed from one another, if they can.
    pub(super) fn guessed(&self, plan: &Plan, scenario: u32, evidence: &Evidence) -> Option<&str> {
        let ids = || {
            let answers = evidence.cases.iter().filter_map(|(index, seen)| Some((*index, seen.answer()?)));
            let own = answers.map(|(index, answer)| own_ids(plan, CaseId { scenario, index }, answer));
            // Of several ids, the one in the log.
            let best = own.filter_map(|ids| ids.into_iter().min_by_key(|id| self.records(id).len() != 1));
            guess(&best.collect::<Vec<String>>())
        };
        self.guessed.get_or_init(ids).as_deref()
    }
}

/// The id in an audit record, a text or a number.
pub(super) fn record_id(plan: &Plan, line: &str) -> Option<String> {
    let field = &plan.target.audit.as_ref()?.fields.id;
    let record: Value = serde_json::from_str(line).ok()?;
    match member(&record, field)? {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

/// The value of a record's member, by name, or by dotted path if no member has the whole name. A list of one value
/// counts as that value, because loggers write header fields that way.
pub(super) fn member<'a>(record: &'a Value, name: &str) -> Option<&'a Value> {
    let found = record.get(name).or_else(|| leaf(record, name))?;
    match found.as_array().map(Vec::as_slice) {
        Some([one]) => Some(one),
        _ => Some(found),
    }
}
