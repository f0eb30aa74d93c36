//! A run of generated cases, without a socket.

use pincer::embedded;
use pincer_core::observe::{Answered, Capture, End, Event, Start, TRACE_VERSION, What};
use pincer_core::plan::{Case, Phase, Plan};
use pincer_core::scenario::{ReadError, Suite};
use pincer_core::vocab::{Lane, Nonce, Octets, Part, TargetKind};

/// Five cases per payload, whose answers are also searched for leaks.
pub(crate) const ATTACK: &str = "{ send: { op: search, as: alice, fill: { q: \"${payload}\" } }, payloads: [bench], \
                                 encode: [plain, percent, unicode-escape, full-width, html-entity], \
                                 expect: { status: [400, 403, 422], arrives: never, leaks: nothing, audited: true } }";

/// The start event of a run of this suite against the reference.
pub(crate) fn start(suite: Suite) -> Result<Start, ReadError> {
    Ok(Start {
        format: "pincer/trace".to_owned(),
        version: TRACE_VERSION,
        run: "bench".to_owned(),
        pincer: "0".to_owned(),
        started: "2026-11-25T00:00:00Z".to_owned(),
        suite_name: "bench".to_owned(),
        seed: 1,
        nonce: Nonce::new(1),
        target: embedded::target(TargetKind::Gateway)?,
        suite,
        only_case: None,
        trials: 1,
        arguments: Vec::new(),
    })
}

/// The plan of a run.
pub(crate) fn plan(start: &Start) -> Plan {
    Plan::new(start.seed, start.suite.clone(), start.target.clone()).with_nonce(start.nonce)
}

/// All events after the start: each case is sent, answered like the reference does, and recorded.
pub(crate) fn events<'a>(plan: &'a Plan, start: &'a Start) -> impl Iterator<Item = Event> + 'a {
    let of_scenario = move |(scenario, entry)| {
        let cases = plan.cases(scenario, entry).flat_map(move |case| {
            let event = |at_us, what| Event::new(at_us, what).in_lane(Lane::default()).of_case(case.id);
            [
                event(0, What::Sent),
                event(9, What::Answered { took_us: 9, outcome: Ok(answer(plan, &case)) }),
                event(9, What::AuditRecord { line: record(plan, &case) }),
            ]
        });
        cases.chain([Event::new(9, What::Settled { scenario: scenario.id.clone(), audit_read: true })])
    };
    let end = Event::new(9, What::End { finished: start.started.clone(), interrupted: false });
    plan.scenarios().flat_map(of_scenario).chain([end])
}

fn status(case: &Case) -> u16 {
    if case.phase == Phase::Benign { 200 } else { 400 }
}

fn answer(plan: &Plan, case: &Case) -> Answered {
    let trace = plan.tracer().canary(case.id, Part::REQUEST);
    let body = serde_json::json!({
        "type": "https://pincer.example/problems/input", "title": "Bad Request", "status": status(case),
        "detail": "The request holds what is not allowed.", "instance": format!("urn:uuid:{trace}"),
    });
    let headers = [("content-type", "application/problem+json"), ("date", "Wed, 25 Nov 2026 03:44:00 GMT")];
    Answered {
        status: status(case),
        reason: None,
        headers: headers.into_iter().map(|(name, value)| (name.to_owned(), Octets::from(value))).collect(),
        body: Capture::of(body.to_string().as_bytes(), 1 << 16),
        end: End::Complete,
        extras: None,
    }
}

fn record(plan: &Plan, case: &Case) -> Octets {
    let trace = plan.tracer().canary(case.id, Part::REQUEST).to_string();
    let record = serde_json::json!({
        "ts": "2026-11-25T03:44:00Z", "tracking_id": format!("trk-{}", case.id.index), "trace_id": trace,
        "subject": "alice", "operation": "search", "status": status(case), "duration_us": 9,
    });
    Octets::from(record.to_string().as_str())
}
