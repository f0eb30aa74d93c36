//! `presents`, `receives`, and the objects that a call is about.

use super::fixture::{Run, answer, attack, fails, open, passes};
use crate::judge::ScenarioResult;
use crate::observe::Header;
use crate::vocab::{Octets, Reason};

fn told(headers: &[(&str, &str)]) -> ScenarioResult {
    attack("{ send: { op: read, as: alice }, expect: { presents: true } }", |run| {
        let mut arrival = run.arrival(1);
        let further = headers.iter().map(|(name, value)| -> Header { ((*name).to_owned(), Octets::from(*value)) });
        arrival.headers.extend(further);
        run.arrived_as(1, 0, arrival);
        run.answered(1, answer(200, "{}"));
    })
}

#[test]
fn upstream_is_told_the_caller_and_nobody_else() {
    passes(&told(&[("X-Subject", "alice")]));
    fails(&told(&[("x-subject", "operator")]), "`x-subject: alice`, once, seen `operator`");
    fails(&told(&[("x-subject", "alice"), ("x-subject", "operator")]), "`alice`, `operator`");
    fails(&told(&[]), "no such header");
}

#[test]
fn call_that_did_not_arrive_tells_nothing() {
    let step = "{ send: { op: read, as: alice }, expect: { presents: true } }";
    passes(&attack(step, |run| run.answered(1, answer(403, "{}"))));
    open(&attack(step, |run| run.answered(1, answer(200, "{}"))), Reason::NothingDelivered);
}

#[test]
fn each_caller_gets_its_own_answer() {
    let step = "{ send: { op: read, as: alice }, upstream: { body: \"${planted}\" }, expect: { receives: own } }";
    let got = |body: fn(&Run) -> String| {
        attack(step, |run| {
            run.arrived(1);
            run.answered(1, answer(200, &body(run)));
        })
    };
    passes(&got(|run| run.canary(1, 2)));
    fails(&got(|run| run.canary(0, 2)), "the upstream's canary of another call");
    fails(&got(|run| format!("{} {}", run.canary(1, 2), run.canary(0, 2))), "canary of another call");
    fails(&got(|_| "{}".to_owned()), "200 without the upstream's canary");
}

#[test]
fn call_is_about_the_objects_of_the_named_identity() {
    let call = |send: &str| {
        let case = Run::of(&format!("{{ send: {{ {send} }}, expect: {{ arrives: never }} }}")).case(1);
        let call = case.call.http().unwrap();
        (call.target.lossy().into_owned(), String::from_utf8_lossy(call.body_bytes()).into_owned())
    };
    let of = |target: &str, body: &str| (target.to_owned(), body.to_owned());
    assert_eq!(call("op: amend, as: alice"), of("/notes/a-1", r#"{"note":"a-1"}"#));
    assert_eq!(call("op: amend, as: alice, of: bob"), of("/notes/b-1", r#"{"note":"b-1"}"#));
    let both = r#"op: amend, as: alice, of: bob, fill: { id: "${own}", note: "${object}" }"#;
    assert_eq!(call(both), of("/notes/a-1", r#"{"note":"b-1"}"#));
    let added = r#"op: amend, as: alice, add: '"role": 1'"#;
    assert_eq!(call(added), of("/notes/a-1", r#"{"note":"a-1","role": 1}"#));
}
