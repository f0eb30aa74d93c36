//! Executes what a finding offers to repeat it: the `pincer` command, the curl line and the script.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use serde_json::Value;

const KEY: &str = "k-it's \"$HOME\" `id`";

/// Runs the program; returns its exit code.
fn pincer(args: &[&str], out: &Path) -> i32 {
    let mut run = assert_cmd::cargo::cargo_bin_cmd!("pincer");
    run.args(args).args(["--quiet", "--out"]).arg(out).output().unwrap().status.code().unwrap()
}

fn results(out: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(out.join("results.json")).unwrap()).unwrap()
}

/// The calls of the plan with these arguments, by case number.
fn calls(args: &[&str]) -> Vec<Value> {
    let mut plan = assert_cmd::cargo::cargo_bin_cmd!("pincer");
    let out = plan.arg("plan").args(args).output().unwrap().stdout;
    let cases = serde_json::Deserializer::from_slice(&out).into_iter::<Value>();
    cases.map(|case| case.unwrap()["call"].clone()).collect()
}

/// Runs a shell line while a listener accepts one connection; returns what `take` reads from it.
fn received<T: Send + 'static>(line: &str, out: &Path, take: impl FnOnce(&TcpStream, &str) -> T + Send + 'static) -> T {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let url = format!("http://{address}");
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let taken = take(&stream, &address);
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok").unwrap();
        taken
    });
    let shell = Command::new("sh")
        .args(["-c", line])
        .env("PINCER_TARGET", url)
        .env("PINCER_OUT", out)
        .env("ALICE_X_API_KEY", KEY)
        .output()
        .unwrap();
    assert!(shell.status.success(), "{line}: {}", String::from_utf8_lossy(&shell.stderr));
    assert!(String::from_utf8_lossy(&shell.stdout).ends_with("ok"), "the answer is shown");
    server.join().unwrap()
}

/// Reads a request by its length: first line, sorted header lines, body.
fn request(mut stream: &TcpStream, address: &str) -> (String, Vec<String>, Vec<u8>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.extend(byte);
    }
    let head = String::from_utf8(head).unwrap();
    let mut lines: Vec<String> = head.trim_end().split("\r\n").map(str::to_owned).collect();
    let first = lines.remove(0);
    // The sender adds the framing.
    lines.retain(|line| !line.eq_ignore_ascii_case(&format!("host: {address}")));
    let length = lines.iter().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    lines.retain(|line| !line.to_lowercase().starts_with("content-length: "));
    lines.sort();
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).unwrap();
    (first, lines, body)
}

/// The same for a planned call of alice.
fn planned(call: &Value) -> (String, Vec<String>, Vec<u8>) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut headers = vec![format!("X-Api-Key: {KEY}")];
    for header in call["headers"].as_array().unwrap() {
        headers.push(format!("{}: {}", text(&header[0]), text(&header[1])));
    }
    headers.sort();
    (format!("{} {} HTTP/1.1", text(&call["method"]), text(&call["target"])), headers, text(&call["body"]).into_bytes())
}

/// Without curl, the tests of `judge` still check the line.
fn has_curl() -> bool {
    Command::new("curl").arg("--version").output().is_ok()
}

#[test]
fn curl_line_sends_the_bytes_of_the_plan() {
    let out = tempfile::tempdir().unwrap();
    let own = out.path().join("scenarios");
    std::fs::create_dir(&own).unwrap();
    let scenario = "pincer: scenario/v1\nid: INP-01.shell\ntitle: T\ncontrol: INP-01\nfor: gateway\nseverity: low\nkills: []\n\
         benign:\n  - send: { op: read, as: alice }\n    expect: { status: 200, arrives: once }\nattack:\n  \
         - send: { op: annotate, as: alice, fill: { text: \"${payload}\" } }\n    payloads: [shell]\n    expect: { status: 418 }\n  \
         - send: { op: search, as: alice, fill: { q: \"${payload}\" } }\n    payloads: [shell]\n    expect: { status: 418 }\n  \
         - send: { op: annotate, as: alice, body: \"${payload}\" }\n    payloads: [shell]\n    expect: { status: 418 }\n  \
         - send: { op: read, as: alice, headers: { x-note: \"it's $HOME `id` \\\\ 'ü' \\\"q\\\"\", x-none: \"\" } }\n    expect: { status: 418 }\n";
    let payloads = "pincer: payloads/v1\nname: shell\nabout: A\npayloads:\n  \
         - { text: \"it's \\\"quoted\\\" $HOME ${HOME} $(id) `id` \\\\ %s !! # ; | & * ?\", note: n }\n  \
         - { text: \"two\\r\\nlines\\tand \\e[2J, Straße 東京 \\u202e\\n\", note: n }\n  \
         - { text: \"@/etc/hostname\", note: n }\n";
    std::fs::write(own.join("s.yaml"), scenario).unwrap();
    std::fs::write(own.join("p.yaml"), payloads).unwrap();
    let chosen = ["--scenarios", own.to_str().unwrap(), "--only", "INP-01.shell", "--nonce", "5eed"];
    assert_eq!(pincer(&[&["run"], &chosen[..]].concat(), out.path()), 1);
    let calls = calls(&chosen);
    let results = results(out.path());
    let findings = results["scenarios"][0]["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 10);
    if !has_curl() {
        return;
    }
    for finding in findings {
        let line = finding["curl"].as_str().unwrap();
        let call = &calls[usize::try_from(finding["case"].as_u64().unwrap()).unwrap()];
        let mut expected = planned(call);
        // A header without a value has no space either.
        expected.1.iter_mut().for_each(|header| *header = header.replace("x-none: ", "x-none:"));
        assert_eq!(received(line, out.path(), request), expected, "{line}");
    }
}

#[test]
fn script_sends_the_bytes_that_no_client_sends() {
    let out = tempfile::tempdir().unwrap();
    let weak = ["--weaken", "no-framing-guard", "--only", "INP-08.framing", "--nonce", "5eed"];
    assert_eq!(pincer(&[&["run"], &weak[..]].concat(), out.path()), 1);
    let calls = calls(&weak[2..]);
    let results = results(out.path());
    let findings = results["scenarios"][0]["findings"].as_array().unwrap();
    assert!(!findings.is_empty());
    if !has_curl() {
        return;
    }
    for finding in findings {
        let line = finding["curl"].as_str().unwrap();
        let raw =
            calls[usize::try_from(finding["case"].as_u64().unwrap()).unwrap()]["raw"].as_str().unwrap().to_owned();
        let (expected, seen) = received(line, out.path(), move |mut stream, address| {
            let expected = raw.replace("${host}", address).replace("${credential}", &format!("X-Api-Key: {KEY}"));
            let mut seen = vec![0; expected.len()];
            stream.read_exact(&mut seen).unwrap();
            (expected, seen)
        });
        assert_eq!(String::from_utf8(seen).unwrap(), expected, "{line}");
    }
}

#[test]
fn command_repeats_one_case_and_its_benign_call() {
    let out = tempfile::tempdir().unwrap();
    let weak = ["run", "--weaken", "no-input-filter", "--only", "INP-01.sql-injection", "--seed", "3"];
    assert_eq!(pincer(&weak, out.path()), 1);
    let all = results(out.path());
    let finding = &all["scenarios"][0]["findings"][5];
    let repro = finding["repro"].as_str().unwrap();
    let args: Vec<&str> = repro.split(' ').skip(1).collect();
    assert_eq!(pincer(&args, out.path()), 1, "{repro}");
    let again = results(out.path());
    assert_eq!(again["scenarios"].as_array().unwrap().len(), 1);
    let one = &again["scenarios"][0];
    assert_eq!((&one["attack"]["total"], &one["benign"]["held"]), (&Value::from(1), &Value::from(1)));
    assert_eq!(one["findings"][0]["case"], finding["case"]);
    assert_eq!(one["findings"][0]["fingerprint"], finding["fingerprint"]);
    assert_eq!(one["findings"][0]["evidence"]["request"], finding["evidence"]["request"]);
    // Without the weakness, the case passes.
    let mended: Vec<&str> = args.iter().copied().filter(|arg| !["--weaken", "no-input-filter"].contains(arg)).collect();
    assert_eq!(pincer(&mended, out.path()), 0);
}

#[test]
fn nonexistent_case_is_reported() {
    let out = tempfile::tempdir().unwrap();
    for args in [["--only", "INP-01.sql-injection", "--case", "0"], ["--only", "INP-0*", "--case", "3"]] {
        assert_eq!(pincer(&[&["run"], &args[..]].concat(), out.path()), 2);
    }
}
