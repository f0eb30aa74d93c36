//! What reached the upstream.

use percent_encoding::percent_decode;
use serde_json::Value;

use super::{Broken, Holding, Scene, broken, stands};
use crate::observe::{Arrival, Failure, MARK};
use crate::plan::Call;
use crate::scenario::{Arrives, Wire};
use crate::vocab::Reason;

/// `arrives`: how often the call reached the upstream, by its canary.
///
/// A finding: expected no arrival; seen `GET /search?q=' OR 1=1` at `ledger`.
pub(in crate::judge) fn arrives(scene: &Scene<'_>, wanted: Arrives) -> Holding {
    let seen = scene.seen;
    let count = seen.arrived().count();
    let times = || format!("{count} arrivals");
    match wanted {
        Arrives::Never => match seen.arrived().next() {
            Some(arrival) => stands("arrives", "no arrival", describe(arrival)),
            None if !delivered(scene) => Holding::Unresolved(Reason::NothingDelivered),
            None if scene.evidence.strangers > 0 => Holding::Unresolved(Reason::UnattributedArrival),
            None => Holding::Held,
        },
        Arrives::AtMostOnce if count > 1 => stands("arrives", "at most one arrival", times()),
        Arrives::AtMostOnce => Holding::Held,
        Arrives::Once if count == 1 => Holding::Held,
        Arrives::Once => broken("arrives", "one arrival", times()),
        Arrives::Faithfully if count == 0 && delivered(scene) => Holding::Held,
        Arrives::Faithfully if count == 0 => Holding::Unresolved(Reason::NothingDelivered),
        Arrives::Unchanged | Arrives::Faithfully => match seen.arrived().next() {
            Some(arrival) if count == 1 => match difference(&scene.case.call, arrival) {
                None => Holding::Held,
                Some(what) => broken("arrives", "one arrival, unchanged", what),
            },
            _ => broken("arrives", "one arrival, unchanged", times()),
        },
    }
}

/// `withholds`: this text of the caller's is nowhere in what reached the upstream. `${credential}` is the caller's
/// credential, which stands in a trace as its mark.
///
/// A finding: expected the caller's credential to stay; seen in header `authorization`.
pub(super) fn withholds(scene: &Scene<'_>, text: &str) -> Holding {
    let mark = scene.case.identity.as_ref().map(|identity| format!("{MARK}{identity}"));
    let needle = match (text, mark) {
        ("${credential}", Some(mark)) => mark,
        ("${credential}", None) => return Holding::Unresolved(Reason::NotDeclared),
        (text, _) => text.to_owned(),
    };
    let mut arrivals = scene.seen.arrived().peekable();
    if arrivals.peek().is_none() {
        // Text that the caller made up may be refused outright; a credential belongs to a call that is served.
        let refused =
            scene.seen.answer().is_some_and(|answer| matches!(answer.status, 400 | 401 | 403 | 404 | 422 | 431));
        let made_up = text != "${credential}";
        return if refused && made_up { Holding::Held } else { Holding::Unresolved(Reason::NothingDelivered) };
    }
    for arrival in arrivals {
        let headers = arrival.headers.iter().map(|(name, value)| (name.as_str(), value));
        let parts = headers.chain([("the target", &arrival.target), ("the body", &arrival.body.bytes)]);
        for (place, bytes) in parts {
            if bytes.lossy().contains(&needle) {
                return stands("withholds", format!("`{text}` stays at the target"), format!("it arrived in {place}"));
            }
        }
    }
    Holding::Held
}

/// Whether the call reached the target: it answered, it passed something on, or it hung up on bytes that no client
/// may send.
pub(in crate::judge) fn delivered(scene: &Scene<'_>) -> bool {
    let seen = scene.seen;
    let refused = scene.case.call.wire == Wire::Raw && seen.failure() == Some(Failure::Closed);
    let flooded = seen.flood.iter().flat_map(|flood| &flood.streams).flat_map(|stream| stream.statuses.keys());
    seen.answer().is_some() || seen.arrived().next().is_some() || refused || flooded.into_iter().any(|s| *s > 0)
}

/// How an arrival breaks `arrives: never` that came when the scenario had settled.
pub(in crate::judge) fn late(arrival: &Arrival) -> Broken {
    let seen = format!("{}, after the scenario had settled", describe(arrival));
    Broken { oracle: "arrives", expected: "no arrival".to_owned(), seen, stands: true }
}

fn describe(arrival: &Arrival) -> String {
    let target: String = arrival.target.lossy().chars().take(200).collect();
    format!("{} {} at {}", arrival.method, target, arrival.upstream)
}

/// How what arrived differs from what was sent.
fn difference(call: &Call, arrival: &Arrival) -> Option<String> {
    let decoded = |bytes: &[u8]| percent_decode(bytes).collect::<Vec<u8>>();
    if call.method != arrival.method {
        return Some(format!("the method became {}", arrival.method));
    }
    if decoded(&call.target.0) != decoded(&arrival.target.0) {
        return Some(format!("the target became {}", arrival.target.lossy()));
    }
    let sent = call.body.as_ref().map_or(&[][..], |body| body.0.as_slice());
    let same = if arrival.body.is_whole() {
        let json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).ok();
        sent == arrival.body.bytes.0 || (json(sent).is_some() && json(sent) == json(&arrival.body.bytes.0))
    } else {
        crate::observe::Capture::of(sent, 0).sha256 == arrival.body.sha256
    };
    (!same).then(|| "the body was changed".to_owned())
}
