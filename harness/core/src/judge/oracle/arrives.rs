//! What reached the upstream.

use percent_encoding::percent_decode;
use serde_json::Value;

use super::{Broken, Holding, Scene, broken, stands};
use crate::observe::tls::Survey;
use crate::observe::{Answered, Arrival, Failure, Header};
use crate::plan::Call;
use crate::scenario::{Arrives, OperationSpec, Via, Wire};
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
            Some(arrival) if count == 1 => match difference(scene, arrival) {
                None => Holding::Held,
                Some(what) => broken("arrives", "one arrival, unchanged", what),
            },
            _ => broken("arrives", "one arrival, unchanged", times()),
        },
    }
}

/// Whether the target refused the call, for what it is or for who makes it.
pub(super) fn refused(scene: &Scene<'_>) -> bool {
    let refused = |answer: &Answered| {
        matches!(answer.status, 400..=428 | 430..=499 | 501 | 505)
            || scene.plan.target.refuses(answer.status, &answer.body.bytes.0)
    };
    scene.seen.answer().is_some_and(refused)
}

/// Whether the call reached the target: it answered, it passed something on, or it hung up on bytes that no client
/// may send, on plain text where it speaks TLS, or took a hello of TLS.
pub(in crate::judge) fn delivered(scene: &Scene<'_>) -> bool {
    let seen = scene.seen;
    let refused = match seen.failure() {
        Some(Failure::Closed) => scene.case.call.wire == Wire::Raw || scene.case.call.via == Via::PlainOnTls,
        // An alert of TLS is no HTTP.
        Some(Failure::Malformed) => scene.case.call.via == Via::PlainOnTls,
        _ => false,
    };
    let surveyed = seen.survey.as_ref().is_some_and(Survey::answered);
    let flooded = seen.flood.iter().flat_map(|flood| &flood.streams).flat_map(|stream| stream.statuses.keys());
    let held = seen.hold.as_ref().is_some_and(|hold| hold.opened > 0);
    held || seen.answer().is_some()
        || seen.arrived().next().is_some()
        || refused
        || surveyed
        || flooded.into_iter().any(|s| *s > 0)
}

/// How an arrival breaks `arrives: never` that came when the scenario had settled.
pub(in crate::judge) fn late(oracle: &'static str, arrival: &Arrival) -> Broken {
    let seen = format!("{}, after the scenario had settled", describe(arrival));
    Broken { oracle, expected: "no arrival".to_owned(), seen, stands: true }
}

pub(super) fn describe(arrival: &Arrival) -> String {
    let target: String = arrival.target.lossy().chars().take(200).collect();
    format!("{} {} at {}", arrival.method, target, arrival.upstream)
}

/// The declared header or cookie of the call that did not arrive as it was sent.
fn lost(operation: &OperationSpec, call: &Call, arrival: &Arrival) -> Option<String> {
    let values = |headers: &[Header], name: &str| -> Vec<String> {
        let named = headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.lossy().trim().to_owned()).collect()
    };
    let header = operation.header.iter().find(|name| values(&call.headers, name) != values(&arrival.headers, name));
    let cookie = |headers: &[Header], name: &str| {
        let all = values(headers, "cookie").join("; ");
        all.split(';').find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
    };
    let lost = || operation.cookie.iter().find(|name| cookie(&call.headers, name) != cookie(&arrival.headers, name));
    header.map(|name| format!("the header {name}")).or_else(|| lost().map(|name| format!("the cookie {name}")))
}

/// How what arrived differs from what was sent.
fn difference(scene: &Scene<'_>, arrival: &Arrival) -> Option<String> {
    let call = &scene.case.call;
    let decoded = |bytes: &[u8]| percent_decode(bytes).collect::<Vec<u8>>();
    if call.method != arrival.method {
        return Some(format!("the method became {}", arrival.method));
    }
    if decoded(&call.target.0) != decoded(&arrival.target.0) {
        return Some(format!("the target became {}", arrival.target.lossy()));
    }
    if let Some(name) = scene.plan.target.operations.get(&scene.case.operation).and_then(|o| lost(o, call, arrival)) {
        return Some(format!("{name} was changed"));
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
