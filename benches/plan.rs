//! From a suite to cases, written as lines of JSON. Goal: 100,000 cases in less than a second.

use std::fmt::Write as _;
use std::time::Duration;

use criterion::{Criterion, Throughput};
use pincer::embedded;
use pincer_core::plan::Plan;
use pincer_core::scenario::{ReadError, Source, Suite};
use pincer_core::vocab::TargetKind;

fn main() -> Result<(), ReadError> {
    let small = std::env::args().any(|argument| argument == "--test");
    let suite = suite(if small { 50 } else { 5000 })?;
    let target = embedded::target(TargetKind::Gateway)?;
    let mut criterion =
        Criterion::default().sample_size(10).measurement_time(Duration::from_secs(8)).configure_from_args();
    let mut group = criterion.benchmark_group("plan");
    group.throughput(Throughput::Elements(Plan::new(1, suite.clone(), target.clone()).len()));
    group.bench_function("cases", |bencher| {
        let mut out = Vec::new();
        bencher.iter(|| {
            out.clear();
            let plan = Plan::new(1, suite.clone(), target.clone());
            for (scenario, entry) in plan.scenarios() {
                for case in plan.cases(scenario, entry) {
                    // Writing to memory can't fail.
                    let _ = serde_json::to_writer(&mut out, &case);
                    out.push(b'\n');
                }
            }
            out.len()
        });
    });
    group.finish();
    criterion.final_summary();
    Ok(())
}

/// A suite of 20 cases a payload: five encodings, two places, two callers.
fn suite(payloads: u32) -> Result<Suite, ReadError> {
    let scenario = "pincer: scenario/v1\nid: INP-01.bench\ntitle: T\ncontrol: INP-01\nfor: gateway\nseverity: high\n\
        kills: [no-input-filter]\nbenign:\n  - send: { op: read, as: alice }\n    expect: { status: 200 }\nattack:\n  \
        - send: { op: annotate, as: [alice, bob], fill: { title: \"${payload}\", text: \"${payload}\" } }\n    \
        payloads: [bench]\n    encode: [plain, percent, unicode-escape, full-width, html-entity]\n    \
        expect: { status: [400, 403, 422], arrives: never, leaks: nothing }\n";
    let mut set = "pincer: payloads/v1\nname: bench\nabout: B\npayloads:\n".to_owned();
    for n in 0..payloads {
        // Writing to a String can't fail.
        let _ = writeln!(set, "  - {{ text: \"{n}' OR {n}={n} -- ${{canary}}\", note: n }}");
    }
    let sources = [Source::new("scenario.yaml", scenario), Source::new("payloads.yaml", set)];
    Suite::read(embedded::catalogue()?, &sources, 0, &embedded::vocabulary(&[])?)
}
