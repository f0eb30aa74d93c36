//! Output for people, word for word. `INSTA_UPDATE=always cargo test snapshots` writes the expected texts again.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::Path;

use insta::{assert_snapshot, with_settings};
use tempfile::tempdir;

/// Compares a text with the expected one, and checks that its lines fit a terminal.
fn compare(name: &str, text: &str) {
    // A command to copy stays on one line.
    let copied = |line: &&str| line.trim_start().starts_with("pincer run ");
    let wide: Vec<&str> = text.lines().filter(|line| line.chars().count() > 80 && !copied(line)).collect();
    assert!(wide.is_empty(), "{name} is wider than 80 columns: {wide:#?}");
    with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, { assert_snapshot!(name, text) });
}

/// A command's output on both streams, without trailing spaces.
fn said(folder: &Path, args: &[&str]) -> String {
    let mut pincer = assert_cmd::cargo::cargo_bin_cmd!("pincer");
    let output = pincer.current_dir(folder).env_remove("NO_SUCH_KEY").args(args).output().unwrap();
    let all = [output.stdout, output.stderr].concat();
    let lines = String::from_utf8(all).unwrap();
    lines.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

#[test]
fn help_of_each_command() {
    let folder = tempdir().unwrap();
    let commands = [
        "",
        "run",
        "probe",
        "plan",
        "judge",
        "keygen",
        "challenge",
        "certify",
        "attest",
        "verify",
        "report",
        "baseline",
        "measure",
        "measure limiter",
        "measure layers",
        "selftest",
        "list",
        "explain",
        "check",
        "import",
        "import crs",
        "init",
        "schemas",
        "completions",
        "man",
    ];
    for command in commands {
        let args: Vec<&str> = command.split(' ').filter(|word| !word.is_empty()).chain(["--help"]).collect();
        let name = if command.is_empty() { "help".to_owned() } else { format!("help-{}", command.replace(' ', "-")) };
        compare(&name, &said(folder.path(), &args));
    }
}

#[test]
fn lists_and_explanations() {
    let folder = tempdir().unwrap();
    compare("list", &said(folder.path(), &["list"]));
    compare("explain-INP-01", &said(folder.path(), &["explain", "INP-01"]));
    compare("explain-scenario", &said(folder.path(), &["explain", "RBAC-02.path-spelling"]));
}

/// The ten typical mistakes in a descriptor, each as a change to a valid one.
const MISTAKES: [(&str, &str); 10] = [
    ("roles: [reader]", "rolls: [reader]"),
    ("method: GET", "method: GTE"),
    ("\"/accounts/{id}\"", "\"/accounts/{id\""),
    ("upstream: ledger", "upstream: legder"),
    ("allow: [reader]", "allow: [raeder]"),
    ("url: http://127.0.0.1:8080", "url: 127.0.0.1:8080"),
    ("listen: 127.0.0.1:9101", "listen: 127.0.0.1:8080"),
    ("claims: [rate-limit]", "claims: [rate-limits]"),
    ("upstreams: {", "upstreams: ["),
    ("kind: gateway\n", ""),
];

const DESCRIPTOR: &str = "pincer: target/v1
name: my-gateway
kind: gateway
url: http://127.0.0.1:8080
upstreams: { ledger: { listen: 127.0.0.1:9101 } }
identities:
  alice: { header: { X-Api-Key: \"${env:NO_SUCH_KEY}\" }, roles: [reader] }
operations:
  read:
    { method: GET, path: \"/accounts/{id}\", upstream: ledger, allow: [reader] }
claims: [rate-limit]
";

#[test]
fn errors_of_ten_typical_mistakes() {
    let folder = tempdir().unwrap();
    let check = |text: &str| {
        fs::write(folder.path().join("gateway.yaml"), text).unwrap();
        said(folder.path(), &["check", "gateway.yaml"])
    };
    let mut all = check(DESCRIPTOR);
    for (right, wrong) in MISTAKES {
        assert!(DESCRIPTOR.contains(right), "{right}");
        let told = check(&DESCRIPTOR.replacen(right, wrong, 1));
        all += &["\n=== `", right.trim_end(), "` replaced by `", wrong, "`\n", told.as_str()].concat();
    }
    compare("check", &all);
}

/// The summary of a run with one failed scenario, without the calibration, whose times differ.
#[test]
fn summary_of_a_run() {
    let folder = tempdir().unwrap();
    let args = [
        "run",
        "--only",
        "ERR-03*",
        "--only",
        "DEP-06.methods",
        "--weaken",
        "plain-text-errors",
        "--nonce",
        "5eed",
        "--out",
        "out",
    ];
    let text = said(folder.path(), &args);
    let stable = text.lines().take_while(|line| !line.starts_with("Calibration"));
    compare("summary", &stable.map(|line| line.to_owned() + "\n").collect::<String>());
}

#[test]
fn program_and_pages_are_called_pincer() {
    let folder = tempdir().unwrap();
    assert_eq!(said(folder.path(), &["--version"]), format!("pincer {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!(said(folder.path(), &["man", "pages"]), "");
    let pages = fs::read_dir(folder.path().join("pages")).unwrap();
    let names: Vec<String> = pages.map(|page| page.unwrap().file_name().into_string().unwrap()).collect();
    assert!(names.contains(&"pincer.1".to_owned()) && names.contains(&"pincer-run.1".to_owned()), "{names:?}");
    assert!(names.iter().all(|name| name.starts_with("pincer") && name.ends_with(".1")), "{names:?}");
}

/// `pincer completions bash | head -1` ends without an error.
#[test]
#[cfg(unix)]
fn early_end_of_a_reader_is_no_error() {
    use std::io::Read as _;
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin!("pincer"));
    let command = command.args(["completions", "bash"]).stdout(std::process::Stdio::piped());
    let mut child = command.stderr(std::process::Stdio::piped()).spawn().unwrap();
    let mut out = child.stdout.take().unwrap();
    out.read_exact(&mut [0; 1]).unwrap();
    drop(out);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}
