//! `policy`.

use super::fixture::{Run, answer, attack, fails, open, passes};
use crate::judge::ScenarioResult;
use crate::observe::Failure;
use crate::vocab::Reason;

fn called(caller: &str, status: u16, arrivals: usize) -> ScenarioResult {
    attack(&format!("{{ send: {{ op: read{caller} }}, expect: {{ policy: true }} }}"), |run| {
        (0..arrivals).for_each(|_| run.arrived(1));
        run.answered(1, answer(status, "{}"));
    })
}

#[test]
fn allowed_caller_is_served_once() {
    passes(&called(", as: alice", 200, 1));
    fails(&called(", as: alice", 403, 0), "`alice` (reader) to be served once, seen 403 and 0 arrivals");
    fails(&called(", as: alice", 200, 2), "seen 200 and 2 arrivals");
    fails(&called(", as: alice", 500, 0), "seen 500 and 0 arrivals");
    open(&called(", as: alice", 502, 1), Reason::TwinFailed);
}

#[test]
fn other_caller_is_refused() {
    passes(&called("", 401, 0));
    fails(&called("", 200, 1), "a refusal of `nobody` (), seen 200 and 1 arrivals");
    fails(&called("", 200, 0), "seen 200 and 0 arrivals");
    passes(&called("", 302, 0));
    fails(&called("", 302, 1), "seen 302 and 1 arrivals");
    // The arrival counts, whatever the answer says.
    fails(&called("", 403, 1), "seen 403 and 1 arrivals");
}

#[test]
fn anonymous_call_is_allowed_if_an_identity_without_credential_is() {
    let mut run = Run::open_to_all("{ send: { op: read }, expect: { policy: true } }");
    run.sent(1);
    run.arrived(1);
    run.answered(1, answer(200, "{}"));
    passes(&run.settled(true));
}

#[test]
fn unanswered_call_is_open() {
    let step = "{ send: { op: read, as: alice }, expect: { policy: true } }";
    open(&attack(step, |run| run.failed(1, Failure::Closed)), Reason::NoAnswer);
    open(&called(", as: alice", 429, 0), Reason::Throttled);
    let silent = attack("{ send: { op: read }, expect: { policy: true } }", |run| {
        run.arrived(1);
        run.failed(1, Failure::Closed);
    });
    fails(&silent, "a refusal of `nobody` (), seen no answer and 1 arrivals");
}

#[test]
fn read_served_without_an_arrival_may_come_from_a_cache() {
    open(&called(", as: alice", 200, 0), Reason::NothingDelivered);
    let written = attack("{ send: { op: annotate, as: alice }, expect: { policy: true } }", |run| {
        run.answered(1, answer(200, "{}"));
    });
    fails(&written, "seen 200 and 0 arrivals");
}
