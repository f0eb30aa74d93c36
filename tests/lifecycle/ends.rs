//! How a run ends.

use super::*;

/// Starts two programs that leave the target's session, one of them as an orphan, and then the reference.
const SCATTERED: &str = r#"(setsid sh -c "sleep 600; :" "$mark" &); setsid sh -c "sleep 600; :" "$mark" & exec pincer-reference serve --config "$0""#;

/// After SIGKILL the target and its folder remained; after any signal, processes that had left the target's process
/// group did.
#[test]
fn no_signal_leaves_a_process_or_a_file() {
    for by in [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT, Signal::KILL, Signal::ABORT] {
        let rig = Rig::script(SCATTERED);
        let mut run = rig.under_way(&["--quiet", "--only", "RATE-01*"], "\"what\":\"sent\"");
        until(|| rig.marked().len() >= 2);
        assert!(!rig.left().is_empty());
        signal(&run, by);
        let status = run.wait().unwrap();
        until(|| rig.marked().is_empty() && rig.left().is_empty());
        match by {
            Signal::KILL | Signal::ABORT => assert_eq!(status.code(), None),
            _ => {
                assert_eq!(status.code(), Some(3), "{by:?}: what was not finished is inconclusive");
                assert_eq!(rig.results()["interrupted"], true);
            }
        }
    }
}

#[test]
fn embedded_targets_leave_no_file_of_a_killed_run() {
    let rig = Rig::script("");
    let mut run = Command::new(assert_cmd::cargo::cargo_bin!("pincer"))
        .env("TMPDIR", rig.temporary())
        .args(["run", "--quiet", "--only", "RATE-01*", "--out"])
        .arg(rig.out())
        .spawn()
        .unwrap();
    until(|| fs::read_to_string(rig.out().join("trace.jsonl")).unwrap_or_default().contains("\"what\":\"sent\""));
    assert!(!rig.left().is_empty());
    run.kill().unwrap();
    run.wait().unwrap();
    until(|| rig.left().is_empty());
}

#[test]
fn finished_run_leaves_nothing_of_its_target() {
    let rig = Rig::script(SCATTERED);
    let (code, said) = rig.run(&["--quiet", "--only", "AUTH-01.no-credential"]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!((rig.marked(), rig.left()), (Vec::new(), Vec::new()), "when Pincer has ended all is done");
}

/// `nohup pincer run` must outlive its terminal.
#[test]
fn signal_that_was_ignored_before_stays_ignored() {
    let rig = Rig::script(r#"exec pincer-reference serve --config "$0""#);
    let run = rig.command(&["--quiet", "--only", "RATE-01.quota"]);
    let mut nohup = Command::new("sh");
    nohup.args(["-c", r#"trap "" HUP; exec "$@""#, "sh"]).arg(run.get_program()).args(run.get_args());
    nohup.envs(run.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut run = nohup.spawn().unwrap();
    until(|| fs::read_to_string(rig.out().join("trace.jsonl")).unwrap_or_default().contains("\"what\":\"sent\""));
    signal(&run, Signal::HUP);
    run.wait().unwrap();
    assert_eq!(rig.results()["interrupted"], false);
}

/// A reader that closes early, like `head`, must not change the exit code.
#[test]
fn closed_output_hides_no_verdict() {
    let rig = Rig::script("");
    for form in [&[][..], &["--json"], &["--full"]] {
        let mut run = Command::new(assert_cmd::cargo::cargo_bin!("pincer"))
            .args(["run", "--weaken", "no-authentication", "--only", "AUTH-01.no-credential", "--out"])
            .arg(rig.out())
            .args(form)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(run.stdout.take());
        let run = run.wait_with_output().unwrap();
        assert_eq!(run.status.code(), Some(1), "{form:?}: {}", String::from_utf8_lossy(&run.stderr));
    }
    for list in [&["completions", "bash"][..], &["list"], &["plan", "--only", "AUTH-01*"]] {
        let mut run = Command::new(assert_cmd::cargo::cargo_bin!("pincer"));
        let mut run = run.args(list).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(run.stdout.take());
        let run = run.wait_with_output().unwrap();
        assert_eq!((run.status.code(), run.stderr.as_slice()), (Some(0), &b""[..]), "{list:?}");
    }
}

/// The log stayed aside, with an unread pipe in its place.
#[test]
fn replaced_log_is_restored_when_pincer_is_killed() {
    use std::os::unix::fs::FileTypeExt as _;
    let script = r#"exec pincer-reference serve --config "$0""#;
    let rig = Rig::changed(script, |text| text.replace("${work}/audit.jsonl", "${dir}/audit.jsonl"));
    let gateway = rig.folder.path().join("gateway.yaml");
    fs::write(&gateway, fs::read_to_string(&gateway).unwrap().replace("${work}/audit.jsonl", "${dir}/audit.jsonl"))
        .unwrap();
    let log = rig.folder.path().join("audit.jsonl");
    fs::write(&log, "old\n").unwrap();
    let files = || fs::read_dir(rig.folder.path()).unwrap().count();
    let before = files();
    let mut run = rig.under_way(&["--quiet", "--only", "AUD-08.sink-lost"], "{\"staged\"");
    assert!(fs::metadata(&log).unwrap().file_type().is_fifo());
    run.kill().unwrap();
    run.wait().unwrap();
    // Besides the earlier content there is only what the run wrote.
    until(|| fs::metadata(&log).is_ok_and(|meta| meta.is_file()) && files() == before + 1);
    assert!(fs::read_to_string(&log).unwrap().starts_with("old\n"));
}
