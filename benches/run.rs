//! The whole path: a suite of attacks with generated payloads, sent to the embedded reference and written to a trace.
//! Goal: 3,000 cases a second on two cores, which the reference and the upstream share. Then the drivers alone, against
//! an upstream that only counts: reqwest over kept connections, and raw bytes over a new connection each.

#[path = "made/suite.rs"]
mod suite;
#[path = "made/tried.rs"]
mod tried;

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, Throughput};
use futures_util::stream::{self, StreamExt as _};
use pincer::conduct::{ConductError, Job, Progress, conduct};
use pincer::embedded;
use pincer::reference::Reference;
use pincer_core::plan::{Case, Plan};
use pincer_core::scenario::Wire;
use pincer_core::vocab::{Nonce, TargetKind};
use pincer_drive::{Drive, Fence, cores};
use pincer_stage::sink::Sink;
use pincer_stand::Subject as _;
use tokio::sync::watch;

/// Four cases per payload.
const ATTACK: &str = "{ send: { op: search, as: alice, fill: { q: \"${payload}\" } }, payloads: [bench], \
                      encode: [plain, percent, unicode-escape, html-entity], \
                      expect: { status: [400, 403, 422], arrives: never, leaks: nothing } }";

/// Calls per round of the drivers.
const SENDS: u64 = 1000;
const DEADLINE: Duration = Duration::from_secs(10);

fn main() -> Result<(), Box<dyn Error>> {
    let plan = Plan::new(
        1,
        suite::suite(1, if tried::is_tried() { 10 } else { 1000 }, ATTACK)?,
        embedded::target(TargetKind::Gateway)?,
    )
    .with_nonce(Nonce::new(1));
    let folder = tempfile::tempdir()?;
    let trace = folder.path().join("trace.jsonl");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    // A run that fails would be fast, so it is tried before it is measured.
    runtime.block_on(run(&plan, &trace))?;
    let mut criterion =
        Criterion::default().sample_size(10).measurement_time(Duration::from_secs(15)).configure_from_args();
    let mut group = criterion.benchmark_group("run");
    group.throughput(Throughput::Elements(plan.len()));
    group.bench_function("cases", |bencher| bencher.iter(|| runtime.block_on(run(&plan, &trace)).is_ok()));
    group.finish();
    let sink = Sink::open(pincer_stage::bind("sink", ([127, 0, 0, 1], 0).into())?, "{}", cores())?;
    let credentials = Reference::default().credentials(&plan.target, plan.tracer());
    let url = format!("http://{}", sink.address());
    let drive = runtime.block_on(Drive::new(&url, None, &Fence::default(), credentials))?;
    let mut group = criterion.benchmark_group("drive");
    group.throughput(Throughput::Elements(SENDS));
    for (name, wire) in [("polite", Wire::Polite), ("raw", Wire::Raw)] {
        let case = plan.scenarios().find_map(|(scenario, entry)| plan.cases(scenario, entry).next());
        let mut case = case.ok_or("no case")?;
        case.call.wire = wire;
        // A missing answer would be fast.
        assert_eq!(runtime.block_on(send(&drive, &case)), SENDS, "all are answered");
        group.bench_function(name, |bencher| bencher.iter(|| runtime.block_on(send(&drive, &case))));
    }
    group.finish();
    criterion.final_summary();
    Ok(())
}

/// Sends a case repeatedly, 32 at a time; returns how many were answered.
async fn send(drive: &Drive, case: &Case) -> u64 {
    let sends = (0..SENDS).map(|_| async { u64::from(drive.send(case, DEADLINE).await.outcome.is_ok()) });
    stream::iter(sends).buffer_unordered(32).fold(0, async |sum, one| sum + one).await
}

async fn run(plan: &Plan, trace: &Path) -> Result<(), ConductError> {
    let job = Job {
        plan: plan.clone(),
        subject: Arc::new(Reference::default()),
        suite_name: "bench".to_owned(),
        run: "bench".to_owned(),
        started: "2026-11-25T00:00:00Z".to_owned(),
        trace: trace.to_owned(),
        lanes: 2,
        concurrency: 32,
        deadline: DEADLINE,
        arguments: Vec::new(),
        probe: false,
    };
    let (_stop, stopped) = watch::channel(false);
    conduct(job, Arc::new(Progress::default()), stopped).await
}
