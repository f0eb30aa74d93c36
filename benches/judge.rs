//! Events judged, and events read from lines of JSON and judged. Goal: 50,000 events a second over 50,000 cases.

#[path = "made/events.rs"]
mod events;
#[path = "made/suite.rs"]
mod suite;
#[path = "made/tried.rs"]
mod tried;

use std::time::Duration;

use criterion::{BatchSize, Criterion, Throughput};
use pincer_core::judge::{Judge, judge};
use pincer_core::observe::{Event, Lines, Redactor, write_line};
use pincer_core::scenario::ReadError;

fn main() -> Result<(), ReadError> {
    let start = events::start(suite::suite(1, if tried::is_tried() { 100 } else { 10_000 }, events::ATTACK)?)?;
    let plan = events::plan(&start);
    let events: Vec<Event> = events::events(&plan, &start).collect();
    let redactor = Redactor::default();
    let lines: String = events.iter().filter_map(|event| write_line(event, &redactor).ok()).collect();
    let mut criterion =
        Criterion::default().sample_size(10).measurement_time(Duration::from_secs(10)).configure_from_args();
    let mut group = criterion.benchmark_group("judge");
    group.throughput(Throughput::Elements(u64::try_from(events.len()).unwrap_or(u64::MAX)));
    group.bench_function("write", |bencher| {
        bencher.iter(|| {
            events.iter().filter_map(|event| write_line(event, &redactor).ok()).map(|l| l.len()).sum::<usize>()
        });
    });
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
