//! The whole path: a suite of attacks with generated payloads, sent to the embedded reference and written to a
//! trace. Goal: 3,000 cases a second on two cores, of which the reference and the upstream take their share.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, Throughput};
use pincer::conduct::{ConductError, Job, Progress, Subject, conduct};
use pincer::embedded;
use pincer_core::plan::Plan;
use pincer_core::scenario::{ReadError, Source, Suite};
use pincer_core::vocab::TargetKind;
use tokio::sync::watch;

fn main() -> Result<(), Box<dyn Error>> {
    let small = std::env::args().any(|argument| argument == "--test");
    let plan = Plan::new(1, suite(if small { 10 } else { 1000 })?, embedded::target(TargetKind::Gateway)?);
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

/// A suite of four cases a payload.
fn suite(payloads: u32) -> Result<Suite, ReadError> {
    let scenario = "pincer: scenario/v1\nid: INP-01.bench\ntitle: T\ncontrol: INP-01\nfor: gateway\nseverity: high\n\
        kills: [no-input-filter]\nbenign:\n  - send: { op: read, as: alice }\n    expect: { status: 200 }\nattack:\n  \
        - send: { op: search, as: alice, fill: { q: \"${payload}\" } }\n    payloads: [bench]\n    \
        encode: [plain, percent, unicode-escape, html-entity]\n    \
        expect: { status: [400, 403, 422], arrives: never, leaks: nothing }\n";
    let mut set = "pincer: payloads/v1\nname: bench\nabout: B\npayloads:\n".to_owned();
    for n in 0..payloads {
        // Writing to a String can't fail.
        let _ = writeln!(set, "  - {{ text: \"{n}' OR {n}={n} -- ${{canary}}\", note: n }}");
    }
    let sources = [Source::new("scenario.yaml", scenario), Source::new("payloads.yaml", set)];
    Suite::read(embedded::catalogue()?, &sources, 0, &embedded::vocabulary(&[])?)
}
