//! `alike` and `as_fast`.

use super::fixture::{Run, answer, fails, open, passes, typed};
use crate::judge::ScenarioResult;
use crate::observe::Answered;
use crate::vocab::{Octets, Reason};

/// Two steps with the same word, this many calls each.
fn pair(key: &str, repeat: u32) -> Run {
    let step = |id: &str| {
        format!(
            "{{ send: {{ op: read, as: alice, fill: {{ id: \"{id}\" }} }}, repeat: {repeat}, expect: {{ {key}: pair }} }}"
        )
    };
    Run::of(&format!("{}\n  - {}", step("1003"), step("1004")))
}

fn shapes(one: &Answered, other: &Answered) -> ScenarioResult {
    let mut run = pair("alike", 2);
    for (index, told) in (1..).zip([one, one, other, other]) {
        run.sent(index);
        run.answered(index, told.clone());
    }
    run.settled(true)
}

#[test]
fn answers_differ_only_in_what_changes_from_call_to_call() {
    let told = |id: &str, account: &str| {
        let body = format!(r#"{{"tracking_id":"{id}","path":"/accounts/{account}","status":404}}"#);
        let mut told = typed(404, "application/problem+json", &body);
        told.headers.push(("x-tracking-id".to_owned(), Octets::from(id)));
        told
    };
    let (a, b) = ("4f9c2c1e-9d5a-4b8e-8a43-2b1f0c7d9e10", "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b");
    passes(&shapes(&told(a, "1003"), &told(b, "1004")));
    fails(&shapes(&told(a, "1003"), &answer(403, "{}")), "the same answer from both, seen");
    fails(&shapes(&answer(404, "{}"), &answer(403, "{}")), "`403 {} content-type: ");
    fails(&shapes(&answer(404, r#"{"e":"no such account"}"#), &answer(404, r#"{"e":"not yours"}"#)), "not yours");
    let mut more = told(b, "1004");
    more.headers.push(("x-owner".to_owned(), Octets::from("b")));
    fails(&shapes(&told(a, "1003"), &more), "x-owner");
    assert_eq!(shapes(&answer(404, "{}"), &answer(403, "{}")).findings.len(), 1, "a pair is one finding");
}

#[test]
fn ids_and_cookies_do_not_count_as_differences() {
    let told = |status: u16, n: usize| {
        let id =
            ["01JDKXAMBQ3ZV8Y", "V1StGXR8_Z5jdHi", "2pQnnrLyNzTv3wX", "0ujsszwN8NRY24Y"].get(n).copied().unwrap_or("");
        let mut told = answer(status, &format!(r#"{{"requestId":"{id}"}}"#));
        told.headers.push(("x-request-id".to_owned(), Octets::from(id)));
        told.headers.push(("set-cookie".to_owned(), Octets::from(&*format!("lb={id}; Path=/"))));
        told
    };
    let four = |statuses: [u16; 2]| {
        let mut run = pair("alike", 2);
        for (index, n) in (1..).zip(0..4) {
            run.sent(index);
            run.answered(index, told(if n < 2 { statuses[0] } else { statuses[1] }, n));
        }
        run.settled(true)
    };
    passes(&four([404, 404]));
    fails(&four([404, 403]), "the same answer from both, seen");
}

#[test]
fn statuses_are_compared_if_every_answer_is_different() {
    let words = ["ash", "birch", "cedar", "elm", "fir", "hazel", "larch", "maple", "oak", "pine", "rowan", "yew"];
    let unlike = |statuses: [u16; 2]| {
        let mut run = pair("alike", 6);
        for (index, (n, word)) in (1..).zip(words.iter().enumerate()) {
            run.sent(index);
            run.answered(index, answer(statuses[n / 6], &format!(r#"{{"e":"{word}"}}"#)));
        }
        run.settled(true)
    };
    open(&unlike([404, 404]), Reason::TooFewAnswers);
    fails(&unlike([404, 403]), "`403` from one step and `404` from another");
}

#[test]
fn half_a_pair_shows_nothing() {
    let mut run = pair("alike", 1);
    run.sent(1);
    run.sent(2);
    run.answered(1, answer(404, "{}"));
    open(&run.settled(true), Reason::TooFewAnswers);
    run.answered(2, answer(429, "{}"));
    open(&run.settled(true), Reason::TooFewAnswers);
}

fn times(repeat: u32, one: impl Fn(u64) -> u64, other: impl Fn(u64) -> u64) -> ScenarioResult {
    let mut run = pair("as_fast", repeat);
    for index in 1..=2 * repeat {
        run.sent(index);
        let n = u64::from(index);
        let took_us = if index <= repeat { one(n) } else { other(n) };
        run.outcome(index, took_us, Ok(answer(404, "{}")));
    }
    run.settled(true)
}

#[test]
fn time_difference_is_found_by_ranks_and_size() {
    let noisy = |n: u64| 5_000 + n * 7919 % 4_001;
    passes(&times(200, noisy, noisy));
    let slow = times(200, noisy, |n| noisy(n) + 3_000);
    fails(&slow, "expected equal response times, seen medians of");
    assert!(slow.findings.first().is_some_and(|found| found.title.contains("n = 200 and 200")), "{slow:#?}");
    // Always later, but by too little to be useful.
    passes(&times(200, |n| 300 + n % 3, |n| 400 + n % 3));
    // A few that are very late are noise.
    passes(&times(200, noisy, |n| if n.is_multiple_of(20) { 900_000 } else { noisy(n) }));
    open(&times(40, noisy, |n| noisy(n) + 3_000), Reason::TooFewAnswers);
}
