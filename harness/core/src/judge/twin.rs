//! What a benign call that failed says to the user: what came instead, the likely cause, and what to do.

use super::oracle::Scene;
use crate::observe::{By, Failure};

/// Characters of an answer's first line that are shown.
const LINE: usize = 160;

/// The note of a twin that broke so: what broke, the status and the first line of its answer, and a cause with its cure.
pub(super) fn note(scene: &Scene<'_>, what: &str) -> String {
    let mut note = format!("a benign call failed: {what}");
    if let Some(answer) = scene.seen.answer() {
        let first = first_line(&String::from_utf8_lossy(&answer.plain()));
        if !first.is_empty() {
            note = format!("{note}; the answer was {} and started with `{first}`", answer.status);
        }
    }
    match cause(scene) {
        Some(cause) => format!("{note}; {cause}"),
        None => note,
    }
}

/// The likely cause, and its cure.
fn cause(scene: &Scene<'_>) -> Option<String> {
    let who = scene.case.identity.as_ref().map_or("nobody", |identity| identity.as_str());
    let operation = &scene.case.operation;
    match (scene.seen.answer().map(|answer| answer.status), scene.seen.failure()) {
        (Some(200..=299), _) if scene.seen.arrived().next().is_none() => Some(attribution(scene)),
        (Some(status), _) => cure(Some(status), who, operation.as_str()),
        (_, Some(Failure::Unreachable)) => Some("nothing listens at its address any more".to_owned()),
        (_, Some(Failure::Timeout)) => Some("the target is slower than `--deadline`".to_owned()),
        _ => None,
    }
}

/// What is likely wrong where a benign call was answered so, and what to do about it.
pub fn cure(status: Option<u16>, who: &str, operation: &str) -> Option<String> {
    match status? {
        429 => Some("the target limits the call rate: declare `limits.rate` in the descriptor".to_owned()),
        401 => Some(format!("the target does not accept the key of `{who}`: check `identities.{who}`")),
        403 => Some(format!(
            "`{who}` has no right to call it: check `identities.{who}.roles` and `operations.{operation}.allow`"
        )),
        404 | 405 => Some(format!("check the path and the method of `operations.{operation}`")),
        400 | 422 => Some(format!("check `sample` and `body` of `operations.{operation}`")),
        502..=504 => Some("the target did not reach its upstream: check `upstreams`".to_owned()),
        _ => None,
    }
}

/// How arrivals were attributed, where the call was served and none is known to be its own.
fn attribution(scene: &Scene<'_>) -> String {
    let calls = scene.around.calibration.iter().flat_map(|calibration| &calibration.calls);
    match calls.filter_map(|call| call.by).max() {
        Some(By::Mark) => "its request did not arrive at an upstream: does the target answer from a cache?".to_owned(),
        Some(By::Value | By::Order) => {
            "Pincer's marks do not reach the upstream, and no arrival fits this call by its values or its order"
                .to_owned()
        }
        None => "nothing arrived at an upstream: check that the target calls the addresses in `upstreams`".to_owned(),
    }
}

/// The first line of a text, without control characters.
fn first_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    line.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LINE).collect()
}
