//! `hosts`, `framing`, `conceals`, `recorded`, and refusals without an error status.

use sha2::{Digest, Sha256};

use super::fixture::{Run, answer, arrived, attack, event, fails, open, passes, settled};
use crate::judge::ScenarioResult;
use crate::observe::{Arrival, Event, Extent, Failure, MARK, STRANGER};
use crate::vocab::{Octets, Part, Reason, Upstream};

fn hosts(tell: impl FnOnce(&mut Run)) -> ScenarioResult {
    attack("{ send: { op: read, as: alice }, expect: { hosts: declared } }", tell)
}

fn at_the_stranger(run: &Run, headers: &[(&str, &str)]) -> Arrival {
    let mut arrival = run.arrival(1);
    arrival.upstream = Upstream::new("stranger").unwrap();
    arrival.headers = headers.iter().map(|(name, value)| ((*name).to_owned(), Octets::from(*value))).collect();
    arrival
}

#[test]
fn call_to_an_undeclared_host_is_reported_with_its_credential() {
    let key = format!("{MARK}alice]");
    let called = |headers: &[(&str, &str)]| {
        hosts(|run| {
            run.arrived(1);
            let stray = at_the_stranger(run, headers);
            run.arrived_as(1, 1, stray);
            run.answered(1, answer(502, "{}"));
        })
    };
    fails(&called(&[("accept", "*/*")]), "at stranger");
    fails(&called(&[("x-api-key", &key)]), "at stranger, with the caller's credential in the header x-api-key");
}

#[test]
fn call_to_the_declared_upstream_passes() {
    passes(&hosts(|run| {
        run.arrived(1);
        run.answered(1, answer(200, "{}"));
    }));
    passes(&hosts(|run| run.answered(1, answer(400, "{}"))));
}

#[test]
fn call_to_another_host_fails_however_late() {
    let mut run = Run::of("{ send: { op: read, as: alice }, expect: { hosts: declared } }");
    run.sent(1);
    run.answered(1, answer(200, "{}"));
    passes(&run.settled(true));
    let late = |arrival: Arrival| {
        let settled = settled(run.case(1).scenario, true);
        let late = Event { at_us: 1, ..event(run.case(1).id, arrived(Part::REQUEST, arrival)) };
        run.judged(run.events().iter().cloned().chain([settled, late]))
    };
    passes(&late(run.arrival(1)));
    fails(&late(at_the_stranger(&run, &[])), "after the scenario had ended");
}

#[test]
fn a_connection_or_bytes_at_a_host_that_nobody_declared_are_a_call() {
    let stranger = || Upstream::new(STRANGER).unwrap();
    let hello = |run: &Run| Arrival { extent: Extent::Foreign, ..at_the_stranger(run, &[]) };
    let alone = |_: &Run| Arrival::connection(stranger());
    for (make, told) in
        [(&alone as &dyn Fn(&Run) -> Arrival, "a connection without a byte at stranger"), (&hello, "bytes that")]
    {
        let owned = hosts(|run| {
            run.arrived(1);
            let stray = make(run);
            run.arrived_as(1, 0, stray);
            run.answered(1, answer(200, "{}"));
        });
        fails(&owned, told);
        let unowned = hosts(|run| {
            run.arrived(1);
            let stray = make(run);
            run.event(event(None, arrived(Part::REQUEST, stray)));
            run.answered(1, answer(200, "{}"));
        });
        fails(&unowned, told);
    }
}

#[test]
fn a_connection_at_the_stranger_after_the_scenario_is_held_against_its_only_case() {
    let mut run = Run::of("{ send: { op: read, as: alice }, expect: { hosts: declared } }");
    run.sent(1);
    run.arrived(1);
    run.answered(1, answer(200, "{}"));
    let alone = Arrival::connection(Upstream::new(STRANGER).unwrap());
    let ended = settled(run.case(1).scenario, true);
    let late = event(None, arrived(Part::REQUEST, alone));
    fails(&run.judged(run.events().iter().cloned().chain([ended, late])), "after the scenario had ended");
}

#[test]
fn a_part_of_a_record_at_a_port_of_ours_is_no_call_to_another_host() {
    let result = hosts(|run| {
        run.arrived(1);
        let arrival = Arrival { upstream: Upstream::new("audit").unwrap(), extent: Extent::Part, ..run.arrival(0) };
        run.event(event(None, arrived(Part::REQUEST, arrival)));
        run.answered(1, answer(200, "{}"));
    });
    open(&result, Reason::UnattributedArrival);
}

#[test]
fn a_call_that_came_to_nothing_shows_nothing_of_hosts() {
    open(&hosts(|run| run.failed(1, Failure::Timeout)), Reason::NothingDelivered);
    open(
        &hosts(|run| {
            run.stranger();
            run.answered(1, answer(200, "{}"));
        }),
        Reason::UnattributedArrival,
    );
}

#[test]
fn unmarked_call_to_a_secret_host_is_the_targets() {
    let called = |upstream: &str| {
        hosts(|run| {
            let arrival = Arrival { upstream: Upstream::new(upstream).unwrap(), ..run.arrival(0) };
            run.event(event(None, arrived(Part::REQUEST, arrival)));
            run.answered(1, answer(200, "{}"));
        })
    };
    fails(&called("stranger"), "at stranger, without a mark");
    open(&called("ledger"), Reason::UnattributedArrival);
}

#[test]
fn arrival_states_its_length_in_one_way() {
    let framed = |names: &[&str]| {
        attack("{ send: { op: read, as: alice }, expect: { framing: single } }", |run| {
            let mut arrival = run.arrival(1);
            arrival.headers.extend(names.iter().map(|name| ((*name).to_owned(), Octets::from("1"))));
            run.arrived_as(1, 0, arrival);
            run.answered(1, answer(200, "{}"));
        })
    };
    passes(&framed(&[]));
    passes(&framed(&["content-length"]));
    passes(&framed(&["Transfer-Encoding"]));
    fails(&framed(&["Content-Length", "transfer-encoding"]), "seen `content-length` and `transfer-encoding`");
    fails(&framed(&["content-length", "content-length"]), "seen `content-length` and `content-length`");
}

#[test]
fn arrival_has_one_reading() {
    let framed = |name: &str, value: &[u8], extent| {
        attack("{ send: { op: read, as: alice }, expect: { framing: single } }", |run| {
            let mut arrival = Arrival { extent, ..run.arrival(1) };
            arrival.headers.push((name.to_owned(), Octets(value.to_vec())));
            run.arrived_as(1, 0, arrival);
            run.answered(1, answer(200, "{}"));
        })
    };
    passes(&framed("x-a", b"b Content-Length: 0", Extent::Whole));
    for value in [&b"b\rContent-Length: 0"[..], b"b\r\n c", b"b\0c"] {
        fails(&framed("x-a", value, Extent::Whole), "values without CR, LF and NUL, seen one in `x-a`");
    }
    fails(&framed("content-length", b"12, 12", Extent::Whole), "seen `12, 12`");
    fails(&framed("x-a", b"b", Extent::Foreign), "bytes that are not an HTTP request");
    passes(&framed("x-a", b"b", Extent::Part));
}

#[test]
fn answer_contains_no_part_or_digest_of_a_key() {
    let key = "qKx7dVm2-0123456789abcdef";
    let told = |text: &str, body: &str| {
        attack(&format!("{{ send: {{ op: read, as: alice }}, expect: {{ conceals: \"{text}\" }} }}"), |run| {
            run.answered(1, answer(401, body));
        })
    };
    let digest: String = Sha256::digest(key.as_bytes()).iter().map(|byte| format!("{byte:02X}")).collect();
    passes(&told(key, "{}"));
    passes(&told(key, "no key ends in cdef"));
    fails(&told(key, &format!("no such key: {key}")), "seen it in the body");
    fails(&told(key, &format!("no such key: {digest}")), "its SHA-256 in hexadecimal in the body");
    fails(&told(key, "no such key: qKx7dVm2…"), "its beginning in the body");
    fails(&told(key, "no such key: …89abcdef"), "its end in the body");
    fails(&told("${credential}", &format!("no such key: {MARK}alice]")), "in the body");
    passes(&told("${credential}", "no such key"));
}

#[test]
fn call_has_one_record_whatever_its_fields() {
    let recorded = |lines: &[&str]| {
        attack("{ send: { op: read, as: alice }, expect: { recorded: once } }", |run| {
            run.answered(1, answer(401, "{}"));
            for line in lines {
                run.recorded(Some(1), line);
            }
        })
    };
    passes(&recorded(&["{}"]));
    fails(&recorded(&["{}", "{}"]), "1 audit record, seen 2");
    fails(&recorded(&["{\"a\": \"b"]), "a record that is a JSON object");
}

#[test]
fn refusal_in_a_200_counts_if_the_descriptor_says_so() {
    let error = r#"{"jsonrpc":"2.0","error":{"code":-32600,"message":"no"},"id":null}"#;
    let form = "{ refused: [{ status: 200, json: error.code }] }";
    let answered = |expect: &str, body: &str| {
        let step = format!("{{ send: {{ op: read, as: alice }}, expect: {{ {expect} }} }}");
        let mut run = Run::answering(form, &step);
        run.sent(1);
        run.answered(1, answer(200, body));
        run.settled(true)
    };
    passes(&answered("status: [400, 403], arrives: never", error));
    fails(&answered("status: 200", error), "200, a refusal by its body");
    fails(&answered("status: [400, 403]", r#"{"result":{}}"#), "seen 200");
    passes(&answered("succeeds: false", error));
    passes(&answered("arrives: at-most-once, withholds: made-up", error));
}

#[test]
fn limiters_status_is_no_refusal() {
    let step = "{ send: { op: read, as: alice }, expect: { status: [400, 403], arrives: never } }";
    let answered = |status| {
        let mut run = Run::answering("{ limited: 503 }", step);
        run.sent(1);
        run.answered(1, answer(status, "{}"));
        run.settled(true)
    };
    open(&answered(503), Reason::Throttled);
    open(&answered(429), Reason::Throttled);
    fails(&answered(500), "seen 500");
}

#[test]
fn rate_limited_call_does_not_fail_for_a_missing_arrival() {
    let answered = |status| {
        attack("{ send: { op: read, as: alice }, expect: { arrives: once } }", |run| {
            run.answered(1, answer(status, "{}"));
        })
    };
    open(&answered(429), Reason::Throttled);
    fails(&answered(403), "expected one arrival, seen 0 arrivals");
    // A forbidden arrival still counts.
    let arrived = attack("{ send: { op: read, as: alice }, expect: { arrives: never } }", |run| {
        run.arrived(1);
        run.answered(1, answer(429, "{}"));
    });
    fails(&arrived, "expected no arrival");
}
