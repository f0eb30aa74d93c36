//! The suites on the embedded references, and on all their weaknesses.

use assert_cmd::Command;
use serde_json::Value;

fn pincer() -> Command {
    assert_cmd::cargo::cargo_bin_cmd!("pincer")
}

#[test]
fn reference_agent_meets_each_control() {
    let _turn = crate::turn();
    let out = tempfile::tempdir().unwrap();
    let run = pincer().args(["run", "--quiet", "--suite", "agent", "--out"]).arg(out.path()).output().unwrap();
    let results: Value = serde_json::from_slice(&std::fs::read(out.path().join("results.json")).unwrap()).unwrap();
    let all = results["scenarios"].as_array().unwrap();
    let open: Vec<&Value> = all.iter().filter(|scenario| scenario["verdict"] != "pass").collect();
    assert!(open.is_empty() && run.status.success(), "{open:?} {}", String::from_utf8_lossy(&run.stderr));
    assert!(all.len() >= 15, "{}", all.len());
    assert_eq!(
        (&results["summary"]["pass"], &results["target"]["name"]),
        (&all.len().into(), &"reference-agent".into())
    );
}

#[test]
fn suite_can_tell_broken_from_sound() {
    let _turn = crate::turn();
    let assert = pincer().arg("selftest").assert();
    let out = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    assert!(assert.get_output().status.success(), "{out}");
    let last = out.lines().last().unwrap();
    assert!(last.starts_with("selftest: ") && last.ends_with(" 0 false passes"), "{last}");
}

#[test]
fn selected_part_of_the_suite_shows_its_part() {
    let _turn = crate::turn();
    let assert = pincer().args(["selftest", "--only", "ERR-03.*"]).assert();
    let out = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    assert!(assert.get_output().status.success(), "{out}");
    let killed = out.lines().filter(|line| line.contains(" caught by ERR-03.")).count();
    assert!(
        killed > 0 && out.lines().last().unwrap().contains(&format!(" {killed} weaknesses, {killed} caught")),
        "{out}"
    );
}
