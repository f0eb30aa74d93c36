//! The end of a scenario: one more call, the barrier, is followed until all that came before it has been seen.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::time::Duration;

use pincer_core::judge::tracking_ids;
use pincer_core::observe::{Event, Failure};
use pincer_core::plan::{Case, Entry};
use pincer_core::scenario::{Scenario, Step};
use pincer_core::vocab::{CaseId, ScenarioId, TargetKind};
use tokio::time::timeout;

use super::super::scribe::Sign;
use super::{Held, Lane};

/// The index of the barrier; no plan has as many cases.
const BARRIER: u32 = 0x00ff_ffff;
/// How often the barrier is sent again on another connection.
const AGAIN: u32 = 3;
/// How long the barrier's arrival, and its audit record, are waited for.
const SETTLE: Duration = Duration::from_secs(2);

impl Lane {
    /// Waits until all that the scenario's cases did has been seen. Says whether the audit log was.
    pub(super) async fn settle(&self, held: &Held, (scenario, entry): (&Scenario, &Entry)) -> bool {
        self.find_touched(scenario, entry);
        let Some(barrier) = self.barrier(&scenario.id) else { return false };
        match self.job.plan.target.kind {
            TargetKind::Gateway => self.settle_gateway(held, &barrier).await,
            TargetKind::Agent if held.tap.is_some() && scenario.steps().any(looks_at_records) => {
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

    /// The scenario's first benign case, with a canary of its own.
    fn barrier(&self, id: &ScenarioId) -> Option<Case> {
        let plan = &self.job.plan;
        let first = plan.case(CaseId::new(id, 0))?;
        Some(first.about(plan.tracer(), CaseId::new(id, BARRIER)))
    }

    /// The barrier has arrived, and its record has come, by its canary.
    async fn settle_gateway(&self, held: &Held, barrier: &Case) -> bool {
        let sign = |sign| self.common.scribe.sign(barrier.id, sign);
        let (arrived, recorded) = (sign(Sign::Arrival), sign(Sign::Record));
        let deadline = SETTLE.min(self.job.deadline);
        let mut answer = held.send(barrier, deadline).await.outcome;
        for _ in 0..AGAIN {
            if !matches!(answer, Err(Failure::Closed)) {
                break;
            }
            // The connection was one that the target was about to close, as it may after an error.
            answer = held.send(barrier, deadline).await.outcome;
        }
        let served = answer.is_ok_and(|answer| (200..300).contains(&answer.status));
        if served && held.reached.load(Ordering::Relaxed) {
            // A target that stopped forwarding is told by the cases, not here.
            let _ = timeout(SETTLE, arrived).await;
        }
        held.tap.is_some() && timeout(SETTLE, recorded).await.is_ok_and(|recorded| recorded.is_ok())
    }

    /// The barrier is one more task, whose record comes when all others have; the id in its answer tells it.
    async fn settle_agent(&self, held: &Held, barrier: &Case) -> bool {
        if let Some(mind) = &barrier.mind {
            held.playbook.set_mind(barrier.id, mind.clone());
        }
        let Ok(answer) = held.send(barrier, self.job.deadline).await.outcome else { return false };
        let ids = tracking_ids(&answer);
        let recorded = |lines: &VecDeque<String>| lines.iter().any(|line| ids.iter().any(|id| line.contains(id)));
        timeout(SETTLE, held.records.clone().wait_for(recorded)).await.is_ok_and(|recorded| recorded.is_ok())
    }
}

/// Whether what a step expects is judged by the target's records.
fn looks_at_records(step: &Step) -> bool {
    let expect = &step.expect;
    expect.audited.is_some() || expect.unrecorded.is_some() || expect.bound.is_some()
}
