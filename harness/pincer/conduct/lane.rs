//! One lane: a target, its upstreams, its tap, and the scenarios that run there one after another.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use pincer_core::observe::Event;
use pincer_core::plan::{Case, Phase, Plan};
use pincer_core::scenario::Launch;
use pincer_core::vocab::{CaseId, Octets, ScenarioId, Upstream};
use pincer_drive::{Credentials, Drive, Fence};
use pincer_stage::hostile::Hostile;
use pincer_stage::polite::Polite;
use pincer_stage::tap::Tap;
use pincer_stage::{Clock, Playbook, Playing, Report, Sensor};
use tokio::time::timeout;

use super::launch::Launched;
use super::scribe::{Scribe, Sign};
use super::words::{Addresses, Words};
use super::{ANY, ConductError, Job, Progress, Queue, Subject, next};
use crate::embedded::{Around, Embedded};

/// The index of the call by which a lane sees that all before it has been seen; no plan has as many cases.
const BARRIER: u32 = 0x00ff_ffff;
/// How long the barrier's arrival, and its audit record, are waited for.
const SETTLE: Duration = Duration::from_secs(2);

/// A lane before it runs.
pub(super) struct Lane {
    pub(super) number: u32,
    pub(super) hostile: bool,
    pub(super) queue: Queue,
    pub(super) job: Arc<Job>,
    pub(super) scribe: Scribe,
    pub(super) credentials: Credentials,
    pub(super) idp: Option<SocketAddr>,
    pub(super) progress: Arc<Progress>,
    pub(super) clock: Clock,
}

/// What must live as long as the lane runs. Fields are dropped in this order: the target before its folder.
struct Held {
    drive: Drive,
    playbook: Arc<Playbook>,
    /// Whether anything has reached an upstream.
    reached: Arc<AtomicBool>,
    target: Stand,
    tap: Option<Tap>,
    _upstreams: Vec<Playing>,
}

/// A target that stands where it can be called.
struct Stand {
    url: String,
    launched: Option<Launched>,
    _embedded: Option<Embedded>,
    _words: Option<Words>,
}

impl Lane {
    /// Runs scenarios of the queue until it is empty.
    pub(super) async fn run(self) -> Result<(), ConductError> {
        let Some(mut id) = next(&self.queue) else { return Ok(()) };
        let mut held = self.set_up().await?;
        loop {
            self.scenario(&held, &id).await;
            let Some(following) = next(&self.queue) else { return Ok(()) };
            id = following;
            if held.target.launched.as_mut().is_some_and(Launched::ended) {
                // A target that died of one scenario is started again for the next.
                drop(held);
                held = self.set_up().await?;
            }
        }
    }

    async fn set_up(&self) -> Result<Held, ConductError> {
        let plan = &self.job.plan;
        let reached = Arc::new(AtomicBool::new(false));
        let sensor = self.sensor(reached.clone());
        let playbook = Arc::new(Playbook::default());
        let mut upstreams = Vec::new();
        let mut addresses: Vec<(Upstream, SocketAddr)> = Vec::new();
        for (name, spec) in &plan.target.upstreams {
            let external = matches!(self.job.subject, Subject::External { .. });
            let address = spec.listen.filter(|_| external).unwrap_or(ANY);
            let listener = pincer_stage::bind(name.as_str(), address)?;
            let playing = if self.hostile {
                Playing::Hostile(Hostile::open(name.clone(), listener, playbook.clone(), sensor.clone())?)
            } else {
                Playing::Polite(Polite::open(name.clone(), listener, playbook.clone(), sensor.clone()).await)
            };
            addresses.push((name.clone(), playing.address()));
            upstreams.push(playing);
        }
        let (target, tap) = self.stand(&addresses, sensor).await?;
        let url = target.url.clone();
        self.scribe.event(Event::Staged { at_us: self.clock.now_us(), lane: self.number, url });
        let fence = Fence::new(plan.target.authorize.clone());
        let drive = Drive::new(&target.url, &fence, self.credentials.clone()).await?;
        Ok(Held { drive, playbook, reached, target, tap, _upstreams: upstreams })
    }

    fn sensor(&self, reached: Arc<AtomicBool>) -> Sensor {
        let report = self.scribe.reporter();
        let out = move |seen| {
            if matches!(seen, Report::Arrived { .. }) {
                reached.store(true, Ordering::Relaxed);
            }
            report(seen);
        };
        Sensor::new(self.clock, self.number, self.job.plan.tracer().clone(), Arc::new(out))
    }

    /// The target, and the tap on its audit log.
    async fn stand(
        &self,
        upstreams: &[(Upstream, SocketAddr)],
        sensor: Sensor,
    ) -> Result<(Stand, Option<Tap>), ConductError> {
        let bare = |url| Stand { url, launched: None, _embedded: None, _words: None };
        match &self.job.subject {
            Subject::Embedded(weaken) => {
                let around = Around { upstreams, idp: self.idp, tracer: self.job.plan.tracer() };
                let embedded = Embedded::start(&around, weaken).await?;
                let url = embedded.url();
                let tap = Tap::file(embedded.audit(), sensor).await;
                Ok((Stand { _embedded: Some(embedded), ..bare(url) }, Some(tap)))
            }
            Subject::Sentinel(sentinel) => Ok((bare(sentinel.url(upstreams).await), None)),
            Subject::External { folder, launch, .. } => self.external(folder, launch.as_ref(), upstreams, sensor).await,
        }
    }

    async fn external(
        &self,
        folder: &Path,
        launch: Option<&Launch>,
        upstreams: &[(Upstream, SocketAddr)],
        sensor: Sensor,
    ) -> Result<(Stand, Option<Tap>), ConductError> {
        let target = &self.job.plan.target;
        let audit = target.audit.as_ref();
        let posted = match audit.and_then(|audit| audit.post) {
            Some(address) => Some(Tap::post(pincer_stage::bind("audit", address)?, sensor.clone())?),
            None => None,
        };
        let audit_at = posted.as_ref().map(|(_, address)| *address);
        let addresses = Addresses { upstreams: upstreams.to_vec(), audit: audit_at, idp: self.idp };
        let mut words = Words::new(folder, addresses, self.job.plan.tracer())?;
        let url = words.fill(&target.url)?;
        let file = audit.and_then(|audit| audit.file.as_ref()).map(|file| words.fill(file)).transpose()?;
        // The tap stands at the file's end before the target writes.
        let mut tap = match &file {
            Some(file) => Some(Tap::file(folder.join(file), sensor.clone()).await),
            None => posted.map(|(tap, _)| tap),
        };
        let mut launched = None;
        if let Some(launch) = launch {
            let (mut child, stdout) = Launched::start(launch, &mut words, audit.is_some_and(|audit| audit.stdout))?;
            tap = tap.or_else(|| stdout.map(|stdout| Tap::stream(stdout, sensor)));
            child.ready(launch, &url, words.work()).await?;
            launched = Some(child);
        }
        Ok((Stand { url, launched, _embedded: None, _words: Some(words) }, tap))
    }

    /// Runs the cases of a scenario, benign ones first, and settles.
    async fn scenario(&self, held: &Held, id: &ScenarioId) {
        let plan = &self.job.plan;
        let Some((scenario, entry)) = plan.scenarios().find(|(scenario, _)| scenario.id == *id) else { return };
        for phase in [Phase::Benign, Phase::Attack] {
            let cases = plan.cases(scenario, entry).filter(|case| case.phase == phase);
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
            let deadline = case.within.map_or(self.job.deadline, |within| within.0 * 3 / 2);
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

    /// Sends one more benign call and waits until it has arrived and its audit record has come: then all that was
    /// under way before it has been seen. Says whether the audit log was.
    async fn settle(&self, held: &Held, plan: &Plan, id: &ScenarioId) -> bool {
        let Some(mut case) = plan.case(CaseId::new(id, 0)) else { return false };
        let from = plan.tracer().canary(case.id, 0).to_string();
        case.id = CaseId::new(id, BARRIER);
        let to = plan.tracer().canary(case.id, 0).to_string();
        for (_, value) in &mut case.call.headers {
            *value = Octets(value.lossy().replace(&from, &to).into_bytes());
        }
        let (arrived, recorded) = (self.scribe.sign(case.id, Sign::Arrival), self.scribe.sign(case.id, Sign::Record));
        let answer = held.drive.send(&case, SETTLE.min(self.job.deadline)).await.outcome;
        let served = answer.is_ok_and(|answer| (200..300).contains(&answer.status));
        if served && held.reached.load(Ordering::Relaxed) {
            // A target that stopped forwarding is told by the cases, not here.
            let _ = timeout(SETTLE, arrived).await;
        }
        held.tap.is_some() && timeout(SETTLE, recorded).await.is_ok_and(|recorded| recorded.is_ok())
    }
}
