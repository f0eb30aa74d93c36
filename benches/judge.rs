//! Events judged, and events read from lines of JSON and judged. Goal: 50,000 events a second over 50,000 cases.

use std::fmt::Write as _;
use std::time::Duration;

use criterion::{BatchSize, Criterion, Throughput};
use pincer::embedded;
use pincer_core::judge::{Judge, judge};
use pincer_core::observe::{Answered, Capture, End, Event, Lines, Redactor, Start, TRACE_VERSION, write_line};
use pincer_core::plan::{Case, Phase, Plan};
use pincer_core::scenario::{ReadError, Source, Suite};
use pincer_core::vocab::{Octets, TargetKind};

fn main() -> Result<(), ReadError> {
    let small = std::env::args().any(|argument| argument == "--test");
    let start = start(if small { 100 } else { 10_000 })?;
    let events = events(&start);
    let redactor = Redactor::default();
    let lines: String = events.iter().filter_map(|event| write_line(event, &redactor).ok()).collect();
    let mut criterion =
        Criterion::default().sample_size(10).measurement_time(Duration::from_secs(10)).configure_from_args();
    let mut group = criterion.benchmark_group("judge");
    group.throughput(Throughput::Elements(u64::try_from(events.len()).unwrap_or(u64::MAX)));
    group.bench_function("events", |bencher| {
        bencher.iter_batched(|| events.clone(), |events| judge(start.clone(), events), BatchSize::PerIteration);
    });
    group.bench_function("lines", |bencher| {
        bencher.iter(|| {
            let mut judge = Judge::new(start.clone());
            Lines::new(lines.as_bytes()).flatten().for_each(|event| judge.see(event));
            judge.finish()
        });
    });
    group.finish();
    criterion.final_summary();
    Ok(())
}

/// A run of five cases a payload, whose answers are also searched for leaks.
fn start(payloads: u32) -> Result<Start, ReadError> {
    let scenario = "pincer: scenario/v1\nid: INP-01.bench\ntitle: T\ncontrol: INP-01\nfor: gateway\nseverity: high\n\
        kills: [no-input-filter]\nbenign:\n  - send: { op: read, as: alice }\n    expect: { status: 200 }\nattack:\n  \
        - send: { op: search, as: alice, fill: { q: \"${payload}\" } }\n    payloads: [bench]\n    \
        encode: [plain, percent, unicode-escape, full-width, html-entity]\n    \
        expect: { status: [400, 403, 422], arrives: never, leaks: nothing, audited: true }\n";
    let mut set = "pincer: payloads/v1\nname: bench\nabout: B\npayloads:\n".to_owned();
    for n in 0..payloads {
        // Writing to a String can't fail.
        let _ = writeln!(set, "  - {{ text: \"{n}' OR {n}={n} -- ${{canary}}\", note: n }}");
    }
    let sources = [Source::new("scenario.yaml", scenario), Source::new("payloads.yaml", set)];
    Ok(Start {
        format: "pincer/trace".to_owned(),
        version: TRACE_VERSION,
        run: "bench".to_owned(),
        pincer: "0".to_owned(),
        started: "2026-11-25T00:00:00Z".to_owned(),
        suite_name: "bench".to_owned(),
        seed: 1,
        target: embedded::target(TargetKind::Gateway)?,
        suite: Suite::read(embedded::catalogue()?, &sources, 0, &embedded::vocabulary(&[])?)?,
        only_case: None,
        trials: 1,
        arguments: Vec::new(),
    })
}

/// Of each case: sent, answered as the reference does, recorded.
fn events(start: &Start) -> Vec<Event> {
    let plan = Plan::new(start.seed, start.suite.clone(), start.target.clone());
    let mut events = Vec::new();
    for (scenario, entry) in plan.scenarios() {
        for case in plan.cases(scenario, entry) {
            events.push(Event::Sent { at_us: 0, lane: 0, case: case.id });
            events.push(Event::Answered { at_us: 9, case: case.id, took_us: 9, outcome: Ok(answer(&plan, &case)) });
            events.push(Event::Recorded { at_us: 9, lane: 0, case: Some(case.id), line: record(&plan, &case) });
        }
        events.push(Event::Settled { at_us: 9, scenario: scenario.id.clone(), tapped: true });
    }
    events.push(Event::End { at_us: 9, finished: start.started.clone(), interrupted: false });
    events
}

fn status(case: &Case) -> u16 {
    if case.phase == Phase::Benign { 200 } else { 400 }
}

fn answer(plan: &Plan, case: &Case) -> Answered {
    let trace = plan.tracer().canary(case.id, 0);
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
    }
}

fn record(plan: &Plan, case: &Case) -> Octets {
    let trace = plan.tracer().canary(case.id, 0).to_string();
    let record = serde_json::json!({
        "ts": "2026-11-25T03:44:00Z", "tracking_id": format!("trk-{}", case.id.index), "trace_id": trace,
        "subject": "alice", "operation": "search", "status": status(case), "duration_us": 9,
    });
    Octets::from(record.to_string().as_str())
}
