//! What the target recorded.

use serde_json::Value;

use super::super::evidence::{member, own_ids};
use super::{Holding, Scene, broken};
use crate::observe::Answered;
use crate::scenario::AuditFields;
use crate::vocab::Reason;

/// `audited`: the call has exactly one audit record, found by its canary or by the answer's tracking id, and the
/// record says who did what and how it ended (ASVS 16.2.1 and 16.3).
///
/// A finding: expected one audit record; seen none.
pub(super) fn audited(scene: &Scene<'_>, wanted: bool) -> Holding {
    let Some(answer) = scene.seen.answer() else {
        return Holding::Unresolved(Reason::NoAnswer);
    };
    if !scene.ledger.tapped {
        return Holding::Unresolved(Reason::NoAuditLog);
    }
    let records = records(scene, answer);
    if records.len() != usize::from(wanted) {
        return broken("audited", format!("{} audit record", u64::from(wanted)), records.len().to_string());
    }
    let fields = scene.plan.target.audit.as_ref().map(|audit| &audit.fields);
    // Who calls is not known of a call without a credential, nor of one that was no HTTP.
    let known = scene.case.identity.is_some() && !matches!(answer.status, 400 | 401);
    match records.first().zip(fields).and_then(|(record, fields)| lack(record, fields, (known, answer.status))) {
        Some((expected, seen)) => broken("audited", expected, seen),
        None => Holding::Held,
    }
}

/// The audit records of a call, by its canary or by its answer's tracking id.
pub(super) fn records<'a>(scene: &Scene<'a>, answer: &Answered) -> Vec<&'a str> {
    let mut records: Vec<&str> = scene.seen.records.iter().map(String::as_str).collect();
    if records.is_empty() {
        // A target that does not record the caller's trace is asked by its own tracking id.
        let ids = own_ids(scene.plan, scene.case, answer);
        let found = ids.iter().filter_map(|id| scene.ledger.records.get(id)).max_by_key(|records| records.len());
        records.extend(found.into_iter().flatten());
    }
    records
}

/// What a record should say and what it says instead.
fn lack(line: &str, fields: &AuditFields, (known, status): (bool, u16)) -> Option<(String, String)> {
    let Ok(record @ Value::Object(_)) = serde_json::from_str(line) else {
        let beginning: String = line.chars().take(80).collect();
        return Some(("a record that is a JSON object".to_owned(), format!("`{beginning}`")));
    };
    let who = known.then_some(&fields.who);
    for name in [&fields.id, &fields.what, &fields.outcome].into_iter().chain(who) {
        if !member(&record, name).is_some_and(says) {
            return Some((format!("a value in `{name}`"), "none".to_owned()));
        }
    }
    let outcome = member(&record, &fields.outcome)?;
    let number = outcome.as_u64().or_else(|| outcome.as_str()?.trim().parse().ok())?;
    (number != u64::from(status)).then(|| (format!("an outcome of {status}"), number.to_string()))
}

/// Whether a value says anything.
fn says(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}
