//! What reached the upstream.

use percent_encoding::percent_decode;
use serde_json::Value;

use super::super::weigh::throttled;
use super::{Broken, Holding, Scene, broken, stands};
use crate::observe::tls::Survey;
use crate::observe::{Answered, Arrival, Extent, Failure, Header};
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
        Arrives::Never => match seen.reached().find(|arrival| !cut_at_limit(scene, arrival)) {
            Some(arrival) => stands("arrives", "no arrival", describe(arrival)),
            None if !delivered(scene) => Holding::Unresolved(Reason::NothingDelivered),
            None => Holding::Held,
        },
        // A limiter's answer is none to this call.
        Arrives::Once | Arrives::Unchanged if count == 0 && throttled(scene) => Holding::Unresolved(Reason::Throttled),
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
            || scene.plan.target.refuses(answer.status, &answer.plain())
    };
    scene.seen.answer().is_some_and(refused)
}

/// Whether a target that streams cut the call off at its declared limit of a body, as it may.
fn cut_at_limit(scene: &Scene<'_>, arrival: &Arrival) -> bool {
    let sent = scene.case.call.body.as_ref().map_or(0, |body| body.0.len());
    let most = scene.plan.target.limits.body.map_or(u64::MAX, |size| size.0);
    !arrival.extent.is_whole() && u64::try_from(sent).unwrap_or(u64::MAX) > most
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
        || seen.reached().next().is_some()
        || refused
        || surveyed
        || flooded.into_iter().any(|s| *s > 0)
}

/// How an arrival breaks `arrives: never` that came when the scenario had settled.
pub(in crate::judge) fn late(oracle: &'static str, arrival: &Arrival) -> Broken {
    let seen = format!("{}, after the scenario had ended", describe(arrival));
    Broken { oracle, expected: "no arrival".to_owned(), seen, stands: true }
}

pub(super) fn describe(arrival: &Arrival) -> String {
    let target: String = arrival.target.lossy().chars().take(200).collect();
    let upstream = &arrival.upstream;
    match arrival.extent {
        Extent::Whole => format!("{} {target} at {upstream}", arrival.method),
        Extent::Part => format!("a part of {} {target} at {upstream}", arrival.method),
        Extent::Foreign => format!("{} bytes that are not an HTTP request at {upstream}", arrival.body.length),
    }
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

/// Whether a target arrived as it was sent, but for the prefix that the target changes in benign calls too, and for the
/// spelling: percent-encoding (RFC 3986 section 6.2.2), and `+` for a blank in a query (URL Standard section 5.1).
fn same_target(scene: &Scene<'_>, sent: &str, arrived: &str) -> bool {
    let change = scene.around.calibration.as_ref().map(|calibration| &calibration.path);
    let sent = change.map_or_else(|| sent.to_owned(), |change| change.apply(sent));
    let decoded = |text: &str| percent_decode(text.as_bytes()).collect::<Vec<u8>>();
    let form = |target: &str| {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        decoded(&format!("{path}?{}", query.replace('+', "%20")))
    };
    decoded(&sent) == decoded(arrived) || form(&sent) == form(arrived)
}

/// How what arrived differs from what was sent.
fn difference(scene: &Scene<'_>, arrival: &Arrival) -> Option<String> {
    let call = &scene.case.call;
    if call.method != arrival.method {
        return Some(format!("the method became {}", arrival.method));
    }
    if !same_target(scene, &call.target.lossy(), &arrival.target.lossy()) {
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
