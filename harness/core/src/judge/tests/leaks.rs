//! `leaks`.

use super::fixture::{answer, attack, fails, open, passes, typed};
use crate::observe::{Answered, Capture, Failure};
use crate::vocab::{Octets, Reason};

const STEP: &str = "{ send: { op: read, as: alice }, expect: { leaks: nothing } }";

#[test]
fn an_answer_gives_nothing_away() {
    passes(&attack(STEP, |run| run.answered(1, answer(500, r#"{"error":"internal"}"#))));
    let java = "at com.acme.Ledger.find(Ledger.java:88)\n";
    fails(&attack(STEP, |run| run.answered(1, typed(500, "text/plain", java))), "Java stack trace");
    let header = |run: &mut super::fixture::Run| {
        let mut told = answer(200, "{}");
        told.headers.push(("x-powered-by".to_owned(), Octets::from("PHP/8.2.1")));
        run.answered(1, told);
    };
    fails(&attack(STEP, header), "PHP/8.2.1");
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
