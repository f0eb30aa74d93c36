//! `alerts`.

use super::fixture::{Run, answer, fails, open, passes};
use crate::judge::ScenarioResult;
use crate::vocab::Reason;

const SECOND: u64 = 1_000_000;
const DENIALS: &str = r#"{"kind":"denials"}"#;

/// Four refused calls from second 100 on, one per second, and what was recorded when and in which lane.
fn burst(wanted: &str, records: &[(u64, u32, &str)]) -> ScenarioResult {
    let mut run = Run::of(&format!("{{ send: {{ op: read, as: alice }}, repeat: 4, expect: {{ alerts: {wanted} }} }}"));
    for (index, second) in (1..).zip(100..104) {
        run.sent_at(second * SECOND, index);
        run.outcome(index, SECOND, Ok(answer(403, "{}")));
    }
    for (at_us, lane, line) in records {
        run.recorded_at(*at_us, *lane, line);
    }
    run.settled(true)
}

#[test]
fn burst_raises_its_alert_in_time() {
    passes(&burst("forbidden", &[(103 * SECOND, 0, DENIALS)]));
    passes(&burst("forbidden", &[(105 * SECOND, 0, DENIALS)]));
    // One that was already raised in the same window.
    passes(&burst("forbidden", &[(91 * SECOND, 0, DENIALS)]));
    let seen = "expected an alert about `forbidden`, seen none within 1s of 4 calls";
    for wrong in [
        (105 * SECOND + 1, 0, DENIALS),
        (89 * SECOND, 0, DENIALS),
        (103 * SECOND, 1, DENIALS),
        (103 * SECOND, 0, r#"{"kind":"not-found"}"#),
        (103 * SECOND, 0, r#"{"kind":"request"}"#),
        (103 * SECOND, 0, "denials"),
    ] {
        fails(&burst("forbidden", &[wrong]), seen);
    }
    fails(&burst("forbidden", &[]), seen);
    assert_eq!(burst("forbidden", &[]).findings.len(), 1, "a burst is one finding");
}

#[test]
fn normal_traffic_raises_none() {
    passes(&burst("none", &[]));
    passes(&burst("none", &[(99 * SECOND, 0, DENIALS), (103 * SECOND, 1, DENIALS), (103 * SECOND, 0, "{}")]));
    fails(&burst("none", &[(103 * SECOND, 0, DENIALS)]), "expected no alert, seen one about `forbidden`");
    fails(&burst("none", &[(999 * SECOND, 0, DENIALS)]), "seen one about");
}

#[test]
fn alert_that_names_its_call_counts() {
    let burst = |wanted: &str| {
        let step =
            format!("{{ send: {{ op: read, as: alice }}, repeat: 4, expect: {{ audited: true, alerts: {wanted} }} }}");
        let mut run = Run::of(&step);
        for index in 1..=4 {
            run.sent(index);
            run.answered(index, answer(403, "{}"));
            let record = r#"{"tracking_id":"trk-00000001","subject":"alice","operation":"read","status":403}"#;
            run.recorded(Some(index), record);
        }
        run.recorded(Some(4), r#"{"kind":"denials","tracking_id":"trk-00000001"}"#);
        run.settled(true)
    };
    passes(&burst("forbidden"));
    let ordinary = burst("none");
    fails(&ordinary, "expected no alert, seen one about `forbidden`");
    assert_eq!(ordinary.findings.len(), 1, "it is no second record");
}

#[test]
fn no_burst_shows_nothing() {
    let mut run = Run::of("{ send: { op: read, as: alice }, repeat: 4, expect: { alerts: forbidden } }");
    for index in 1..=4 {
        run.sent(index);
    }
    open(&run.settled(true), Reason::NothingDelivered);
    open(&run.settled(false), Reason::NoAuditLog);
    let mut few = Run::of("{ send: { op: read, as: alice }, repeat: 2, expect: { alerts: forbidden } }");
    for index in 1..=2 {
        few.sent(index);
        few.answered(index, answer(403, "{}"));
    }
    open(&few.settled(true), Reason::TooFewAnswers);
}

#[test]
fn undeclared_alert_is_skipped() {
    let step = "{ send: { op: read, as: alice }, expect: { alerts: unauthenticated } }";
    let result = Run::without_twin(step).settled(true);
    let note = result.note.unwrap_or_default();
    assert!(note.contains("audit.alerts.unauthenticated"), "{note}");
}
