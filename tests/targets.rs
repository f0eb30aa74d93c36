//! Real gateways and agents: a run must give the verdicts in the `verdicts.yaml` beside each descriptor, row by row.
//!
//! If a program is not installed, its target is skipped with a message; with `PINCER_TARGETS=required`, as in CI, that
//! fails. `scenarios/targets/install` installs them.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::path::path;

/// Each target and the file that it needs; a name without a folder is searched on the path.
const TARGETS: [(&str, &str); 6] = [
    ("reference", "pincer-reference"),
    ("reference-agent", "pincer-reference"),
    ("openai-agents", SDK),
    ("openai-agents-approval", SDK),
    ("nginx", "nginx"),
    ("nginx-modsecurity", "/usr/lib/nginx/modules/ngx_http_modsecurity_module.so"),
];

/// The Python in which `scenarios/targets/install` puts the SDK of the example agents.
const SDK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/python/bin/python");

/// Debian's folder for programs that are not on every user's path.
const SERVERS: &str = "/usr/sbin";

/// The content of the file beside a descriptor.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Verdicts {
    /// The product and version that they were checked with.
    taken: String,
    scenarios: BTreeMap<String, Row>,
}

/// One scenario's verdict.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    verdict: String,
    /// Why it is true of the product, checked by hand.
    why: Option<String>,
}

impl Row {
    /// Whether a verdict needs a sentence and has none.
    fn unexplained(&self) -> bool {
        let explained = self.why.as_ref().is_some_and(|why| why.trim().ends_with('.'));
        !explained && matches!(self.verdict.as_str(), "fail" | "warn" | "inconclusive")
    }
}

/// A running run.
struct Started {
    target: &'static str,
    out: tempfile::TempDir,
    child: Child,
}

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/targets").join(target)
}

fn search() -> OsString {
    let folders: Vec<PathBuf> = std::env::split_paths(&path()).chain([PathBuf::from(SERVERS)]).collect();
    std::env::join_paths(folders).unwrap()
}

/// The installed targets. If all are required, a missing one is a failure.
fn installed() -> Vec<&'static str> {
    let (here, absent): (Vec<_>, Vec<_>) = TARGETS
        .into_iter()
        .partition(|(_, needs)| std::env::split_paths(&search()).any(|folder| folder.join(needs).exists()));
    let absent: Vec<&str> = absent.into_iter().map(|(target, _)| target).collect();
    if !absent.is_empty() {
        let required = std::env::var_os("PINCER_TARGETS").is_some_and(|value| value == "required");
        assert!(!required, "not installed: {absent:?}; run scenarios/targets/install");
        // Not a macro, because the test harness would capture its output.
        let left_out = format!("left out, for they are not installed: {absent:?}; see scenarios/targets/install\n");
        std::io::stderr().write_all(left_out.as_bytes()).unwrap();
    }
    here.into_iter().map(|(target, _)| target).collect()
}

fn start(target: &'static str, only: &[&str]) -> Started {
    let out = tempfile::tempdir().unwrap();
    let child = Command::new(assert_cmd::cargo::cargo_bin!("pincer"))
        .env("PATH", search())
        .args(["run", "--quiet", "--target"])
        .arg(folder(target).join("target.yaml"))
        .arg("--out")
        .arg(out.path())
        .args(only)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    Started { target, out, child }
}

/// The scenarios of a finished run.
fn scenarios(started: Started) -> Result<Vec<Value>, String> {
    let Started { target, out, child } = started;
    let run = child.wait_with_output().unwrap();
    if !matches!(run.status.code(), Some(0 | 1 | 3)) {
        return Err(format!("{target}: {}: {}", run.status, String::from_utf8_lossy(&run.stderr)));
    }
    let results = std::fs::read(out.path().join("results.json")).unwrap();
    let mut results: Value = serde_json::from_slice(&results).unwrap();
    Ok(std::mem::take(results["scenarios"].as_array_mut().unwrap()))
}

/// The differences between finished runs and the files, each with what to do.
fn complaints(started: Vec<Started>) -> Vec<String> {
    // All must be finished before one is repeated.
    let runs: Vec<_> = started.into_iter().map(|started| (started.target, scenarios(started))).collect();
    let complain = |(target, run): (&'static str, Result<Vec<Value>, String>)| match run {
        Err(broken) => vec![broken],
        Ok(mut seen) => {
            for scenario in &mut seen {
                ask_again(target, scenario);
            }
            let said = std::fs::read_to_string(folder(target).join("verdicts.yaml")).unwrap();
            compare(target, &serde_saphyr::from_str(&said).unwrap(), &seen)
        }
    };
    runs.into_iter().flat_map(complain).collect()
}

/// Runs a scenario again, alone, if this machine was too busy for its flood, or if an arrival among many concurrent
/// calls had no owner. Neither says anything about the target.
fn ask_again(target: &'static str, scenario: &mut Value) {
    for _ in 0..2 {
        if scenario["reason"] != "generator-saturated" && scenario["reason"] != "unattributed-arrival" {
            return;
        }
        let id = scenario["id"].as_str().unwrap().to_owned();
        if let Some(again) = scenarios(start(target, &["--only", &id])).ok().and_then(|mut all| all.pop()) {
            *scenario = again;
        }
    }
}

fn compare(target: &str, said: &Verdicts, seen: &[Value]) -> Vec<String> {
    let mut complaints = Vec::new();
    for scenario in seen {
        let (id, verdict) = (scenario["id"].as_str().unwrap(), scenario["verdict"].as_str().unwrap());
        let fault = match said.scenarios.get(id) {
            None => "no row".to_owned(),
            Some(row) if row.verdict != verdict => format!("the row says {}", row.verdict),
            Some(row) if row.unexplained() => "the row has no sentence `why`".to_owned(),
            Some(_) => continue,
        };
        complaints.push(format!("{}    # {fault}\n{}", paste(id, verdict), evidence(scenario)));
    }
    for id in said.scenarios.keys().filter(|id| seen.iter().all(|scenario| scenario["id"] != id.as_str())) {
        complaints.push(format!("  # remove the row {id}: no scenario has this name\n"));
    }
    if !complaints.is_empty() {
        let head = format!(
            "\nscenarios/targets/{target}/verdicts.yaml, taken with {}, does not say what this run shows. Check each by \
             hand in the trace of `pincer run --target scenarios/targets/{target}/target.yaml --only ID`. If Pincer is \
             wrong, mend Pincer; else put in these rows, each with a sentence on why it is true of the product:\n",
            said.taken
        );
        complaints.insert(0, head);
    }
    complaints
}

/// A row ready to be pasted.
fn paste(id: &str, verdict: &str) -> String {
    match verdict {
        "pass" | "not_applicable" => format!("  {id}: {{ verdict: {verdict} }}"),
        _ => format!("  {id}: {{ verdict: {verdict}, why: \"\" }}"),
    }
}

/// The run's findings, as comments.
fn evidence(scenario: &Value) -> String {
    let told = [&scenario["reason"], &scenario["note"]];
    let told = told.into_iter().filter_map(Value::as_str).map(|text| format!("    # {text}\n"));
    let findings = scenario["findings"].as_array().into_iter().flatten().take(3).map(|finding| {
        let title = finding["title"].as_str().unwrap_or_default();
        format!(
            "    # {title}\n    #   {}\n    #   {}\n",
            finding["evidence"]["request"], finding["evidence"]["answer"]
        )
    });
    told.chain(findings).collect()
}

#[test]
fn real_targets_have_the_verdicts_in_their_files() {
    let _turn = crate::turn();
    // Gateways one after another, because concurrent floods would measure each other; then the agents at once.
    let (agents, gateways): (Vec<_>, Vec<_>) = installed().into_iter().partition(|target| target.contains("agent"));
    let mut complaints = Vec::new();
    for wave in gateways.into_iter().map(|gateway| vec![gateway]).chain([agents]) {
        complaints.extend(self::complaints(wave.into_iter().map(|target| start(target, &[])).collect()));
    }
    assert!(complaints.is_empty(), "{}", complaints.concat());
}

#[test]
fn every_difference_is_reported() {
    let said = "taken: made 1\nscenarios:\n  A-1.same: { verdict: pass }\n  A-1.other: { verdict: pass }\n  \
        A-1.bare: { verdict: fail }\n  A-1.gone: { verdict: pass }\n  A-1.told: { verdict: warn, why: \"It is so.\" }\n";
    let seen = [("same", "pass"), ("other", "fail"), ("bare", "fail"), ("told", "warn"), ("new", "inconclusive")]
        .map(|(id, verdict)| serde_json::json!({ "id": format!("A-1.{id}"), "verdict": verdict }));
    let complaints = compare("made", &serde_saphyr::from_str(said).unwrap(), &seen);
    assert_eq!(complaints.len(), 5, "a head and four rows: {complaints:?}");
    let all = complaints.concat();
    for part in [
        "taken with made 1",
        "A-1.other: { verdict: fail, why: \"\" }    # the row says pass",
        "A-1.bare: { verdict: fail, why: \"\" }    # the row has no sentence",
        "A-1.new: { verdict: inconclusive, why: \"\" }    # no row",
        "remove the row A-1.gone",
    ] {
        assert!(all.contains(part), "{part}: {all}");
    }
    assert!(!all.contains("A-1.same") && !all.contains("A-1.told"));
}

/// nginx does not count a request whose key is empty (`limit_req_zone`: "Requests with an empty key value are not
/// accounted"). If the key is a header that callers may omit, callers without it have no limit.
#[test]
fn limit_by_a_header_does_not_cover_callers_without_it() {
    if !installed().contains(&"nginx") {
        return;
    }
    let _turn = crate::turn();
    let work = tempfile::tempdir().unwrap();
    let change = |file: &str, from: &str, to: &str| {
        let text = std::fs::read_to_string(folder("nginx").join(file)).unwrap();
        assert!(text.contains(from), "{file} has {from}");
        std::fs::write(work.path().join(file), text.replace(from, to)).unwrap();
    };
    // Quotes are open to all, and bob has no key.
    let limit = "limit_req zone=quotes burst=5 nodelay;\n";
    change("nginx.conf", &format!("{limit}      if ($subject = \"\") {{ return 401; }}\n"), limit);
    change("target.yaml", "bob: { header: { X-Api-Key: \"${canary:bob}\" },", "bob: {");
    Command::new(assert_cmd::cargo::cargo_bin!("pincer"))
        .env("PATH", search())
        .args(["run", "--quiet", "--only", "RATE-01.quota", "--target"])
        .arg(work.path().join("target.yaml"))
        .arg("--out")
        .arg(work.path())
        .status()
        .unwrap();
    let results = std::fs::read(work.path().join("results.json")).unwrap();
    let results: Value = serde_json::from_slice(&results).unwrap();
    let quota = &results["scenarios"][0];
    // Alice, with a key, is limited; bob, offering more than the quota, is not.
    assert_eq!((&quota["verdict"], &quota["attack"]["broken"]), (&"fail".into(), &1.into()), "{quota}");
    let title = quota["findings"][0]["title"].as_str().unwrap();
    assert!(title.contains("at most 27 arrivals in any 1s"), "{title}");
    assert_eq!(quota["findings"][0]["evidence"]["identity"], "bob");
}
