//! `status`, `error`, `within` and `size`.

use super::fixture::{Run, answer, attack, fails, open, passes, typed};
use crate::observe::{End, Failure};
use crate::vocab::{Octets, Reason};

const STATUS: &str = "{ send: { op: read, as: alice }, expect: { status: [400, 403] } }";

#[test]
fn status_is_one_of_those_expected() {
    passes(&attack(STATUS, |run| run.answered(1, answer(403, "{}"))));
    fails(&attack(STATUS, |run| run.answered(1, answer(200, "{}"))), "expected 400, 403, seen 200");
    fails(&attack(STATUS, |run| run.failed(1, Failure::Timeout)), "no answer before the deadline");
    let cut = |end| attack(STATUS, |run| run.answered(1, crate::observe::Answered { end, ..answer(403, "{}") }));
    fails(&cut(End::Cut), "its body was cut off");
    fails(&cut(End::Late), "its body was cut off");
    passes(&cut(End::Capped));
}

#[test]
fn unseen_status_is_open() {
    open(&attack(STATUS, |run| run.failed(1, Failure::Closed)), Reason::NoAnswer);
    open(&attack(STATUS, |_| {}), Reason::NoAnswer);
    open(&attack(STATUS, |run| run.answered(1, answer(429, "{}"))), Reason::Throttled);
    let limited = "{ send: { op: read, as: alice }, expect: { status: 429 } }";
    passes(&attack(limited, |run| run.answered(1, answer(429, "{}"))));
    // An upstream's 429 that was passed on is what the step asked for.
    let handed = "{ send: { op: read, as: alice }, upstream: { status: 429 }, expect: { arrives: once } }";
    let answered = |arrives: bool| {
        attack(handed, |run| {
            (0..usize::from(arrives)).for_each(|_| run.arrived(1));
            run.answered(1, answer(429, "{}"));
        })
    };
    passes(&answered(true));
    open(&answered(false), Reason::NothingDelivered);
}

const WITHIN: &str = "{ send: { op: read, as: alice }, expect: { within: 2s } }";

#[test]
fn answer_ends_in_time() {
    passes(&attack(WITHIN, |run| run.outcome(1, 2_000_000, Ok(answer(504, "{}")))));
    fails(&attack(WITHIN, |run| run.outcome(1, 2_000_001, Ok(answer(504, "{}")))), "2000 ms");
    fails(&attack(WITHIN, |run| run.outcome(1, 3_000_000, Err(Failure::Timeout))), "an answer within 2s");
    let late = crate::observe::Answered { end: End::Late, ..answer(200, "") };
    fails(&attack(WITHIN, |run| run.outcome(1, 1000, Ok(late))), "an answer within 2s");
}

#[test]
fn fast_failure_proves_nothing_unless_the_call_had_an_effect() {
    open(&attack(WITHIN, |_| {}), Reason::NoAnswer);
    open(&attack(WITHIN, |run| run.failed(1, Failure::Unreachable)), Reason::NothingDelivered);
    open(&attack(WITHIN, |run| run.failed(1, Failure::Closed)), Reason::NothingDelivered);
    let arrived = |run: &mut Run| {
        run.arrived(1);
        run.failed(1, Failure::Closed);
    };
    passes(&attack(WITHIN, arrived));
}

const SIZE: &str = "{ send: { op: read, as: alice }, expect: { size: 1 KiB } }";

#[test]
fn body_is_within_its_size() {
    let sized = |length: usize, end| {
        let told = crate::observe::Answered { end, ..answer(200, &"a".repeat(length)) };
        attack(SIZE, |run| run.answered(1, told))
    };
    passes(&sized(1024, End::Complete));
    passes(&sized(1000, End::Cut));
    for end in [End::Complete, End::Cut, End::Capped, End::Late] {
        fails(&sized(1025, end), "a body of at most 1 KiB, seen 1025 bytes");
    }
    open(&sized(1024, End::Capped), Reason::AnswerTruncated);
    open(&sized(0, End::Late), Reason::AnswerTruncated);
    open(&attack(SIZE, |run| run.failed(1, Failure::Closed)), Reason::NoAnswer);
    let broken_off = |run: &mut Run| {
        run.arrived(1);
        run.failed(1, Failure::Closed);
    };
    passes(&attack(SIZE, broken_off));
}

#[test]
fn received_length_counts_not_the_kept_part() {
    let body = crate::observe::Capture::of(&[b'a'; 2000], 16);
    let told = crate::observe::Answered { body, ..answer(200, "") };
    fails(&attack(SIZE, |run| run.answered(1, told)), "2000 bytes");
}

const PROBLEM: &str = "{ send: { op: read, as: alice }, expect: { error: problem } }";

#[test]
fn problem_has_its_type_status_and_title() {
    let told = |kind: &str, body: &str| attack(PROBLEM, |run| run.answered(1, typed(404, kind, body)));
    let kind = "application/problem+json; charset=utf-8";
    passes(&told(kind, r#"{"title":"Not Found","status":404}"#));
    fails(&told("text/html", "<p>no"), "seen text/html");
    fails(&told("", "no"), "no content type");
    fails(&told(kind, r#"{"title":"Not Found","status":200}"#), "a member `status` of 404");
    fails(&told(kind, r#"{"title":"","status":404}"#), "a member `title`");
    fails(&told(kind, "<p>no"), "not JSON");
}

#[test]
fn success_has_no_error_form_to_judge() {
    open(&attack(PROBLEM, |run| run.answered(1, answer(200, "{}"))), Reason::NothingDelivered);
    open(&attack(PROBLEM, |run| run.failed(1, Failure::Closed)), Reason::NoAnswer);
}

const TRACKED: &str = "{ send: { op: read, as: alice }, repeat: 2, expect: { error: tracked } }";

fn tracked(ids: [&str; 2], records: &[&str], tapped: bool) -> crate::judge::ScenarioResult {
    let mut run = Run::of(TRACKED);
    for (index, id) in (1..).zip(ids) {
        run.sent(index);
        run.answered(index, answer(500, &format!(r#"{{"tracking_id":"{id}"}}"#)));
    }
    for id in records {
        run.recorded(None, &format!(r#"{{"tracking_id":"{id}"}}"#));
    }
    run.settled(tapped)
}

#[test]
fn error_has_an_id_that_finds_its_record() {
    let (a, b) = ("trk-00000001", "trk-00000002");
    passes(&tracked([a, b], &[a, b], true));
    fails(&tracked([a, a], &[a], true), "an id that other answers also carry");
    fails(&tracked([a, b], &[a], true), "it finds 0");
    fails(&tracked([a, b], &[a, b, b], true), "it finds 2");
    fails(&tracked(["", ""], &[], true), "a tracking id made by the target");
    open(&tracked([a, b], &[], false), Reason::NoAuditLog);
}

#[test]
fn guessable_or_different_ids_are_found() {
    let of = |make: &dyn Fn(u32) -> (String, String)| {
        let mut run = Run::of(&TRACKED.replace("repeat: 2", "repeat: 20"));
        for index in 1..=20 {
            run.sent(index);
            let (header, body) = make(index);
            let mut told = answer(500, &format!(r#"{{"tracking_id":"{body}"}}"#));
            told.headers.push(("x-tracking-id".to_owned(), Octets::from(header.as_str())));
            run.answered(index, told);
            run.recorded(None, &format!(r#"{{"tracking_id":"{body}"}}"#));
        }
        run.settled(true)
    };
    let random = |n: u32| format!("{:016x}", u64::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let counted = |n: u32| format!("trk-{n:08}");
    passes(&of(&|n| (random(n), random(n))));
    fails(
        &of(&|n| (counted(n), counted(n))),
        "can't be guessed, seen 20 ids of which half are at most 1 from the next",
    );
    fails(&of(&|n| (random(n), random(n + 100))), "the same tracking id in headers and body");
    // One contained in the other is the same.
    passes(&of(&|n| (random(n), format!("https://api.example/errors/{}", random(n)))));
}

#[test]
fn ids_of_other_components_are_not_compared() {
    let of = |header: &str, member: &str| {
        let mut run = Run::of(TRACKED);
        for (index, id) in [(1, "9f2c41d0a7b35e68"), (2, "3b7ae05cd1f94826")] {
            run.sent(index);
            let mut told = answer(500, &format!(r#"{{"request_id":"{id}","{member}":"urn:problem:{index}"}}"#));
            told.headers.push((header.to_owned(), Octets::from(&*format!("{index}c7d9e0f1a2b3c4d"))));
            run.answered(index, told);
            run.recorded(None, &format!(r#"{{"tracking_id":"{id}"}}"#));
        }
        run.settled(true)
    };
    passes(&of("cf-ray", "type"));
    fails(&of("x-request-id", "instance"), "the same tracking id in headers and body");
}

#[test]
fn repeated_id_of_the_caller_is_no_tracking_id() {
    for mark in 0..3 {
        let mut run = Run::of(TRACKED);
        for index in [1, 2] {
            run.sent(index);
            let own = run.plan.tracer().marks(run.case(index).id, crate::vocab::Part::REQUEST)[mark].clone();
            run.answered(index, answer(500, &format!(r#"{{"trace_id":"{own}"}}"#)));
        }
        fails(&run.settled(true), "a tracking id made by the target");
    }
}

const PROVOKES: &str = "{ send: { op: read, as: alice }, expect: { provokes: [4xx, 5xx], leaks: nothing } }";

#[test]
fn unprovoked_case_shows_nothing_alone() {
    passes(&attack(PROVOKES, |run| run.answered(1, answer(404, "{}"))));
    open(&attack(PROVOKES, |run| run.answered(1, answer(200, "{}"))), Reason::NotProvoked);
    open(&attack(PROVOKES, |run| run.answered(1, answer(429, "{}"))), Reason::Throttled);
    fails(&attack(PROVOKES, |run| run.answered(1, answer(200, "at /srv/app/main.py:3"))), "leaks");
    open(&attack(PROVOKES, |run| run.failed(1, Failure::Closed)), Reason::NotProvoked);
    open(&attack(PROVOKES, |run| run.failed(1, Failure::Timeout)), Reason::NoAnswer);
}

#[test]
fn partly_provoked_case_is_judged_by_that_part() {
    let step = PROVOKES.replace("}, expect", "}, repeat: 2, expect");
    let half = |status| {
        attack(&step, |run| {
            run.sent(2);
            run.answered(1, answer(404, "{}"));
            run.answered(2, answer(status, "{}"));
        })
    };
    passes(&half(200));
    assert_eq!(half(200).note.as_deref(), Some("1 of 2 cases did not provoke what they were meant to"));
    open(&half(429), Reason::Throttled);
}

const SUCCEEDS: &str = "{ send: { op: read, as: alice }, expect: { succeeds: false } }";

#[test]
fn error_or_visible_cut_is_no_success() {
    let ended =
        |status, end| attack(SUCCEEDS, |run| run.answered(1, crate::observe::Answered { end, ..answer(status, "{}") }));
    passes(&ended(502, End::Complete));
    passes(&ended(200, End::Cut));
    fails(&ended(200, End::Complete), "no success, seen 200 with a whole body");
    fails(&ended(200, End::Late), "a complete answer, seen 200 and an endless body");
    fails(&ended(200, End::Capped), "a complete answer, seen 200 and an endless body");
    fails(&attack(SUCCEEDS, |run| run.failed(1, Failure::Timeout)), "no answer before the deadline");
    open(&attack(SUCCEEDS, |run| run.failed(1, Failure::Unreachable)), Reason::NoAnswer);
}

/// nginx reads an invalid status line as HTTP/0.9 and passes the rest on unchanged.
#[test]
fn invalid_http_message_is_no_clean_error() {
    let failed = |failure| {
        attack(SUCCEEDS, |run| {
            run.arrived(1);
            run.failed(1, failure);
        })
    };
    passes(&failed(Failure::Closed));
    fails(&failed(Failure::Malformed), "an answer or a closed connection, seen an invalid HTTP message");
}
