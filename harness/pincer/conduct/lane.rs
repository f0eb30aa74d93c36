//! One lane: a target, its upstreams, its tap, and the scenarios that run there one after another.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use pincer_core::observe::Event;
use pincer_core::plan::{Case, Phase, Plan};
use pincer_core::vocab::{CaseId, Octets, ScenarioId, Upstream};
use pincer_drive::{Credentials, Drive, Fence};
use pincer_stage::hostile::Hostile;
use pincer_stage::polite::Polite;
use pincer_stage::tap::Tap;
use pincer_stage::{Clock, Playbook, Playing, Sensor};

use super::launch::Launched;
use super::scribe::Scribe;
use super::{ConductError, Job, Progress, Subject};
use crate::embedded::Embedded;

/// The index of the call by which a lane sees that all before it has been seen; no plan has as many cases.
const BARRIER: u32 = 0x00ff_ffff;
/// How long the barrier's audit record is waited for.
const SETTLE: Duration = Duration::from_secs(2);
/// How long a case may take when its expectation names no time.
const DEADLINE: Duration = Duration::from_secs(10);

/// A lane before it runs.
pub(super) struct Lane {
    pub(super) number: u32,
    pub(super) hostile: bool,
    pub(super) scenarios: Vec<ScenarioId>,
    pub(super) job: Arc<Job>,
    pub(super) scribe: Scribe,
    pub(super) credentials: Credentials,
    pub(super) progress: Arc<Progress>,
    pub(super) clock: Clock,
}

/// What must live as long as the lane runs.
struct Held {
    drive: Drive,
    playbook: Arc<Playbook>,
    tapped: bool,
    _upstreams: Vec<Playing>,
    _tap: Option<Tap>,
    _embedded: Option<Embedded>,
    _launched: Option<Launched>,
}

impl Lane {
    /// Runs all scenarios of the lane.
    pub(super) async fn run(self) -> Result<(), ConductError> {
        if self.scenarios.is_empty() {
            return Ok(());
        }
        let held = self.set_up().await?;
        for id in &self.scenarios {
            self.scenario(&held, id).await;
        }
        Ok(())
    }

    async fn set_up(&self) -> Result<Held, ConductError> {
        let plan = &self.job.plan;
        let sensor = Sensor::new(self.clock, self.number, plan.tracer().clone(), self.scribe.reporter());
        let playbook = Arc::new(Playbook::default());
        let mut upstreams = Vec::new();
        let mut addresses: Vec<(Upstream, SocketAddr)> = Vec::new();
        for (name, spec) in &plan.target.upstreams {
            let any = SocketAddr::from(([127, 0, 0, 1], 0));
            let external = matches!(self.job.subject, Subject::External { .. });
            let address = spec.listen.as_deref().filter(|_| external).and_then(|text| text.parse().ok()).unwrap_or(any);
            let listener = pincer_stage::bind(name.as_str(), address)?;
            let playing = if self.hostile {
                Playing::Hostile(Hostile::open(name.clone(), listener, playbook.clone(), sensor.clone())?)
            } else {
                Playing::Polite(Polite::open(name.clone(), listener, playbook.clone(), sensor.clone()).await)
            };
            addresses.push((name.clone(), playing.address()));
            upstreams.push(playing);
        }
        let (url, audit, embedded, launched) = self.target(&addresses).await?;
        let tapped = audit.is_some();
        let tap = match audit {
            Some(file) => Some(Tap::open(file, sensor).await),
            None => None,
        };
        let drive = Drive::new(&url, &Fence::new(plan.target.authorize.clone()), self.credentials.clone()).await?;
        Ok(Held { drive, playbook, tapped, _upstreams: upstreams, _tap: tap, _embedded: embedded, _launched: launched })
    }

    /// The target's address, its audit log and what keeps it running.
    async fn target(
        &self,
        upstreams: &[(Upstream, SocketAddr)],
    ) -> Result<(String, Option<PathBuf>, Option<Embedded>, Option<Launched>), ConductError> {
        let target = &self.job.plan.target;
        match &self.job.subject {
            Subject::Embedded(weaken) => {
                let embedded = Embedded::start(self.job.plan.seed, upstreams, weaken).await?;
                Ok((embedded.url(), Some(embedded.audit()), Some(embedded), None))
            }
            Subject::Sentinel(sentinel) => Ok((sentinel.url(upstreams).await, None, None, None)),
            Subject::External { folder, .. } => {
                let audit = target.audit.as_ref().map(|audit| audit.file.replace("${dir}", &folder.to_string_lossy()));
                let launched = match &target.launch {
                    Some(launch) => Some(Launched::start(launch, &target.url, folder).await?),
                    None => None,
                };
                Ok((target.url.clone(), audit.map(PathBuf::from), None, launched))
            }
        }
    }

    /// Runs the cases of a scenario, benign ones first, and settles.
    async fn scenario(&self, held: &Held, id: &ScenarioId) {
        let plan = &self.job.plan;
        let Some((scenario, entry)) = plan.scenarios().find(|(scenario, _)| scenario.id == *id) else { return };
        for phase in [Phase::Benign, Phase::Attack] {
            let cases = plan.cases(scenario, entry).filter(|case| {
                case.phase == phase
                    && (phase == Phase::Benign || self.job.only_case.is_none_or(|only| only == case.id.index))
            });
            // Floods are measurements: one at a time.
            let flood = scenario.benign.iter().chain(&scenario.attack).any(|step| step.flood.is_some());
            let width = if flood { 1 } else { self.job.concurrency };
            stream::iter(cases).for_each_concurrent(width, |case| self.case(held, case)).await;
        }
        let tapped = self.settle(held, plan, id).await;
        self.scribe.event(Event::Settled { at_us: self.clock.now_us(), scenario: id.clone(), tapped });
    }

    async fn case(&self, held: &Held, case: Case) {
        if let Some(play) = &case.play {
            held.playbook.set(case.id, play.clone());
        }
        self.scribe.event(Event::Sent { at_us: self.clock.now_us(), lane: self.number, case: case.id });
        if let Some(flood) = &case.flood {
            self.scribe.count(case.id);
            let mut report = held.drive.flood(&case, flood, self.job.plan.tracer()).await;
            for (part, at_us) in self.scribe.counted(case.id).await {
                if let Some(stream) = report.streams.get_mut(usize::from(part)) {
                    stream.admitted_us.push(at_us);
                }
            }
            self.scribe.event(Event::Flooded { at_us: self.clock.now_us(), case: case.id, report: Box::new(report) });
        } else {
            // Half as long again as the case may take, so that late is told from never.
            let deadline = case.expect.within.map_or(DEADLINE, |within| within.0 * 3 / 2);
            let sent = held.drive.send(&case, deadline).await;
            let took_us = u64::try_from(sent.took.as_micros()).unwrap_or(u64::MAX);
            let at_us = self.clock.now_us();
            self.scribe.event(Event::Answered { at_us, case: case.id, took_us, outcome: sent.outcome });
        }
        if case.play.is_some() {
            held.playbook.clear(case.id);
        }
        self.progress.done.fetch_add(1, Ordering::Relaxed);
    }

    /// Sends one more benign call and waits for its audit record: then all earlier records have been read.
    async fn settle(&self, held: &Held, plan: &Plan, id: &ScenarioId) -> bool {
        if !held.tapped {
            return false;
        }
        let Some(mut case) = plan.case(CaseId::new(id, 0)) else { return false };
        let from = plan.tracer().canary(case.id, 0).to_string();
        case.id = CaseId::new(id, BARRIER);
        let to = plan.tracer().canary(case.id, 0).to_string();
        for (_, value) in &mut case.call.headers {
            *value = Octets(value.lossy().replace(&from, &to).into_bytes());
        }
        let recorded = self.scribe.recorded(case.id);
        held.drive.send(&case, SETTLE).await;
        tokio::time::timeout(SETTLE, recorded).await.is_ok_and(|recorded| recorded.is_ok())
    }
}
