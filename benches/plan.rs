//! Expands a suite into cases and writes them as JSON lines. Goal: 100,000 cases in less than a second.

#[path = "made/suite.rs"]
mod suite;
#[path = "made/tried.rs"]
mod tried;

use std::time::Duration;

use criterion::{Criterion, Throughput};
use pincer::embedded;
use pincer_core::plan::Plan;
use pincer_core::scenario::ReadError;
use pincer_core::vocab::TargetKind;

/// Twenty cases per payload: five encodings, two places, two callers.
const ATTACK: &str = "{ send: { op: annotate, as: [alice, bob], fill: { title: \"${payload}\", text: \"${payload}\" } }, \
                      payloads: [bench], encode: [plain, percent, unicode-escape, full-width, html-entity], \
                      expect: { status: [400, 403, 422], arrives: never, leaks: nothing } }";

fn main() -> Result<(), ReadError> {
    let suite = suite::suite(1, if tried::is_tried() { 50 } else { 5000 }, ATTACK)?;
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
                    // Writing to memory cannot fail.
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
