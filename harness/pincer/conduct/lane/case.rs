//! Runs one case: sends it as it says, and reports the result.

use std::sync::atomic::Ordering;
use std::time::Duration;

use pincer_core::observe::{Failure, What};
use pincer_core::plan::{Case, Earlier, FloodPlan, HoldPlan};
use pincer_core::scenario::Approve;
use pincer_core::vocab::Part;
use pincer_drive::Sent;
use tokio::time::Instant;

use super::super::Kind;
use super::{Lane, Rig};

/// Time limit for the answer to one hello: it needs only one signature.
const HELLO: Duration = Duration::from_secs(3);
/// The model's answer to a statement without a request.
const NOTED: &str = "I will keep that in mind.";

impl Lane {
    /// Runs one case, with the surroundings that it needs.
    pub(super) async fn case(&self, rig: &Rig, case: Case) {
        rig.pace.wait(&case).await;
        if self.kind == Kind::Outage {
            self.fail(rig, &case.outage).await;
        }
        if let Some(play) = &case.play {
            rig.playbook.set(case.id, rig.pointed(play));
        }
        let handshake = case.play.as_ref().and_then(|play| play.handshake);
        rig.secure.iter().for_each(|secure| secure.begin(handshake.map(|handshake| (case.id, handshake))));
        if let Some(mind) = &case.mind {
            rig.playbook.set_mind(case.id, mind.clone());
        }
        self.note(case.id, What::Sent);
        rig.flight.start(case.id, &case.call);
        match (&case.flood, &case.hold) {
            (Some(plan), _) => self.flood(rig, &case, plan).await,
            (None, Some(plan)) => self.hold(rig, &case, plan).await,
            (None, None) if case.probe.is_some() => self.survey(rig, &case).await,
            (None, None) => self.call(rig, &case).await,
        }
        rig.flight.end(case.id);
        // An agent that continues after its answer still needs its model.
        if case.play.is_some() && case.mind.is_none() {
            rig.playbook.clear(case.id);
        }
        self.context.progress.case_done(case.lasts());
    }

    async fn flood(&self, rig: &Rig, case: &Case, plan: &FloodPlan) {
        self.context.scribe.count(case.id);
        let mut report = rig.drive.flood(case, plan, self.job.plan.tracer()).await;
        *rig.flooded.lock().await = Some(Instant::now());
        for (part, at_us) in self.context.scribe.counted(case.id).await {
            if let Some(stream) = report.streams.get_mut(part.stream()) {
                stream.admitted_us.push(at_us);
            }
        }
        self.note(case.id, What::Flood(Box::new(report)));
    }

    async fn hold(&self, rig: &Rig, case: &Case, plan: &HoldPlan) {
        self.context.scribe.count(case.id);
        let mut report = rig.drive.hold(case, plan, self.job.plan.tracer()).await;
        let arrived = self.context.scribe.counted(case.id).await;
        report.arrived = arrived.iter().filter(|(part, _)| part.is_request()).map(|_| 1).sum();
        let beside = arrived.into_iter().filter(|(part, _)| *part == Part::BESIDE);
        report.beside.admitted_us = beside.map(|(_, at)| at).collect();
        self.note(case.id, What::HeldConnections(Box::new(report)));
    }

    async fn survey(&self, rig: &Rig, case: &Case) {
        if let Some(survey) = rig.drive.survey(self.job.deadline.min(HELLO)).await {
            self.note(case.id, What::TlsSurvey(Box::new(survey)));
        }
    }

    /// Sends what comes before the task, to a model that only acknowledges it; returns whether the target accepted it.
    async fn prepare(&self, rig: &Rig, case: &Case, before: &Earlier, deadline: Duration) -> bool {
        let Some(mind) = &case.mind else { return false };
        rig.playbook.set_mind(case.id, mind.clone().saying(NOTED));
        let mut taken = true;
        for call in [&before.call].into_iter().chain(&before.end) {
            let earlier = Case { call: call.clone(), identity: before.identity.clone(), ..case.clone() };
            let outcome = rig.send(&earlier, deadline).await.outcome;
            taken &= outcome.is_ok_and(|answer| (200..300).contains(&answer.status));
        }
        rig.playbook.set_mind(case.id, mind.clone());
        taken
    }

    /// Makes the case's call, and approves what then waits, if the case says so.
    async fn call(&self, rig: &Rig, case: &Case) {
        // Half as long again as the case may take, to tell late from never.
        let task = self.job.plan.target.task.as_ref().map(|task| task.within.0);
        let deadline = case.within.map(|within| within.0).or(task).map_or(self.job.deadline, |time| time * 3 / 2);
        if let Some(before) = &case.before {
            let taken = self.prepare(rig, case, before, deadline).await;
            self.note(case.id, What::Prepared { taken });
        }
        let mut sent = rig.send(case, deadline).await;
        let answer = sent.outcome.as_ref().ok();
        if let Some(call) = answer.and_then(|answer| self.job.plan.approval(case, &answer.plain())) {
            self.note(case.id, What::Approved);
            let decided = Case { call, ..case.clone() };
            for _ in 0..case.approve.map_or(0, Approve::times) {
                sent = rig.send(&decided, deadline).await;
            }
        }
        let Sent { took, outcome } = sent;
        if case.mind.is_some() && rig.target.launched.is_some() && outcome.as_ref().err() == Some(&Failure::Timeout) {
            rig.late.store(true, Ordering::Relaxed);
        }
        let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.note(case.id, What::Answered { took_us, outcome });
    }
}
