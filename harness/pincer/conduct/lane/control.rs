//! Controls: the scenario's first benign call, repeated between the attacks and after the last one. They show that the
//! target still serves, so that a ban does not look like a filter.

use std::time::Duration;

use pincer_core::observe::{Answered, Failure, What};
use pincer_core::plan::Case;
use pincer_core::scenario::Scenario;
use pincer_core::vocab::{CaseId, TargetKind};
use pincer_drive::Sent;
use tokio::time::{Instant, sleep, sleep_until};

use super::super::Kind;
use super::{Lane, Rig};

/// Attack cases between two controls: few enough that a failed control leaves little open, many enough to cost almost
/// nothing.
const APART: usize = 32;
/// How often a control is repeated on another connection: the target may have been closing the first one, for example
/// after an error.
const AGAIN: u32 = 3;
/// How long a scenario waits in total for a target that serves nobody, and how often it asks.
const PATIENCE: Duration = Duration::from_secs(3);
const ASK: Duration = Duration::from_millis(100);
/// Windows after which no limiter counts a call any more: a sliding-window limiter also weighs the window before.
const WINDOWS: u32 = 2;

/// The controls of a scenario.
pub(super) struct Controls {
    scenario: u32,
    next: u32,
    /// Whether they are also made between the attacks: they would disturb floods and timings.
    between: bool,
    patience: Duration,
}

impl Controls {
    /// The controls of a scenario in this lane; `alone` says that nothing may be called beside its cases.
    pub(super) fn of(lane: &Lane, scenario: &Scenario, alone: bool) -> Self {
        let between = !alone && lane.kind == Kind::Sound && lane.job.plan.target.kind == TargetKind::Gateway;
        Self { scenario: CaseId::digest(&scenario.id), next: 0, between, patience: PATIENCE }
    }

    /// How many cases are done before the next one.
    pub(super) fn apart(&self) -> usize {
        if self.between { APART } else { usize::MAX }
    }
}

impl Lane {
    /// The next control.
    pub(super) fn next_control(&self, controls: &mut Controls) -> Option<Case> {
        let case = self.job.plan.control(controls.scenario, controls.next)?;
        controls.next += 1;
        Some(case)
    }

    /// Waits until a limiter has forgotten the previous flood, where refused calls may count too.
    pub(super) async fn rest(&self, rig: &Rig, scenario: &Scenario) {
        let limit = self.job.plan.target.limits.rate.as_ref();
        let external = self.job.subject.is_foreign();
        let floods = scenario.steps().any(|step| step.flood.is_some());
        if let Some(limit) = limit.filter(|_| external && floods) {
            let before = rig.flooded.lock().await.take();
            if let Some(before) = before {
                sleep_until(before + (limit.window.0 * WINDOWS).min(PATIENCE)).await;
            }
        }
    }

    /// Makes a control between attacks. If the target serves nobody, repeats it until it does, so that the next attack
    /// meets the target and not a ban.
    pub(super) async fn control(&self, rig: &Rig, controls: &mut Controls) {
        let begin = Instant::now();
        while let Some(case) = self.next_control(controls) {
            let served = self.ask(rig, &case, self.job.deadline).await.is_ok_and(|answer| served(&answer));
            if served || begin.elapsed() >= controls.patience {
                break;
            }
            sleep(ASK).await;
        }
        controls.patience = controls.patience.saturating_sub(begin.elapsed());
    }

    /// Sends a control and reports it.
    pub(super) async fn ask(&self, rig: &Rig, case: &Case, deadline: Duration) -> Result<Answered, Failure> {
        rig.pace.wait(case).await;
        if let Some(play) = &case.play {
            rig.playbook.set(case.id, rig.pointed(play));
        }
        rig.flight.start(case.id, &case.call);
        self.note(case.id, What::Sent);
        let mut sent = rig.send(case, deadline).await;
        for _ in 0..AGAIN {
            if !matches!(sent.outcome, Err(Failure::Closed)) {
                break;
            }
            sent = rig.send(case, deadline).await;
        }
        let Sent { took, outcome } = sent;
        rig.flight.end(case.id);
        let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.note(case.id, What::Answered { took_us, outcome: outcome.clone() });
        outcome
    }
}

/// Whether an answer is a success.
pub(super) fn served(answer: &Answered) -> bool {
    (200..300).contains(&answer.status)
}
