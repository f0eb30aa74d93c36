//! The program: what it prints, how it ends, and what it refuses.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use pincer_reference::hash_key;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::rig::{API, POLICY, get, key};

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pincer-reference"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A folder with settings; the paths in them are relative to it.
fn folder(policy: &str) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let settings = format!(
        "listen: 127.0.0.1:0\nupstreams: {{ ledger: {{ url: \"http://127.0.0.1:9\" }} }}\naudit: audit.jsonl\nidentities:\n  \
         - {{ subject: alice, roles: [reader], scopes: [\"ledger:read\"], api_key: \"{}\" }}\n",
        hash_key(&key("alice"))
    );
    for (name, text) in [("gateway.yaml", settings.as_str()), ("openapi.yaml", API), ("policy.yaml", policy)] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let file = folder.path().join("gateway.yaml");
    (folder, file)
}

/// Starts the program; returns the child and its address.
fn serve(config: &Path, more: &[&str]) -> (Child, String) {
    let mut child = program().arg("serve").arg("--config").arg(config).args(more).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stderr.as_mut().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("listening on http://").unwrap_or_else(|| panic!("{line}")).to_owned();
    (child, address)
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn program_serves_and_ends_by_either_signal() {
    for signal in [Signal::TERM, Signal::INT] {
        let (folder, config) = folder(POLICY);
        let (mut child, address) = serve(&config, &[]);
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(get("/accounts/x").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 422"), "{answer}");
        kill_process(Pid::from_child(&child), signal).unwrap();
        assert!(child.wait().unwrap().success());
        assert_eq!(std::fs::read_to_string(folder.path().join("audit.jsonl")).unwrap().lines().count(), 1);
    }
}

#[test]
fn check_says_what_is_wrong() {
    let (_folder, config) = folder(POLICY);
    let output = program().arg("check").arg("--config").arg(&config).output().unwrap();
    assert!(output.status.success() && text(&output) == "sound\n", "{}", text(&output));
    let (_folder, config) = folder("operations: { fly: { roles: [pilot] } }");
    let output = program().arg("check").arg("--config").arg(&config).output().unwrap();
    assert!(!output.status.success() && text(&output).contains("`fly` is no operation"), "{}", text(&output));
    let output = program().args(["check", "--config", "no-such-file.yaml"]).output().unwrap();
    assert!(!output.status.success() && text(&output).contains("no-such-file.yaml"), "{}", text(&output));
}

#[test]
fn example_settings_are_valid() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("gateway.yaml");
    let (folder, config) = folder(POLICY);
    // Except for its audit log, the example is used unchanged.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/targets/reference");
    let example = std::fs::read_to_string(example).unwrap();
    let example = example.replace("../scenarios/targets/reference", root.to_str().unwrap());
    std::fs::write(&config, example).unwrap();
    let output = program().arg("check").arg("--config").arg(&config).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    assert!(folder.path().join("audit.jsonl").exists());
}

#[test]
fn hash_key_prints_a_hash_for_the_settings() {
    let mut child = program().arg("hash-key").stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"a key\n").unwrap();
    assert_eq!(text(&child.wait_with_output().unwrap()), format!("{}\n", hash_key("a key")));
}

#[test]
fn weakness_needs_a_build_with_weaknesses() {
    let (_folder, config) = folder(POLICY);
    let listed = program().arg("weaknesses").output().unwrap();
    assert!(text(&listed).contains("no-role-check"));
    let unknown = program().arg("serve").arg("--config").arg(&config).args(["--weaken", "none-such"]).output().unwrap();
    assert!(!unknown.status.success() && text(&unknown).contains("`none-such` is no weakness"), "{}", text(&unknown));
    if cfg!(feature = "weaknesses") {
        let (mut child, _) = serve(&config, &["--weaken", "no-role-check"]);
        child.kill().unwrap();
        child.wait().unwrap();
    } else {
        let refused =
            program().arg("serve").arg("--config").arg(&config).args(["--weaken", "no-role-check"]).output().unwrap();
        assert!(
            !refused.status.success() && text(&refused).contains("no weaknesses to switch on"),
            "{}",
            text(&refused)
        );
    }
}
