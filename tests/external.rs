//! The reference as a separate program: what passes inside this process passes outside too, also in several lanes.

use std::path::Path;

use crate::path::path;

#[test]
fn reference_as_a_program_passes_in_three_lanes() {
    let out = tempfile::tempdir().unwrap();
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/targets/reference/target.yaml");
    let run = assert_cmd::cargo::cargo_bin_cmd!("pincer")
        .env("PATH", path())
        .args([
            "run", "--quiet", "--lanes", "3", "--only", "A*", "--only", "RBAC-*", "--only", "INP-04*", "--only",
            "TLS-*", "--target",
        ])
        .arg(&target)
        .arg("--out")
        .arg(out.path())
        .assert();
    let results = std::fs::read_to_string(out.path().join("results.json")).unwrap_or_default();
    let results: serde_json::Value = serde_json::from_str(&results).unwrap_or_default();
    let open = results["scenarios"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|scenario| !matches!(scenario["verdict"].as_str(), Some("pass" | "not_applicable")));
    let open: Vec<String> =
        open.map(|s| format!("{} {} {} {}", s["id"], s["verdict"], s["reason"], s["note"])).collect();
    assert!(run.get_output().status.success(), "{open:?}");
    let trace = std::fs::read_to_string(out.path().join("trace.jsonl")).unwrap();
    let urls: std::collections::BTreeSet<&str> = trace
        .lines()
        .filter(|line| line.contains("\"what\":{\"staged\""))
        .filter_map(|line| line.split("\"url\":").nth(1))
        .collect();
    // Outages have their own lane after the three.
    assert_eq!(urls.len(), 4, "{urls:?}");
    // Each target ends with its lane: nobody listens any more.
    for url in urls {
        let address = url.trim_matches(|c: char| !c.is_ascii_digit()).rsplit_once("//").map_or(url, |(_, rest)| rest);
        let address = address.trim_matches(|c: char| !c.is_ascii_digit());
        assert!(std::net::TcpStream::connect(address).is_err(), "{address} still takes connections");
    }
}

#[test]
fn target_that_does_not_start_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("target.yaml");
    let text = "pincer: target/v1\nname: t\nkind: gateway\nurl: \"http://127.0.0.1:${port:http}\"\n\
        launch: { command: [sh, -c, \"echo no such module >&2; exit 7\"], ready: { tcp: true, within: 5s } }\n\
        upstreams: { ledger: {} }\nidentities: { alice: {} }\n\
        operations: { read: { method: GET, path: \"/accounts/{id}\", upstream: ledger } }\n";
    std::fs::write(&target, text).unwrap();
    let run = assert_cmd::cargo::cargo_bin_cmd!("pincer")
        .args(["run", "--quiet", "--only", "ERR-01*", "--target"])
        .arg(&target)
        .arg("--out")
        .arg(folder.path())
        .assert()
        .code(2);
    let said = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
    assert!(said.contains("ended before it was ready") && said.contains("no such module"), "{said}");
}
