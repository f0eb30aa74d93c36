//! From a plan and a trace to verdicts.
//!
//! Pure: the same plan and events always give the same [`Results`], without a socket. Each key of a scenario's `expect`
//! is one oracle; their outcomes are combined here. Silence is never a pass: the benign call must have worked and the
//! attack must have been delivered.

mod bounds;
mod evidence;
mod excuse;
mod finding;
mod ids;
pub mod leak;
mod oracle;
mod rank;
mod repro;
mod results;
mod retry;
mod scene;
mod standing;
mod tables;
mod trials;
mod twin;
mod weigh;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::observe::{Arrival, By, Event, Start, What};
use crate::plan::Plan;
use crate::vocab::{CaseId, Lane, Part, Reason, ScenarioId, Tracer};
use bounds::Bounds;
use evidence::{Arrived, Evidence, Log, Observed, Raised, Surroundings, record_id};
use ids::may_be_id;
use leak::{Needle, Scanner};
use oracle::Belated;
use tables::Tally;

#[cfg(feature = "properties")]
pub(crate) use oracle::rate_fields_hold;

pub use excuse::Excuse;
pub use finding::{AnswerEvidence, ArrivalEvidence, CaseEvidence, Finding, Place, StepRef};
pub use ids::tracking_ids;
pub use repro::ReproFile;
pub(crate) use results::NEEDS;
pub use results::{
    AttackCount, BenignCount, Results, RunFacts, ScenarioResult, SuiteFacts, TargetFacts, results_schema,
};
pub use retry::{RetryAfterError, http_date, retry_after};
pub use standing::{Acceptance, Comparison, FailOn, KnownFinding, Waiver, WaiverState, Waiving};
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
    /// By lane, the scenario that runs there: one that waits for a late log stays open behind it.
    running: HashMap<Lane, u32>,
    bounds: Bounds,
    verdicts: HashMap<ScenarioId, ScenarioResult>,
    settled: HashMap<u32, ScenarioId>,
    /// The scenario that settled last, by lane.
    last: HashMap<Lane, ScenarioId>,
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

    /// What is planned for a run that begins so.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Takes one event.
    pub fn see(&mut self, mut event: Event) {
        let lane = event.lane.filter(|_| matches!(event.what, What::AuditRecord { .. }));
        let beside = self.open.iter().filter(|(_, open)| Some(open.lane) == lane).map(|(scenario, _)| *scenario);
        self.bounds.trim(&mut event, beside);
        let Event { at_us, lane, case, what } = event;
        // What is of no lane asks for none.
        let lane = lane.unwrap_or_default();
        match (what, case) {
            // A connection without a byte brings no call, and what is of a case is never written without it.
            (What::Start(_) | What::EmptyConnection { .. }, _)
            | (
                What::Sent
                | What::Prepared { .. }
                | What::Approved
                | What::Answered { .. }
                | What::BytesAfterAnswer(_)
                | What::FileMade { .. }
                | What::UntrustedHandshake { .. }
                | What::TlsSurvey(_)
                | What::Flood(_)
                | What::HeldConnections(_),
                None,
            ) => {}
            (What::Staged { url, tls }, _) => {
                let hosts = [Some(url), tls].into_iter().flatten();
                self.around.hosts.extend(hosts.filter_map(|url| url.split('/').nth(2).map(str::to_owned)));
            }
            (What::Calibrated(calibration), _) => self.around.calibration = Some(*calibration),
            (What::Sent, Some(case)) => {
                let observed = self.observed(case);
                (observed.sent, observed.sent_us) = (true, at_us);
                self.open.entry(case.scenario).or_default().lane = lane;
                self.running.insert(lane, case.scenario);
            }
            (What::Prepared { taken }, Some(case)) => {
                let observed = self.observed(case);
                observed.prepared = taken;
                observed.turns.clear();
                observed.asked_us.clear();
                observed.arrivals.clear();
            }
            (What::Approved, Some(case)) => self.observed(case).approved = true,
            (What::Answered { took_us, outcome }, Some(case)) => {
                let observed = self.observed(case);
                observed.took_us = took_us;
                observed.outcome = Some(outcome);
            }
            (What::BytesAfterAnswer(bytes), Some(case)) => {
                if let Some(Ok(answer)) = &mut self.observed(case).outcome {
                    answer.add_behind(*bytes);
                }
            }
            (What::Arrived { part, by, arrival }, Some(case)) => {
                self.arrived(case, Arrived { part, by, at_us, arrival: *arrival });
            }
            (What::Arrived { arrival, .. }, None) => self.stray(lane, at_us, *arrival),
            (What::Superseded { part_us }, _) => {
                self.open.values_mut().for_each(|open| open.supersede(lane, part_us));
            }
            (What::ModelTurn(turn), Some(case)) => {
                let observed = self.observed(case);
                observed.turns.push(*turn);
                observed.asked_us.push(at_us);
            }
            (What::ModelTurn(_), None) => {
                if let Some(open) = self.running(lane) {
                    open.asides += 1;
                }
            }
            (What::FileMade { path }, Some(case)) => self.observed(case).touched.push(path),
            (What::UntrustedHandshake { accepted, .. }, Some(case)) => self.observed(case).shaken.push(accepted),
            (What::AuditRecord { line }, case) => self.recorded(case, lane, at_us, &line.lossy()),
            (What::TlsSurvey(survey), Some(case)) => self.observed(case).survey = Some(*survey),
            (What::Flood(report), Some(case)) => self.observed(case).flood = Some(*report),
            (What::HeldConnections(report), Some(case)) => self.observed(case).hold = Some(*report),
            (What::Settled { scenario, audit_read }, _) => self.settle(&scenario, audit_read, at_us),
            (What::Fault { scenario: Some(scenario), message }, _) => {
                self.broke.insert(scenario, message);
            }
            (What::Fault { scenario: None, message }, _) => self.fault = Some(message),
            (What::End { finished, interrupted }, _) => {
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

    /// The evidence of the scenario that runs in a lane, if it is not settled.
    fn running(&mut self, lane: Lane) -> Option<&mut Evidence> {
        self.open.get_mut(self.running.get(&lane)?)
    }

    fn observed(&mut self, case: CaseId) -> &mut Observed {
        self.open.entry(case.scenario).or_default().cases.entry(case.index).or_default()
    }

    fn recorded(&mut self, case: Option<CaseId>, lane: Lane, at_us: u64, record: &str) {
        self.around.log.see(record, case.is_some());
        self.alarm(record, at_us, lane);
        if let Some(case) = case {
            self.observed(case).records.push(record.to_owned());
        } else if let Some(id) = record_id(&self.plan, record).filter(|id| may_be_id(id)) {
            // An answer's tracking id may find it.
            self.around.orphans.entry(id).or_default().push(record.to_owned());
        } else if let Some(open) = self.running(lane).filter(|open| open.nameless.len() < UNOWNED) {
            open.nameless.push(record.to_owned());
        }
    }

    fn arrived(&mut self, id: CaseId, arrived: Arrived) {
        let Some(scenario) = self.settled.get(&id.scenario) else {
            self.observed(id).arrivals.push(arrived);
            return;
        };
        // The upstream's own canary may travel further.
        if !arrived.part.is_sent() {
            return;
        }
        if let (Some(case), Some(result)) = (self.plan.case(id), self.verdicts.get_mut(scenario)) {
            self.tally.late(&case);
            weigh::amend((&self.plan, &self.around), result, &case, arrived);
        }
    }

    /// An arrival that nobody owns is of the scenario that runs in its lane; where none does, of the one that settled there
    /// last.
    fn stray(&mut self, lane: Lane, at_us: u64, arrival: Arrival) {
        // Benign calls before the suite are of no scenario of it, and none of them is told to be sent.
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
        let told = oracle::told((at_us, &arrival), " after the scenario had ended");
        match oracle::belated(around, scenario, &arrival) {
            Some(Belated::Of(case, key)) => {
                let arrived = Arrived { part: Part::REQUEST, by: By::Value, at_us, arrival };
                weigh::condemn(around, result, (&case, key), arrived);
            }
            Some(Belated::Open) => weigh::reopen(result, Reason::UnattributedArrival, told),
            None => {}
        }
    }

    /// An alert, if the record is one.
    fn alarm(&mut self, record: &str, at_us: u64, lane: Lane) {
        if let Some(about) = self.plan.target.alerts().and_then(|alerts| alerts.read(record)) {
            self.around.alerts.push(Raised { lane, at_us, about });
        }
    }

    fn settle(&mut self, id: &ScenarioId, tapped: bool, at_us: u64) {
        let digest = CaseId::digest(id);
        let evidence = self.open.remove(&digest).unwrap_or_default();
        let lane = evidence.lane;
        let begun = evidence.cases.values().filter(|seen| seen.sent).map(|seen| seen.sent_us).min().unwrap_or(at_us);
        let tapped = self.bounds.settle(digest) && tapped && self.around.log.is_read();
        let Some((scenario, entry)) = self.plan.scenarios().find(|(s, _)| s.id == *id) else { return };
        let result = match self.broke.get(id) {
            Some(what) => ScenarioResult::broken(&self.plan, scenario, what),
            None => weigh::weigh((&self.plan, &self.around), (scenario, entry), &evidence, tapped, &mut self.tally),
        };
        let result = ScenarioResult { took_ms: at_us.saturating_sub(begun) / 1000, ..result };
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
