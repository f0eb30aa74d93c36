//! `held`.

use super::fixture::{attack, fails, open, passes, stream};
use crate::judge::ScenarioResult;
use crate::observe::HoldReport;
use crate::vocab::Reason;

/// 64 connections: how many were ended, when the last one was, and how many of 40 calls were served.
fn report(ended: u32, longest_us: u64, served: u64) -> HoldReport {
    let beside = stream(40, &[(200, served), (503, 40 - served)], Vec::new());
    HoldReport { opened: 64, ended, longest_us, beside, ..HoldReport::default() }
}

fn held(wanted: &str, report: HoldReport) -> ScenarioResult {
    let hold = "hold: { connections: 64, back: head, for: 1s, beside: bob }";
    attack(&format!("{{ send: {{ op: read, as: alice }}, {hold}, expect: {{ held: {wanted} }} }}"), |run| {
        run.held(1, report);
    })
}

#[test]
fn others_are_served_meanwhile() {
    passes(&held("served", report(0, 0, 40)));
    fails(&held("served", report(0, 0, 39)), "40 of 40 served beside 64 connections, seen 39");
}

#[test]
fn connections_are_ended_in_time() {
    // The fixture's `limits.request_time` is 1 s.
    passes(&held("ended", report(64, 1_100_000, 40)));
    fails(&held("ended", report(63, 1_100_000, 40)), "each of 64 connections ended within 1s, seen 1 still open");
    fails(&held("ended", report(64, 1_900_000, 40)), "seen the last after 1900 ms");
}

#[test]
fn missing_connections_show_nothing() {
    open(&held("served", HoldReport::default()), Reason::NothingDelivered);
    open(&held("ended", HoldReport { send_error_p99_us: 260_000, ..report(64, 0, 40) }), Reason::GeneratorSaturated);
}
