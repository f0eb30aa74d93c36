//! The end of a scenario: one more call, the control after the last attack, is followed until everything before it has
//! been seen.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use pincer_core::judge::tracking_ids;
use pincer_core::observe::{Answered, Failure, Join, What};
use pincer_core::plan::{Case, Entry};
use pincer_core::scenario::{Scenario, Step};
use pincer_core::vocab::{ScenarioId, TargetKind};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::super::Kind;
use super::super::scribe::Sign;
use super::calibrate::GATHERS;
use super::control::{Controls, served};
use super::{Lane, Rig};

/// Most time to wait for the control's arrival and its audit record.
const SETTLE: Duration = Duration::from_secs(2);
/// How long to wait for a log that never wrote anything.
const SILENT: Duration = Duration::from_millis(50);
/// How many controls show that a log has been read, if it leaves out some calls.
const RECORDS: usize = 3;

impl Lane {
    /// Waits until everything that the scenario's cases did has been seen, and reports this. A late log is waited for
    /// once, at the end of the lane.
    pub(super) async fn settle(&self, rig: &Rig, (scenario, entry): (&Scenario, &Entry), mut controls: Controls) {
        self.find_touched(scenario, entry);
        let tapped = match self.job.plan.target.kind {
            // After a flood, a limiter may refuse the control.
            TargetKind::Gateway if self.gathers() && rig.target.tap.is_some() => {
                self.last_control(rig, &mut controls, !scenario.measures()).await;
                if self.kind == Kind::Sound {
                    rig.unsettled.lock().await.push((scenario.id.clone(), controls));
                    return;
                }
                scenario.steps().any(looks_at_records) && self.caught_up(rig, &mut controls).await
            }
            TargetKind::Gateway => self.settle_gateway(rig, &mut controls, !scenario.measures()).await,
            TargetKind::Agent if rig.target.tap.is_some() && scenario.steps().any(looks_at_records) => {
                match self.next_control(&mut controls) {
                    Some(barrier) => self.settle_agent(rig, &barrier).await,
                    None => false,
                }
            }
            // An agent has finished when it answers; what it does later still counts against it.
            TargetKind::Agent => false,
        };
        self.settled(rig, scenario.id.clone(), tapped);
    }

    /// Waits until a late log has caught up, and settles the scenarios that wait for it.
    pub(super) async fn settle_late(&self, rig: &Rig) {
        let mut unsettled = std::mem::take(&mut *rig.unsettled.lock().await);
        let Some((_, controls)) = unsettled.last_mut() else { return };
        let tapped = self.caught_up(rig, controls).await;
        for (id, _) in unsettled {
            self.settled(rig, id, tapped);
        }
    }

    fn settled(&self, rig: &Rig, scenario: ScenarioId, tapped: bool) {
        for (case, bytes) in rig.drive.found_behind() {
            self.note(case, What::BytesAfterAnswer(Box::new(bytes)));
        }
        self.note(None, What::Settled { scenario, audit_read: tapped });
    }

    /// Whether the target's log writes late.
    fn gathers(&self) -> bool {
        self.calibration().is_some_and(|calibration| calibration.late_log)
    }

    /// Whether a late log has written the record of one more control, and so all earlier ones; it may leave out some
    /// calls. From a log that never wrote anything, nothing is expected.
    async fn caught_up(&self, rig: &Rig, controls: &mut Controls) -> bool {
        let mut made = Vec::new();
        for control in (0..RECORDS).filter_map(|_| self.next_control(controls)) {
            let marked = self.context.scribe.sign(control.id, Sign::Record);
            made.push((self.unweighed(rig, &control).await.ok(), marked));
        }
        let record = |(answer, marked): (Option<Answered>, _)| async move {
            self.record(rig, answer.as_ref(), marked).await.is_some()
        };
        let records: FuturesUnordered<_> = made.into_iter().map(record).collect();
        let came = timeout(GATHERS, records.any(|came| async move { came })).await.unwrap_or(false);
        came || !rig.heard.load(Ordering::Relaxed)
    }

    /// Makes the control after the last attack, and waits for its arrival.
    async fn last_control(&self, rig: &Rig, controls: &mut Controls, weighed: bool) -> Option<LastControl> {
        let control = self.next_control(controls)?;
        let sign = |sign| self.context.scribe.sign(control.id, sign);
        let (arrived, recorded) = (sign(Sign::Arrival), sign(Sign::Record));
        let answer = if weighed && self.kind == Kind::Sound {
            self.ask(rig, &control, SETTLE.min(self.job.deadline)).await.ok()
        } else {
            self.unweighed(rig, &control).await.ok()
        };
        if answer.as_ref().is_some_and(served) && self.arrives() {
            // The cases reveal a target that stopped forwarding, not the control. A target that answers from a cache
            // may continue to do so.
            let patience = if rig.cached.load(Ordering::Relaxed) { SILENT } else { SETTLE };
            rig.cached.store(timeout(patience, arrived).await.is_err(), Ordering::Relaxed);
        }
        Some(LastControl { answer, recorded })
    }

    /// Makes a control that is not judged. Its arrivals still belong to it, not to the last case.
    async fn unweighed(&self, rig: &Rig, control: &Case) -> Result<Answered, Failure> {
        rig.pace.wait(control).await;
        rig.flight.start(control.id, &control.call);
        let outcome = rig.send(control, SETTLE.min(self.job.deadline)).await.outcome;
        rig.flight.end(control.id);
        outcome
    }

    /// Looks for files that ordered calls create, and removes them.
    fn find_touched(&self, scenario: &Scenario, entry: &Entry) {
        // Building all cases again takes time.
        if scenario.steps().all(|step| step.order.is_none()) {
            return;
        }
        for case in self.job.plan.cases(scenario, entry) {
            let Some(path) = case.mind.and_then(|mind| mind.touches) else { continue };
            if std::fs::remove_file(&path).is_ok() {
                self.note(case.id, What::FileMade { path });
            }
        }
    }

    /// A control has arrived, and its record has come. One of several is enough: a log may leave out some calls.
    async fn settle_gateway(&self, rig: &Rig, controls: &mut Controls, weighed: bool) -> bool {
        for _ in 0..RECORDS {
            let Some(LastControl { answer, recorded }) = self.last_control(rig, controls, weighed).await else {
                return false;
            };
            if rig.target.tap.is_none() {
                return false;
            }
            if self.recorded(rig, answer.as_ref(), recorded).await {
                return true;
            }
        }
        false
    }

    /// Whether a call's record has come in time.
    async fn recorded(&self, rig: &Rig, answer: Option<&Answered>, marked: oneshot::Receiver<()>) -> bool {
        let calibration = self.calibration();
        let join = calibration.as_ref().map_or(Some(Join::Mark), |calibration| calibration.join);
        let came = async { self.record(rig, answer, marked).await.is_some() };
        match join {
            // If the log wrote nothing during the benign calls, nothing is expected.
            Some(Join::Silent) => {
                let _ = timeout(SILENT, came).await;
                true
            }
            Some(Join::Unjoined) | None => timeout(SILENT, came).await.unwrap_or(false),
            Some(Join::Mark | Join::OwnId) => timeout(SETTLE, came).await.unwrap_or(false),
        }
    }

    /// Waits for a call's record; returns how it was found: by its mark, or by the id in its answer. `None` if neither
    /// can come any more.
    pub(super) async fn record(
        &self,
        rig: &Rig,
        answer: Option<&Answered>,
        marked: oneshot::Receiver<()>,
    ) -> Option<Join> {
        let by_id = async {
            match answer {
                Some(answer) => self.record_of(rig, answer).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            // A record with both is found by its mark.
            biased;
            Ok(()) = marked => Some(Join::Mark),
            true = by_id => Some(Join::OwnId),
            else => None,
        }
    }

    /// Waits for a record with an id of this answer.
    async fn record_of(&self, rig: &Rig, answer: &Answered) -> bool {
        let ids = tracking_ids(answer);
        if ids.is_empty() {
            return std::future::pending().await;
        }
        let found = |lines: &VecDeque<String>| lines.iter().any(|line| ids.iter().any(|id| line.contains(id)));
        rig.records.clone().wait_for(found).await.is_ok()
    }

    /// The barrier is one more task: its record comes after all others, and the id in its answer identifies it.
    async fn settle_agent(&self, rig: &Rig, barrier: &Case) -> bool {
        if let Some(mind) = &barrier.mind {
            rig.playbook.set_mind(barrier.id, mind.clone());
        }
        let Ok(answer) = rig.send(barrier, self.job.deadline).await.outcome else { return false };
        timeout(SETTLE, self.record_of(rig, &answer)).await.unwrap_or(false)
    }
}

/// The control after the last attack: its answer, and whether its record has come.
struct LastControl {
    answer: Option<Answered>,
    recorded: oneshot::Receiver<()>,
}

/// Whether a step's expectations are judged by the target's records.
fn looks_at_records(step: &Step) -> bool {
    let expect = &step.expect;
    let written = expect.audited.is_some() || expect.unrecorded.is_some() || expect.recorded.is_some();
    written || expect.accountable.is_some() || expect.stamped.is_some() || expect.bound.is_some()
}
