//! Results are not lost, and not mixed with those of another run.

use super::*;

/// It can be started once.
const ONCE: &str = r#"[ -e "$RIG/started" ] && { echo "it was started before" >&2; exit 1; }; : >"$RIG/started"; sh -c "pincer-reference serve --config \"\$1\"; :" "$mark" "$0""#;

/// All results were lost: exit 2.
#[test]
fn results_survive_a_target_that_cannot_be_started_again() {
    let rig = Rig::script(ONCE);
    let only = ["AUTH-01.no-credential", "RATE-01.quota", "RATE-01.key-evasion"];
    let only: Vec<&str> = ["--quiet"].into_iter().chain(only.iter().flat_map(|id| ["--only", *id])).collect();
    let mut run = rig.under_way(&only, "\"AUTH-01.no-credential\",\"audit_read\"");
    // The flood that follows ends without answers, or does not begin; the other one can't begin.
    for process in rig.marked() {
        kill_process(process, Signal::KILL).unwrap();
    }
    assert_eq!(run.wait().unwrap().code(), Some(4));
    let verdicts = rig.verdicts();
    assert!(verdicts.contains(&("AUTH-01.no-credential".to_owned(), "pass".to_owned())), "{verdicts:?}");
    let results = rig.results();
    let broken: Vec<_> =
        results["scenarios"].as_array().unwrap().iter().filter(|scenario| scenario["verdict"] == "error").collect();
    assert!(!broken.is_empty(), "{verdicts:?}");
    for scenario in broken {
        assert!(scenario["note"].as_str().unwrap().contains("it was started before"), "{scenario}");
    }
    assert!(rig.out().join("junit.xml").exists());
}

#[test]
fn two_runs_do_not_write_to_one_folder() {
    let rig = Rig::script(r#"exec pincer-reference serve --config "$0""#);
    let mut first = rig.under_way(&["--quiet", "--only", "RATE-01.quota"], "\"what\":\"sent\"");
    let (code, said) = rig.run(&["--quiet", "--only", "AUTH-01.no-credential"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("another run is writing to") && said.contains(rig.out().to_str().unwrap()), "{said}");
    let names: Vec<_> = fs::read_dir(rig.out()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["trace.jsonl"]);
    // A flood shows nothing if this machine is too busy.
    assert!(matches!(first.wait().unwrap().code(), Some(0 | 3)));
    assert_eq!(rig.verdicts().len(), 1);
    assert_eq!(rig.results()["interrupted"], false);
}

/// They were beside the trace of a run without results.
#[test]
fn earlier_results_are_not_beside_a_new_trace() {
    let rig = Rig::script("exit 7");
    let old = ["results.json", "junit.xml", "repro/INP-04.framing-3.sh", "agent/results.json", "agent/trace.jsonl"];
    for name in old {
        let path = rig.out().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "old").unwrap();
    }
    let (code, said) = rig.run(&["--quiet", "--only", "AUTH-01.no-credential"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(!old.iter().any(|name| rig.out().join(name).exists()));
    assert!(!fs::read_to_string(rig.out().join("trace.jsonl")).unwrap().contains("old"));
}

/// 1 GB took 3.2 GB of memory.
#[test]
fn target_that_floods_its_output_costs_bounded_memory() {
    let flood = r#"{ head -c 1G /dev/zero | tr "\0" x; } & { head -c 300M /dev/zero | tr "\0" y >&2; } & exec pincer-reference serve --config "$0""#;
    let rig = Rig::changed(flood, |text| {
        let file = "  file: \"${work}/audit.jsonl\"";
        assert!(text.contains(file));
        text.replace(file, "  stdout: true")
    });
    let gateway = rig.folder.path().join("gateway.yaml");
    let text = fs::read_to_string(&gateway).unwrap().replace("${work}/audit.jsonl", "/dev/stdout");
    fs::write(gateway, text).unwrap();
    let mut run = rig.command(&["--quiet", "--only", "AUTH-01.no-credential"]).spawn().unwrap();
    let mut peak = 0;
    let code = loop {
        if let Some(status) = run.try_wait().unwrap() {
            break status.code();
        }
        let status = fs::read_to_string(format!("/proc/{}/status", run.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
        peak = peak.max(kib.unwrap_or_default());
        std::thread::sleep(Duration::from_millis(5));
    };
    assert!(matches!(code, Some(0 | 3)), "{code:?}");
    assert!((1..500 << 10).contains(&peak), "{peak} KiB");
}

/// A limit on file length simulates a full disk.
#[test]
fn results_survive_a_trace_that_cannot_be_written() {
    let rig = Rig::script(r#"exec pincer-reference serve --config "$0""#);
    let only = ["--quiet", "--only", "AUTH-01*", "--only", "RBAC-02*"];
    let (code, said) = rig.run(&only);
    assert_eq!(code, Some(0), "{said}");
    // In blocks of 512 bytes, as sh counts.
    let blocks = fs::metadata(rig.out().join("trace.jsonl")).unwrap().len() * 7 / 10 / 512;
    let run = rig.command(&only);
    let mut limited = Command::new("sh");
    limited.args(["-c", &format!(r#"trap "" XFSZ; ulimit -f {blocks}; exec "$@""#), "sh"]).arg(run.get_program());
    limited.args(run.get_args()).envs(run.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let run = limited.output().unwrap();
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    assert_eq!(run.status.code(), Some(4), "{said}");
    assert!(said.contains("can't be written"), "{said}");
    let verdicts = rig.verdicts();
    let of = |verdict: &str| verdicts.iter().filter(|(_, known)| known == verdict).count();
    assert!(of("pass") > 0 && of("error") > 0 && of("inconclusive") == 0, "{verdicts:?}");
}
