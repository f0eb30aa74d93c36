//! One lane: a target, its upstreams, its tap, and the scenarios that run there one after another.

mod arrivals;
mod calibrate;
mod case;
mod control;
mod pace;
mod settle;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use pincer_core::observe::{Event, STRANGER, What};
use pincer_core::plan::{Case, Phase, Play};
use pincer_core::scenario::{Alarm, Answer, Outage, Scenario};
use pincer_core::vocab::{self, CaseId, ScenarioId, TargetKind};
use pincer_drive::{Drive, Fence, Sent};
use pincer_stage::hostile::Hostile;
use pincer_stage::model::Model;
use pincer_stage::secure::Secure;
use pincer_stage::{Flight, Owner, Playbook, Sensor, StageError};
use pincer_stand::{ANY, Access, Addresses, Log, RunningTarget, Surroundings, Upstreams};
use tokio::sync::{Mutex, watch};
use tokio::time::{Instant, sleep, timeout};

use self::arrivals::Arrivals;
pub use self::calibrate::UnfitTarget;
use self::control::Controls;
use self::pace::Pace;
use super::{ConductError, Job, Kind, Queue, RunContext, fault, next};

/// Most recent records without a canary that are kept.
const RECENT: usize = 64;
/// Least time that the end of a run waits for late arrivals: longer than a queue in front of an upstream delays a call.
const STRAGGLERS: Duration = Duration::from_secs(1);
/// Size of a large body, in bytes.
const LARGE: u64 = 1 << 20;

/// The address of a stranger: a name beside the numbers of the others, so that the host differs, not the port alone.
fn by_name(stranger: &Hostile) -> String {
    format!("http://localhost:{}", stranger.address().port())
}

/// A lane before it runs.
pub(super) struct Lane {
    pub(super) number: vocab::Lane,
    pub(super) kind: Kind,
    pub(super) queue: Queue,
    pub(super) job: Arc<Job>,
    pub(super) context: RunContext,
}

/// What must live as long as the lane runs. Fields are dropped in this order: the target before its surroundings.
struct Rig {
    drive: Drive,
    playbook: Arc<Playbook>,
    /// A host that the target's owner does not know, where planted links lead.
    stranger: Hostile,
    /// The calls that are under way.
    flight: Flight,
    /// Arrivals during the calibration.
    arrivals: Arrivals,
    /// Whether an agent that Pincer started did not end in time.
    late: AtomicBool,
    /// The number of alerts.
    alerts: watch::Receiver<usize>,
    /// The last records without a case's canary.
    records: watch::Receiver<VecDeque<String>>,
    /// Whether the audit log ever wrote anything.
    heard: Arc<AtomicBool>,
    /// Whether the last repeated benign call was served without an arrival.
    cached: AtomicBool,
    /// Keeps calls below a declared limit.
    pace: Pace,
    /// When the last flood ended.
    flooded: Mutex<Option<Instant>>,
    /// Finished scenarios that wait for records of a late log.
    unsettled: Mutex<Vec<(ScenarioId, Controls)>>,
    target: RunningTarget,
    _model: Option<Model>,
    _upstreams: Vec<Hostile>,
    /// The TLS listeners in front of them.
    secure: Vec<Secure>,
}

impl Rig {
    /// Sends a case's call, or starts the agent with its task.
    async fn send(&self, case: &Case, deadline: Duration) -> Sent {
        if let Some(program) = &self.target.program {
            return program.send(case, deadline).await;
        }
        let pointed = case.call.pointed_at(&by_name(&self.stranger));
        let pointed = pointed.map(|call| Box::new(Case { call, ..case.clone() }));
        self.drive.send(pointed.as_deref().unwrap_or(case), deadline).await
    }

    /// An upstream's answer, with `${stranger}` filled in.
    fn pointed(&self, play: &Play) -> Play {
        play.pointed_at(&by_name(&self.stranger))
    }
}

impl Lane {
    /// Runs scenarios from the queue until it is empty.
    pub(super) async fn run(self) -> Result<(), ConductError> {
        let mut standing = None;
        while let Some(id) = next(&self.queue) {
            match fault::caught(Box::pin(self.turn(standing.take(), &id))).await {
                Ok(rig) => standing = Some(rig),
                Err(bug @ ConductError::Bug(_)) => self.context.broke(id, bug)?,
                // The rest of the queue is for the other lanes.
                Err(error) => return self.context.broke(id, error),
            }
        }
        if let Some(rig) = standing {
            self.settle_late(&rig).await;
            self.await_stragglers().await;
        }
        Ok(())
    }

    /// Only calibrates the target.
    pub(super) async fn probe(self) -> Result<(), ConductError> {
        let rig = self.set_up().await?;
        Ok(self.calibrated(&rig).await?)
    }

    /// Runs a scenario. A target that ended during the previous one is started again.
    async fn turn(&self, mut standing: Option<Box<Rig>>, id: &ScenarioId) -> Result<Box<Rig>, ConductError> {
        if standing.as_mut().is_some_and(|rig| rig.target.ended())
            && let Some(rig) = standing.take()
        {
            self.settle_late(&rig).await;
        }
        let rig = match standing {
            Some(rig) => rig,
            None => self.calibrated_target().await?,
        };
        self.scenario(rig, id).await
    }

    /// A calibrated target. One that ended during a benign call is started again.
    async fn calibrated_target(&self) -> Result<Box<Rig>, ConductError> {
        let mut rig = self.set_up().await?;
        self.calibrated(&rig).await?;
        self.context.progress.calibrated.store(true, Ordering::Relaxed);
        if rig.target.ended() {
            drop(rig);
            rig = self.set_up().await?;
            self.calibrated(&rig).await?;
        }
        Ok(rig)
    }

    /// Waits for what an external target still forwards after its last answer: three times as long as its slowest
    /// benign call.
    async fn await_stragglers(&self) {
        if self.job.subject.is_foreign() {
            let slowest =
                self.calibration().map_or(0, |calibration| calibration.latency_us.last().copied().unwrap_or(0));
            sleep(Duration::from_micros(slowest.saturating_mul(3)).clamp(STRAGGLERS, STRAGGLERS * 5)).await;
        }
    }

    /// Writes what happened in this lane, to this case if any.
    fn note(&self, case: impl Into<Option<CaseId>>, what: What) {
        let event = Event::new(self.context.clock.now_us(), what);
        self.context.scribe.event(event.in_lane(self.number).of_case(case));
    }

    async fn set_up(&self) -> Result<Box<Rig>, ConductError> {
        let plan = &self.job.plan;
        let arrivals = Arrivals::default();
        let (alerted, alerts) = watch::channel(0);
        let (recording, records) = watch::channel(VecDeque::new());
        let heard = Arc::new(AtomicBool::new(false));
        let sensor = self.sensor((arrivals.clone(), heard.clone()), alerted, recording);
        let flight = sensor.flight().clone();
        let playbook = Arc::new(Playbook::default());
        let authority = self.context.authority.as_ref();
        let upstreams =
            Upstreams::open(&plan.target, self.job.subject.is_foreign(), (authority, &sensor), |name, listener| {
                let playing = Hostile::open(name.clone(), listener, playbook.clone(), sensor.clone())?;
                let address = playing.address();
                Ok::<_, StageError>((playing, address))
            })
            .await?;
        let (model, stranger) = self.around(&playbook, &sensor)?;
        let fence = Fence::new(plan.target.authorize.clone());
        let addresses = Addresses {
            upstreams: upstreams.addresses,
            authority: self.context.authority.clone(),
            audit: None,
            idp: self.context.idp_address(),
            model: model.as_ref().map(Model::address),
        };
        let RunContext { credentials, redactor, .. } = &self.context;
        let surroundings = Surroundings {
            target: &plan.target,
            tracer: plan.tracer(),
            addresses,
            access: Access { fence: &fence, credentials, redactor },
            log: if self.kind == Kind::Outage { Log::Severable } else { Log::Read },
            sensor,
        };
        let target = self.job.subject.start(surroundings).await?;
        let (url, tls) = (target.url.clone(), target.tls.clone());
        self.note(None, What::Staged { url, tls });
        let drive = Drive::new(&target.url, target.tls.as_deref(), &fence, self.context.credentials.clone()).await?;
        let drive = drive.looking_like(plan.client())?;
        self.context.faults.stands();
        let late = AtomicBool::new(false);
        Ok(Box::new(Rig {
            drive,
            playbook,
            stranger,
            flight,
            arrivals,
            late,
            alerts,
            records,
            heard,
            cached: AtomicBool::new(false),
            pace: Pace::new(plan.target.limits.rate.as_ref()),
            flooded: Mutex::default(),
            unsettled: Mutex::default(),
            target,
            _model: model,
            _upstreams: upstreams.playing,
            secure: upstreams.secure,
        }))
    }

    /// What surrounds a target beside its upstreams: the model of an agent, and a stranger.
    fn around(&self, playbook: &Arc<Playbook>, sensor: &Sensor) -> Result<(Option<Model>, Hostile), ConductError> {
        let stranger = Hostile::stranger(pincer_stage::bind(STRANGER, ANY)?, sensor.clone())?;
        if self.job.plan.target.kind == TargetKind::Gateway {
            return Ok((None, stranger));
        }
        let listener = pincer_stage::bind("model", ANY)?;
        let model = Model::open(listener, by_name(&stranger), playbook.clone(), sensor.clone())?;
        Ok((Some(model), stranger))
    }

    fn sensor(
        &self,
        (arrivals, heard): (Arrivals, Arc<AtomicBool>),
        alerted: watch::Sender<usize>,
        recording: watch::Sender<VecDeque<String>>,
    ) -> Sensor {
        let report = self.context.scribe.reporter();
        let alerts = self.job.plan.target.alerts().cloned();
        let out = move |event: Event| {
            let alert = match &event.what {
                What::Arrived { part, by, arrival } => {
                    let owner = event.case.map(|case| Owner { case, part: *part, by: *by });
                    arrivals.see(owner, arrival);
                    false
                }
                What::Superseded { .. } => {
                    arrivals.supersede();
                    false
                }
                What::AuditRecord { line } => {
                    heard.store(true, Ordering::Relaxed);
                    if event.case.is_none() {
                        recording.send_modify(|lines| {
                            lines.truncate(RECENT - 1);
                            lines.push_front(line.lossy().into_owned());
                        });
                    }
                    alerts.as_ref().is_some_and(|alerts| alerts.read(&line.lossy()).is_some())
                }
                _ => false,
            };
            report(event);
            if alert {
                alerted.send_modify(|count| *count += 1);
            }
        };
        Sensor::new(self.context.clock, self.number, self.job.plan.tracer().clone(), Arc::new(out))
    }

    /// Runs the cases of a scenario, benign ones first, and settles. An agent still working at its deadline is
    /// restarted before the next case.
    async fn scenario(&self, mut rig: Box<Rig>, id: &ScenarioId) -> Result<Box<Rig>, ConductError> {
        let plan = &self.job.plan;
        let Some((scenario, entry)) = plan.scenarios().find(|(scenario, _)| scenario.id == *id) else {
            return Ok(rig);
        };
        let timed = scenario.steps().any(|step| step.expect.as_fast.is_some());
        // Floods, timings and outages run one call at a time. So do large bodies, because of memory, and TLS
        // handshakes, because an upstream's handshake applies to all connections.
        let large = |answer: &Answer| answer.size.is_some_and(|size| size.0 > LARGE);
        let single = |answer: &Answer| large(answer) || answer.handshake.is_some();
        let mut answers = scenario.steps().flat_map(|step| &step.upstream);
        let alone = self.kind == Kind::Outage || timed || scenario.measures() || answers.any(single);
        let width = if alone || !self.marked() { 1 } else { self.job.concurrency };
        let mut controls = Controls::of(self, scenario, alone);
        let before = *rig.alerts.borrow();
        rig.pace.begin(scenario);
        self.rest(&rig, scenario).await;
        for phase in [Phase::Benign, Phase::Attack] {
            let drawn = plan.cases(scenario, entry).filter(|case| case.phase == phase);
            let cases: Box<dyn Iterator<Item = Case> + Send> =
                if timed { Box::new(alternate(drawn)) } else { Box::new(drawn) };
            let mut cases = cases.peekable();
            while cases.peek().is_some() {
                let late = || rig.late.load(Ordering::Relaxed);
                let until_late = std::iter::from_fn(|| if late() { None } else { cases.next() });
                let some = until_late.take(controls.apart());
                stream::iter(some).for_each_concurrent(width, |case| self.case(&rig, case)).await;
                if late() {
                    drop(rig);
                    rig = self.set_up().await?;
                    self.calibrated(&rig).await?;
                } else if phase == Phase::Attack && cases.peek().is_some() {
                    self.control(&rig, &mut controls).await;
                }
            }
        }
        if self.kind == Kind::Outage {
            self.fail(&rig, &[]).await;
        }
        self.await_alerts(&rig, scenario, before).await;
        self.settle(&rig, (scenario, entry), controls).await;
        self.context.progress.scenarios.fetch_add(1, Ordering::Relaxed);
        Ok(rig)
    }

    /// Waits for the alerts that the scenario should have raised, for the declared time.
    async fn await_alerts(&self, rig: &Rig, scenario: &Scenario, before: usize) {
        let due = scenario.attack.iter().filter(|step| step.expect.alerts.is_some_and(|alarm| alarm != Alarm::None));
        let due = due.count();
        if let Some(declared) = self.job.plan.target.alerts().filter(|_| due > 0) {
            // The judge decides about alerts that did not come in time.
            let _ = timeout(declared.within.0, rig.alerts.clone().wait_for(|count| *count >= before + due)).await;
        }
    }

    /// Causes these outages, and ends all others.
    async fn fail(&self, rig: &Rig, outage: &[Outage]) {
        if let Some(idp) = &self.context.idp {
            idp.fail(outage.iter().find(|outage| outage.is_of_keys()).copied());
        }
        rig.playbook.set_down(outage.contains(&Outage::UpstreamDown));
        if let Some(tap) = &rig.target.tap {
            tap.set_open(!outage.contains(&Outage::AuditDown)).await;
        }
    }
}

/// The cases in turn, one of each step, so that disturbances of the machine affect all steps alike.
fn alternate(cases: impl Iterator<Item = Case>) -> impl Iterator<Item = Case> {
    let mut counts: BTreeMap<usize, u32> = BTreeMap::new();
    let mut turns: Vec<(u32, Case)> = cases
        .map(|case| {
            let count = counts.entry(case.step).or_default();
            *count += 1;
            (*count, case)
        })
        .collect();
    turns.sort_by_key(|(turn, case)| (*turn, case.step));
    turns.into_iter().map(|(_, case)| case)
}
