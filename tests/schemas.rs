//! The committed JSON Schemas match the types, and the shipped files fit them.

use std::fs;
use std::path::Path;

#[test]
fn schemas_are_current() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/schemas");
    let mut all = pincer_core::scenario::schemas();
    all.extend(pincer_core::accept::schemas());
    all.push(("results-v1.schema.json", pincer_core::judge::results_schema()));
    all.push(("measure-v1.schema.json", pincer_core::measure::schema()));
    for (name, schema) in all {
        let committed: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(folder.join(name)).unwrap()).unwrap();
        assert_eq!(committed, schema, "{name} has drifted: run `cargo run -- schemas scenarios/schemas`");
    }
}

#[test]
fn results_of_a_run_fit_their_schema() {
    let out = tempfile::tempdir().unwrap();
    assert_cmd::cargo::cargo_bin_cmd!("pincer")
        .args(["run", "--quiet", "--only", "AUTH-01.no-credential", "--weaken", "no-authentication", "--out"])
        .arg(out.path())
        .assert()
        .code(1);
    let read = |path: &Path| -> serde_json::Value { serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap() };
    let schema = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/schemas/results-v1.schema.json"));
    let results = read(&out.path().join("results.json"));
    assert_eq!(results["summary"]["fail"], 1);
    assert!(!results["scenarios"][0]["findings"].as_array().unwrap().is_empty());
    crate::meets::meets(&schema, &results).unwrap();
}
