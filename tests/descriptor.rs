//! A descriptor of ten lines is enough: one API, one caller, one operation.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::path::path;

const TEN_LINES: &str = r#"pincer: target/v1
name: small
kind: gateway
url: "http://127.0.0.1:${port:http}"
launch: { command: [pincer-reference, serve, --config, "${work}/gateway.yaml"], ready: { http: /healthz, within: 10s },
  fill: [gateway.yaml, openapi.yaml, policy.yaml] }
upstreams: { ledger: {} }
identities: { alice: { header: { X-Api-Key: "${canary:alice}" }, roles: [reader] } }
operations: { read: { method: GET, path: "/accounts/{id}", upstream: ledger, allow: [reader] } }
"#;

const SETTINGS: &str = r#"listen: "127.0.0.1:${port:http}"
api: openapi.yaml
policy: policy.yaml
upstreams: { ledger: { url: "${upstream:ledger}" } }
identities:
  - { subject: alice, tenant: a, roles: [reader], scopes: ["ledger:read"], api_key: "sha256:${digest:alice}" }
# All callers of a test come from one address.
limits: { wrong_credentials: { quota: 50, window_ms: 1000, burst: 150 } }
"#;

/// Runs the descriptor; returns the output and `results.json`.
fn run(descriptor: &str) -> (String, Value) {
    let folder = tempfile::tempdir().unwrap();
    let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/targets/reference");
    for file in ["openapi.yaml", "policy.yaml"] {
        fs::copy(reference.join(file), folder.path().join(file)).unwrap();
    }
    fs::write(folder.path().join("gateway.yaml"), SETTINGS).unwrap();
    fs::write(folder.path().join("target.yaml"), descriptor).unwrap();
    let run = assert_cmd::cargo::cargo_bin_cmd!("pincer")
        .env("PATH", path())
        .args(["run", "--target"])
        .arg(folder.path().join("target.yaml"))
        .arg("--out")
        .arg(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(run.status.success(), "{said}");
    let results = fs::read(folder.path().join("results.json")).unwrap();
    (said, serde_json::from_slice(&results).unwrap())
}

fn verdict<'a>(results: &'a Value, id: &str) -> &'a Value {
    let scenarios = results["scenarios"].as_array().unwrap();
    scenarios.iter().find(|scenario| scenario["id"] == id).map_or(&Value::Null, |scenario| &scenario["verdict"])
}

#[test]
fn ten_lines_are_enough_and_missing_parts_are_named() {
    assert!(TEN_LINES.lines().count() <= 10);
    let (said, results) = run(TEN_LINES);
    for id in ["AUTH-01.no-credential", "AUTH-04.caller-token", "ERR-01.upstream-errors", "DEP-06.surface"] {
        assert_eq!(verdict(&results, id), "pass", "{id}");
    }
    let scenarios = results["scenarios"].as_array().unwrap();
    let skipped: Vec<&Value> = scenarios.iter().filter(|s| s["verdict"] == "not_applicable").collect();
    for scenario in &skipped {
        let key = scenario["note"].as_str().and_then(|note| note.strip_prefix("declare in the descriptor: "));
        assert!(key.is_some_and(|key| !key.is_empty()), "{scenario}");
    }
    let (all, applicable) = (scenarios.len(), scenarios.len() - skipped.len());
    assert_eq!(results["summary"]["pass"], applicable, "what is applicable is judged");
    let share = format!("{applicable} of {all} scenarios applicable. To test more, declare in the descriptor:");
    assert!(said.contains(&share), "{share}: {said}");
    // The last line contains file names.
    assert!(said.lines().all(|line| line.starts_with("Written") || line.chars().count() <= 80), "{said}");
}

/// No payload contains a path of the reference.
#[test]
fn raw_requests_go_to_the_operation_that_the_descriptor_declares() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("target.yaml");
    let read = r#"read: { method: GET, path: "/accounts/{id}""#;
    let ingest = r#"ingest: { method: PUT, body: { items: [] }, path: "/v2/bulk/{id}""#;
    fs::write(&file, TEN_LINES.replace(read, ingest)).unwrap();
    let mut plan = assert_cmd::cargo::cargo_bin_cmd!("pincer");
    let out = plan.args(["plan", "--only", "INP-08.framing", "--target"]).arg(&file).output().unwrap().stdout;
    let cases = serde_json::Deserializer::from_slice(&out).into_iter::<Value>();
    let whole: Vec<String> = cases.filter_map(|case| Some(case.unwrap()["call"]["raw"].as_str()?.to_owned())).collect();
    assert!(whole.len() > 40, "{}", String::from_utf8_lossy(&out));
    for request in whole {
        assert!(request.starts_with("PUT /v2/bulk/1 HTTP/1."), "{request}");
        assert!(!request.contains("/batches") && !request.contains("/accounts/"), "{request}");
    }
}

/// The README's example is a valid descriptor.
#[test]
fn example_of_the_readme_is_valid() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let example = readme.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    assert!(example.lines().count() <= 10, "{example}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gateway.yaml");
    fs::write(&file, example).unwrap();
    assert_cmd::cargo::cargo_bin_cmd!("pincer").arg("check").arg(&file).assert().success();
}

#[test]
fn missing_declaration_is_what_the_scenario_names() {
    let (_, results) = run(TEN_LINES);
    assert_eq!(verdict(&results, "RATE-08.header-size"), "not_applicable");
    for needs in ["limits.header", "claims: [rate-limit], limits.rate", "operations.ingest"] {
        let named =
            |note: &Value| note.as_str().is_some_and(|note| note == format!("declare in the descriptor: {needs}"));
        assert!(results["scenarios"].as_array().unwrap().iter().any(|scenario| named(&scenario["note"])), "{needs}");
    }
    let (_, results) = run(&format!("{TEN_LINES}limits: {{ header: 16 KiB }}\n"));
    assert_eq!(verdict(&results, "RATE-08.header-size"), "pass");
}

/// The reference's descriptor with other names of identities and operations, and roles where these are needed.
fn renamed(identities: [&str; 6]) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/targets/reference/target.yaml");
    let mut target: Value = serde_saphyr::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let known = ["alice", "bob", "carol", "dave", "namesake", "operator"];
    let given = std::mem::take(target["identities"].as_object_mut().unwrap());
    for (name, shown) in given {
        let at = known.iter().position(|known| *known == name).unwrap();
        target["identities"][identities[at]] = shown;
    }
    let operations = std::mem::take(target["operations"].as_object_mut().unwrap());
    for (role, mut operation) in operations {
        // `limits.rate` alone says which operation is limited.
        if role != "quote" {
            operation["role"] = Value::from(role.as_str());
        }
        target["operations"][format!("my-{role}")] = operation;
    }
    target["limits"]["rate"]["operations"] = serde_json::json!(["my-quote"]);
    target.to_string()
}

/// The scenarios with cases in a plan, with their numbers, and why others are skipped.
fn planned(descriptor: &Path) -> (BTreeMap<String, usize>, Vec<String>) {
    let mut plan = assert_cmd::cargo::cargo_bin_cmd!("pincer");
    let out = plan.args(["plan", "--target"]).arg(descriptor).assert().success().get_output().stdout.clone();
    let (mut cases, mut skipped) = (BTreeMap::new(), Vec::new());
    for line in serde_json::Deserializer::from_slice(&out).into_iter::<Value>() {
        let line = line.unwrap();
        match line.get("skipped") {
            Some(_) => skipped.push(line.to_string()),
            None => *cases.entry(line["scenario"].to_string()).or_default() += 1,
        }
    }
    (cases, skipped)
}

#[test]
fn no_scenario_needs_certain_names_of_identities_or_operations() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("target.json");
    let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/targets/reference/target.yaml");
    let (expected, _) = planned(&reference);
    for names in [["kim", "lee", "mia", "ned", "oto", "root"], ["root", "oto", "ned", "mia", "lee", "kim"]] {
        fs::write(&file, renamed(names)).unwrap();
        let (cases, skipped) = planned(&file);
        assert_eq!(cases.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{names:?}: {skipped:#?}");
        // In another order other callers come first, and one may have two of the requested rights.
        if names[0] < names[1] {
            assert_eq!(cases, expected, "{names:?}");
        }
    }
}

#[test]
fn missing_right_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("target.yaml");
    fs::write(&file, TEN_LINES).unwrap();
    let (cases, skipped) = planned(&file);
    assert!(cases.contains_key("\"AUTH-04.caller-token\""));
    for (scenario, needs) in [
        ("RATE-08.slow-head", "identities: a second one that may call `read`"),
        ("AUTH-02.forged-token", "identities: one with a token that may call `read`"),
    ] {
        let told = skipped.iter().any(|line| line.contains(scenario) && line.contains(needs));
        assert!(told, "{scenario}: {skipped:#?}");
    }
    // The same descriptor with another name, and with a name that is also a right.
    fs::write(&file, TEN_LINES.replace("alice", "kim")).unwrap();
    assert_eq!(planned(&file).0, cases);
    fs::write(&file, TEN_LINES.replace("alice", "other")).unwrap();
    assert_eq!(planned(&file).0, cases);
    let mut check = assert_cmd::cargo::cargo_bin_cmd!("pincer");
    let told = check.arg("check").arg(&file).assert().success().get_output().stderr.clone();
    let told = String::from_utf8_lossy(&told);
    assert!(told.contains("`other` is the name of a right"), "{told}");
}
