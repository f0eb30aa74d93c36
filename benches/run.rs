//! The whole process, as a user meets it: `pincer run --only 'INP-*'`, from start to results. Goal: 6,000 cases a second on
//! two quiet cores, of which the reference and its upstream take their share. Then the drivers alone, against an upstream
//! that only counts: reqwest over kept connections, and raw bytes over one each.

#[path = "made/suite.rs"]
mod suite;
#[path = "made/tried.rs"]
mod tried;

use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use criterion::{Criterion, Throughput};
use futures_util::stream::{self, StreamExt as _};
use pincer::embedded;
use pincer::reference::Reference;
use pincer_core::judge::Results;
use pincer_core::plan::{Call, Case, Plan};
use pincer_core::scenario::Wire;
use pincer_core::vocab::{Nonce, TargetKind};
use pincer_drive::{Drive, Fence, cores};
use pincer_stage::sink::Sink;
use pincer_stand::Subject as _;

/// A step of which the drivers send one case.
const ATTACK: &str = "{ send: { op: search, as: alice, fill: { q: \"${payload}\" } }, payloads: [bench], \
                      expect: { status: [400, 403, 422], arrives: never, leaks: nothing } }";

/// Calls per round of the drivers.
const SENDS: u64 = 1000;
const DEADLINE: Duration = Duration::from_secs(10);

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let scenarios = if tried::is_tried() { "INP-01.benign*" } else { "INP-*" };
    // A run that breaks would be fast: it is tried before it is measured.
    let cases = run(scenarios, folder.path())?;
    let mut criterion =
        Criterion::default().sample_size(10).measurement_time(Duration::from_secs(30)).configure_from_args();
    let mut group = criterion.benchmark_group("run");
    group.throughput(Throughput::Elements(cases));
    group.bench_function("cases", |bencher| bencher.iter(|| run(scenarios, folder.path()).is_ok()));
    group.finish();
    let plan =
        Plan::new(1, suite::suite(1, 1, ATTACK)?, embedded::target(TargetKind::Gateway)?).with_nonce(Nonce::new(1));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let sink = Sink::open(pincer_stage::bind("sink", ([127, 0, 0, 1], 0).into())?, "{}", cores())?;
    let credentials = Reference::default().credentials(&plan.target, plan.tracer());
    let url = format!("http://{}", sink.address());
    let drive = runtime.block_on(Drive::new(&url, None, &Fence::default(), credentials))?;
    let mut group = criterion.benchmark_group("drive");
    group.throughput(Throughput::Elements(SENDS));
    for (name, wire) in [("polite", Wire::Polite), ("raw", Wire::Raw)] {
        let case = plan.scenarios().find_map(|(scenario, entry)| plan.cases(scenario, entry).next());
        let mut case = case.ok_or("no case")?;
        if let Call::Http(call) = &mut case.call {
            call.wire = wire;
        }
        // An answer that is none would be fast.
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

/// Runs these scenarios in a process of their own; how many cases were judged. Every scenario must pass.
fn run(scenarios: &str, out: &Path) -> Result<u64, Box<dyn Error>> {
    let mut pincer = Command::new(env!("CARGO_BIN_EXE_pincer"));
    let status = pincer.args(["run", "--quiet", "--only", scenarios, "--out"]).arg(out).status()?;
    if !status.success() {
        return Err(format!("the run ended with {status}").into());
    }
    let results: Results = serde_json::from_slice(&std::fs::read(out.join("results.json"))?)?;
    Ok(results.scenarios.iter().map(|scenario| scenario.benign.total + scenario.attack.total).sum())
}
