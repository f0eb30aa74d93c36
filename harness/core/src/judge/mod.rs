//! From a plan and a trace to verdicts.
//!
//! Pure: the same plan and events always give the same [`Results`], without a socket. Each key of a scenario's `expect`
//! is one oracle; their outcomes are combined here. Silence is never a pass: the benign call must have worked and the
//! attack must have been delivered.

mod bounds;
mod evidence;
mod finding;
mod ids;
pub mod leak;
mod oracle;
mod rank;
mod repro;
mod results;
mod retry;
mod scene;
mod tables;
mod trials;
mod twin;
mod weigh;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::observe::{Arrival, By, Event, FloodReport, Start};
use crate::plan::Plan;
use crate::vocab::{CaseId, Reason, ScenarioId, Tracer};
use bounds::Bounds;
use evidence::{Arrived, Evidence, Log, Observed, Raised, Surroundings, record_id};
use ids::may_be_id;
use leak::{Needle, Scanner};
use oracle::Belated;
use tables::Tally;

#[cfg(feature = "properties")]
pub(crate) use oracle::rate_fields_hold;

pub use finding::{AnswerEvidence, ArrivalEvidence, CaseEvidence, Finding};
pub use ids::tracking_ids;
pub use repro::ReproFile;
pub(crate) use results::NEEDS;
pub use results::{
    AttackCount, BenignCount, Results, RunFacts, ScenarioResult, SuiteFacts, TargetFacts, results_schema,
};
pub use retry::{RetryAfterError, http_date, retry_after};
pub use tables::{Access, AccessCell, ConfusionRow, PayloadKind, RatePoint, Share, Tables};
pub use trials::{AttackRate, Trials};
pub use twin::{cure, first_line};

/// Unowned arrivals and records kept per scenario: one is enough to leave it open.
const UNOWNED: usize = 1000;

/// Judges a run while its events come in; it keeps only the evidence of open scenarios.
#[derive(Debug)]
pub struct Judge {
    plan: Plan,
    start: Start,
    around: Surroundings,
    open: BTreeMap<u32, Evidence>,
    /// The running scenario of each lane. A scenario that waits for a late log stays open after it.
    running: HashMap<u32, u32>,
    bounds: Bounds,
    verdicts: HashMap<ScenarioId, ScenarioResult>,
    settled: HashMap<u32, ScenarioId>,
    /// The scenario of each lane that settled last.
    last: HashMap<u32, ScenarioId>,
    tally: Tally,
    broke: HashMap<ScenarioId, String>,
    fault: Option<String>,
    finished: String,
    interrupted: bool,
}

impl Judge {
    /// A judge of the run that begins with `start`.
    pub fn new(start: Start) -> Self {
        let prefix = Tracer::new(start.seed, start.nonce).prefix().as_bytes().to_vec();
        let scanner = Scanner::new(&[Needle { name: "canary".to_owned(), value: prefix, tail: 24 }]);
        Self::sharing(start, Arc::new(scanner))
    }

    /// The same, with the scanner of other runs of this seed, because building one takes longer than judging a short
    /// run.
    pub(crate) fn sharing(start: Start, scanner: Arc<Scanner>) -> Self {
        let plan = Plan::new(start.seed, start.suite.clone(), start.target.clone())
            .with_nonce(start.nonce)
            .with_trials(start.trials)
            .only(start.only_case);
        Self {
            around: Surroundings {
                scanner,
                orphans: HashMap::new(),
                alerts: Vec::new(),
                log: Log::default(),
                hosts: BTreeSet::new(),
                arguments: start.arguments.clone(),
                calibration: None,
            },
            plan,
            start,
            open: BTreeMap::new(),
            running: HashMap::new(),
            bounds: Bounds::default(),
            verdicts: HashMap::new(),
            settled: HashMap::new(),
            last: HashMap::new(),
            tally: Tally::default(),
            broke: HashMap::new(),
            fault: None,
            finished: String::new(),
            interrupted: true,
        }
    }

    /// Takes one event.
    pub fn see(&mut self, mut event: Event) {
        let lane = if let Event::Recorded { lane, .. } = &event { Some(*lane) } else { None };
        let beside = self.open.iter().filter(|(_, open)| Some(open.lane) == lane).map(|(scenario, _)| *scenario);
        self.bounds.trim(&mut event, beside);
        match event {
            // A connection without a byte contains no call.
            Event::Start(_) | Event::Connected { .. } => {}
            Event::Staged { url, tls, .. } => {
                let hosts = [Some(url), tls].into_iter().flatten();
                self.around.hosts.extend(hosts.filter_map(|url| url.split('/').nth(2).map(str::to_owned)));
            }
            Event::Sent { at_us, case, lane } => {
                let observed = self.observed(case.scenario, case.index);
                (observed.sent, observed.sent_us) = (true, at_us);
                self.open.entry(case.scenario).or_default().lane = lane;
                self.running.insert(lane, case.scenario);
            }
            Event::Prepared { case, taken, .. } => {
                let observed = self.observed(case.scenario, case.index);
                observed.prepared = taken;
                observed.turns.clear();
                observed.asked_us.clear();
                observed.arrivals.clear();
            }
            Event::Approved { case, .. } => self.observed(case.scenario, case.index).approved = true,
            Event::Answered { case, took_us, outcome, .. } => {
                let observed = self.observed(case.scenario, case.index);
                observed.took_us = took_us;
                observed.outcome = Some(outcome);
            }
            Event::Trailed { case, bytes, .. } => {
                if let Some(Ok(answer)) = &mut self.observed(case.scenario, case.index).outcome {
                    answer.add_behind(*bytes);
                }
            }
            Event::Calibrated { calibration, .. } => self.around.calibration = Some(*calibration),
            Event::Arrived { at_us, case: Some((case, part)), by, arrival, .. } => {
                self.arrived(case, Arrived { part, by, at_us, arrival: *arrival });
            }
            Event::Arrived { case: None, lane, at_us, arrival, .. } => self.stray(lane, at_us, *arrival),
            Event::Turned { case: None, lane, .. } => {
                if let Some(open) = self.running(lane) {
                    open.asides += 1;
                }
            }
            Event::Turned { case: Some(case), turn, at_us, .. } => {
                let observed = self.observed(case.scenario, case.index);
                observed.turns.push(*turn);
                observed.asked_us.push(at_us);
            }
            Event::Touched { case, path, .. } => self.observed(case.scenario, case.index).touched.push(path),
            Event::Shaken { case, agreed, .. } => {
                self.observed(case.scenario, case.index).shaken.push(agreed);
            }
            Event::Recorded { case, line, at_us, lane } => {
                let record = line.lossy().into_owned();
                self.around.log.see(&record, case.is_some());
                self.alarm(&record, at_us, lane);
                if let Some(case) = case {
                    self.observed(case.scenario, case.index).records.push(record);
                } else if let Some(id) = record_id(&self.plan, &record).filter(|id| may_be_id(id)) {
                    // The tracking id of an answer may match it.
                    self.around.orphans.entry(id).or_default().push(record);
                } else if let Some(open) = self.running(lane).filter(|open| open.nameless.len() < UNOWNED) {
                    open.nameless.push(record);
                }
            }
            Event::Surveyed { case, survey, .. } => {
                self.observed(case.scenario, case.index).survey = Some(*survey);
            }
            Event::Flooded { case, report, .. } => self.flooded(case.scenario, case.index, *report),
            Event::Held { case, report, .. } => self.observed(case.scenario, case.index).hold = Some(*report),
            Event::Settled { scenario, tapped, .. } => self.settle(&scenario, tapped),
            Event::Broke { scenario: Some(scenario), what, .. } => {
                self.broke.insert(scenario, what);
            }
            Event::Broke { scenario: None, what, .. } => self.fault = Some(what),
            Event::End { finished, interrupted, .. } => {
                self.finished = finished;
                self.interrupted = interrupted;
            }
        }
    }

    /// The results; scenarios that did not settle are inconclusive.
    pub fn finish(mut self) -> Results {
        let mut scenarios = Vec::new();
        for (scenario, entry) in self.plan.scenarios() {
            let result = match (&entry.skipped, self.verdicts.remove(&scenario.id)) {
                (Some((reason, needs)), _) => ScenarioResult::skipped(&self.plan, scenario, *reason, needs),
                (None, Some(result)) => result,
                (None, None) => match self.broke.get(&scenario.id).or(self.fault.as_ref()) {
                    Some(what) => ScenarioResult::broken(&self.plan, scenario, what),
                    None => ScenarioResult::open(&self.plan, scenario, Reason::Interrupted),
                },
            };
            scenarios.push(result);
        }
        let calibration = self.around.calibration.filter(|calibration| !calibration.calls.is_empty());
        let results = Results::new(&self.start, (self.finished, self.interrupted), scenarios, self.tally.finish());
        Results { calibration, ..results }
    }

    /// The evidence of the lane's scenario, if it has not settled.
    fn running(&mut self, lane: u32) -> Option<&mut Evidence> {
        self.open.get_mut(self.running.get(&lane)?)
    }

    fn observed(&mut self, scenario: u32, index: u32) -> &mut Observed {
        self.open.entry(scenario).or_default().cases.entry(index).or_default()
    }

    fn arrived(&mut self, id: CaseId, arrived: Arrived) {
        let Some(scenario) = self.settled.get(&id.scenario) else {
            self.observed(id.scenario, id.index).arrivals.push(arrived);
            return;
        };
        // Part 2 is the upstream's own canary, which may travel farther.
        if let (Some(case), Some(result), ..2) = (self.plan.case(id), self.verdicts.get_mut(scenario), arrived.part) {
            self.tally.late(&case);
            weigh::amend((&self.plan, &self.around), result, &case, arrived);
        }
    }

    /// An unowned arrival belongs to the scenario that runs in its lane, or else to the one that settled there last.
    fn stray(&mut self, lane: u32, at_us: u64, arrival: Arrival) {
        // The calls of the calibration belong to no scenario, and no event says that one was sent.
        let begun = |open: &mut Evidence| open.cases.values().any(|seen| seen.sent);
        if self.running(lane).is_some_and(begun) {
            if let Some(open) = self.running(lane).filter(|open| open.unowned.len() < UNOWNED) {
                open.unowned.push((at_us, arrival));
            }
            return;
        }
        let Some(last) = self.last.get(&lane) else { return };
        let Some((scenario, _)) = self.plan.scenarios().find(|(scenario, _)| scenario.id == *last) else { return };
        let Some(result) = self.verdicts.get_mut(last) else { return };
        let around = (&self.plan, &self.around);
        match oracle::belated(around, scenario, &arrival) {
            Some(Belated::Of(case, key)) => {
                let arrived = Arrived { part: 0, by: By::Value, at_us, arrival };
                weigh::condemn(around, result, (&case, key), arrived);
            }
            Some(Belated::Open) => weigh::reopen(result, Reason::UnattributedArrival),
            None => {}
        }
    }

    /// An alert, if the record is one.
    fn alarm(&mut self, record: &str, at_us: u64, lane: u32) {
        if let Some(about) = self.plan.target.alerts().and_then(|alerts| alerts.read(record)) {
            self.around.alerts.push(Raised { lane, at_us, about });
        }
    }

    fn flooded(&mut self, scenario: u32, index: u32, report: FloodReport) {
        self.observed(scenario, index).flood = Some(report);
    }

    fn settle(&mut self, id: &ScenarioId, tapped: bool) {
        let digest = CaseId::digest(id);
        let evidence = self.open.remove(&digest).unwrap_or_default();
        let lane = evidence.lane;
        let tapped = self.bounds.settle(digest) && tapped && self.around.log.is_read();
        let Some((scenario, entry)) = self.plan.scenarios().find(|(s, _)| s.id == *id) else { return };
        let result = match self.broke.get(id) {
            Some(what) => ScenarioResult::broken(&self.plan, scenario, what),
            None => weigh::weigh((&self.plan, &self.around), (scenario, entry), &evidence, tapped, &mut self.tally),
        };
        self.verdicts.insert(id.clone(), result);
        self.last.insert(lane, id.clone());
        self.settled.insert(digest, id.clone());
    }
}

/// Judges a whole trace.
pub fn judge(start: Start, events: impl IntoIterator<Item = Event>) -> Results {
    let mut judge = Judge::new(start);
    events.into_iter().for_each(|event| judge.see(event));
    judge.finish()
}
