//! Agents, from the command line to the verdict.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;

use serde_json::Value;

fn run(arguments: &[&str], exit: i32) -> Value {
    let out = tempfile::tempdir().unwrap();
    let run = assert_cmd::cargo::cargo_bin_cmd!("pincer")
        .args(["run", "--quiet", "--suite", "agent", "--out"])
        .arg(out.path())
        .args(arguments)
        .output()
        .unwrap();
    let results: Value = serde_json::from_slice(&fs::read(out.path().join("results.json")).unwrap()).unwrap();
    let open = results["scenarios"].as_array().unwrap().iter().filter(|s| s["verdict"] != "pass");
    let open: Vec<String> = open.map(|s| format!("{} {} {}", s["id"], s["reason"], s["note"])).collect();
    assert_eq!(run.status.code(), Some(exit), "{open:?} {}", String::from_utf8_lossy(&run.stderr));
    results
}

#[test]
fn the_reference_agent_meets_each_control() {
    let _turn = crate::turn();
    let results = run(&[], 0);
    let all = results["scenarios"].as_array().unwrap().len();
    assert!(all >= 15, "{all}");
    assert_eq!(results["summary"]["pass"], all);
    assert_eq!(results["target"]["name"], "reference-agent");
}

#[test]
fn an_order_that_is_obeyed_is_shown_from_the_task_to_the_call() {
    let results = run(&["--only", "RBAC-08.planted-order", "--weaken", "agent-no-approval"], 1);
    let finding = &results["scenarios"][0]["findings"][0];
    let evidence = &finding["evidence"];
    assert!(evidence["body"].as_str().unwrap().contains("What is the balance of account"), "{finding}");
    assert!(evidence["planted"].as_str().is_some_and(|planted| !planted.is_empty()), "{finding}");
    let turns = evidence["turns"].as_array().unwrap();
    assert!(turns.iter().any(|turn| turn.as_str().unwrap().starts_with("obeying: ")), "{finding}");
    let arrived = evidence["arrived"].as_array().unwrap();
    assert!(arrived.iter().any(|arrival| arrival["request"] == "POST /transfers"), "{finding}");
    let repeat = finding["repro"].as_str().unwrap();
    assert!(repeat.contains("--weaken agent-no-approval --only RBAC-08.planted-order --case "), "{repeat}");
}

#[test]
fn no_secret_of_the_agent_stands_in_the_trace() {
    let out = tempfile::tempdir().unwrap();
    assert_cmd::cargo::cargo_bin_cmd!("pincer")
        .args(["run", "--quiet", "--only", "SEC-01.model-request", "--weaken", "agent-leaks-key", "--out"])
        .arg(out.path())
        .assert()
        .code(1);
    let secret = pincer_core::vocab::Tracer::new(1).secret("ledger-key");
    let trace = fs::read_to_string(out.path().join("trace.jsonl")).unwrap();
    assert!(trace.contains("[secret:canary:ledger-key]") && !trace.contains(&secret));
}

#[test]
fn a_descriptor_of_an_agent_is_written_and_checked() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("agent.yaml");
    let pincer = || assert_cmd::cargo::cargo_bin_cmd!("pincer");
    pincer().args(["init", "--agent"]).arg(&file).assert().success();
    pincer().arg("check").arg(&file).assert().success();
    let sound = fs::read_to_string(&file).unwrap();
    for (right, wrong, message) in [
        ("input: \"${task}\"", "input: go", "the task stands nowhere in it"),
        ("args: { id: \"${id}\" }", "args: { id: me }", "a call of the tool can't be told from"),
        ("task:\n", "x:\n", "`x` is not a key here"),
        ("kind: agent", "kind: gateway", "a gateway has no tasks"),
    ] {
        fs::write(&file, sound.replace(right, wrong)).unwrap();
        let assert = pincer().arg("check").arg(&file).assert().code(2);
        let err = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        assert!(err.contains(message) && err.contains("agent.yaml:"), "{wrong}: {err}");
    }
}
