//! The whole path: a suite of attacks with generated payloads, sent to the embedded reference and written to a
//! trace. Goal: 3,000 cases a second on two cores, of which the reference and the upstream take their share.

#[path = "made/suite.rs"]
mod suite;
#[path = "made/tried.rs"]
mod tried;

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, Throughput};
use pincer::conduct::{ConductError, Job, Progress, Subject, conduct};
use pincer::embedded;
use pincer_core::plan::Plan;
use pincer_core::vocab::TargetKind;
use tokio::sync::watch;

/// Four cases a payload.
const ATTACK: &str = "{ send: { op: search, as: alice, fill: { q: \"${payload}\" } }, payloads: [bench], \
                      encode: [plain, percent, unicode-escape, html-entity], \
                      expect: { status: [400, 403, 422], arrives: never, leaks: nothing } }";

fn main() -> Result<(), Box<dyn Error>> {
    let plan = Plan::new(
        1,
        suite::suite(1, if tried::is_tried() { 10 } else { 1000 }, ATTACK)?,
        embedded::target(TargetKind::Gateway)?,
    );
    let folder = tempfile::tempdir()?;
    let trace = folder.path().join("trace.jsonl");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    // A run that breaks would be fast: it is tried before it is measured.
    runtime.block_on(run(&plan, &trace))?;
    let mut criterion =
        Criterion::default().sample_size(10).measurement_time(Duration::from_secs(15)).configure_from_args();
    let mut group = criterion.benchmark_group("run");
    group.throughput(Throughput::Elements(plan.len()));
    group.bench_function("cases", |bencher| bencher.iter(|| runtime.block_on(run(&plan, &trace)).is_ok()));
    group.finish();
    criterion.final_summary();
    Ok(())
}

async fn run(plan: &Plan, trace: &Path) -> Result<(), ConductError> {
    let job = Job {
        plan: plan.clone(),
        subject: Subject::Embedded(Vec::new()),
        suite_name: "bench".to_owned(),
        run: "bench".to_owned(),
        started: "2026-11-25T00:00:00Z".to_owned(),
        trace: trace.to_owned(),
        lanes: 2,
        concurrency: 32,
        deadline: Duration::from_secs(10),
        arguments: Vec::new(),
    };
    let (_stop, stopped) = watch::channel(false);
    conduct(job, Arc::new(Progress::default()), stopped).await
}
