//! What a target must declare for an expectation: the value of a key and the target come in; the first missing
//! declaration goes out.
#![expect(clippy::trivially_copy_pass_by_ref, reason = "the table of oracles calls each with a reference")]

use super::alerts::Alarm;
use super::demand::Must;
use super::expect::{ErrorForm, HeldConnections, Within};
use super::target::Target;
use crate::vocab::{Factor, word};

/// Nothing.
pub(super) fn nothing<T>(_: &T, _: &Target) -> Option<String> {
    None
}

/// This declaration, if it is missing.
fn unless(declared: bool, key: &str) -> Option<String> {
    (!declared).then(|| key.to_owned())
}

/// An audit log.
pub(super) fn audit<T>(_: &T, target: &Target) -> Option<String> {
    unless(target.audit.is_some(), "audit")
}

/// An audit log, if the error must be found in it.
pub(super) fn error(form: &ErrorForm, target: &Target) -> Option<String> {
    if *form == ErrorForm::Tracked { audit(form, target) } else { None }
}

/// What happens to calls while the audit sink is down.
pub(super) fn audit_loss(_: &Must, target: &Target) -> Option<String> {
    unless(target.audit.as_ref().is_some_and(|audit| audit.loss.is_some()), "audit.loss")
}

/// Alerts, with the value for this one.
pub(super) fn alerts(alarm: &Alarm, target: &Target) -> Option<String> {
    let Some(alerts) = target.alerts() else { return Some("audit.alerts".to_owned()) };
    let named = *alarm == Alarm::None || alerts.value(*alarm).is_some();
    (!named).then(|| format!("audit.alerts.{}", word(alarm)))
}

/// The time that the value refers to.
pub(super) fn within(within: &Within, target: &Target) -> Option<String> {
    unless(within.of(target).is_some(), "limits.upstream_time")
}

/// The time limit for ending connections.
pub(super) fn held(holding: &HeldConnections, target: &Target) -> Option<String> {
    unless(*holding != HeldConnections::Ended || target.limits.request_time.is_some(), "limits.request_time")
}

/// A model that Pincer plays.
fn model(target: &Target) -> Option<String> {
    unless(!target.task.as_ref().is_some_and(|task| task.own_model), "a model that Pincer plays")
}

/// A model that Pincer can make ask for something.
pub(super) fn played_model<T>(_: &T, target: &Target) -> Option<String> {
    model(target)
}

/// The largest answer that may go into a prompt.
pub(super) fn prompt_limit(_: &Factor, target: &Target) -> Option<String> {
    model(target).or_else(|| unless(target.limits.response.is_some(), "limits.response"))
}

/// The most calls of a task.
pub(super) fn call_limit(_: &Must, target: &Target) -> Option<String> {
    model(target).or_else(|| unless(target.limits.calls.is_some(), "limits.calls"))
}

/// The most repetitions of a call.
pub(super) fn retry_limit(_: &Must, target: &Target) -> Option<String> {
    unless(target.limits.retries.is_some(), "limits.retries")
}

/// How an answer reports that a task is done.
pub(super) fn done<T>(_: &T, target: &Target) -> Option<String> {
    let task = target.task.as_ref();
    let started = task.is_some_and(|task| task.start.is_some());
    let said = task.and_then(|task| task.http.as_ref()).is_some_and(|http| http.done.is_some());
    unless(started || said, "task.http.done")
}
