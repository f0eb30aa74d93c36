//! What the answer itself must be: status, form, time and size.

use serde_json::Value;

use super::super::ids::{own_ids, torn};
use super::{Outcome, Scene, broken};
use crate::judge::scene::throttled;
use crate::observe::{Answered, End, Failure};
use crate::scenario::ErrorForm;
use crate::vocab::{Reason, Size, StatusSet};

/// `status`: the answer is complete and its status is one of these (RFC 9110 section 15).
///
/// A finding: expected 400, 403, 422; seen 200.
pub(super) fn status(scene: &Scene<'_>, set: &StatusSet) -> Outcome {
    if scene.case.flood.is_some() {
        return Outcome::Held;
    }
    let target = &scene.plan.target;
    let refusal = (400..500).any(|status| set.contains(status));
    match (scene.seen.answer(), scene.seen.failure()) {
        (Some(_), _) if throttled(scene) => Outcome::Unresolved(Reason::Throttled),
        (Some(answer), _) if target.refuses(answer.status, &answer.plain()) => {
            let seen = || format!("{}, a refusal by its body", answer.status);
            if refusal { Outcome::Held } else { broken("status", set.to_string(), seen()) }
        }
        (Some(answer), _) if !set.contains(answer.status) => {
            broken("status", set.to_string(), answer.status.to_string())
        }
        (Some(Answered { end: End::Cut | End::Late, status, .. }), _) => {
            broken("status", set.to_string(), format!("{status}, but its body was cut off"))
        }
        (Some(_), _) => Outcome::Held,
        (None, Some(Failure::Timeout)) => broken("status", set.to_string(), "no answer before the deadline"),
        (None, _) => Outcome::Unresolved(Reason::NoAnswer),
    }
}

/// `provokes`: a condition, not a requirement: the case concerns only answers with these statuses. A closed connection
/// without an answer has none of them.
pub(super) fn provokes(scene: &Scene<'_>, set: &StatusSet) -> Outcome {
    match scene.seen.answer() {
        None if scene.seen.failure() == Some(Failure::Closed) => Outcome::Unresolved(Reason::NotProvoked),
        None => Outcome::Unresolved(Reason::NoAnswer),
        Some(answer) if set.contains(answer.status) => Outcome::Held,
        Some(_) if throttled(scene) => Outcome::Unresolved(Reason::Throttled),
        Some(_) => Outcome::Unresolved(Reason::NotProvoked),
    }
}

/// `succeeds`: whether the answer is a complete success. A gateway that streams has already sent its status when the
/// upstream breaks, so it closes before the announced end to show that the answer is incomplete (RFC 9112 section 8).
/// Bytes that are not HTTP are not an error that a caller can read.
///
/// A finding: expected no success; seen 200 with a whole body.
pub(super) fn succeeds(scene: &Scene<'_>, wanted: bool) -> Outcome {
    match (scene.seen.answer(), scene.seen.failure()) {
        (Some(answer), _) => {
            let late = matches!(answer.end, End::Late | End::Capped);
            let refused = scene.plan.target.refuses(answer.status, &answer.plain());
            match (late, answer.status < 400 && !refused && answer.end == End::Complete) {
                (true, _) => broken("succeeds", "a complete answer", format!("{} and an endless body", answer.status)),
                (_, success) if success == wanted => Outcome::Held,
                (_, true) => broken("succeeds", "no success", format!("{} with a whole body", answer.status)),
                (_, false) => broken("succeeds", "a success", answer.status.to_string()),
            }
        }
        (None, Some(Failure::Closed)) if !wanted => Outcome::Held,
        (None, Some(Failure::Malformed)) => {
            broken("succeeds", "an answer or a closed connection", "an invalid HTTP message")
        }
        (None, Some(Failure::Timeout)) => broken("succeeds", "a complete answer", "no answer before the deadline"),
        (None, _) => Outcome::Unresolved(Reason::NoAnswer),
    }
}

/// `within`: the answer was complete, or had failed, within this time.
///
/// A finding: expected an answer within 3s; seen none after 5s.
pub(super) fn within(scene: &Scene<'_>) -> Outcome {
    // A step whose time the target does not declare is skipped.
    let Some(period) = scene.case.within else { return Outcome::Unresolved(Reason::NotDeclared) };
    let took = std::time::Duration::from_micros(scene.seen.took_us);
    let late = scene.seen.failure() == Some(Failure::Timeout)
        || scene.seen.answer().is_some_and(|answer| answer.end == End::Late)
        || took > period.0;
    match (scene.seen.outcome.is_some(), late) {
        (false, _) => Outcome::Unresolved(Reason::NoAnswer),
        (true, true) => broken("within", format!("an answer within {period}"), format!("{} ms", took.as_millis())),
        (true, false) => Outcome::Held,
    }
}

/// `challenges`: a 401 names at least one authentication scheme (RFC 9110 section 11.6.1).
///
/// A finding: expected a `WWW-Authenticate` with a scheme; seen none.
pub(super) fn challenges(scene: &Scene<'_>) -> Outcome {
    let Some(answer) = scene.seen.answer() else {
        return Outcome::Unresolved(Reason::NoAnswer);
    };
    if answer.status != 401 {
        return Outcome::Unresolved(Reason::NotProvoked);
    }
    let token = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
    };
    match answer.header("www-authenticate") {
        Some(text) if text.split([' ', ',']).next().is_some_and(token) => Outcome::Held,
        Some(text) => broken("challenges", "a `WWW-Authenticate` with a scheme", format!("`{text}`")),
        None => broken("challenges", "a `WWW-Authenticate` with a scheme", "none"),
    }
}

/// `size`: the answer's body is at most this long, whatever the upstream sends (OWASP API4).
///
/// A finding: expected a body of at most 64 KiB; seen 8388608 bytes.
pub(super) fn size(scene: &Scene<'_>, size: Size) -> Outcome {
    let answer = match (scene.seen.answer(), scene.seen.failure()) {
        (Some(answer), _) => answer,
        // A target that closes the connection on what the upstream sent passes nothing on.
        (None, Some(Failure::Closed)) if scene.seen.arrived().next().is_some() => return Outcome::Held,
        (None, _) => return Outcome::Unresolved(Reason::NoAnswer),
    };
    let length = answer.body.length;
    match answer.end {
        _ if length > size.0 => broken("size", format!("a body of at most {size}"), format!("{length} bytes")),
        // More of it would have come.
        End::Capped | End::Late => Outcome::Unresolved(Reason::AnswerTruncated),
        End::Complete | End::Cut => Outcome::Held,
    }
}

/// `error`: the form of an error answer.
pub(super) fn error(scene: &Scene<'_>, form: ErrorForm) -> Outcome {
    match scene.seen.answer() {
        None => Outcome::Unresolved(Reason::NoAnswer),
        Some(answer) if answer.status < 400 => Outcome::Unresolved(Reason::NothingDelivered),
        Some(answer) => match form {
            ErrorForm::Problem => problem(answer),
            ErrorForm::Tracked => tracked(scene, answer),
        },
    }
}

/// `error: problem`: problem details of RFC 9457 section 3 whose `status` is the answer's.
///
/// A finding: expected application/problem+json; seen text/html.
fn problem(answer: &Answered) -> Outcome {
    let kind = answer.header("content-type").unwrap_or_default().into_owned();
    if kind.split(';').next().map(str::trim) != Some("application/problem+json") {
        let seen = if kind.is_empty() { "no content type".to_owned() } else { kind };
        return broken("error", "application/problem+json", seen);
    }
    match serde_json::from_slice::<Value>(&answer.plain()) {
        Ok(body) => {
            let status = body.get("status").and_then(Value::as_u64);
            let title = body.get("title").and_then(Value::as_str);
            if status != Some(u64::from(answer.status)) {
                broken("error", format!("a member `status` of {}", answer.status), format!("{status:?}"))
            } else if title.is_none_or(str::is_empty) {
                broken("error", "a member `title`", "none")
            } else {
                Outcome::Held
            }
        }
        Err(_) => broken("error", "a JSON object", "a body that is not JSON"),
    }
}

/// `error: tracked`: an id that no other answer has, that cannot be guessed from others, that is the same in headers
/// and body, and that finds exactly one audit record (ASVS 16.5.1).
///
/// A finding: expected an id of its own; seen one that 12 answers share.
fn tracked(scene: &Scene<'_>, answer: &Answered) -> Outcome {
    let id = scene.case.id;
    let ids = own_ids(scene.plan, id, answer);
    if ids.is_empty() {
        return broken("error", "a tracking id made by the target", "none");
    }
    let ledger = scene.ledger;
    let shared = |id: &String| ledger.answers.get(id).copied().unwrap_or(0) > 1;
    let unique: Vec<&String> = ids.iter().filter(|id| !shared(id)).collect();
    let records = unique.iter().map(|id| ledger.records(id).len()).max();
    if let Some((header, body)) = torn(scene.plan, id, answer) {
        return broken("error", "the same tracking id in headers and body", format!("`{header}` and `{body}`"));
    }
    if let Some(how) = ledger.guessed(scene.plan, id.scenario, scene.evidence).filter(|_| records.is_some()) {
        return broken("error", "tracking ids that can't be guessed", how);
    }
    match records {
        None => broken("error", "a tracking id of its own", "an id that other answers also carry"),
        Some(_) if !ledger.tapped => Outcome::Unresolved(Reason::NoAuditLog),
        Some(1) => Outcome::Held,
        Some(n) => broken("error", "an id that finds exactly one audit record", format!("it finds {n}")),
    }
}
