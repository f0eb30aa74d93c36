//! A hand-made run of one scenario: YAML as users write it and events as the sensors report them.

use std::collections::BTreeMap;

use super::texts::{AGENT, CATALOGUE, PAYLOADS, PROBES, TARGET};
use crate::judge::{ScenarioResult, Tables, judge};
use crate::observe::tls::Survey;
use crate::observe::{
    Answered, Arrival, By, Capture, End, Event, Extent, Failure, FloodReport, HoldReport, MARK, Start, StreamReport,
    TRACE_VERSION, Turn, What,
};
use crate::plan::{Case, Phase, Plan};
use crate::scenario::{Source, Suite, Target, Vocabulary, read_catalogue, read_target};
use crate::vocab::{CaseId, Lane, Nonce, Octets, Part, Reason, ScenarioId, Upstream, Verdict};

/// A run whose events are added one by one.
pub(super) struct Run {
    start: Start,
    pub(super) plan: Plan,
    events: Vec<Event>,
}

impl Run {
    /// A run of a scenario with this attack step; its benign call was answered 200.
    pub(super) fn of(attack: &str) -> Self {
        let mut run = Self::without_twin(attack);
        run.sent(0);
        run.answered(0, answer(200, "{}"));
        run
    }

    /// The same, with these `answers` in the descriptor.
    pub(super) fn answering(answers: &str, attack: &str) -> Self {
        let target = format!("{TARGET}answers: {answers}\n");
        let mut run = Self::on(&target, ("gateway", "{ op: read, as: alice }"), "INP-01", attack);
        run.sent(0);
        run.answered(0, answer(200, "{}"));
        run
    }

    /// The same, where `alice` has no credential.
    pub(super) fn open_to_all(attack: &str) -> Self {
        let target = TARGET.replace("header: { X-Api-Key: \"${env:ALICE}\" }", "header: {}");
        let mut run = Self::on(&target, ("gateway", "{ op: read, as: alice }"), "INP-01", attack);
        run.sent(0);
        run.answered(0, answer(200, "{}"));
        run
    }

    /// The same run of an agent, with this many trials per attack case.
    pub(super) fn trials(mut self, trials: u32) -> Self {
        self.start.trials = trials;
        self.plan = self.plan.with_trials(trials);
        self
    }

    /// The same, for an agent with its own model.
    pub(super) fn with_own_model(mut self) -> Self {
        for target in [&mut self.start.target, &mut self.plan.target] {
            target.task.as_mut().unwrap().own_model = true;
        }
        self
    }

    /// The same, before the benign call.
    pub(super) fn without_twin(attack: &str) -> Self {
        Self::at("INP-01", attack)
    }

    /// The same, for another control.
    pub(super) fn at(control: &str, attack: &str) -> Self {
        Self::on(TARGET, ("gateway", "{ op: read, as: alice }"), control, attack)
    }

    /// A run of an agent whose benign call was answered 200 after its model had been asked.
    pub(super) fn agent(attack: &str) -> Self {
        let mut run = Self::on(AGENT, ("agent", "{ op: read }"), "INP-01", attack);
        run.sent(0);
        run.turned(0, "", false);
        run.answered(0, answer(200, "{}"));
        run
    }

    fn on(target: &str, (kind, twin): (&str, &str), control: &str, attack: &str) -> Self {
        let scenario = format!(
            "pincer: scenario/v1\nid: {control}.made\ntitle: T\ncontrol: {control}\nfor: {kind}\nseverity: high\n\
             kills: []\nbenign:\n  - send: {twin}\n    expect: {{ status: 200 }}\nattack:\n  - {attack}\n"
        );
        let catalogue = read_catalogue(&Source::new("controls.yaml", CATALOGUE)).unwrap();
        let target: Target = read_target(&Source::new("target.yaml", target)).unwrap();
        let sources = [
            Source::new("payloads.yaml", PAYLOADS),
            Source::new("probes.yaml", PROBES),
            Source::new("scenario.yaml", scenario),
        ];
        let suite = Suite::read(catalogue, &sources, 0, &Vocabulary::new(&[], [&target])).unwrap();
        let start = Start {
            format: "pincer/trace".to_owned(),
            version: TRACE_VERSION,
            run: "run".to_owned(),
            pincer: "0".to_owned(),
            started: "2026-11-25T00:00:00Z".to_owned(),
            suite_name: "made".to_owned(),
            seed: 7,
            nonce: Nonce::new(7),
            target: target.clone(),
            suite: suite.clone(),
            only_case: None,
            trials: 1,
            arguments: Vec::new(),
        };
        let staged = event(None, What::Staged { url: target.url.to_string(), tls: None });
        let plan = Plan::new(7, suite, target).with_nonce(start.nonce);
        Self { start, plan, events: vec![staged] }
    }

    fn scenario(&self) -> ScenarioId {
        self.plan.suite.scenarios.first().unwrap().id.clone()
    }

    /// The case with this index: the benign call is 0, attacks follow.
    pub(super) fn case(&self, index: u32) -> Case {
        self.plan.case(CaseId::new(&self.scenario(), index)).unwrap()
    }

    /// The indexes of the attack cases.
    pub(super) fn attacks(&self) -> Vec<u32> {
        let (scenario, entry) = self.plan.scenarios().next().unwrap();
        self.plan.cases(scenario, entry).filter(|c| c.phase == Phase::Attack).map(|c| c.id.index).collect()
    }

    /// A canary of the case, as text.
    pub(super) fn canary(&self, index: u32, part: u8) -> String {
        self.plan.tracer().canary(self.case(index).id, Part(part)).to_string()
    }

    /// The case's request as the upstream would get it.
    pub(super) fn arrival(&self, index: u32) -> Arrival {
        let call = self.case(index).call.http().cloned().unwrap_or_default();
        Arrival {
            upstream: Upstream::new("ledger").unwrap(),
            body: Capture::of(call.body_bytes(), 1 << 16),
            method: call.method,
            target: call.target,
            headers: call.headers,
            extent: Extent::Whole,
        }
    }

    pub(super) fn event(&mut self, event: Event) {
        self.events.push(event);
    }

    /// This happened to a case, at the beginning of the run.
    pub(super) fn happened(&mut self, index: u32, what: What) {
        let case = self.case(index).id;
        self.event(event(case, what));
    }

    /// The turn of the model that came last.
    fn last_turn(&mut self) -> &mut Turn {
        match self.events.last_mut().map(|event| &mut event.what) {
            Some(What::ModelTurn(turn)) => turn,
            _ => panic!("the model was not asked"),
        }
    }

    pub(super) fn sent(&mut self, index: u32) {
        self.sent_at(0, index);
    }

    pub(super) fn sent_at(&mut self, at_us: u64, index: u32) {
        let case = self.case(index).id;
        self.event(Event { at_us, ..event(case, What::Sent) });
    }

    pub(super) fn answered(&mut self, index: u32, answer: Answered) {
        self.outcome(index, 1000, Ok(answer));
    }

    pub(super) fn failed(&mut self, index: u32, failure: Failure) {
        self.outcome(index, 1000, Err(failure));
    }

    pub(super) fn outcome(&mut self, index: u32, took_us: u64, outcome: Result<Answered, Failure>) {
        self.happened(index, What::Answered { took_us, outcome });
    }

    pub(super) fn arrived(&mut self, index: u32) {
        let arrival = self.arrival(index);
        self.arrived_as(index, 0, arrival);
    }

    pub(super) fn arrived_as(&mut self, index: u32, part: u8, arrival: Arrival) {
        self.happened(index, arrived(Part(part), arrival));
    }

    /// A request to the model with this body; the model's answer obeyed or did not.
    pub(super) fn turned(&mut self, index: u32, body: &str, obeyed: bool) {
        let mut request = self.arrival(index);
        request.upstream = Upstream::new("model").unwrap();
        request.body = Capture::of(body.as_bytes(), 1 << 16);
        let turn = Turn {
            request,
            offered: Vec::new(),
            read: obeyed,
            obeyed,
            decisive: obeyed,
            said: "said".to_owned(),
            told: None,
        };
        self.happened(index, What::ModelTurn(Box::new(turn)));
    }

    /// The same at this time of the run.
    pub(super) fn turned_at(&mut self, index: u32, time_us: u64, obeyed: bool) {
        self.turned(index, "", obeyed);
        if let Some(event) = self.events.last_mut() {
            event.at_us = time_us;
        }
    }

    /// A request to the model without any case.
    pub(super) fn aside(&mut self) {
        self.turned(0, "", false);
        if let Some(event) = self.events.last_mut() {
            event.case = None;
        }
    }

    /// The model obeyed and repeated this text of the agent.
    pub(super) fn told(&mut self, index: u32, told: Option<&str>) {
        self.turned(index, "", true);
        self.last_turn().told = told.map(str::to_owned);
    }

    /// A call of the agent to an upstream at this time.
    pub(super) fn called(&mut self, (index, part): (u32, u8), at_us: u64, upstream: &str, line: &str) {
        let (method, target) = line.split_once(' ').unwrap();
        let arrival = Arrival {
            upstream: Upstream::new(upstream).unwrap(),
            method: method.to_owned(),
            target: Octets::from(target),
            headers: vec![("x-api-key".to_owned(), Octets::from(format!("{MARK}key]").as_str()))],
            body: Capture::default(),
            extent: Extent::Whole,
        };
        let case = self.case(index).id;
        self.event(Event { at_us, ..event(case, arrived(Part(part), arrival)) });
    }

    /// Says that what precedes a case's task was said.
    pub(super) fn prepared(&mut self, index: u32, taken: bool) {
        self.happened(index, What::Prepared { taken });
    }

    /// A request to the model with these words.
    pub(super) fn asked(&mut self, index: u32, words: &str) {
        self.turned(index, "said", false);
        self.last_turn().request.body = Capture::of(words.as_bytes(), 1 << 16);
    }

    /// The waiting call was approved.
    pub(super) fn approved(&mut self, index: u32) {
        self.happened(index, What::Approved);
    }

    pub(super) fn stranger(&mut self) {
        let arrival = self.arrival(0);
        self.event(event(None, arrived(Part::REQUEST, arrival)));
    }

    pub(super) fn recorded(&mut self, index: Option<u32>, line: &str) {
        let case = index.map(|index| self.case(index).id);
        self.event(event(case, What::AuditRecord { line: Octets::from(line) }));
    }

    pub(super) fn surveyed(&mut self, index: u32, survey: Survey) {
        self.happened(index, What::TlsSurvey(Box::new(survey)));
    }

    /// A record without a canary, read in this lane at this time.
    pub(super) fn recorded_at(&mut self, at_us: u64, lane: u32, record: &str) {
        self.event(Event::new(at_us, What::AuditRecord { line: Octets::from(record) }).in_lane(Lane(lane)));
    }

    pub(super) fn flooded(&mut self, index: u32, streams: Vec<StreamReport>, send_error_p99_us: u64) {
        self.happened(index, What::Flood(Box::new(FloodReport { streams, send_error_p99_us })));
    }

    pub(super) fn held(&mut self, index: u32, report: HoldReport) {
        self.happened(index, What::HeldConnections(Box::new(report)));
    }

    /// The result after the scenario has settled, with its tap caught up or not.
    pub(super) fn settled(&self, tapped: bool) -> ScenarioResult {
        let mut events = self.events.clone();
        events.push(settled(self.scenario(), tapped));
        self.judged(events)
    }

    /// The result of these events.
    pub(super) fn judged(&self, events: impl IntoIterator<Item = Event>) -> ScenarioResult {
        judge(self.start.clone(), events).scenarios.remove(0)
    }

    /// The tables after the scenario has settled and these events have followed.
    pub(super) fn tables(&self, late: impl IntoIterator<Item = Event>) -> Tables {
        let settled = settled(self.scenario(), true);
        judge(self.start.clone(), self.events.iter().cloned().chain([settled]).chain(late)).tables
    }

    /// The same run with only one attack case, started by these arguments.
    pub(super) fn again(mut self, case: u32, arguments: &[&str]) -> Self {
        self.start.only_case = Some(case);
        self.start.arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        self
    }

    /// The events so far.
    pub(super) fn events(&self) -> &[Event] {
        &self.events
    }
}

/// What happened in the first lane, to this case if any, at the beginning of the run.
pub(super) fn event(case: impl Into<Option<CaseId>>, what: What) -> Event {
    Event::new(0, what).in_lane(Lane::default()).of_case(case)
}

/// This reached an upstream, with a mark.
pub(super) fn arrived(part: Part, arrival: Arrival) -> What {
    What::Arrived { part, by: By::Mark, arrival: Box::new(arrival) }
}

/// A scenario has settled, its tap caught up or not.
pub(super) fn settled(scenario: ScenarioId, audit_read: bool) -> Event {
    Event::new(0, What::Settled { scenario, audit_read })
}

/// A whole answer with a JSON body.
pub(super) fn answer(status: u16, body: &str) -> Answered {
    typed(status, "application/json", body)
}

/// A whole answer with a body of this type.
pub(super) fn typed(status: u16, kind: &str, body: &str) -> Answered {
    Answered {
        status,
        reason: None,
        headers: vec![("content-type".to_owned(), Octets::from(kind))],
        body: Capture::of(body.as_bytes(), 1 << 16),
        end: End::Complete,
        extras: None,
    }
}

/// A stream's report: sends, answers by status, arrivals in microseconds.
pub(super) fn stream(sent: u64, statuses: &[(u16, u64)], admitted_us: Vec<u64>) -> StreamReport {
    StreamReport {
        sent,
        statuses: statuses.iter().copied().collect::<BTreeMap<_, _>>(),
        admitted_us,
        ..StreamReport::default()
    }
}

/// The result of the one attack case whose events `tell` adds, after a benign call that worked.
pub(super) fn attack(step: &str, tell: impl FnOnce(&mut Run)) -> ScenarioResult {
    let mut run = Run::of(step);
    run.sent(1);
    tell(&mut run);
    run.settled(true)
}

#[track_caller]
pub(super) fn passes(result: &ScenarioResult) {
    assert_eq!(result.verdict, Verdict::Pass, "{result:#?}");
    assert!(result.findings.is_empty());
}

/// Expects one finding whose title contains `seen`.
#[track_caller]
pub(super) fn fails(result: &ScenarioResult, seen: &str) {
    assert_eq!(result.verdict, Verdict::Fail, "{result:#?}");
    let title = &result.findings.first().unwrap().title;
    assert!(title.contains(seen), "{title}");
}

#[track_caller]
pub(super) fn open(result: &ScenarioResult, reason: Reason) {
    assert_eq!((result.verdict, result.reason), (Verdict::Inconclusive, Some(reason)), "{result:#?}");
}
