//! Files of other tools.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use tempfile::tempdir;

fn pincer() -> Command {
    assert_cmd::cargo::cargo_bin_cmd!("pincer")
}

fn data(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(path)
}

/// The standard output and standard error of a command that must succeed.
fn said(command: &mut Command) -> (String, String) {
    let output = command.assert().success().get_output().clone();
    (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

/// The error of a command that must refuse its input.
fn refusal(command: &mut Command) -> String {
    String::from_utf8_lossy(&command.assert().code(2).get_output().stderr).into_owned()
}

/// The cases of a plan.
fn cases(command: &mut Command) -> Vec<serde_json::Value> {
    let (text, _) = said(command);
    let lines = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    lines.filter(|line| line.get("call").is_some()).collect()
}

#[test]
fn short_descriptor_is_completed_by_its_api_document() {
    let descriptor = data("bank/gateway.yaml");
    assert_eq!(fs::read_to_string(&descriptor).unwrap().lines().count(), 10);
    // The operator creates; only the authentication file has its key.
    let cases = cases(pincer().args(["plan", "--target"]).arg(&descriptor).arg("--auth").arg(data("bank/auth.yaml")));
    let calls: BTreeSet<(String, String)> =
        cases.iter().map(|case| (case["call"]["method"].to_string(), case["call"]["target"].to_string())).collect();
    for (method, target) in [
        ("GET", "/v1/accounts/1001"),
        ("GET", "/v1/search?term=O%27Brien%20%26%20sons%3B%20select%20sizes"),
        ("POST", "/v1/transfers"),
        ("POST", "/v1/notes"),
        ("POST", "/v1/batches"),
    ] {
        let call = (format!("\"{method}\""), format!("\"{target}\""));
        assert!(calls.contains(&call), "{method} {target}: {calls:?}");
    }
    let create = cases.iter().find(|case| case["operation"] == "create").unwrap();
    assert_eq!(create["call"]["body"], r#"{"to":"acct-2","amount":1,"split":[]}"#, "{create}");
    let scenarios: BTreeSet<String> = cases.iter().map(|case| case["scenario"].to_string()).collect();
    for scenario in ["INP-01.sql-injection", "INP-02.markup-injection", "ERR-01.own-errors"] {
        assert!(scenarios.contains(&format!("\"{scenario}\"")), "{scenario}: {scenarios:?}");
    }
}

#[test]
fn roles_of_an_api_document_are_shown() {
    let (named, _) = said(pincer().arg("check").arg(data("bank/gateway.yaml")));
    for (role, route, why) in [
        ("read", "GET /v1/accounts/{accountId}", "from `get` in its operationId"),
        ("remove", "DELETE /v1/accounts/{accountId}", "from `close` in its operationId"),
        ("search", "GET /v1/search", "from `find` in its operationId"),
        ("create", "POST /v1/transfers", "operationId"),
        ("annotate", "POST /v1/notes", "x-pincer-role"),
        ("ingest", "POST /v1/batches", "from `load` in its operationId"),
    ] {
        let line = named.lines().find(|line| line.trim_start().starts_with(role)).unwrap();
        assert!(line.contains(route) && line.ends_with(why), "{line}");
    }
    assert!(named.contains("scenarios call this parameter `id`, not `accountId`"), "{named}");
    // The same by option, which needs a descriptor to complete.
    let (given, _) =
        said(pincer().args(["check", "--api"]).arg(data("bank/openapi.yaml")).arg(data("bank/gateway.yaml")));
    assert_eq!(given, named);
    let alone = refusal(pincer().args(["check", "--api"]).arg(data("bank/openapi.yaml")).arg(data("bank/auth.yaml")));
    assert!(alone.contains("`--api` needs a target descriptor"), "{alone}");
}

#[test]
fn fault_of_an_api_document_has_its_place() {
    let folder = tempdir().unwrap();
    let (descriptor, api) = (folder.path().join("gateway.yaml"), folder.path().join("openapi.yaml"));
    fs::copy(data("bank/gateway.yaml"), &descriptor).unwrap();
    let sound = fs::read_to_string(data("bank/openapi.yaml")).unwrap();
    for (right, wrong, place, message) in [
        (
            "schemas/Transfer\" }\n  /notes",
            "schemas/Transfr\" }\n  /notes",
            "openapi.yaml:20:29",
            "did you mean `Transfer`?",
        ),
        ("openapi: 3.1.0", "swagger: \"2.0\"", "openapi.yaml:1:10", "convert it to OpenAPI 3"),
        ("x-pincer-role: annotate", "x-pincer-role: anotate", "openapi.yaml:23:22", "did you mean `annotate`?"),
    ] {
        assert!(sound.contains(right), "{right}");
        fs::write(&api, sound.replacen(right, wrong, 1)).unwrap();
        let told = refusal(pincer().arg("check").arg(&descriptor));
        assert!(told.contains(place) && told.contains(message), "{wrong}: {told}");
    }
    fs::remove_file(&api).unwrap();
    assert!(refusal(pincer().arg("check").arg(&descriptor)).contains("openapi.yaml"));
}

#[test]
fn identities_come_from_an_authentication_file() {
    let (gateway, auth) = (data("bank/gateway.yaml"), data("bank/auth.yaml"));
    let (list, _) = said(pincer().args(["list", "--target"]).arg(&gateway).arg("--auth").arg(&auth));
    assert!(list.contains("AUTH-04.caller-token"));
    // A key that the environment lacks shows that the file's headers are used.
    let out = tempdir().unwrap();
    let run = |command: &mut Command| {
        refusal(
            command
                .args(["run", "--quiet", "--target"])
                .arg(&gateway)
                .arg("--auth")
                .arg(&auth)
                .arg("--out")
                .arg(out.path()),
        )
    };
    assert!(run(pincer().env_remove("OPERATOR_KEY")).contains("`OPERATOR_KEY` is not set"));
    // Nobody answers at this address, but the trace contains the calls, without the keys.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = listener.local_addr().unwrap();
    // It accepts connections and closes them.
    std::thread::spawn(move || listener.incoming().for_each(drop));
    let text = fs::read_to_string(&gateway).unwrap().replace("127.0.0.1:9101", "127.0.0.1:0");
    let text = text.replace("api: openapi.yaml\n", &format!("api: {}\n", data("bank/openapi.yaml").display()));
    let target = out.path().join("target.yaml");
    fs::write(&target, text.replace("127.0.0.1:8080", &silent.to_string())).unwrap();
    pincer()
        .env("OPERATOR_KEY", "operator-key-0123456789")
        .args(["run", "--quiet", "--deadline", "300ms", "--only", "RBAC-02*", "--target"])
        .arg(&target)
        .arg("--auth")
        .arg(&auth)
        .arg("--out")
        .arg(out.path())
        .assert()
        .code(3);
    let trace = fs::read_to_string(out.path().join("trace.jsonl")).unwrap();
    assert!(trace.contains("withheld") && trace.contains("/v1/transfers"), "{trace}");
    assert!(!trace.contains("alice-key-0123456789") && !trace.contains("operator-key-0123456789"));
    let login = out.path().join("login.yaml");
    fs::write(&login, "auth: [ { name: alice, loginEndpointAuth: { endpoint: /login, verb: POST } } ]\n").unwrap();
    let told = refusal(pincer().args(["plan", "--target"]).arg(&gateway).arg("--auth").arg(&login));
    assert!(told.contains("login.yaml:1:43") && told.contains("`loginEndpointAuth` is not supported"), "{told}");
}

#[test]
fn payload_list_replaces_the_set_of_its_name() {
    let planned = cases(pincer().args(["plan", "--only", "INP-01.typed-parameter", "--payloads"]).arg(data("lists")));
    let attacks: Vec<String> = planned
        .iter()
        .filter(|case| case["phase"] == "attack")
        .map(|case| case["call"]["target"].to_string())
        .collect();
    // Two lines, each in three encodings.
    assert_eq!(attacks.len(), 6, "{attacks:?}");
    assert!(attacks.contains(&"\"/accounts/%27%20OR%202%3D2--\"".to_owned()), "{attacks:?}");
    let out = tempdir().unwrap();
    said(
        pincer()
            .args(["run", "--quiet", "--only", "INP-01.*", "--payloads"])
            .arg(data("lists"))
            .arg("--out")
            .arg(out.path()),
    );
    assert!(refusal(pincer().args(["plan", "--payloads"]).arg(out.path())).contains("contains no payload list"));
}

#[test]
fn rule_tests_become_scenarios_that_the_reference_passes() {
    let folder = tempdir().unwrap();
    let (crs, out) = (folder.path().join("crs"), folder.path().join("out"));
    let (summary, told) = said(pincer().args(["import", "crs"]).arg(data("crs")).arg("--out").arg(&crs));
    assert!(summary.starts_with("3 files with 7 test stages: 4 in 2 scenarios in "), "{summary}");
    assert!(summary.trim_end().ends_with("3 left out"), "{summary}");
    for (place, reason) in [
        ("942100.yaml:41:11: 942100-4: ", "it sends several values"),
        ("older/932100.yaml:20:13: 932100-2: ", "malformed on purpose"),
        ("911100.yaml:7:16: 911100-1: ", "the request has no value to test"),
    ] {
        assert!(told.lines().any(|line| line.contains(place) && line.contains(reason)), "{place}: {told}");
    }
    let files = ["INP-01.crs-942100.yaml", "INP-03.crs-932100.yaml"].map(|name| crs.join(name));
    said(pincer().arg("check").args(&files));
    said(pincer().args(["run", "--quiet", "--only", "crs", "--scenarios"]).arg(&crs).arg("--out").arg(&out));
    let results: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(out.join("results.json")).unwrap()).unwrap();
    assert_eq!(results["summary"]["pass"], 2, "{results:#}");
    // And they can fail.
    pincer()
        .args(["run", "--quiet", "--only", "crs", "--weaken", "no-input-filter", "--scenarios"])
        .arg(&crs)
        .arg("--out")
        .arg(&out)
        .assert()
        .code(1);
}

#[test]
fn invalid_rule_test_is_reported_and_the_others_are_written() {
    let folder = tempdir().unwrap();
    let (tests, out) = (folder.path().join("tests"), folder.path().join("out"));
    fs::create_dir(&tests).unwrap();
    fs::copy(data("crs/942100.yaml"), tests.join("942100.yaml")).unwrap();
    fs::write(tests.join("other.yaml"), "a: b\n").unwrap();
    let told = refusal(pincer().args(["import", "crs"]).arg(&tests).arg("--out").arg(&out));
    assert!(told.contains("other.yaml:1:1: the key `tests` is missing"), "{told}");
    assert!(out.join("INP-01.crs-942100.yaml").is_file());
}
