//! 100,000 cases reported in each format, half of them findings. Goals: 2 s and 200 MB for each, the results aside.

#[path = "made/tried.rs"]
mod tried;

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write as _;
use std::time::Instant;

use pincer_core::judge::Results;
use pincer_core::report::{html, junit, markdown, sarif};
use pincer_core::scenario::Catalogue;
use serde_json::{Value, json};

/// Makes a report.
type Render<'a> = Box<dyn Fn() -> Result<String, Box<dyn Error>> + 'a>;

fn main() -> Result<(), Box<dyn Error>> {
    let count = if tried::is_tried() { 1_000 } else { 100_000 };
    let results = results(count)?;
    let catalogue = Catalogue { pincer: "controls/v1".to_owned(), families: BTreeMap::new(), controls: Vec::new() };
    let mut out = std::io::stdout();
    let held = memory("VmRSS:")? / 1024;
    writeln!(out, "{count} cases; the results take {held} MiB")?;
    writeln!(out, "{:>9} {:>10} {:>10} {:>10}", "format", "time", "MiB", "more MiB")?;
    let all: [(&str, Render<'_>); 5] = [
        ("sarif", Box::new(|| Ok(sarif(&results, &catalogue)?))),
        ("html", Box::new(|| Ok(html(&results, &catalogue)))),
        ("markdown", Box::new(|| Ok(markdown(&results, &catalogue)))),
        ("junit", Box::new(|| Ok(junit(&results)?))),
        ("json", Box::new(|| Ok(serde_json::to_string_pretty(&results)?))),
    ];
    for (name, render) in all {
        // The system forgets how much memory this process ever had (proc(5), `clear_refs`).
        std::fs::write("/proc/self/clear_refs", "5")?;
        let before = memory("VmRSS:")?;
        let begun = Instant::now();
        let text = render()?;
        let took = begun.elapsed();
        assert!(text.contains("INP-01.case-0"), "{name} shows the first scenario");
        let more = memory("VmHWM:")?.saturating_sub(before) / 1024;
        writeln!(out, "{name:>9} {took:>10.1?} {:>10} {more:>10}", text.len() / 1024 / 1024)?;
    }
    Ok(())
}

/// Results of so many scenarios of one case: each second one failed, with a finding.
fn results(count: usize) -> Result<Results, serde_json::Error> {
    let of = |number: usize| {
        let id = format!("INP-01.case-{number}");
        let failed = number.is_multiple_of(2);
        let findings = if failed { vec![finding(number)] } else { Vec::new() };
        json!({
            "id": id, "title": "No payload arrives at the upstream", "control": "INP-01", "level": "MUST",
            "verdict": if failed { "fail" } else { "pass" }, "reason": null,
            "benign": { "total": 1, "held": 1 },
            "attack": { "total": 1, "held": u8::from(!failed), "broken": u8::from(failed), "unresolved": 0 },
            "took_ms": 12, "findings": findings,
        })
    };
    let mut results: Results = serde_json::from_value(json!({
        "format": "pincer/results", "version": 1,
        "run": { "id": "r", "seed": 1, "nonce": "5eed", "started": "2026-11-25T00:00:00Z",
                 "finished": "2026-11-25T00:01:00Z", "pincer": "0.1.0" },
        "target": { "name": "made", "kind": "gateway", "version": "1", "digest": "sha256:0" },
        "suite": { "name": "gateway", "digest": "sha256:0" },
        "summary": { "pass": count / 2, "fail": count - count / 2 }, "scenarios": [],
        "tables": { "confusion": [], "access": [], "rates": [] }, "interrupted": false, "exit": 1,
    }))?;
    results.scenarios = (0..count).map(|number| serde_json::from_value(of(number))).collect::<Result<_, _>>()?;
    Ok(results)
}

fn finding(number: usize) -> Value {
    json!({
        "fingerprint": format!("{number:016x}"), "operation": "search", "severity": "high", "case": 1,
        "title": "arrives: expected no arrival, seen GET /search?q=%27%20OR%201%3D1 at ledger",
        "evidence": {
            "request": "GET /search?q=%27%20OR%201%3D1", "headers": ["accept: application/json"], "body": null,
            "identity": "alice", "payload": "sql 7 (a tautology)", "encoding": null, "placement": "q",
            "answer": { "status": 200, "headers": ["content-type: application/json"], "body": "{\"found\":[]}", "end": "complete" },
            "no_answer": null,
            "arrived": [{ "upstream": "ledger", "request": "GET /search?q=' OR 1=1", "body": "" }],
            "broken": ["arrives: expected no arrival, seen GET /search at ledger"],
        },
        "repro": format!("pincer run --only INP-01.case-{number} --case 1 --seed 1"),
    })
}

/// A line of `/proc/self/status`, in KiB.
fn memory(line: &str) -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let found = status.lines().find_map(|text| text.strip_prefix(line)).ok_or("no such line")?;
    Ok(found.trim().trim_end_matches("kB").trim().parse()?)
}
