//! A run of 10,000, 100,000 and 1,000,000 cases without a socket: planned, written as a trace, read again, judged and
//! reported. Goal: time per case and memory are the same for all.

#[path = "made/events.rs"]
mod events;
#[path = "made/suite.rs"]
mod suite;
#[path = "made/tried.rs"]
mod tried;

use std::error::Error;
use std::io::{BufReader, BufWriter, Write as _};
use std::time::Instant;

use pincer_core::judge::Judge;
use pincer_core::observe::{Lines, Redactor, write_line};
use pincer_core::report::junit;

/// Attack cases per scenario.
const EACH: u32 = 1000;

fn main() -> Result<(), Box<dyn Error>> {
    let sizes: &[u32] = if tried::is_tried() { &[2_000] } else { &[10_000, 100_000, 1_000_000] };
    let mut out = std::io::stdout();
    writeln!(
        out,
        "{:>9} {:>12} {:>12} {:>12} {:>12} {:>10}",
        "cases", "plan, write", "read, judge", "junit", "us a case", "peak MiB"
    )?;
    for cases in sizes {
        forget_peak()?;
        let start = events::start(suite::suite(cases / EACH, EACH / 5, events::ATTACK)?)?;
        let trace = tempfile::tempfile()?;
        let begun = Instant::now();
        let (plan, redactor) = (events::plan(&start), Redactor::default());
        let mut to = BufWriter::new(&trace);
        for event in events::events(&plan, &start) {
            to.write_all(write_line(&event, &redactor)?.as_bytes())?;
        }
        to.flush()?;
        drop(to);
        let written = begun.elapsed();
        std::io::Seek::rewind(&mut &trace)?;
        let mut judge = Judge::new(start.clone());
        for event in Lines::new(BufReader::new(&trace)) {
            judge.see(event?);
        }
        let results = judge.finish();
        let judged = begun.elapsed().saturating_sub(written);
        let report = junit(&results)?;
        let reported = begun.elapsed().saturating_sub(written + judged);
        let passed = results.summary.get("pass").copied();
        assert_eq!(passed, u64::try_from(results.scenarios.len()).ok(), "each scenario is judged, and passes");
        assert!(report.contains("INP-01.bench-0"), "each scenario is reported");
        let each = (written + judged + reported).as_secs_f64() * 1e6 / f64::from(*cases);
        writeln!(
            out,
            "{cases:>9} {written:>12.1?} {judged:>12.1?} {reported:>12.1?} {each:>12.1} {:>10}",
            peak()? / 1024
        )?;
    }
    Ok(())
}

/// Resets the peak memory of this process (proc(5), `clear_refs`).
fn forget_peak() -> std::io::Result<()> {
    std::fs::write("/proc/self/clear_refs", "5")
}

/// The peak memory of this process since then, in KiB.
fn peak() -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    Ok(line.trim_end_matches("kB").trim().parse()?)
}
