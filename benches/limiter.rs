//! The cost of one limiter decision. The reference's limiter, which also makes the answer's header fields, is compared
//! with plain governor, leaky-bucket behind a sharded map, and pingora-limits, which estimates in fixed memory: for one
//! key, a thousand and a million, on one thread and on two. Then the time to forget a million idle keys.

#[path = "made/tried.rs"]
mod tried;

use std::error::Error;
use std::hint::black_box;
use std::io::Write as _;
use std::num::NonZeroU32;
use std::thread;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput};
use dashmap::DashMap;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use pincer_reference::RateSettings;
use pincer_reference::counter::Counter;

/// Decides for the key with a number.
type Decide = Box<dyn Fn(usize) -> bool + Sync>;

/// A burst that no bench uses up.
const BURST: NonZeroU32 = NonZeroU32::MAX;

fn main() -> Result<(), Box<dyn Error>> {
    let small = tried::is_tried();
    let most = if small { 1_000 } else { 1_000_000 };
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    for keys in [1, 1_000, most] {
        for (name, decide) in limiters(keys, Duration::from_nanos(1))? {
            // Unknown keys cost more, so all are known before the measurement.
            assert!((0..keys).all(&decide), "{name} admits");
            for threads in [1, 2] {
                let mut group = criterion.benchmark_group(format!("decide/{threads} thread(s)"));
                group.throughput(Throughput::Elements(threads));
                group.bench_function(BenchmarkId::new(name, keys), |bencher| {
                    bencher.iter_custom(|times| together(threads, times, keys, &decide));
                });
                group.finish();
            }
        }
    }
    criterion.final_summary();
    forget(most)
}

/// All limiters with their keys ready, each with a large burst and this refill time.
fn limiters(keys: usize, refill: Duration) -> Result<Vec<(&'static str, Decide)>, Box<dyn Error>> {
    let quota = Quota::with_period(refill).ok_or("no refill")?.allow_burst(BURST);
    let numbers: Vec<u64> = (0..u64::try_from(keys)?).collect();
    let names: Vec<String> = (0..keys).map(|key| format!("1:a:{key}")).collect();
    let own = Counter::new(RateSettings { quota: 1_000_000, window_ms: 1, burst: u32::MAX })?;
    let by_number: DefaultKeyedRateLimiter<u64> = RateLimiter::keyed(quota);
    let by_name: DefaultKeyedRateLimiter<String> = RateLimiter::keyed(quota);
    let estimate = pingora_limits::rate::Rate::new(Duration::from_secs(1));
    let leaky: DashMap<u64, leaky_bucket::RateLimiter> = DashMap::new();
    let (of_governor, of_own, of_leaky, of_estimate) = (numbers.clone(), names.clone(), numbers.clone(), numbers);
    Ok(vec![
        ("reference, String", Box::new(move |key| own.admits(&of_own[key]))),
        ("governor, String", Box::new(move |key| by_name.check_key(&names[key]).is_ok())),
        ("governor, u64", Box::new(move |key| by_number.check_key(&of_governor[key]).is_ok())),
        ("leaky-bucket, u64", Box::new(move |key| leaky.entry(of_leaky[key]).or_insert_with(bucket).try_acquire(1))),
        ("pingora-limits, u64", Box::new(move |key| estimate.observe(&of_estimate[key], 1) > 0)),
    ])
}

fn bucket() -> leaky_bucket::RateLimiter {
    let most = usize::try_from(BURST.get()).unwrap_or(usize::MAX);
    leaky_bucket::RateLimiter::builder().initial(most).max(most).refill(1000).build()
}

/// The time when each of `threads` makes `times` decisions for widely spread keys.
fn together(threads: u64, times: u64, keys: usize, decide: &Decide) -> Duration {
    let begun = Instant::now();
    thread::scope(|scope| {
        for thread in 0..threads {
            scope.spawn(move || {
                let mut key = usize::try_from(thread).unwrap_or(0) * 7_919 % keys;
                for _ in 0..times {
                    key = (key + 514_229) % keys;
                    black_box(decide(key));
                }
            });
        }
    });
    begun.elapsed()
}

/// Prints the memory of each key, and the time to forget keys that are all idle.
fn forget(keys: usize) -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout();
    // All stay until the end, so that none is measured in memory that another returned.
    for (name, decide) in &limiters(keys, Duration::from_nanos(1))? {
        let before = resident()?;
        (0..keys).for_each(|key| {
            black_box(decide(key));
        });
        let each = resident()?.saturating_sub(before) / u64::try_from(keys)?;
        writeln!(out, "{name}: {each} bytes of memory for each of {keys} keys, beside the caller's own copy")?;
    }
    let own = Counter::new(RateSettings { quota: 1_000_000, window_ms: 1, burst: 1 })?;
    let quota = Quota::with_period(Duration::from_nanos(1)).ok_or("no refill")?;
    let bare: DefaultKeyedRateLimiter<u64> = RateLimiter::keyed(quota);
    (0..keys).for_each(|key| {
        black_box(own.admits(&format!("1:a:{key}")));
    });
    let begun = Instant::now();
    own.forget();
    writeln!(out, "reference: forgets {keys} idle keys in {:?}", begun.elapsed())?;
    (0..u64::try_from(keys)?).for_each(|key| {
        black_box(bare.check_key(&key).is_ok());
    });
    let begun = Instant::now();
    bare.retain_recent();
    bare.shrink_to_fit();
    writeln!(out, "governor, u64: forgets {keys} idle keys in {:?}", begun.elapsed())?;
    Ok(())
}

/// Memory of this process, in bytes (proc(5), `VmRSS`).
fn resident() -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim_end_matches("kB").trim().parse::<u64>()? * 1024)
}
