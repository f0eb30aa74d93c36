//! From outcomes to verdicts.

use super::fixture::{Run, answer, arrived, attack, event, fails, open, passes, settled};
use crate::observe::{Arrival, Event, Failure, What};
use crate::plan::CONTROLS;
use crate::vocab::{Octets, Part, Reason, Upstream, Verdict};

const STEP: &str = "{ send: { op: read, as: alice }, expect: { status: 403, arrives: never } }";

/// This status for the benign call; an attack as it should be.
fn twin(status: u16, attacked: u16, arrived: bool) -> crate::judge::ScenarioResult {
    let mut run = Run::without_twin(STEP);
    run.sent(0);
    run.answered(0, answer(status, "{}"));
    run.sent(1);
    if arrived {
        run.arrived(1);
    }
    run.answered(1, answer(attacked, "{}"));
    run.settled(true)
}

#[test]
fn failed_benign_call_leaves_everything_open_but_forbidden_events() {
    passes(&twin(200, 403, false));
    open(&twin(503, 403, false), Reason::TwinFailed);
    open(&twin(503, 500, false), Reason::TwinFailed);
    let note = twin(503, 403, false).note.unwrap();
    assert!(note.contains("expected 200, seen 503"), "{note}");
    fails(&twin(503, 403, true), "no arrival");
    fails(&twin(200, 500, false), "expected 403, seen 500");
}

#[test]
fn benign_call_that_was_not_sent_has_failed() {
    let mut run = Run::without_twin(STEP);
    run.sent(1);
    run.answered(1, answer(403, "{}"));
    open(&run.settled(true), Reason::TwinFailed);
}

#[test]
fn attack_that_was_not_sent_is_interrupted() {
    open(&Run::of(STEP).settled(true), Reason::Interrupted);
    let unsettled = Run::of(STEP);
    open(&unsettled.judged(unsettled.events().iter().cloned()), Reason::Interrupted);
}

#[test]
fn silence_shows_nothing_if_the_target_then_serves_nobody() {
    let run = |control: Result<u16, Failure>| {
        let mut run = Run::of(STEP);
        run.sent(1);
        run.failed(1, Failure::Timeout);
        let case = crate::vocab::CaseId { index: CONTROLS, ..run.case(0).id };
        let outcome = control.map(|status| answer(status, "{}"));
        run.event(Event { at_us: 5000, ..event(case, What::Sent) });
        run.event(Event { at_us: 6000, ..event(case, What::Answered { took_us: 1000, outcome }) });
        run.settled(true)
    };
    open(&run(Err(Failure::Timeout)), Reason::TwinFailed);
    fails(&run(Ok(200)), "no answer before the deadline");
}

#[test]
fn broken_should_warns() {
    let mut run = Run::at("INP-02", STEP);
    run.sent(0);
    run.answered(0, answer(200, "{}"));
    run.sent(1);
    run.answered(1, answer(200, "{}"));
    let result = run.settled(true);
    assert_eq!((result.verdict, result.findings.len()), (Verdict::Warn, 1));
}

#[test]
fn one_broken_case_of_many_fails_and_one_unresolved_leaves_open() {
    let many = "{ send: { op: read, as: alice }, repeat: 3, expect: { status: 403 } }";
    let with = |last: Result<u16, Failure>| {
        let mut run = Run::of(many);
        for index in run.attacks() {
            run.sent(index);
            let outcome = if index == 3 { last } else { Ok(403) };
            run.outcome(index, 1, outcome.map(|status| answer(status, "{}")));
        }
        run.settled(true)
    };
    passes(&with(Ok(403)));
    fails(&with(Ok(200)), "seen 200");
    open(&with(Err(Failure::Closed)), Reason::NoAnswer);
    let counts = with(Ok(200)).attack;
    assert_eq!((counts.total, counts.held, counts.broken, counts.unresolved), (3, 2, 1, 0));
}

#[test]
fn pincers_own_fault_is_an_error() {
    let run = Run::of(STEP);
    let broke = event(None, What::Fault { scenario: None, message: "disk full".to_owned() });
    let result = run.judged(run.events().iter().cloned().chain([broke]));
    assert_eq!((result.verdict, result.reason), (Verdict::Error, Some(Reason::HarnessFault)));
    assert_eq!(result.note.as_deref(), Some("disk full"));
}

#[test]
fn finding_says_what_was_done_and_how_to_repeat_it() {
    let result = attack(STEP, |run| {
        run.arrived(1);
        run.answered(1, answer(200, "{}"));
    });
    let finding = result.findings.first().unwrap();
    assert_eq!(finding.repro, "pincer run --only INP-01.made --case 1 --seed 7");
    assert_eq!(finding.evidence.request, "GET /accounts/1");
    assert_eq!(finding.evidence.broken.len(), 2);
    assert_eq!(finding.evidence.arrived.first().unwrap().request, "GET /accounts/1");
}

#[test]
fn arrival_after_the_scenario_settled_is_not_lost() {
    let mut run = Run::of(STEP);
    run.sent(1);
    run.answered(1, answer(403, "{}"));
    passes(&run.settled(true));
    let scenario = run.case(1).scenario;
    run.event(settled(scenario, true));
    run.arrived(1);
    let late = run.judged(run.events().iter().cloned());
    assert_eq!(late.verdict, Verdict::Fail, "{late:#?}");
}

#[test]
fn an_arrival_that_nobody_owns_is_told_with_its_place_and_its_time() {
    let stray = |run: &mut Run, arrival: Arrival| {
        run.event(Event { at_us: 1_234_567, ..event(None, arrived(Part::REQUEST, arrival)) });
    };
    let other = attack("{ send: { op: read, as: alice }, expect: { status: 403, arrives: never } }", |run| {
        let arrival = Arrival { method: "POST".to_owned(), target: Octets::from("/v1/traces"), ..run.arrival(0) };
        stray(run, arrival);
        run.answered(1, answer(403, "{}"));
    });
    open(&other, Reason::UnattributedArrival);
    let note = other.note.unwrap();
    assert!(note.starts_with("POST /v1/traces at ledger came, 1.235 s after the run began (`at_us` 1234567"), "{note}");
    let alone = attack("{ send: { op: read, as: alice }, expect: { hosts: declared } }", |run| {
        run.arrived(1);
        stray(run, Arrival::connection(Upstream::new("audit").unwrap()));
        run.answered(1, answer(200, "{}"));
    });
    open(&alone, Reason::UnattributedArrival);
    assert!(alone.note.unwrap().starts_with("a connection without a byte at audit came"));
}
