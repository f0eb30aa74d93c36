//! What the target recorded.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::super::evidence::member;
use super::super::ids::{forwarded_ids, own_ids};
use super::{Outcome, Scene, broken, stands};
use crate::observe::Answered;
use crate::plan::{Mind, Order};
use crate::scenario::{AuditFields, Loss};
use crate::vocab::Reason;

/// `audited`: the call has exactly one audit record, found by its canary or by the answer's tracking id, and the record
/// says who did what and how it ended (ASVS 16.2.1 and 16.3).
///
/// A finding: expected one audit record; seen none.
pub(super) fn audited(scene: &Scene<'_>, wanted: bool) -> Outcome {
    let answer = scene.seen.answer();
    if !scene.ledger.tapped {
        return Outcome::Unresolved(Reason::NoAuditLog);
    }
    let records = records(scene, answer);
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
    let fields = scene.plan.target.audit.as_ref().map(|audit| &audit.fields);
    // The caller is known only if authentication ran: for calls that were allowed or forbidden, not for calls refused
    // before, such as unknown paths.
    let status = answer.map(|answer| answer.status);
    let asked = matches!(status, Some(200..400 | 403)) || scene.seen.arrived().next().is_some();
    let known = scene.case.identity.is_some() && asked;
    match records.first().zip(fields).and_then(|(record, fields)| lack(record, fields, (known, status))) {
        Some((expected, seen)) => broken("audited", expected, seen),
        None => Outcome::Held,
    }
}

/// A record without a name that may belong to this call: it ended in the same way, or does not say how.
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

/// `recorded`: the call has exactly one audit record, which is a JSON object: the caller's text neither ends a record
/// nor forges another (CWE-117). Missing fields are for `audited` to report.
///
/// A finding: expected 1 audit record; seen 2.
pub(super) fn recorded(scene: &Scene<'_>) -> Outcome {
    let answer = scene.seen.answer();
    if !scene.ledger.tapped {
        return Outcome::Unresolved(Reason::NoAuditLog);
    }
    let records = records(scene, answer);
    match records.as_slice() {
        [] if answer.is_none() => Outcome::Unresolved(Reason::NoAnswer),
        [record] => match whole(record) {
            Ok(_) => Outcome::Held,
            Err(seen) => broken("recorded", WHOLE, seen),
        },
        records => broken("recorded", "1 audit record", records.len().to_string()),
    }
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
    for (part, tool) in [(0, Some(mind.task.name.as_str())), (1, ordered)] {
        let Some(tool) = tool.filter(|tool| part == 0 || *tool != mind.task.name) else { continue };
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

/// The records of a call, found by its canary. If the target does not record the caller's trace, they are found by its
/// tracking id, from the answer or from what was sent upstream. An alert that names its call does not count if there
/// are other records.
pub(super) fn records<'a>(scene: &Scene<'a>, answer: Option<&Answered>) -> Vec<&'a str> {
    if !scene.seen.records.is_empty() {
        return scene.ledger.of_calls(scene.seen.records.iter().map(String::as_str).collect());
    }
    let (plan, case) = (scene.plan, scene.case.id);
    let ids = match answer {
        Some(answer) => own_ids(plan, case, answer),
        None => scene.seen.arrived().flat_map(|arrival| forwarded_ids(plan, case, arrival)).collect(),
    };
    ids.iter().map(|id| scene.ledger.records(id)).max_by_key(Vec::len).unwrap_or_default()
}

/// `stamped`: the call's record has a time in UTC or with its offset; a number counts from 1970 in UTC (ASVS 16.2.2).
///
/// A finding: expected a time in UTC, or with its offset; seen "2026-11-25T10:00:00".
pub(super) fn stamped(scene: &Scene<'_>) -> Outcome {
    let answer = scene.seen.answer();
    let Some(audit) = scene.plan.target.audit.as_ref().filter(|_| scene.ledger.tapped) else {
        return Outcome::Unresolved(Reason::NoAuditLog);
    };
    let Some(record) = records(scene, answer).first().and_then(|line| serde_json::from_str::<Value>(line).ok()) else {
        return Outcome::Unresolved(Reason::NothingDelivered);
    };
    let expected = || format!("a time in UTC, or with its offset, in `{}`", audit.fields.when);
    match member(&record, &audit.fields.when) {
        Some(Value::Number(_)) => Outcome::Held,
        Some(Value::String(text)) if is_zoned(text) => Outcome::Held,
        Some(other) => broken("stamped", expected(), other.to_string()),
        None => broken("stamped", expected(), "none"),
    }
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
        Some(Loss::Buffered) => match records(scene, Some(answer)).len() {
            1 => Outcome::Held,
            n => broken("accountable", "one record after the audit log is back", n.to_string()),
        },
    }
}

/// What a record should say, and what it says instead.
fn lack(line: &str, fields: &AuditFields, (known, status): (bool, Option<u16>)) -> Option<(String, String)> {
    let record = match whole(line) {
        Ok(record) => record,
        Err(seen) => return Some((WHOLE.to_owned(), seen)),
    };
    let who = known.then_some(&fields.who);
    for name in [&fields.id, &fields.what, &fields.outcome].into_iter().chain(who) {
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
