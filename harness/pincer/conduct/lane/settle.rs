//! The end of a scenario: one more call, the control after the last attack, is followed until all that came before it has
//! been seen.

use std::collections::VecDeque;
use std::time::Duration;

use pincer_core::judge::tracking_ids;
use pincer_core::observe::{Answered, Event, Join};
use pincer_core::plan::{Case, Entry};
use pincer_core::scenario::{Scenario, Step};
use pincer_core::vocab::TargetKind;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::super::Kind;
use super::super::scribe::Sign;
use super::control::{Controls, served};
use super::{Held, Lane};

/// How long the control's arrival, and its audit record, are waited for at most.
const SETTLE: Duration = Duration::from_secs(2);
/// How long a log is given in which nothing was ever seen.
const SILENT: Duration = Duration::from_millis(50);
/// How many controls show that a log which leaves out some calls has been read.
const RECORDS: usize = 3;

impl Lane {
    /// Waits until all that the scenario's cases did has been seen. Says whether the audit log was.
    pub(super) async fn settle(
        &self,
        held: &Held,
        (scenario, entry): (&Scenario, &Entry),
        controls: &mut Controls,
    ) -> bool {
        self.find_touched(scenario, entry);
        match self.job.plan.target.kind {
            // A flood leaves a limiter behind that may refuse the control.
            TargetKind::Gateway => self.settle_gateway(held, controls, !scenario.measures()).await,
            TargetKind::Agent if held.target.tap.is_some() && scenario.steps().any(looks_at_records) => {
                let Some(barrier) = self.next_control(controls) else { return false };
                self.settle_agent(held, &barrier).await
            }
            // What an agent does it has done when it answers; what it does later is held against it all the same.
            TargetKind::Agent => false,
        }
    }

    /// Looks for files that ordered calls make, and removes them.
    fn find_touched(&self, scenario: &Scenario, entry: &Entry) {
        // To make all cases once more is not for free.
        if scenario.steps().all(|step| step.order.is_none()) {
            return;
        }
        for case in self.job.plan.cases(scenario, entry) {
            let Some(path) = case.mind.and_then(|mind| mind.touches) else { continue };
            if std::fs::remove_file(&path).is_ok() {
                self.common.scribe.event(Event::Touched { at_us: self.common.clock.now_us(), case: case.id, path });
            }
        }
    }

    /// A control has arrived, and its record has come. Of several, one is enough: a log may leave out others.
    async fn settle_gateway(&self, held: &Held, controls: &mut Controls, weighed: bool) -> bool {
        let deadline = SETTLE.min(self.job.deadline);
        for _ in 0..RECORDS {
            let Some(control) = self.next_control(controls) else { return false };
            let sign = |sign| self.common.scribe.sign(control.id, sign);
            let (arrived, recorded) = (sign(Sign::Arrival), sign(Sign::Record));
            let answer = if weighed && self.kind == Kind::Sound {
                self.ask(held, &control, deadline).await
            } else {
                held.send(&control, deadline).await.outcome
            };
            if answer.as_ref().is_ok_and(served) && self.arrives() {
                // A target that stopped forwarding is told by the cases, not here.
                let _ = timeout(SETTLE, arrived).await;
            }
            if held.target.tap.is_none() {
                return false;
            }
            if self.recorded(held, answer.as_ref().ok(), recorded).await {
                return true;
            }
        }
        false
    }

    /// Whether a call's record has come, by its mark or by the id in its answer.
    async fn recorded(&self, held: &Held, answer: Option<&Answered>, marked: oneshot::Receiver<()>) -> bool {
        let calibration = self.calibration();
        let join = calibration.as_ref().map_or(Some(Join::Mark), |calibration| calibration.join);
        let by_id = async {
            match answer {
                Some(answer) => self.record_of(held, answer).await,
                None => std::future::pending().await,
            }
        };
        let either = async {
            tokio::select! {
                marked = marked => marked.is_ok(),
                found = by_id => found,
            }
        };
        match join {
            // Of a log that nobody wrote to in benign calls, nothing is outstanding.
            Some(Join::Silent) => {
                let _ = timeout(SILENT, either).await;
                true
            }
            Some(Join::Unjoined) | None => timeout(SILENT, either).await.unwrap_or(false),
            Some(Join::Mark | Join::OwnId) => timeout(SETTLE, either).await.unwrap_or(false),
        }
    }

    /// Waits for a record that holds an id of this answer.
    pub(super) async fn record_of(&self, held: &Held, answer: &Answered) -> bool {
        let ids = tracking_ids(answer);
        if ids.is_empty() {
            return std::future::pending().await;
        }
        let found = |lines: &VecDeque<String>| lines.iter().any(|line| ids.iter().any(|id| line.contains(id)));
        held.records.clone().wait_for(found).await.is_ok()
    }

    /// The barrier is one more task, whose record comes when all others have; the id in its answer tells it.
    async fn settle_agent(&self, held: &Held, barrier: &Case) -> bool {
        if let Some(mind) = &barrier.mind {
            held.playbook.set_mind(barrier.id, mind.clone());
        }
        let Ok(answer) = held.send(barrier, self.job.deadline).await.outcome else { return false };
        timeout(SETTLE, self.record_of(held, &answer)).await.unwrap_or(false)
    }
}

/// Whether what a step expects is judged by the target's records.
fn looks_at_records(step: &Step) -> bool {
    let expect = &step.expect;
    expect.audited.is_some() || expect.unrecorded.is_some() || expect.bound.is_some()
}
