//! `arrives` and `withholds`.

use super::fixture::{Run, answer, arrived, attack, event, fails, open, passes};
use crate::judge::ScenarioResult;
use crate::observe::{Arrival, Capture, Event, Extent, Failure, MARK, What};
use crate::vocab::{Octets, Part, Reason, Verdict};

fn step(arrives: &str) -> String {
    format!("{{ send: {{ op: annotate, as: alice }}, expect: {{ arrives: {arrives} }} }}")
}

/// An answered call that arrived this many times.
fn times(arrives: &str, count: usize) -> ScenarioResult {
    attack(&step(arrives), |run| {
        (0..count).for_each(|_| run.arrived(1));
        run.answered(1, answer(403, "{}"));
    })
}

#[test]
fn a_part_of_which_more_came_is_nobodys_arrival_any_more() {
    let step = "{ send: { op: read, as: alice }, expect: { arrives: never } }";
    let told = |more: bool| {
        attack(step, |run| {
            let part = Arrival { extent: Extent::Part, ..run.arrival(0) };
            run.event(Event { at_us: 7, ..event(None, arrived(Part::REQUEST, part)) });
            if more {
                run.event(event(None, What::Superseded { part_us: 7 }));
            }
            run.answered(1, answer(403, "{}"));
        })
    };
    assert_ne!(told(false).verdict, Verdict::Pass);
    passes(&told(true));
}

#[test]
fn never_means_no_arrival_of_a_delivered_attack() {
    passes(&times("never", 0));
    fails(&times("never", 1), "no arrival, seen POST /notes at ledger");
    open(&attack(&step("never"), |run| run.failed(1, Failure::Closed)), Reason::NothingDelivered);
    open(&attack(&step("never"), |run| run.failed(1, Failure::Timeout)), Reason::NothingDelivered);
    open(&attack(&step("never"), |run| run.answered(1, answer(429, "{}"))), Reason::Throttled);
    let stranger = |run: &mut Run| {
        run.stranger();
        run.answered(1, answer(403, "{}"));
    };
    open(&attack(&step("never"), stranger), Reason::UnattributedArrival);
}

#[test]
fn bytes_that_no_client_may_send_count_as_delivered_when_the_target_closes() {
    let raw = "{ send: { op: read, as: alice, wire: raw }, expect: { arrives: never } }";
    passes(&attack(raw, |run| run.failed(1, Failure::Closed)));
    open(&attack(raw, |run| run.failed(1, Failure::Unreachable)), Reason::NothingDelivered);
}

#[test]
fn call_cut_where_its_chunks_break_did_not_arrive() {
    let sent = |body: &str, extent| {
        let raw = format!("POST /notes HTTP/1.1\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n{body}");
        let step = format!(
            "{{ send: {{ op: annotate, as: alice, wire: raw, raw: \"{raw}\" }}, expect: {{ arrives: never }} }}"
        );
        attack(&step, |run| {
            let arrival = Arrival { extent, ..run.arrival(1) };
            run.arrived_as(1, 0, arrival);
            run.answered(1, answer(400, "{}"));
        })
    };
    for broken in [
        "0xc\\r\\n{}\\r\\n0\\r\\n\\r\\n",
        "1\\r\\n{}\\r\\n0\\r\\n\\r\\n",
        "2;\\n{}\\r\\n0\\r\\n\\r\\n",
        "-1\\r\\n{}",
        "ffffffffffffffffff\\r\\n{}",
    ] {
        passes(&sent(broken, Extent::Part));
        fails(&sent(broken, Extent::Whole), "no arrival, seen");
    }
    fails(&sent("2;a=b\\r\\n{}\\r\\n0\\r\\n\\r\\n", Extent::Part), "a part of");
}

#[test]
fn smuggled_call_counts_as_arrival_and_the_upstreams_canary_does_not() {
    let part = |part| {
        attack(&step("never"), move |run: &mut Run| {
            let arrival = run.arrival(1);
            run.arrived_as(1, part, arrival);
            run.answered(1, answer(403, "{}"));
        })
    };
    fails(&part(1), "no arrival");
    passes(&part(2));
}

#[test]
fn once_and_at_most_once_are_counted() {
    passes(&times("once", 1));
    fails(&times("once", 0), "one arrival, seen 0 arrivals");
    fails(&times("once", 2), "seen 2 arrivals");
    passes(&times("at-most-once", 0));
    passes(&times("at-most-once", 1));
    fails(&times("at-most-once", 2), "at most one arrival, seen 2 arrivals");
    open(&attack(&step("at-most-once"), |run| run.failed(1, Failure::Unreachable)), Reason::NothingDelivered);
}

#[test]
fn unchanged_compares_method_target_and_body() {
    let with = |change: fn(&mut Arrival)| {
        attack(&step("unchanged"), |run| {
            let mut arrival = run.arrival(1);
            change(&mut arrival);
            run.arrived_as(1, 0, arrival);
            run.answered(1, answer(200, "{}"));
        })
    };
    passes(&with(|_| {}));
    passes(&with(|arrival| arrival.target = Octets::from("/%6eotes")));
    passes(&with(|arrival| arrival.body = Capture::of(br#"{ "text" : "paid" }"#, 99)));
    passes(&with(|arrival| arrival.target = Octets::from("/notes/")));
    passes(&with(|arrival| {
        let mut coder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut coder, &arrival.body.bytes.0).unwrap();
        arrival.body = Capture::of(&coder.finish().unwrap(), 99);
        arrival.headers.push(("content-encoding".to_owned(), Octets::from("gzip")));
    }));
    fails(&with(|arrival| "PUT".clone_into(&mut arrival.method)), "the method became PUT");
    fails(&with(|arrival| arrival.target = Octets::from("/notes?x")), "the target became /notes?x");
    fails(&with(|arrival| arrival.body = Capture::of(b"{}", 99)), "the body was changed");
    fails(&times("unchanged", 0), "seen 0 arrivals");
    fails(&times("unchanged", 2), "seen 2 arrivals");
}

const WITHHOLDS: &str = r#"{ send: { op: read, as: alice }, expect: { withholds: "${credential}" } }"#;

#[test]
fn credential_stays_at_the_target() {
    let with = |change: fn(&mut Arrival)| {
        attack(WITHHOLDS, |run| {
            let mut arrival = run.arrival(1);
            change(&mut arrival);
            run.arrived_as(1, 0, arrival);
            run.answered(1, answer(200, "{}"));
        })
    };
    let mark = || Octets(format!("Bearer {MARK}alice]").into_bytes());
    assert_eq!(mark().lossy(), "Bearer [secret:alice]");
    passes(&with(|_| {}));
    fails(
        &with(|a| a.headers.push(("authorization".to_owned(), Octets::from("Bearer [secret:alice]")))),
        "authorization",
    );
    fails(&with(|a| a.target = Octets::from("/accounts/1?key=[secret:alice]")), "in the target");
    fails(&with(|a| a.body = Capture::of(b"[secret:alice]", 99)), "in the body");
    open(&attack(WITHHOLDS, |run| run.answered(1, answer(200, "{}"))), Reason::NothingDelivered);
    let nobody = r#"{ send: { op: read }, expect: { withholds: "${credential}" } }"#;
    open(&attack(nobody, |run| run.arrived(1)), Reason::NotDeclared);
}

#[test]
fn faithfully_means_unchanged_or_not_at_all() {
    passes(&times("faithfully", 0));
    passes(&times("faithfully", 1));
    fails(&times("faithfully", 2), "2 arrivals");
    let turned = attack(&step("faithfully"), |run| {
        let arrival = Arrival { method: "DELETE".to_owned(), ..run.arrival(1) };
        run.arrived_as(1, 0, arrival);
        run.answered(1, answer(200, "{}"));
    });
    fails(&turned, "the method became DELETE");
    open(&attack(&step("faithfully"), |run| run.failed(1, Failure::Unreachable)), Reason::NothingDelivered);
}

#[test]
fn undeclared_parameter_may_be_left_out() {
    let arrived = |arrives: &str, target: &str| {
        let send = "{ op: search, as: alice, fill: { q: rent }, query: { _method: DELETE } }";
        attack(&format!("{{ send: {send}, expect: {{ arrives: {arrives} }} }}"), |run| {
            let arrival = Arrival { target: Octets::from(target), ..run.arrival(1) };
            run.arrived_as(1, 0, arrival);
            run.answered(1, answer(200, "{}"));
        })
    };
    passes(&arrived("faithfully", "/search?q=rent&_method=DELETE"));
    passes(&arrived("faithfully", "/search?q=rent"));
    fails(&arrived("faithfully", "/search"), "the target became /search");
    fails(&arrived("faithfully", "/other?q=rent"), "the target became /other?q=rent");
    fails(&arrived("unchanged", "/search?q=rent"), "the target became /search?q=rent");
}

#[test]
fn call_with_made_up_text_may_be_refused() {
    let made_up = "{ send: { op: annotate, as: alice }, expect: { withholds: made-up } }";
    passes(&attack(made_up, |run| run.answered(1, answer(400, "{}"))));
    open(&attack(made_up, |run| run.answered(1, answer(502, "{}"))), Reason::NothingDelivered);
    let credential = "{ send: { op: annotate, as: alice }, expect: { withholds: \"${credential}\" } }";
    open(&attack(credential, |run| run.answered(1, answer(400, "{}"))), Reason::NothingDelivered);
}

/// A refused call, and then an arrival without a mark, during its scenario or later.
fn stray(arrives: &str, own: usize, settled: bool, change: fn(&mut Arrival)) -> ScenarioResult {
    let mut run = Run::of(&step(arrives));
    // A call of the calibration belongs to no scenario.
    let before = crate::vocab::CaseId { scenario: 1, index: 0 };
    let arrival = run.arrival(0);
    run.event(event(before, arrived(Part::REQUEST, arrival)));
    run.sent(1);
    (0..own).for_each(|_| run.arrived(1));
    run.answered(1, answer(403, "{}"));
    let mut arrival = run.arrival(1);
    change(&mut arrival);
    let stray = Event { at_us: 1, ..event(None, arrived(Part::REQUEST, arrival)) };
    let done = super::fixture::settled(run.case(1).scenario, true);
    let events = if settled { [done, stray] } else { [stray, done] };
    run.judged(run.events().iter().cloned().chain(events))
}

#[test]
fn late_arrival_without_a_mark_counts_against_its_sender() {
    fails(&stray("never", 0, true, |_| {}), "POST /notes at ledger, after the scenario had ended");
    let other = |arrival: &mut Arrival| arrival.body = Capture::of(b"{}", 99);
    open(&stray("never", 0, true, other), Reason::UnattributedArrival);
    passes(&stray("never", 0, true, |arrival| arrival.target = Octets::from("/health")));
    open(&stray("at-most-once", 1, true, |_| {}), Reason::UnattributedArrival);
}

#[test]
fn repeated_write_without_a_mark_counts_twice() {
    fails(&stray("at-most-once", 1, false, |_| {}), "at most one arrival, seen POST /notes at ledger, without a mark");
    open(&stray("at-most-once", 0, false, |_| {}), Reason::UnattributedArrival);
    passes(&stray("at-most-once", 1, false, |arrival| arrival.target = Octets::from("/health")));
}

#[test]
fn arrival_that_also_comes_with_benign_calls_shows_nothing() {
    let called = |benign: &str, target: &str| {
        let mut run = Run::without_twin(&step("never"));
        let stray = |run: &mut Run, at_us: u64, target: &str| {
            let mut arrival = run.arrival(0);
            arrival.target = Octets::from(target);
            run.event(Event { at_us, ..event(None, arrived(Part::REQUEST, arrival)) });
        };
        run.sent(0);
        stray(&mut run, 500, benign);
        run.answered(0, answer(200, "{}"));
        run.sent_at(2000, 1);
        stray(&mut run, 2500, target);
        run.answered(1, answer(403, "{}"));
        run.settled(true)
    };
    passes(&called("/policies/8f2a?t=1", "/policies/77c1?t=2"));
    open(&called("/policies/8f2a", "/rules/77c1"), Reason::UnattributedArrival);
}
