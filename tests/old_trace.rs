//! Traces of version 1 are judged as version 0.1.0 judged them.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

/// The verdicts of a trace in `data/trace-v1`, each with what became of its attack.
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
fn verdicts(trace: &str) -> Value {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/trace-v1");
    let out = tempfile::tempdir().unwrap();
    let mut judge = assert_cmd::cargo::cargo_bin_cmd!("pincer");
    judge.arg("judge").arg(data.join(trace)).arg("--out").arg(out.path()).assert().code(1);
    let results: Value = serde_json::from_slice(&fs::read(out.path().join("results.json")).unwrap()).unwrap();
    let scenarios = results["scenarios"].as_array().unwrap().iter();
    scenarios
        .map(|result| json!({ "id": result["id"], "verdict": result["verdict"], "attack": result["attack"] }))
        .collect()
}

/// The verdicts beside the traces were written when the traces were, by the version that wrote both.
#[test]
fn a_trace_of_version_1_is_judged_to_the_same_verdicts() {
    for (trace, expected) in [
        ("gateway.jsonl", include_str!("data/trace-v1/gateway.json")),
        ("agent.jsonl", include_str!("data/trace-v1/agent.json")),
    ] {
        assert_eq!(verdicts(trace), serde_json::from_str::<Value>(expected).unwrap(), "{trace}");
    }
}
