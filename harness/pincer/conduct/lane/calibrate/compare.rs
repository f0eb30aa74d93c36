//! What the target changed: compares a benign call with its arrival.

use std::borrow::Cow;

use pincer_core::observe::{Answered, Arrival, Change, Mark, Meaning};
use pincer_core::plan::{Case, HttpCall};
use pincer_core::vocab::{Part, Tracer};

/// The path of a target.
fn path(target: &str) -> &str {
    target.split('?').next().unwrap_or_default()
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

pub(super) fn path_change(case: &Case, arrival: &Arrival) -> Option<Change> {
    let call = case.call.http()?;
    Change::between(&decoded(path(&call.target.lossy())), &decoded(path(&arrival.target.lossy())))
}

/// The change of the path, if it is the same for all calls.
pub(super) fn agreed(changes: &[Change]) -> Change {
    let first = changes.first().cloned().unwrap_or_default();
    if changes.iter().all(|change| *change == first) { first } else { Change::default() }
}

/// The marks of a call that arrived unchanged.
pub(super) fn marks(tracer: &Tracer, case: &Case, arrival: &Arrival, change: Option<&Change>) -> Vec<Mark> {
    let Some(call) = case.call.http() else { return Vec::new() };
    let canary = tracer.canary(case.id, Part::REQUEST).to_string();
    let header = |name: &str| {
        let mut named = arrival.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        named.any(|(_, value)| {
            value.lossy().contains(&canary) || sent(call, name).is_some_and(|sent| sent == value.lossy())
        })
    };
    let (target, seen) = (call.target.lossy(), arrival.target.lossy());
    let query =
        |target: &str| target.split_once('?').map(|(_, query)| decoded(&query.replace('+', " "))).unwrap_or_default();
    let expected = change.map_or_else(|| decoded(path(&target)), |change| change.apply(&decoded(path(&target))));
    let body = call.body.as_ref().map(|body| body.0.as_slice());
    let mut marks = Vec::new();
    marks.extend(header("traceparent").then_some(Mark::Traceparent));
    marks.extend(header("x-request-id").then_some(Mark::XRequestId));
    marks.extend((expected == decoded(path(&seen))).then_some(Mark::Path));
    marks.extend((target.contains('?') && query(&target) == query(&seen)).then_some(Mark::Query));
    let same = |body: &[u8]| Meaning::of(body) == Meaning::of(&arrival.body.bytes.0);
    marks.extend(body.is_some_and(same).then_some(Mark::Body));
    marks
}

/// The value of a header that a call sends.
fn sent<'a>(call: &'a HttpCall, name: &str) -> Option<Cow<'a, str>> {
    call.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.lossy())
}

/// What the target changed in a call and in its answer, in words.
pub(super) fn differences(
    case: &Case,
    arrival: Option<&Arrival>,
    answer: Option<&Answered>,
    change: Option<&Change>,
) -> Vec<String> {
    let mut words = Vec::new();
    if let (Some(arrival), Some(call)) = (arrival, case.call.http()) {
        let (target, seen) = (call.target.lossy(), arrival.target.lossy());
        match change {
            Some(change) if !change.stripped.is_empty() => words.push(format!("strips `{}`", change.stripped)),
            None => words.push(format!("the path arrives as `{}`", path(&seen))),
            Some(_) => {}
        }
        if let Some(change) = change.filter(|change| !change.added.is_empty()) {
            words.push(format!("adds `{}`", change.added));
        }
        let query = |target: &str| target.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default();
        if query(&target).contains("%20") && query(&seen).contains('+') {
            words.push("writes a space in the query as `+`".to_owned());
        } else if query(&target) != query(&seen) && decoded(&query(&target)) == decoded(&query(&seen)) {
            words.push("encodes the query differently".to_owned());
        }
        if call.method != arrival.method {
            words.push(format!("the method arrives as {}", arrival.method));
        }
        if call.body_bytes() != arrival.body.bytes.0 && arrival.body.is_whole() {
            words.push("rewrites the body".to_owned());
        }
    }
    if let Some(coding) = answer.and_then(|answer| answer.header("content-encoding").map(Cow::into_owned)) {
        words.push(format!("answers with content coding {coding}"));
    }
    words
}
