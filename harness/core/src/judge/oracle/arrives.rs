//! What reached the upstream.

use memchr::memmem;
use percent_encoding::percent_decode;

use super::{Broken, Outcome, Scene, broken, stands};
use crate::judge::scene::throttled;
use crate::observe::tls::Survey;
use crate::observe::{Answered, Arrival, Extent, Failure, Header, Meaning, content};
use crate::plan::{Call, HttpCall};
use crate::scenario::{Arrives, OperationSpec, Via};
use crate::vocab::Reason;

/// `arrives`: how often the call reached the upstream, by its canary.
///
/// A finding: expected no arrival; seen `GET /search?q=' OR 1=1` at `ledger`.
pub(in crate::judge) fn arrives(scene: &Scene<'_>, wanted: Arrives) -> Outcome {
    let seen = scene.seen;
    let count = seen.arrived().count();
    let times = || format!("{count} arrivals");
    match wanted {
        Arrives::Never => {
            match seen.reached().find(|arrival| !(cut_at_limit(scene, arrival) || cut_at_fault(scene, arrival))) {
                Some(arrival) => stands("arrives", "no arrival", describe(arrival)),
                None if !delivered(scene) => Outcome::Unresolved(Reason::NothingDelivered),
                None => Outcome::Held,
            }
        }
        // An answer of a rate limiter says nothing about this call.
        Arrives::Once | Arrives::Unchanged if count == 0 && throttled(scene) => Outcome::Unresolved(Reason::Throttled),
        Arrives::AtMostOnce if count > 1 => stands("arrives", "at most one arrival", times()),
        Arrives::AtMostOnce => Outcome::Held,
        Arrives::Once if count == 1 => Outcome::Held,
        Arrives::Once => broken("arrives", "one arrival", times()),
        Arrives::Faithfully if count == 0 && delivered(scene) => Outcome::Held,
        Arrives::Faithfully if count == 0 => Outcome::Unresolved(Reason::NothingDelivered),
        Arrives::Unchanged | Arrives::Faithfully => match seen.arrived().next() {
            Some(arrival) if count == 1 => match difference(scene, arrival, wanted == Arrives::Faithfully) {
                None => Outcome::Held,
                Some(what) => broken("arrives", "one arrival, unchanged", what),
            },
            _ => broken("arrives", "one arrival, unchanged", times()),
        },
    }
}

/// Whether the target refused the call, for what it is or for who makes it.
pub(in crate::judge) fn refused(scene: &Scene<'_>) -> bool {
    let refused = |answer: &Answered| {
        matches!(answer.status, 400..=428 | 430..=499 | 501 | 505)
            || scene.plan.target.refuses(answer.status, &answer.plain())
    };
    scene.seen.answer().is_some_and(refused)
}

/// Whether a streaming target cut the call off at its declared body limit, which is allowed.
fn cut_at_limit(scene: &Scene<'_>, arrival: &Arrival) -> bool {
    let sent = scene.case.call.http().map_or(0, |call| call.body_bytes().len());
    let most = scene.plan.target.limits.body.map_or(u64::MAX, |size| size.0);
    !arrival.extent.is_whole() && u64::try_from(sent).unwrap_or(u64::MAX) > most
}

/// Whether a streaming target cut the call off where its chunks broke, as it must: the head had already been passed on.
fn cut_at_fault(scene: &Scene<'_>, arrival: &Arrival) -> bool {
    arrival.extent == Extent::Part && matches!(&scene.case.call, Call::Raw(call) if breaks_chunks(&call.raw.0))
}

/// Whether a request announces chunks but its body is not chunked (RFC 9112 section 7.1).
fn breaks_chunks(raw: &[u8]) -> bool {
    let Some(end) = memmem::find(raw, b"\r\n\r\n") else { return false };
    let (head, body) = (raw.get(..end).unwrap_or_default(), raw.get(end + 4..).unwrap_or_default());
    let chunked = memmem::find(&head.to_ascii_lowercase(), b"\r\ntransfer-encoding: chunked").is_some();
    chunked && !is_chunks(body)
}

/// Whether a body is chunked up to the last chunk.
fn is_chunks(mut body: &[u8]) -> bool {
    loop {
        let Some(end) = memmem::find(body, b"\r\n") else { return false };
        let line = body.get(..end).unwrap_or_default();
        let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        let (size, rest) = line.split_at(digits);
        let size = std::str::from_utf8(size).ok().and_then(|size| usize::from_str_radix(size, 16).ok());
        let Some(size) = size.filter(|_| rest.first().is_none_or(|byte| *byte == b';') && !rest.contains(&b'\n'))
        else {
            return false;
        };
        if size == 0 {
            return true;
        }
        let next = body.get(end + 2..).and_then(|rest| rest.get(size..)).and_then(|rest| rest.strip_prefix(b"\r\n"));
        let Some(next) = next else { return false };
        body = next;
    }
}

/// Whether the call reached the target: it answered, passed something on, accepted a TLS hello, or closed the
/// connection on bytes that no client may send or on plain text on a TLS port.
pub(in crate::judge) fn delivered(scene: &Scene<'_>) -> bool {
    let seen = scene.seen;
    let refused = match seen.failure() {
        Some(Failure::Closed) => scene.case.call.is_raw() || scene.case.call.via() == Via::PlainOnTls,
        // An alert of TLS is no HTTP.
        Some(Failure::Malformed) => scene.case.call.via() == Via::PlainOnTls,
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

/// The finding for an arrival that breaks `arrives: never` after the scenario had settled.
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
        Extent::Connection => format!("a connection without a byte at {upstream}"),
        Extent::Foreign => format!("{} bytes that are not an HTTP request at {upstream}", arrival.body.length),
    }
}

/// The declared header or cookie of the call that did not arrive as it was sent.
fn lost(operation: &OperationSpec, call: &HttpCall, arrival: &Arrival) -> Option<String> {
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

/// Whether a target arrived unchanged, apart from the prefix change that calibration saw and the spelling:
/// percent-encoding (RFC 3986 section 6.2.2), `+` for a space in a query (URL Standard section 5.1), and a slash at the
/// end of the path.
fn same_target(scene: &Scene<'_>, sent: &str, arrived: &str) -> bool {
    let change = scene.around.calibration.as_ref().map(|calibration| &calibration.path);
    let sent = change.map_or_else(|| sent.to_owned(), |change| change.apply(sent));
    let decoded = |text: &str| percent_decode(text.as_bytes()).collect::<Vec<u8>>();
    let form = |target: &str| {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let path = path.strip_suffix('/').unwrap_or(path);
        decoded(&format!("{path}?{}", query.replace('+', "%20")))
    };
    decoded(&sent) == decoded(arrived) || form(&sent) == form(arrived)
}

/// A target without the parameters of its query that the operation does not declare.
fn without_strangers(scene: &Scene<'_>, target: &str) -> String {
    let Some((path, query)) = target.split_once('?') else { return target.to_owned() };
    let declared =
        scene.plan.target.operations.get(&scene.case.operation).map_or(&[][..], |operation| operation.query.as_slice());
    let known = |pair: &&str| declared.iter().any(|name| pair.split('=').next() == Some(name.as_str()));
    let left: Vec<&str> = query.split('&').filter(known).collect();
    if left.is_empty() { path.to_owned() } else { format!("{path}?{}", left.join("&")) }
}

/// How the arrival differs from what was sent. With `may_leave_out`, undeclared query parameters may be missing.
fn difference(scene: &Scene<'_>, arrival: &Arrival, may_leave_out: bool) -> Option<String> {
    // What is written whole has no parts to compare.
    let Some(call) = scene.case.call.http() else { return Some(format!("another request: {}", describe(arrival))) };
    if call.method != arrival.method {
        return Some(format!("the method became {}", arrival.method));
    }
    let (sent, arrived) = (call.target.lossy(), arrival.target.lossy());
    let left_out = || may_leave_out && same_target(scene, &without_strangers(scene, &sent), &arrived);
    if !same_target(scene, &sent, &arrived) && !left_out() {
        return Some(format!("the target became {}", arrival.target.lossy()));
    }
    if let Some(name) = scene.plan.target.operations.get(&scene.case.operation).and_then(|o| lost(o, call, arrival)) {
        return Some(format!("{name} was changed"));
    }
    let sent = call.body_bytes();
    let same = if arrival.body.is_whole() {
        let read = content::plain(&arrival.headers, &arrival.body);
        let read = read.as_deref().unwrap_or(&arrival.body.bytes.0);
        sent == arrival.body.bytes.0 || Meaning::of(sent) == Meaning::of(read)
    } else {
        crate::observe::Capture::of(sent, 0).sha256 == arrival.body.sha256
    };
    (!same).then(|| "the body was changed".to_owned())
}
