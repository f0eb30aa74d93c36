//! Certificates from run to check, as vendor, certifier and sceptic make and read them.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::tempdir;

fn pincer(folder: &Path) -> Command {
    let mut command = assert_cmd::cargo::cargo_bin_cmd!("pincer");
    command.current_dir(folder);
    command
}

/// Exit code and output of a command, its words parted by blanks.
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
fn said(folder: &Path, args: &str) -> (i32, String) {
    let output = pincer(folder).args(args.split(' ')).output().unwrap();
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    (output.status.code().unwrap(), text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Fails unless the command ends so and says all of this.
fn expect(folder: &Path, args: &str, code: i32, words: &[&str]) {
    let (ended, text) = said(folder, args);
    assert_eq!(ended, code, "pincer {args}\n{text}");
    for word in words {
        assert!(text.contains(word), "pincer {args} does not say `{word}`:\n{text}");
    }
}

#[test]
fn a_certificate_holds_until_anything_of_it_is_changed() {
    let _turn = crate::turn();
    let folder = tempdir().unwrap();
    let at = folder.path();
    let of = |name: &str| at.join(name);
    fs::write(of("gateway.tar"), "the artefact").unwrap();
    for name in ["vendor", "certifier"] {
        expect(at, &format!("keygen --out {name}"), 0, &["keep it secret", "Key id:"]);
    }
    expect(at, "keygen --out vendor", 2, &["no key is overwritten"]);
    expect(at, "challenge --artefact gateway.tar --out challenge.json", 0, &["pincer run --challenge"]);
    expect(at, "run --quiet --profile gateway-base.2026.1 --challenge challenge.json --out run", 0, &[]);
    let challenge = "--subject gateway.tar --challenge challenge.json";
    expect(at, &format!("certify run --key vendor.pem {challenge}"), 0, &["meets gateway-base.2026.1 (self-attested)"]);
    let file = "run/certificate.intoto.jsonl";
    let verify = format!("verify {file} --key vendor.pub --trace run/trace.jsonl --artefact gateway.tar");
    expect(at, &verify, 0, &["VERIFIED (self-attested", "gives the same verdicts", "no certifier vouches"]);
    expect(at, "judge run/trace.jsonl --out again --key vendor.pub", 0, &["whole and chained", "signed by vendor.pub"]);
    expect(at, "judge run/trace.jsonl --out again --key certifier.pub", 0, &["IT IS NOT SIGNED"]);
    assert!(fs::read_to_string(of("run/certificate.html")).unwrap().contains("Self-attested"));
    assert!(fs::read_to_string(of("run/badge.json")).unwrap().contains("self-attested"));

    // What the certifier does.
    let attest = "attest run --key certifier.pem --verifier https://certifier.example --valid 365d";
    expect(at, &format!("{attest} --vendor certifier.pub"), 2, &["was not given", "nothing is signed"]);
    expect(
        at,
        &format!("{attest} --vendor vendor.pub --artefact gateway.tar --challenge challenge.json"),
        0,
        &["vouches for gateway-base.2026.1 until"],
    );
    assert!(fs::read_to_string(of("run/badge.svg")).unwrap().contains("certified"));
    let both = format!("{verify} --key certifier.pub --verifier https://certifier.example");
    expect(at, &both, 0, &["VERIFIED", "the certifier is https://certifier.example"]);
    // What needs no trace is checked without it: judging takes its time.
    let brief = both.replace(" --trace run/trace.jsonl", "");
    expect(at, &brief.replace(" --key certifier.pub", ""), 5, &["NOT VERIFIED", "was not given"]);
    expect(at, &format!("verify {file} --key certifier.pub"), 0, &["VERIFIED", "who ran the suite was not checked"]);

    // Another artefact, and what was revoked.
    fs::write(of("other.tar"), "another").unwrap();
    expect(at, &brief.replace("gateway.tar", "other.tar"), 9, &["the artefact is another one"]);
    let (_, text) = said(at, &format!("verify {file} --key certifier.pub --key vendor.pub"));
    assert!(text.contains("ok the run statement is signed by the key"), "{text}");
    let lines = fs::read_to_string(of(file)).unwrap();
    let envelope: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    let key = envelope["signatures"][0]["keyid"].as_str().unwrap();
    fs::write(of("revoked.txt"), format!("# lost on a train\n{key}\n")).unwrap();
    expect(at, &format!("{brief} --revoked revoked.txt"), 7, &["was revoked"]);
    fs::write(of("revoked.txt"), "# nothing that matters\n00\n").unwrap();
    expect(at, &format!("{brief} --revoked revoked.txt"), 0, &["nothing in it was revoked"]);

    // A changed trace: told with its line, refused, and judged only where that is asked for.
    let trace = fs::read_to_string(of("run/trace.jsonl")).unwrap();
    let changed = trace.replacen("\"status\":401", "\"status\":200", 1);
    let line = 1 + trace.lines().zip(changed.lines()).position(|(one, other)| one != other).unwrap();
    fs::write(of("changed.jsonl"), &changed).unwrap();
    let first = format!("line {line} is the first that differs");
    expect(at, "judge changed.jsonl --out again", 2, &[&first]);
    let (_, text) = said(at, "judge changed.jsonl --out again --even-if-broken");
    assert!(text.contains("THE TRACE WAS CHANGED") && text.contains(&first), "{text}");
    let results: Value = serde_json::from_slice(&fs::read(of("again/results.json")).unwrap()).unwrap();
    assert_eq!((&results["trace"]["state"], &results["trace"]["broken"]), (&"broken".into(), &line.into()));
    assert!(fs::read_to_string(of("again/junit.xml")).unwrap().contains("THE TRACE WAS CHANGED"));
    let with = |name: &str| both.replace("run/trace.jsonl", name);
    expect(at, &with("changed.jsonl"), 8, &["something else than was signed", "the trace is not whole"]);
    // One that ends early, and one without a chain.
    let cut: Vec<&str> = trace.split_inclusive('\n').collect();
    fs::write(of("cut.jsonl"), cut[..cut.len() - 1].concat()).unwrap();
    expect(at, &with("cut.jsonl"), 8, &["the trace is not whole"]);
    expect(at, "judge cut.jsonl --out again", 0, &["ends without a seal"]);

    // A changed certificate.
    let spoiled = lines.replacen("\"payload\":\"e", "\"payload\":\"f", 1);
    assert_ne!(spoiled, lines);
    fs::write(of("spoiled.jsonl"), spoiled).unwrap();
    expect(at, &brief.replace(file, "spoiled.jsonl"), 5, &["NOT VERIFIED"]);
    fs::write(of("spoiled.jsonl"), "{}\n").unwrap();
    expect(at, &brief.replace(file, "spoiled.jsonl"), 2, &["this is no certificate"]);
}

#[test]
fn a_finding_is_shown_with_the_path_to_the_root_of_its_trace() {
    let folder = tempdir().unwrap();
    let at = folder.path();
    let (code, text) = said(at, "run --quiet --only AUTH-01.no-credential --weaken no-authentication --out run");
    assert_eq!(code, 1, "{text}");
    let results: Value = serde_json::from_slice(&fs::read(at.join("run/results.json")).unwrap()).unwrap();
    let fingerprint = results["scenarios"][0]["findings"][0]["fingerprint"].as_str().unwrap();
    let output = pincer(at).args(["judge", "run/trace.jsonl", "--prove", fingerprint]).output().unwrap();
    let proof: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(proof["root"], results["trace"]["root"]);
    let trace = fs::read_to_string(at.join("run/trace.jsonl")).unwrap();
    let lines: Vec<&str> = trace.lines().collect();
    let shown = proof["lines"].as_array().unwrap();
    assert!(shown.len() >= 3, "{proof}");
    for line in shown {
        let number = usize::try_from(line["line"].as_u64().unwrap()).unwrap();
        assert_eq!(line["text"], lines[number - 1]);
        let path: pincer_core::observe::merkle::Path = serde_json::from_value(
            serde_json::json!({"line": line["line"], "lines": line["lines"], "beside": line["beside"]}),
        )
        .unwrap();
        let root = path.root(pincer_core::observe::merkle::leaf(lines[number - 1].as_bytes())).unwrap();
        assert_eq!(proof["root"], root.to_string());
    }
    expect(at, "judge run/trace.jsonl --prove 00", 2, &["no finding has the fingerprint `00`", fingerprint]);
}

#[test]
fn what_does_not_meet_its_profile_is_certified_as_failed_and_not_verified() {
    let folder = tempdir().unwrap();
    let at = folder.path();
    expect(at, "keygen --out vendor", 0, &[]);
    let run = "run --quiet --only AUTH-01.no-credential --out run";
    expect(at, run, 0, &[]);
    expect(at, "certify run --key vendor.pem", 2, &["the run names no profile"]);
    expect(at, "certify run --key vendor.pem --profile gateway-base.2026.1", 1, &["does NOT meet", "was not run"]);
    let verify = "verify run/certificate.intoto.jsonl --key vendor.pub --trace run/trace.jsonl";
    expect(at, verify, 1, &["NOT VERIFIED", "is not met"]);
    expect(
        at,
        "attest run --key vendor.pem --vendor vendor.pub --verifier https://v.example",
        2,
        &["nothing is signed"],
    );
    // The same run once more is another attempt.
    let nonce = fs::read_to_string(at.join("run/results.json")).unwrap();
    let nonce: Value = serde_json::from_str(&nonce).unwrap();
    expect(at, &format!("{run} --nonce {}", nonce["run"]["nonce"].as_str().unwrap()), 0, &[]);
    let trace = fs::read_to_string(at.join("run/trace.jsonl")).unwrap();
    assert!(trace.lines().next().unwrap().ends_with("\"attempt\":2}}"), "the second attempt is visible");
}
