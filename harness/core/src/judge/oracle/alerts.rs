//! The alerts of the target.

use super::{Outcome, Scene, broken, is_last};
use crate::scenario::Alarm;
use crate::vocab::{CaseId, Reason, word};

/// `alerts`: the calls of a step together raise this alert within the declared time after the last one; `none`: they
/// raise none (ASVS 16.3.3, PCI DSS 10.4.1.1). An alert of the same kind in the declared window before them counts too,
/// because targets do not repeat an alert within a window. Judged at the step's last call.
///
/// A finding: expected an alert about `forbidden`; seen none within 2s of 40 calls.
pub(super) fn alerts(scene: &Scene<'_>, wanted: Alarm) -> Outcome {
    let Some(declared) = scene.plan.target.alerts() else {
        return Outcome::Unresolved(Reason::NotDeclared);
    };
    if !scene.ledger.tapped {
        return Outcome::Unresolved(Reason::NoAuditLog);
    }
    let step = scene.case.step;
    if !is_last(scene, |case| case.step == step) {
        return Outcome::Held;
    }
    let calls = calls(scene);
    let (Some(begin), Some(end)) = (calls.iter().map(|call| call.0).min(), calls.iter().map(|call| call.1).max())
    else {
        return Outcome::Unresolved(Reason::NoAnswer);
    };
    let us = |period: std::time::Duration| u64::try_from(period.as_micros()).unwrap_or(u64::MAX);
    let mine = || scene.around.alerts.iter().filter(|alert| alert.lane == scene.evidence.lane);
    if wanted == Alarm::None {
        let following = scene.evidence.cases.values().map(|seen| seen.sent_us).filter(|sent| *sent > end).min();
        let until = following.unwrap_or(u64::MAX);
        return match mine().find(|alert| (begin..until).contains(&alert.at_us)) {
            Some(alert) => broken("alerts", "no alert", format!("one about `{}`", word(&alert.about))),
            None => Outcome::Held,
        };
    }
    if calls.len() < usize::try_from(declared.after).unwrap_or(usize::MAX) {
        return Outcome::Unresolved(Reason::TooFewAnswers);
    }
    let (from, until) = (begin.saturating_sub(us(declared.window.0)), end.saturating_add(us(declared.within.0)));
    if mine().any(|alert| alert.about == wanted && (from..=until).contains(&alert.at_us)) {
        return Outcome::Held;
    }
    let seen = format!("none within {} of {} calls", declared.within, calls.len());
    broken("alerts", format!("an alert about `{}`", word(&wanted)), seen)
}

/// When each answered call of the step was sent and answered.
fn calls(scene: &Scene<'_>) -> Vec<(u64, u64)> {
    let (id, step, phase) = (scene.case.id, scene.case.step, scene.case.phase);
    let indexes = (0..=id.index).rev().take_while(|index| {
        let case = scene.plan.case(CaseId { index: *index, ..id });
        case.is_some_and(|case| case.step == step && case.phase == phase)
    });
    let seen = indexes.filter_map(|index| scene.evidence.cases.get(&index));
    seen.filter(|seen| seen.answer().is_some()).map(|seen| (seen.sent_us, seen.sent_us + seen.took_us)).collect()
}
