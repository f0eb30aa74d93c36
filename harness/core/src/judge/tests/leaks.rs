//! `leaks`.

use super::fixture::{answer, attack, fails, open, passes, typed};
use crate::observe::{Answered, Capture, Failure};
use crate::vocab::{Octets, Reason};

const STEP: &str = "{ send: { op: read, as: alice }, expect: { leaks: nothing } }";

#[test]
fn an_answer_gives_nothing_away() {
    passes(&attack(STEP, |run| run.answered(1, answer(500, r#"{"error":"internal"}"#))));
    let java = "at com.acme.Ledger.find(Ledger.java:88)\n";
    fails(&attack(STEP, |run| run.answered(1, typed(500, "text/plain", java))), "Java stack trace in the body");
    let header = |run: &mut super::fixture::Run| {
        let mut told = answer(200, "{}");
        told.headers.push(("x-powered-by".to_owned(), Octets::from("PHP/8.2.1")));
        run.answered(1, told);
    };
    fails(&attack(STEP, header), "in the header x-powered-by");
    fails(&attack(STEP, |run| run.answered(1, answer(200, "[secret:alice]"))), "a credential");
}

#[test]
fn the_upstreams_canary_must_not_come_out_and_the_callers_may() {
    let part = |part| {
        attack(STEP, move |run: &mut super::fixture::Run| {
            let canary = run.canary(1, part);
            run.answered(1, answer(200, &format!("{{\"ref\":\"{canary}\"}}")));
        })
    };
    passes(&part(0));
    passes(&part(1));
    fails(&part(2), "what the upstream planted");
}

#[test]
fn what_was_not_read_whole_is_open() {
    open(&attack(STEP, |run| run.failed(1, Failure::Closed)), Reason::NoAnswer);
    let body = Capture::of(b"a long body", 4);
    open(&attack(STEP, |run| run.answered(1, Answered { body, ..answer(200, "") })), Reason::AnswerTruncated);
}

#[test]
fn what_the_upstream_was_told_to_answer_must_have_been_asked_for() {
    let step = r#"{ send: { op: read, as: alice }, upstream: { status: 500, body: "ref ${planted}" }, expect: { leaks: nothing } }"#;
    open(&attack(step, |run| run.answered(1, answer(500, "{}"))), Reason::NothingDelivered);
    let asked = |run: &mut super::fixture::Run| {
        run.arrived(1);
        run.answered(1, answer(500, "{}"));
    };
    passes(&attack(step, asked));
}

/// A payload in the query, as a JSON string in the body and in an answer that repeats it.
const TRACE: &str = "Traceback (most recent call last):\n  File \"/srv/app.py\", line 88, in read\nKeyError: 'id'";

fn quoted(text: &str) -> String {
    serde_json::json!({ "detail": format!("no account {text:?}"), "given": text }).to_string()
}

#[test]
fn what_the_caller_sent_may_come_back() {
    for (send, encode) in [
        (
            "{ op: search, as: alice, fill: { q: \"${payload}\" } }",
            "[plain, percent, double-percent, html-entity, base64]",
        ),
        ("{ op: annotate, as: alice, fill: { text: \"${payload}\" } }", "[plain, unicode-escape, full-width]"),
        ("{ op: read, as: alice, headers: { x-note: \"${payload}\" } }", "[plain]"),
    ] {
        let step = format!("{{ send: {send}, payloads: [traces], encode: {encode}, expect: {{ leaks: nothing }} }}");
        let mut run = super::fixture::Run::of(&step);
        for index in run.attacks() {
            run.sent(index);
            run.answered(index, answer(404, &quoted(TRACE)));
        }
        passes(&run.settled(true));
    }
}

#[test]
fn an_echo_excuses_only_itself() {
    let step = r#"{ send: { op: search, as: alice, fill: { q: "${payload}" } }, payloads: [traces], expect: { leaks: nothing } }"#;
    let other = "java.lang.NullPointerException\n\tat com.acme.Ledger.find(Ledger.java:88)";
    fails(&attack(step, |run| run.answered(1, answer(500, &quoted(&format!("{TRACE} {other}"))))), "java.lang.Null");
    // However often it is repeated first, what follows is seen.
    let many = TRACE.repeat(40);
    let own = "Traceback (most recent call last):\n  File \"/opt/gateway/own.py\", line 7, in load";
    fails(&attack(step, |run| run.answered(1, answer(500, &quoted(&format!("{many}{own}"))))), "own.py");
}

#[test]
fn what_the_upstream_planted_is_a_leak_though_the_caller_sent_it_too() {
    let upstream = r#"upstream: { status: 500, body: "${payload}" }, payloads: [traces], expect: { leaks: nothing } }"#;
    let leaking = |send: &str| {
        attack(&format!("{{ send: {send}, {upstream}"), |run| {
            run.arrived(1);
            run.answered(1, answer(500, &quoted(TRACE)));
        })
    };
    fails(&leaking("{ op: read, as: alice }"), "Python traceback");
    fails(&leaking(r#"{ op: search, as: alice, fill: { q: "${payload}" } }"#), "Python traceback");
}

#[test]
fn the_address_under_which_the_target_was_called_is_the_callers() {
    passes(&attack(STEP, |run| run.answered(1, answer(404, r#"{"instance":"http://127.0.0.1:8080/accounts/1"}"#))));
    fails(
        &attack(STEP, |run| run.answered(1, answer(404, r#"{"instance":"http://127.0.0.1:9101/accounts/1"}"#))),
        "127.0.0.1:9101",
    );
}
