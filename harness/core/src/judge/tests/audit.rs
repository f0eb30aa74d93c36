//! `audited`.

use super::fixture::{answer, attack, fails, open, passes};
use crate::judge::ScenarioResult;
use crate::observe::Failure;
use crate::vocab::{Octets, Reason};

const STEP: &str = "{ send: { op: read, as: alice }, expect: { audited: true } }";

/// The record of the benign call.
const BENIGN: &str = r#"{"tracking_id":"trk-00000000","subject":"alice","operation":"read","status":200}"#;

fn recorded(lines: &[&str]) -> ScenarioResult {
    attack(STEP, |run| {
        run.recorded(Some(0), BENIGN);
        run.answered(1, answer(403, "{}"));
        for line in lines {
            run.recorded(Some(1), line);
        }
    })
}

const SOUND: &str = r#"{"tracking_id":"trk-00000001","subject":"alice","operation":"read","status":403}"#;

#[test]
fn call_has_one_record() {
    passes(&recorded(&[SOUND]));
    fails(&recorded(&[]), "1 audit record, seen 0");
    fails(&recorded(&[SOUND, SOUND]), "seen 2");
}

#[test]
fn log_in_an_unknown_format_shows_nothing() {
    let logged = |lines: &[&str]| {
        attack(STEP, |run| {
            run.answered(1, answer(403, "{}"));
            for line in lines {
                run.recorded(Some(1), line);
            }
        })
    };
    open(&logged(&["id=trk-00000001 who=alice what=read outcome=403"]), Reason::NoAuditLog);
    open(&logged(&["{", "\"id\": \"trk-00000001\"", "}"]), Reason::NoAuditLog);
    passes(&logged(&[SOUND]));
}

#[test]
fn record_says_who_did_what_and_how_it_ended() {
    let with = |from: &str, to: &str| recorded(&[&SOUND.replace(from, to)]);
    fails(&recorded(&["alice read 403"]), "a JSON object");
    fails(&recorded(&["[403]"]), "a JSON object");
    for (field, value) in
        [("tracking_id", "\"trk-00000001\""), ("subject", "\"alice\""), ("operation", "\"read\""), ("status", "403")]
    {
        fails(&with(field, "other"), &format!("a value in `{field}`"));
        for nothing in ["\"\"", "\" \"", "null", "[]", "{}"] {
            fails(&with(value, nothing), &format!("a value in `{field}`"));
        }
    }
    fails(&with("403", "200"), "an outcome of 403, seen 200");
    fails(&with("403", "\"200\""), "an outcome of 403, seen 200");
    passes(&with("403", "\"403\""));
    passes(&with("403", "\"denied\""));
}

#[test]
fn record_without_the_canary_is_found_by_the_answers_id() {
    let by_id = |records: usize| {
        attack(STEP, |run| {
            run.answered(1, answer(403, r#"{"tracking_id":"trk-00000001"}"#));
            (0..records).for_each(|_| run.recorded(None, SOUND));
        })
    };
    passes(&by_id(1));
    fails(&by_id(0), "1 audit record, seen 0");
    fails(&by_id(2), "seen 2");
}

#[test]
fn record_that_names_no_call_is_reported() {
    let beside = |line: &str| {
        attack(STEP, |run| {
            run.answered(1, answer(403, r#"{"tracking_id":"trk-00000001"}"#));
            run.recorded(None, line);
        })
    };
    let told =
        "1 audit record with the call's mark or its answer's id, seen none, but records that name neither, such as";
    fails(&beside(r#"{"tracking_id":"-","status":403}"#), told);
    fails(&beside(r#"{"status":"403"}"#), told);
    fails(&beside("GET / 403"), told);
    fails(&beside(r#"{"tracking_id":"-","status":200}"#), "1 audit record, seen 0");
    fails(&beside(r#"{"tracking_id":"trk-00000002","status":403}"#), "1 audit record, seen 0");
}

#[test]
fn without_an_answer_a_record_is_found_by_the_forwarded_id() {
    let told = |id: &str| {
        attack(STEP, |run| {
            let mut arrival = run.arrival(1);
            arrival.headers.push(("X-Request-Id".to_owned(), Octets::from(id)));
            run.arrived_as(1, 0, arrival);
            run.failed(1, Failure::Closed);
            run.recorded(None, SOUND);
        })
    };
    passes(&told("trk-00000001"));
    open(&told("trk-00000002"), Reason::NoAnswer);
}

#[test]
fn record_that_could_not_be_seen_is_open() {
    open(&attack(STEP, |run| run.failed(1, Failure::Closed)), Reason::NoAnswer);
    let mut run = super::fixture::Run::of(STEP);
    run.sent(1);
    run.answered(1, answer(403, "{}"));
    open(&run.settled(false), Reason::NoAuditLog);
}

#[test]
fn call_that_must_not_be_recorded_is_not() {
    let step = "{ send: { op: read, as: alice }, expect: { audited: false } }";
    passes(&attack(step, |run| run.answered(1, answer(403, "{}"))));
    let one = |run: &mut super::fixture::Run| {
        run.answered(1, answer(403, "{}"));
        run.recorded(Some(1), SOUND);
    };
    fails(&attack(step, one), "0 audit record, seen 1");
}

#[test]
fn anonymous_call_needs_no_name() {
    let unnamed = SOUND.replace("alice", "").replace("403", "401");
    let called = |caller: &str, status: u16| {
        attack(&format!("{{ send: {{ op: read{caller} }}, expect: {{ audited: true }} }}"), |run| {
            run.answered(1, answer(status, "{}"));
            run.recorded(Some(1), &unnamed.replace("401", &status.to_string()));
        })
    };
    passes(&called("", 401));
    for status in [400, 401, 404, 405, 413, 501] {
        passes(&called(", as: alice", status));
    }
    fails(&called(", as: alice", 200), "a value in `subject`");
    fails(&called(", as: alice", 403), "a value in `subject`");
}

#[test]
fn forbidden_text_is_not_recorded() {
    let step = "{ send: { op: read, as: alice }, expect: { unrecorded: \"4111 1111\" } }";
    let with = |line: &str| {
        attack(step, |run| {
            run.answered(1, answer(403, "{}"));
            run.recorded(Some(1), line);
        })
    };
    passes(&with(SOUND));
    fails(&with(r#"{"path":"/4111 1111"}"#), "no audit record with `4111 1111`, seen 1");
    fails(&with(r#"{"path":"/4111%201111"}"#), "seen 1");
    open(&attack(step, |run| run.answered(1, answer(403, "{}"))), Reason::NothingDelivered);
}

#[test]
fn record_says_when_in_utc() {
    let at = |when: &str| {
        attack("{ send: { op: read, as: alice }, expect: { stamped: true } }", |run| {
            run.answered(1, answer(403, "{}"));
            run.recorded(Some(0), &BENIGN.replace('{', r#"{"ts":1764042240,"#));
            run.recorded(Some(1), &SOUND.replace('{', &format!("{{{when}")));
        })
    };
    for sound in [
        r#""ts":"2026-11-25T03:44:00Z","#,
        r#""ts":"2026-11-25T03:44:00.123456789Z","#,
        r#""ts":"2026-11-25 03:44:00+00:00","#,
        r#""ts":"2026-11-25T03:44:00,123Z","#,
        r#""ts":"2026-11-25T03:44:00.123+0000","#,
        r#""ts":"2026-11-25T04:44:00+01:00","#,
        r#""ts":"25/Nov/2026:03:44:00 +0000","#,
        r#""ts":"Wed, 25 Nov 2026 03:44:00 GMT","#,
        r#""ts":"1764042240.123","#,
        r#""ts":1764042240,"#,
    ] {
        passes(&at(sound));
    }
    for wrong in
        ["2026-11-25T03:44:00", "25/Nov/2026:03:44:00", "03:44:00Z", "2026", "now", "", "2026-11-25T03:44:00.Z"]
    {
        fails(&at(&format!(r#""ts":"{wrong}","#)), "expected a time in UTC, or with its offset, in `ts`");
    }
    fails(&at(""), "seen none");
}

/// A log without a subject failed three scenarios.
#[test]
fn what_no_record_says_is_told_by_complete_alone() {
    let without = |from: &str, step: &str| {
        attack(&format!("{{ send: {{ op: read, as: alice }}, expect: {{ {step}: true }} }}"), |run| {
            run.recorded(Some(0), &BENIGN.replace(from, "other"));
            run.answered(1, answer(403, "{}"));
            run.recorded(Some(1), &SOUND.replace(from, "other"));
        })
    };
    for field in ["tracking_id", "subject", "operation", "status"] {
        passes(&without(field, "audited"));
        fails(&without(field, "complete"), &format!("a value in `{field}`"));
    }
    passes(&without("none of them", "stamped"));
    fails(&without("none of them", "complete"), "expected a time in UTC, or with its offset, in `ts`");
}

#[test]
fn a_complete_record_says_all_and_when() {
    let step = "{ send: { op: read, as: alice }, expect: { complete: true } }";
    let recorded = |lines: &[&str]| {
        attack(step, |run| {
            run.recorded(Some(0), BENIGN);
            run.answered(1, answer(403, "{}"));
            for line in lines {
                run.recorded(Some(1), line);
            }
        })
    };
    let whole = SOUND.replace('{', r#"{"ts":"2026-11-25T03:44:00Z","#);
    passes(&recorded(&[&whole]));
    fails(&recorded(&[&whole.replace("alice", "")]), "a value in `subject`");
    fails(&recorded(&[&whole.replace("403", "200")]), "an outcome of 403, seen 200");
    fails(&recorded(&["alice read 403"]), "a JSON object");
    open(&recorded(&[]), Reason::NothingDelivered);
}

/// A gateway that refuses a method before it records failed the scenario of forged records.
#[test]
fn a_refused_call_without_a_record_forged_none() {
    let step = "{ send: { op: read, as: alice }, expect: { recorded: once } }";
    let with = |benign: Option<&str>, status: u16, line: Option<&str>| {
        attack(step, |run| {
            if let Some(line) = benign {
                run.recorded(Some(0), line);
            }
            run.answered(1, answer(status, "{}"));
            if let Some(line) = line {
                run.recorded(None, line);
            }
        })
    };
    passes(&with(Some(BENIGN), 400, None));
    fails(&with(Some(BENIGN), 400, Some(r#"{"event":"forged"}"#)), "1 audit record, seen 0");
    fails(&with(Some(BENIGN), 200, None), "1 audit record, seen 0");
    fails(&with(None, 400, None), "1 audit record, seen 0");
}

#[test]
fn call_that_cannot_be_recorded_is_refused() {
    let step = "{ send: { op: read, as: alice }, expect: { accountable: true } }";
    passes(&attack(step, |run| run.answered(1, answer(503, "{}"))));
    fails(
        &attack(step, |run| run.answered(1, answer(200, "{}"))),
        "a refusal, because the call cannot be recorded, seen 200",
    );
    let arrived = |run: &mut super::fixture::Run| {
        run.arrived(1);
        run.answered(1, answer(503, "{}"));
    };
    fails(&attack(step, arrived), "seen GET /accounts/1 at ledger");
    open(&attack(step, |run| run.failed(1, Failure::Closed)), Reason::NoAnswer);
}

#[test]
fn credential_in_a_record_is_found_by_its_mark() {
    let step = "{ send: { op: read, as: alice }, expect: { unrecorded: \"${credential}\" } }";
    let with = |line: &str| {
        let line = line.to_owned();
        attack(step, move |run| {
            run.answered(1, answer(403, "{}"));
            run.recorded(Some(1), &line);
        })
    };
    passes(&with(SOUND));
    fails(&with(&SOUND.replace("read", "/a/[secret:alice]")), "unrecorded");
}

#[test]
fn outage_scenario_needs_an_outage_that_pincer_can_cause() {
    let outage = "{ send: { op: read, as: alice }, outage: [audit-down], expect: { accountable: true } }";
    let sound = "{ send: { op: read, as: alice }, expect: { status: 200 } }";
    let result = super::fixture::Run::without_twin(&format!("{outage}\n  - {sound}")).settled(true);
    assert_eq!(result.reason, Some(Reason::NotDeclared), "{result:#?}");
    assert!(result.note.unwrap_or_default().contains("audit.file and launch"));
}
