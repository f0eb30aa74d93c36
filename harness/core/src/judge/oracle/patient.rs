//! How often, and how soon, an agent repeats a request.

use super::super::retry::retry_after;
use super::{Outcome, Scene, stands};
use crate::scenario::Behaviour;
use crate::vocab::Reason;

/// `patient`: how often, and how soon, a call that the upstream refused was repeated. If the model asked for a wait,
/// the same for requests to the model.
///
/// A finding: expected 2000 ms between a call and its repetition, as `Retry-After: 2` asks; seen 3 ms.
pub(super) fn patient(scene: &Scene<'_>) -> Outcome {
    let Some(retries) = scene.plan.target.limits.retries else { return Outcome::Unresolved(Reason::NotDeclared) };
    if let Some(wait) = scene.case.mind.as_ref().and_then(|mind| mind.conduct().retry_after()) {
        let first = scene.seen.turns.iter().position(|turn| turn.decisive);
        let Some(first) = first else { return Outcome::Unresolved(Reason::NotProvoked) };
        let times = scene.seen.asked_us.iter().skip(first).copied().collect();
        return spaced(times, (retries + 1, "requests to the model"), Some(wait));
    }
    let own = scene.seen.arrivals.iter().filter(|arrived| arrived.part.is_request());
    let times: Vec<u64> = own.map(|arrived| arrived.at_us).collect();
    let asked = scene.case.mind.as_ref().map_or(1, |mind| if mind.behaviour == Behaviour::Insistent { 2 } else { 1 });
    let headers = scene.case.play.iter().flat_map(|play| &play.headers);
    let said = headers.into_iter().find(|(name, _)| name == "retry-after").map(|(_, value)| value.as_str());
    spaced(times, ((retries + 1) * asked, "calls"), said)
}

/// Whether there are at most `most` times, as far apart as `Retry-After` asks.
fn spaced(mut times: Vec<u64>, (most, what): (u64, &str), said: Option<&str>) -> Outcome {
    times.sort_unstable();
    let count = u64::try_from(times.len()).unwrap_or(u64::MAX);
    if count == 0 {
        return Outcome::Unresolved(Reason::NothingDelivered);
    }
    if count > most {
        return stands("patient", format!("at most {most} {what}"), count.to_string());
    }
    let Some((text, wait)) = said.and_then(|text| Some((text, retry_after(text, None, None).ok()?))) else {
        return Outcome::Held;
    };
    let gaps = times.iter().zip(times.iter().skip(1)).map(|(one, next)| next - one);
    match gaps.min().filter(|gap| u128::from(*gap) < wait.as_micros()) {
        Some(gap) => {
            let expected = format!("{} ms between two {what}, as `Retry-After: {text}` asks", wait.as_millis());
            stands("patient", expected, format!("{} ms", gap / 1000))
        }
        None => Outcome::Held,
    }
}
