//! Judges events, directly and from JSON lines, and writes the results as `JUnit`. Goals: 50,000 events a second over
//! 50,000 cases, and 100,000 `JUnit` test cases a second.

#[path = "made/events.rs"]
mod events;
#[path = "made/suite.rs"]
mod suite;
#[path = "made/tried.rs"]
mod tried;

use std::time::Duration;

use criterion::{BatchSize, Criterion, Throughput};
use pincer_core::judge::{Judge, Results, ScenarioResult, judge};
use pincer_core::observe::{Event, Lines, Redactor, write_line};
use pincer_core::report::junit;
use pincer_core::scenario::ReadError;
use pincer_core::vocab::{Reason, Verdict};

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
    // Ten callers with keys of forty digits, which no line contains: most lines are like that.
    let keys: Vec<(String, String)> =
        (0..10).map(|n| (format!("caller-{n}"), plan.tracer().secret(&n.to_string()))).collect();
    let masking = Redactor::new(keys.iter().map(|(name, key)| (name.as_str(), key.as_str())));
    group.bench_function("write masked", |bencher| {
        bencher.iter(|| {
            events.iter().filter_map(|event| write_line(event, &masking).ok()).map(|l| l.len()).sum::<usize>()
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
    let results = many(judge(start, events), if tried::is_tried() { 100 } else { 100_000 });
    let mut group = criterion.benchmark_group("report");
    group.throughput(Throughput::Elements(u64::try_from(results.scenarios.len()).unwrap_or(u64::MAX)));
    group.bench_function("junit", |bencher| bencher.iter(|| junit(&results).map(|text| text.len()).ok()));
    group.finish();
    criterion.final_summary();
    Ok(())
}

/// The same with this many scenarios, every second one inconclusive, which has a longer text.
fn many(mut results: Results, scenarios: usize) -> Results {
    let of = |number: usize, one: &ScenarioResult| {
        let mut one = ScenarioResult { id: format!("INP-01.bench-{number}"), ..one.clone() };
        if number.is_multiple_of(2) {
            (one.verdict, one.reason) = (Verdict::Inconclusive, Some(Reason::NothingDelivered));
            one.note = Some("no attack reached the upstream \"ledger\" & nothing is known <of it>".to_owned());
        }
        one
    };
    results.scenarios = (0..scenarios).zip(results.scenarios.iter().cycle()).map(|(n, one)| of(n, one)).collect();
    results
}
