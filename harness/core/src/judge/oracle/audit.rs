//! What the target recorded.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::super::evidence::{Observed, member};
use super::super::ids::{forwarded_ids, own_ids};
use super::arrives::refused;
use super::{Outcome, Scene, broken, stands};
use crate::plan::{Mind, Order, Phase};
use crate::scenario::Loss;
use crate::vocab::{CaseId, Part, Reason};

/// `audited`: the call has exactly one audit record, found by its canary or by the answer's tracking id, and the
/// record says who did what and how it ended (ASVS 16.2.1 and 16.3). What the records of benign calls lack too is for
/// `complete` to tell.
///
/// A finding: expected one audit record; seen none.
pub(super) fn audited(scene: &Scene<'_>, wanted: bool) -> Outcome {
    let answer = scene.seen.answer();
    if !scene.ledger.tapped {
        return Outcome::Unresolved(Reason::NoAuditLog);
    }
    let records = records(scene);
    if let Some(mind) = &scene.case.mind {
        return acted(scene, mind, &records);
    }
    if answer.is_none() && records.is_empty() {
        // A target that records only its own tracking ids gives no way to find the record.
        return Outcome::Unresolved(Reason::NoAnswer);
    }
    if records.is_empty()
        && wanted
        && let Some(line) = nameless(scene)
    {
        let seen =
            format!("none, but records that name neither, such as `{}`", line.chars().take(SHOWN).collect::<String>());
        return broken("audited", "1 audit record with the call's mark or its answer's id", seen);
    }
    if records.len() != usize::from(wanted) {
        return broken("audited", format!("{} audit record", u64::from(wanted)), records.len().to_string());
    }
    let benign: Vec<Value> = benign_records(scene).filter_map(|line| serde_json::from_str(line).ok()).collect();
    let usual = |name: &str| benign.is_empty() || benign.iter().any(|record| member(record, name).is_some_and(says));
    match lack(scene, &records, usual) {
        Some((expected, seen)) => broken("audited", expected, seen),
        None => Outcome::Held,
    }
}

/// `complete`: the call's audit record says who did what, how it ended, and when, in UTC or with the offset from it
/// (ASVS 16.2.1 and 16.2.2).
///
/// A finding: expected a value in `subject`; seen none.
pub(super) fn complete(scene: &Scene<'_>) -> Outcome {
    if !scene.ledger.tapped {
        return Outcome::Unresolved(Reason::NoAuditLog);
    }
    let records = records(scene);
    match lack(scene, &records, |_| true) {
        Some((expected, seen)) => broken("complete", expected, seen),
        None => match (untimed(scene, &records), records.is_empty()) {
            (_, true) => Outcome::Unresolved(Reason::NothingDelivered),
            (Some((expected, seen)), _) => broken("complete", expected, seen),
            (None, _) => Outcome::Held,
        },
    }
}

/// The audit records of the scenario's benign calls.
fn benign_records<'a>(scene: &Scene<'a>) -> impl Iterator<Item = &'a str> {
    let (plan, id) = (scene.plan, scene.case.id);
    scene.evidence.cases.iter().flat_map(move |(index, seen)| {
        let id = CaseId { index: *index, ..id };
        let benign = plan.case(id).is_some_and(|case| case.phase == Phase::Benign);
        if benign { records_of(scene, (id, seen)) } else { Vec::new() }
    })
}

/// A record without a name that may be of this call: it ended in the same way, or does not say how.
fn nameless<'a>(scene: &Scene<'a>) -> Option<&'a str> {
    let outcome = &scene.plan.target.audit.as_ref()?.fields.outcome;
    let status = u64::from(scene.seen.answer()?.status);
    let ended_so = |line: &&String| {
        let record: Option<Value> = serde_json::from_str(line).ok();
        let said = record.as_ref().and_then(|record| member(record, outcome));
        let number = said.and_then(|said| said.as_u64().or_else(|| said.as_str()?.trim().parse().ok()));
        number.is_none_or(|number| number == status)
    };
    scene.evidence.nameless.iter().find(ended_so).map(String::as_str)
}

/// `recorded`: the call has exactly one audit record, which is a JSON object: text of the caller's neither ends a record nor
/// forges another (CWE-117). What the record lacks is for `audited` to say, and so is the record that is missing of a call
/// that was refused, if no other record came meanwhile that may be of this call.
///
/// A finding: expected 1 audit record; seen 2.
pub(super) fn recorded(scene: &Scene<'_>) -> Outcome {
    let answer = scene.seen.answer();
    if !scene.ledger.tapped {
        return Outcome::Unresolved(Reason::NoAuditLog);
    }
    let records = records(scene);
    match records.as_slice() {
        [] if answer.is_none() => Outcome::Unresolved(Reason::NoAnswer),
        [] if refused(scene) && forged_none(scene) => Outcome::Held,
        [record] => match whole(record) {
            Ok(_) => Outcome::Held,
            Err(seen) => broken("recorded", WHOLE, seen),
        },
        records => broken("recorded", "1 audit record", records.len().to_string()),
    }
}

/// Whether no record came that may be of this call, in a log that does record benign calls.
fn forged_none(scene: &Scene<'_>) -> bool {
    scene.evidence.nameless.is_empty() && benign_records(scene).next().is_some()
}

/// Shown characters of a record.
const SHOWN: usize = 120;
const WHOLE: &str = "a record that is a JSON object";

/// A record as an object, or else its beginning.
fn whole(line: &str) -> Result<Value, String> {
    match serde_json::from_str(line) {
        Ok(record @ Value::Object(_)) => Ok(record),
        _ => Err(format!("`{}`", line.chars().take(80).collect::<String>())),
    }
}

/// Whether an agent's records say what it did: one for the task's tool if its call arrived, and none for a call that
/// did not, unless the record says so (MITRE ATLAS mitigation M0024).
fn acted(scene: &Scene<'_>, mind: &Mind, records: &[&str]) -> Outcome {
    let Some(audit) = scene.plan.target.audit.as_ref() else { return Outcome::Unresolved(Reason::NoAuditLog) };
    let fields = &audit.fields;
    let read: Vec<Value> = records.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let says = |record: &Value, name: &str| member(record, name).and_then(Value::as_str).map(str::to_owned);
    let refused = |record: &Value| fields.refused.is_some() && says(record, &fields.outcome) == fields.refused;
    let tools: Vec<String> =
        read.iter().filter(|record| !refused(record)).filter_map(|record| says(record, &fields.what)).collect();
    let ordered = match &mind.order {
        Some(Order::Call(call)) => Some(call.name.as_str()),
        _ => None,
    };
    for (part, tool) in [(Part::REQUEST, Some(mind.task.name.as_str())), (Part::PAYLOAD, ordered)] {
        let Some(tool) = tool.filter(|tool| part.is_request() || *tool != mind.task.name) else { continue };
        let arrived = scene.seen.arrivals.iter().any(|arrived| arrived.part == part);
        match (arrived, tools.iter().filter(|name| *name == tool).count()) {
            (true, 0) => return broken("audited", format!("a record of the call of {tool}"), "none"),
            (false, 1..) => {
                return broken("audited", format!("no record of a call of {tool}, because none arrived"), "one");
            }
            _ => {}
        }
    }
    let lacking = read.iter().find_map(|record| {
        let names = [&fields.id, &fields.what, &fields.outcome, &fields.when];
        names.into_iter().find(|name| !member(record, name).is_some_and(self::says))
    });
    match lacking {
        Some(name) => broken("audited", format!("a value in `{name}`"), "none"),
        None => Outcome::Held,
    }
}

/// The records of a call: by its canary, or, of a target that does not record the caller's trace, by its tracking id, which
/// the upstream may have been told where the caller was told nothing. An alert that names its call is none where others are.
pub(super) fn records<'a>(scene: &Scene<'a>) -> Vec<&'a str> {
    records_of(scene, (scene.case.id, scene.seen))
}

/// The same of another case of the scenario.
fn records_of<'a>(scene: &Scene<'a>, (case, seen): (CaseId, &'a Observed)) -> Vec<&'a str> {
    if !seen.records.is_empty() {
        return scene.ledger.of_calls(seen.records.iter().map(String::as_str).collect());
    }
    let ids = match seen.answer() {
        Some(answer) => own_ids(scene.plan, case, answer),
        None => seen.arrived().flat_map(|arrival| forwarded_ids(scene.plan, case, arrival)).collect(),
    };
    ids.iter().map(|id| scene.ledger.records(id)).max_by_key(Vec::len).unwrap_or_default()
}

/// `stamped`: the call's record says when it was, in UTC or with the offset from it; a number counts from 1970 in UTC (ASVS
/// 16.2.2). What the records of benign calls lack too is for `complete` to tell.
///
/// A finding: expected a time in UTC, or with its offset; seen "2026-11-25T10:00:00".
pub(super) fn stamped(scene: &Scene<'_>) -> Outcome {
    if !scene.ledger.tapped {
        return Outcome::Unresolved(Reason::NoAuditLog);
    }
    let records = records(scene);
    if records.is_empty() {
        return Outcome::Unresolved(Reason::NothingDelivered);
    }
    // A log that never says the time is for `complete` to tell.
    let mut benign = benign_records(scene).peekable();
    let never = benign.peek().is_some() && benign.all(|record| untimed(scene, &[record]).is_some());
    match untimed(scene, &records).filter(|_| !never) {
        Some((expected, seen)) => broken("stamped", expected, seen),
        None => Outcome::Held,
    }
}

/// What the time of a call's record should be and what it is instead. A record that is no object has no time to be wrong.
fn untimed(scene: &Scene<'_>, records: &[&str]) -> Option<(String, String)> {
    let when = &scene.plan.target.audit.as_ref()?.fields.when;
    let record = serde_json::from_str::<Value>(records.first()?).ok()?;
    let seen = match member(&record, when) {
        Some(Value::Number(_)) => return None,
        Some(Value::String(text)) if is_zoned(text) => return None,
        Some(other) => other.to_string(),
        None => "none".to_owned(),
    };
    Some((format!("a time in UTC, or with its offset, in `{when}`"), seen))
}

/// Whether a text is a time with an offset from UTC (a date, a clock time and a zone, in any common log format), or a
/// number.
fn is_zoned(text: &str) -> bool {
    static ZONED: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let clock = r".*\d{4}.*\d\d:\d\d:\d\d([.,]\d+)? ?(Z|UTC|GMT|[+-]\d\d(:?\d\d)?)";
        Regex::new(&format!(r"^(?i:{clock}|\d{{9,}}(\.\d+)?)$")).ok()
    });
    ZONED.as_ref().is_some_and(|zoned| zoned.is_match(text.trim()))
}

/// `accountable`: no call goes unrecorded while the audit sink is down (ASVS 16.5.3, PCI DSS 10.7.2). A target that
/// fails closed refuses the call before it reaches the upstream; one that buffers records it once the sink is back.
///
/// A finding: expected a refusal; seen `POST /transfers` at `ledger`.
pub(super) fn accountable(scene: &Scene<'_>) -> Outcome {
    let loss = scene.plan.target.audit.as_ref().and_then(|audit| audit.loss);
    let Some(answer) = scene.seen.answer() else {
        return Outcome::Unresolved(Reason::NoAnswer);
    };
    match loss {
        None => Outcome::Unresolved(Reason::NotDeclared),
        Some(Loss::Closed) => match scene.seen.arrived().next() {
            Some(arrival) => {
                let seen = format!("{} {} at {}", arrival.method, arrival.target.lossy(), arrival.upstream);
                stands("accountable", "a refusal, because the call cannot be recorded", seen)
            }
            None if answer.status < 400 => {
                broken("accountable", "a refusal, because the call cannot be recorded", answer.status.to_string())
            }
            None => Outcome::Held,
        },
        Some(Loss::Buffered) if !scene.ledger.tapped => Outcome::Unresolved(Reason::NoAuditLog),
        Some(Loss::Buffered) => match records(scene).len() {
            1 => Outcome::Held,
            n => broken("accountable", "one record after the audit log is back", n.to_string()),
        },
    }
}

/// What a call's record should say and what it says instead; of members that are `asked`.
fn lack(scene: &Scene<'_>, records: &[&str], asked: impl Fn(&str) -> bool) -> Option<(String, String)> {
    let fields = &scene.plan.target.audit.as_ref()?.fields;
    let record = match whole(records.first()?) {
        Ok(record) => record,
        Err(seen) => return Some((WHOLE.to_owned(), seen)),
    };
    let status = scene.seen.answer().map(|answer| answer.status);
    // Who calls is known where it was asked: of what was let through or forbidden, not of what was refused before it, such
    // as a path that no route has.
    let decided = matches!(status, Some(200..400 | 403)) || scene.seen.arrived().next().is_some();
    let who = (scene.case.identity.is_some() && decided).then_some(&fields.who);
    let names = [&fields.id, &fields.what, &fields.outcome].into_iter().chain(who);
    for name in names.filter(|name| asked(name)) {
        if !member(&record, name).is_some_and(says) {
            return Some((format!("a value in `{name}`"), "none".to_owned()));
        }
    }
    let status = status?;
    let outcome = member(&record, &fields.outcome)?;
    let number = outcome.as_u64().or_else(|| outcome.as_str()?.trim().parse().ok())?;
    (number != u64::from(status)).then(|| (format!("an outcome of {status}"), number.to_string()))
}

/// Whether a value is not empty.
fn says(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}
