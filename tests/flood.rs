//! The finding of a flood, from the command line to the script that repeats it.

use serde_json::Value;

use crate::turn;

#[test]
fn finding_names_the_header_that_evades_the_limit_and_repeats_the_flood() {
    let _turn = turn();
    let out = tempfile::tempdir().unwrap();
    assert_cmd::cargo::cargo_bin_cmd!("pincer")
        .args(["run", "--quiet", "--only", "RATE-01.key-evasion", "--weaken", "rate-key-from-header", "--out"])
        .arg(out.path())
        .assert()
        .code(1);
    let results = std::fs::read_to_string(out.path().join("results.json")).unwrap();
    let results: Value = serde_json::from_str(&results).unwrap();
    let finding = &results["scenarios"][0]["findings"][0];
    let title = finding["title"].as_str().unwrap();
    assert!(title.contains("; bought by the header x-forwarded-for ("), "{title}");
    assert!(!title.contains("x-real-ip"), "{title}");
    let script = std::fs::read_to_string(out.path().join("repro/RATE-01.key-evasion-1.sh")).unwrap();
    assert!(script.contains("x-forwarded-for: 203.0.113.'\"$n\""), "{script}");
}
