//! The commands as users see them.

use std::fs;

use assert_cmd::Command;
use tempfile::tempdir;

fn pincer() -> Command {
    assert_cmd::cargo::cargo_bin_cmd!("pincer")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn judging_a_trace_again_gives_the_same_bytes() {
    let out = tempdir().unwrap();
    let again = tempdir().unwrap();
    pincer().args(["run", "--quiet", "--only", "INP-0*", "--out"]).arg(out.path()).assert().success();
    pincer().arg("judge").arg(out.path().join("trace.jsonl")).arg("--out").arg(again.path()).assert().success();
    let read = |folder: &std::path::Path| fs::read(folder.join("results.json")).unwrap();
    assert_eq!(read(out.path()), read(again.path()));
}

#[test]
fn no_credential_is_in_a_trace() {
    let out = tempdir().unwrap();
    pincer()
        .args(["run", "--quiet", "--only", "AUTH-04*", "--weaken", "forward-caller-token", "--out"])
        .arg(out.path())
        .assert()
        .code(1);
    let trace = fs::read_to_string(out.path().join("trace.jsonl")).unwrap();
    assert!(trace.contains("[secret:alice]"), "the credential arrived, and its name stands for it");
}

#[test]
fn same_seed_plans_the_same_bytes() {
    let plan = |seed: &str| pincer().args(["plan", "--seed", seed]).assert().success().get_output().stdout.clone();
    assert_eq!(plan("7"), plan("7"));
    assert_ne!(plan("7"), plan("8"));
}

#[test]
fn runs_have_different_marks_unless_a_nonce_is_given() {
    let out = tempdir().unwrap();
    let run = |further: &[&str]| {
        let only = ["run", "--quiet", "--only", "AUTH-01.no-credential", "--out"];
        pincer().args(only).arg(out.path()).args(further).assert().success();
        let results = fs::read_to_string(out.path().join("results.json")).unwrap();
        let results: serde_json::Value = serde_json::from_str(&results).unwrap();
        results["run"]["nonce"].as_str().unwrap().to_owned()
    };
    let (one, other) = (run(&[]), run(&[]));
    assert_ne!(one, other);
    assert_eq!(run(&["--nonce", &one]), one);
    let plan = |nonce: &str| pincer().args(["plan", "--nonce", nonce]).assert().success().get_output().stdout.clone();
    assert_eq!(plan(&one), plan(&one));
    assert_ne!(plan(&one), plan(&other));
    pincer().args(["run", "--nonce", "seed"]).assert().code(2);
}

#[test]
fn fault_has_its_place_and_the_nearest_word() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("s.yaml");
    let sound = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/gateway/INP-01.sql-injection.yaml"))
        .unwrap();
    let cases = [
        ("severity: high", "severty: high", "severty", "severity"),
        ("payloads: [sql, nosql]", "payloads: [sqll]", "no payload set is named `sqll`", "did you mean `sql`?"),
        (
            "kills: [no-input-filter, ",
            "kills: [no-input-filtr, ",
            "no weakness is named",
            "did you mean `no-input-filter`?",
        ),
        ("severity: high", "severity: hi", "`hi` is not a valid value here", "high"),
        ("control: INP-01", "control: INP-99", "no control is named", "INP-0"),
        ("op: search", "op: serch", "no operation is named `serch`", "did you mean `search`?"),
        ("as: allowed", "as: alowed", "`alowed`", "did you mean `allowed`?"),
        ("requires: [input-filter]", "requires: [input-fliter]", "no claim is named", "did you mean `input-filter`?"),
    ];
    for (right, wrong, message, help) in cases {
        fs::write(&file, sound.replace(right, wrong)).unwrap();
        let assert = pincer().arg("check").arg(&file).assert().code(2);
        let err = text(&assert.get_output().stderr);
        assert!(err.contains(message) && err.contains(help) && err.contains("s.yaml:"), "{wrong}: {err}");
    }
    fs::write(&file, sound).unwrap();
    pincer().arg("check").arg(&file).assert().success();
}

#[test]
fn contradictory_step_is_refused() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("s.yaml");
    let check = |step: &str| {
        let scenario = format!(
            "pincer: scenario/v1\nid: RATE-08.check\ntitle: T\ncontrol: RATE-08\nfor: gateway\nseverity: low\n\
             kills: [few-connections]\nbenign:\n  - send: {{ op: read, as: bob }}\n    expect: {{ status: 200 }}\n\
             attack:\n  - {step}\n"
        );
        fs::write(&file, scenario).unwrap();
        let run = pincer().arg("check").arg(&file).output().unwrap();
        (run.status.code(), text(&run.stderr))
    };
    let send = "send: { op: read, as: alice }";
    let hold = |connections: u32, back: &str| {
        format!("hold: {{ connections: {connections}, back: {back}, for: 1s, beside: bob }}")
    };
    for (step, said) in [
        (format!("{{ {send}, expect: {{}} }}"), "this step cannot fail"),
        (format!("{{ {send}, {}, expect: {{ status: 200 }} }}", hold(8, "head")), "need each other"),
        (format!("{{ {send}, expect: {{ held: served }} }}"), "need each other"),
        (format!("{{ {send}, {}, expect: {{ held: ended }} }}", hold(0, "head")), "must be 1 to 2,000"),
        (format!("{{ {send}, {}, expect: {{ held: ended }} }}", hold(2001, "head")), "must be 1 to 2,000"),
        (format!("{{ {send}, {}, expect: {{ held: ended }} }}", hold(8, "answer")), "held: served"),
        (format!("{{ {send}, {}, expect: {{ held: ended }} }}", hold(8, "resets")), "wire: http2"),
        (format!("{{ {send}, repeat: 0, expect: {{ status: 200 }} }}"), "sends nothing"),
        (format!("{{ {send}, expect: {{ rate: quota }} }}"), "need each other"),
        (format!("{{ {send}, payloads: [sql], expect: {{ status: 200 }} }}"), "`payloads` is set"),
    ] {
        let (code, err) = check(&step);
        assert!(code == Some(2) && err.contains(said), "{step}: {err}");
    }
    assert_eq!(check(&format!("{{ {send}, {}, expect: {{ held: ended }} }}", hold(2000, "head"))).0, Some(0));
}

#[test]
fn only_loopback_may_be_attacked() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("target.yaml");
    pincer().arg("init").arg(&file).assert().success();
    let template = fs::read_to_string(&file).unwrap().replace("http://127.0.0.1:8080", "http://192.0.2.1:8080");
    fs::write(&file, template.replace("127.0.0.1:9101", "127.0.0.1:0")).unwrap();
    let assert = pincer()
        .env("ALICE_KEY", "k-0123456789")
        .args(["run", "--quiet", "--target"])
        .arg(&file)
        .arg("--out")
        .arg(folder.path())
        .assert()
        .code(2);
    assert!(text(&assert.get_output().stderr).contains("may not be attacked"));
}

#[test]
fn missing_file_or_id_is_reported() {
    for args in [&["explain", "INP-77"][..], &["run", "--only", "NOPE-*"], &["judge", "/no/such/file"]] {
        pincer().args(args).assert().code(2);
    }
    let assert = pincer().args(["explain", "INP-01.sql-injection"]).assert().success();
    assert!(text(&assert.get_output().stdout).contains("ASVS") || text(&assert.get_output().stdout).contains("asvs"));
}

/// A run whose trace has at least this many lines when this returns.
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
fn under_way(out: &std::path::Path, only: &str, lines: usize) -> std::process::Child {
    let mut run = std::process::Command::new(assert_cmd::cargo::cargo_bin!("pincer"));
    run.args(["run", "--quiet", "--only", only, "--out"]).arg(out);
    let mut child = crate::path::heeding_signals(&run).spawn().unwrap();
    let trace = out.join("trace.jsonl");
    while fs::read_to_string(&trace).unwrap_or_default().matches('\n').count() < lines {
        assert!(child.try_wait().unwrap().is_none(), "the run ended before its trace had {lines} lines");
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    child
}

#[test]
fn killed_run_leaves_complete_lines() {
    for lines in [1, 2, 40, 200, 500] {
        let out = tempdir().unwrap();
        let mut child = under_way(out.path(), "*-0*", lines);
        child.kill().unwrap();
        child.wait().unwrap();
        let trace = fs::read(out.path().join("trace.jsonl")).unwrap();
        let whole = trace.iter().rposition(|byte| *byte == b'\n').unwrap();
        for line in trace.get(..whole).unwrap().split(|byte| *byte == b'\n') {
            serde_json::from_slice::<serde_json::Value>(line).unwrap();
        }
        // A trace without an end is judged: what did not settle is inconclusive, and nothing is Pincer's fault.
        let judged =
            pincer().arg("judge").arg(out.path().join("trace.jsonl")).arg("--out").arg(out.path()).assert().code(3);
        assert!(text(&judged.get_output().stdout).contains("interrupted"), "{lines}");
    }
}

#[test]
#[cfg(unix)]
fn ctrl_c_stops_within_a_second_and_keeps_what_is_finished() {
    use std::time::{Duration, Instant};
    let out = tempdir().unwrap();
    // The first call is in the trace, so the run has begun.
    let mut child = under_way(out.path(), "RATE-01*", 2);
    let asked = Instant::now();
    let id = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    let status = child.wait().unwrap();
    assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
    assert_eq!(status.code(), Some(3), "what was not finished is inconclusive");
    assert!(fs::read_to_string(out.path().join("results.json")).unwrap().contains("\"interrupted\": true"));
}

#[test]
fn fault_in_a_long_line_is_reported_soon_and_briefly() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("t.yaml");
    let long = "a".repeat(10_000_000);
    for wrong in [
        format!("pincer: target/v1\nname: x\nkindd: \"{long}\"\n"),
        format!("pincer: target/v1\nname: x\nkind: \"{long}\"\n"),
        format!("{{ pincer: target/v1, name: \"{long}\", kind: gatway }}\n"),
        format!("{{\"pincer\": \"target/v1\", \"name\": \"{long}\", \"kindd\": 1}}\n"),
    ] {
        fs::write(&file, wrong).unwrap();
        let limit = std::time::Duration::from_secs(20);
        let told = pincer().arg("check").arg(&file).timeout(limit).assert().code(2).get_output().stderr.clone();
        assert!(told.len() < 4_000, "{}", text(&told));
    }
}

#[test]
fn first_faults_are_shown_and_all_are_counted() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("t.yaml");
    let operations: String = (0..50).map(|n| format!("  o{n}: {{ method: GTE, path: /a, upstream: up }}\n")).collect();
    let head = "pincer: target/v1\nname: t\nkind: gateway\nurl: http://127.0.0.1:1\nupstreams: { up: {} }\n";
    fs::write(&file, format!("{head}operations:\n{operations}")).unwrap();
    let told = text(&pincer().arg("check").arg(&file).assert().code(2).get_output().stderr);
    assert_eq!(told.matches("is not an HTTP method").count(), 20, "{told}");
    assert!(told.contains("50 errors found; showing the first 20"), "{told}");
}

#[test]
fn check_reports_unknown_claims_unused_roles_and_unset_variables() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("t.yaml");
    let sound = "pincer: target/v1\nname: t\nkind: gateway\nurl: http://127.0.0.1:1\nupstreams: { up: {} }\n\
                 identities: { kim: { header: { X-Api-Key: \"${env:NOBODY_SETS_THIS}\" }, roles: [reader] } }\n\
                 operations: { read: { method: GET, path: /a, upstream: up, allow: [reader] } }\nclaims: [rate-limit]\n";
    fs::write(&file, sound).unwrap();
    let checked = pincer().arg("check").arg(&file).assert().success().get_output().clone();
    assert!(text(&checked.stderr).contains("`NOBODY_SETS_THIS`"), "{}", text(&checked.stderr));
    assert!(text(&checked.stdout).contains("1 file is valid, with a warning"), "{}", text(&checked.stdout));
    for (right, wrong, message) in [
        ("rate-limit", "rate-limmit", "no scenario needs the claim `rate-limmit`"),
        ("allow: [reader]", "allow: [raeder]", "no identity has the role `raeder`"),
    ] {
        fs::write(&file, sound.replace(right, wrong)).unwrap();
        let told = text(&pincer().arg("check").arg(&file).assert().code(2).get_output().stderr);
        assert!(told.contains(message) && told.contains("did you mean"), "{told}");
    }
}

#[test]
fn scenarios_are_skipped_by_id_control_and_tag() {
    let listed = |args: &[&str]| text(&pincer().arg("list").args(args).assert().success().get_output().stdout);
    let all = listed(&["--only", "RATE-*"]);
    assert!(all.contains("RATE-01.quota") && all.contains("RATE-06.slow-model"), "{all}");
    let left = listed(&["--only", "RATE-*", "--skip", "flood", "--skip", "RATE-06"]);
    assert!(
        !left.contains("RATE-01.quota") && !left.contains("RATE-06.") && left.contains("RATE-08.url-length"),
        "{left}"
    );
    let planned = |args: &[&str]| text(&pincer().arg("plan").args(args).assert().success().get_output().stdout);
    assert!(!planned(&["--only", "AUTH-01*", "--skip", "*.challenge"]).contains("AUTH-01.challenge"));
    let slip = text(&pincer().args(["list", "--skip", "flod"]).assert().code(2).get_output().stderr);
    assert!(slip.contains("no scenario matches `flod`"), "{slip}");
    let none =
        text(&pincer().args(["list", "--only", "DEP-06", "--skip", "DEP-*"]).assert().code(2).get_output().stderr);
    assert!(none.contains("no scenario is selected"), "{none}");
}

#[test]
fn program_and_manual_pages_have_the_name_that_users_type() {
    let version = pincer().arg("--version").assert().success().get_output().stdout.clone();
    assert_eq!(text(&version), format!("pincer {}\n", env!("CARGO_PKG_VERSION")));
    let folder = tempdir().unwrap();
    pincer().arg("man").arg(folder.path()).assert().success();
    let names = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let names: Vec<String> = names.collect();
    assert!(names.contains(&"pincer-run.1".to_owned()), "{names:?}");
    assert!(names.iter().all(|name| name == "pincer.1" || name.starts_with("pincer-")), "{names:?}");
}

#[test]
fn completions_end_quietly_if_nobody_reads_them() {
    let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin!("pincer"))
        .args(["completions", "bash"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    assert_eq!(text(&ended.stderr), "");
    assert!(ended.status.code().is_some_and(|code| code != 101), "{:?}", ended.status);
}
