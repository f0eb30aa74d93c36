//! A finding's repeat line sends the original request, read by a real shell.

use std::process::{Command, Stdio};

use super::fixture::{Run, answer, stream};
use crate::judge::Finding;
use crate::plan::{Case, Piece};

/// A credential that a shell would misread if it were not quoted.
const KEY: &str = "Key it's \"$HOME\" `id` * \\";

/// The findings of a step whose calls are all answered 200, and their cases.
fn findings(step: &str) -> Vec<(Case, Finding)> {
    let mut run = Run::of(step);
    for index in run.attacks() {
        run.sent(index);
        run.answered(index, answer(200, "{}"));
    }
    let findings = run.settled(true).findings;
    assert_eq!(findings.len(), run.attacks().len());
    findings.into_iter().map(|finding| (run.case(finding.case), finding)).collect()
}

/// What a shell prints for `line` while `curl` is this function.
fn sh(curl: &str, line: &str, file: Option<&str>) -> Vec<u8> {
    let script = format!("curl() {{ {curl}\n}}\nopenssl() {{ {curl}\n}}\n{}", file.unwrap_or(line));
    let out = Command::new("sh")
        .args(["-c", &script])
        .env("PINCER_TARGET", "http://127.0.0.1:8080")
        .env("ALICE_X_API_KEY", KEY)
        .env_remove("PINCER_OUT")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(out.status.success(), "{line}: {}", String::from_utf8_lossy(&out.stderr));
    out.stdout
}

/// The arguments with which a shell calls curl, then what it pipes into curl.
fn arguments(finding: &Finding) -> Vec<String> {
    let line = finding.curl.as_deref().unwrap();
    assert!(line.chars().all(|c| !c.is_control() && c != '\u{202e}'), "{line}");
    let out = sh("for word; do printf '%s\\0' \"$word\"; done; cat", line, None);
    out.split(|byte| *byte == 0).map(|word| String::from_utf8(word.to_vec()).unwrap()).collect()
}

/// The values of each occurrence of this option.
fn of<'a>(arguments: &'a [String], option: &'a str) -> Vec<&'a str> {
    arguments.windows(2).filter(|pair| pair[0] == option).map(|pair| pair[1].as_str()).collect()
}

/// Alice's credential in a case, as the driver writes it.
fn shown(case: &Case) -> String {
    let (scheme, key) = KEY.rsplit_once(' ').unwrap();
    let mut shortened = key.chars();
    shortened.next_back();
    let text = case.key.as_deref().unwrap_or("${key}");
    let other = |c: char| if c.is_ascii_uppercase() { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() };
    let lettered = key.bytes().any(|byte| byte.is_ascii_alphabetic());
    let recased: String = if lettered { key.chars().map(other).collect() } else { shortened.as_str().to_owned() };
    let (before, after) = key.split_at(key.len() / 2);
    let text = text.replace("${recased}", &recased).replace("${spaced}", &format!("{before} {after}"));
    format!("{scheme} {}", text.replace("${key}", key).replace("${shortened}", shortened.as_str()))
}

/// The request that curl is told to send: method, URL, headers and body.
fn assert_sends(finding: &Finding, case: &Case) {
    let arguments = arguments(finding);
    let call = case.call.http().unwrap();
    assert_eq!(of(&arguments, "-X"), [call.method.as_str()]);
    let url = format!("http://127.0.0.1:8080{}", call.target.lossy());
    assert!(arguments.contains(&url), "{arguments:?} lack {url}");
    let headers = of(&arguments, "-H");
    for (name, value) in &call.headers {
        let line = format!("{name}: {}", value.lossy());
        assert!(headers.contains(&line.as_str()), "{headers:?} lack {line}");
    }
    assert!(headers.contains(&format!("X-Api-Key: {}", shown(case)).as_str()), "{headers:?}");
    let sent = match of(&arguments, "--data-binary").as_slice() {
        [] => None,
        ["@-"] => arguments.last().cloned(),
        [text] => {
            assert!(!text.starts_with('@'), "curl would read a file: {text}");
            Some((*text).to_owned())
        }
        more => panic!("{more:?}"),
    };
    assert_eq!(sent, call.body.as_ref().map(|body| body.lossy().into_owned()));
}

#[test]
fn curl_line_sends_the_original_request() {
    for step in [
        "{ send: { op: search, as: alice, fill: { q: \"${payload}\" } }, payloads: [probes], expect: { status: 418 } }",
        "{ send: { op: annotate, as: alice, fill: { text: \"${payload}\" } }, payloads: [probes], expect: { status: 418 } }",
        "{ send: { op: annotate, as: alice, body: \"${payload}\" }, payloads: [probes], expect: { status: 418 } }",
        "{ send: { op: read, as: alice, headers: { x-note: \"it's $HOME `id` \\\\ ü\\t\\\"q\\\"\" } }, expect: { status: 418 } }",
        "{ send: { op: read, as: alice, method: PROPFIND, query: { a: \"{1,2}[3]\" } }, expect: { status: 418 } }",
    ] {
        for (case, finding) in findings(step) {
            assert_sends(&finding, &case);
        }
    }
}

#[test]
fn finding_says_what_its_payload_does() {
    let step =
        "{ send: { op: search, as: alice, fill: { q: \"${payload}\" } }, payloads: [probes], expect: { status: 418 } }";
    let payloads: Vec<_> = findings(step).into_iter().filter_map(|(_, finding)| finding.evidence.payload).collect();
    assert!(!payloads.is_empty());
    assert!(payloads.iter().all(|payload| payload.starts_with("probes ") && payload.ends_with(" (n)")), "{payloads:?}");
}

#[test]
fn a_case_with_another_key_is_repeated_with_that_key() {
    for key in [
        "wrong-${case}",
        "${key}x",
        "x${key}",
        "'${key}'",
        "${key},${key}",
        "${shortened}",
        "${recased}",
        "<${spaced}>",
        "$HOME `id` ü",
        "",
    ] {
        let step = format!("{{ send: {{ op: read, as: alice, key: \"{key}\" }}, expect: {{ status: 401 }} }}");
        let (case, finding) = findings(&step).remove(0);
        assert_sends(&finding, &case);
        let line = finding.evidence.headers.last().unwrap();
        let said = case.key.as_ref().unwrap();
        assert_eq!(*line, format!("X-Api-Key: $ALICE_X_API_KEY, its key written as `{said}`"));
    }
}

#[test]
fn header_without_scheme_and_key_has_no_value() {
    let step = "{ send: { op: read, as: alice, key: \"\" }, expect: { status: 401 } }";
    let (_, mut finding) = findings(step).remove(0);
    finding.curl = finding.curl.map(|line| format!("ALICE_X_API_KEY=secret; {line}"));
    assert!(of(&arguments(&finding), "-H").contains(&"X-Api-Key;"));
}

#[test]
fn target_is_written_as_a_client_library_writes_it() {
    let step = "{ send: { op: read, as: alice, target: \"/a/../b c?x='ü'#end\" }, expect: { status: 418 } }";
    let (_, finding) = findings(step).remove(0);
    assert!(arguments(&finding).contains(&"http://127.0.0.1:8080/b%20c?x=%27%C3%BC%27".to_owned()));
}

#[test]
fn header_without_a_value_is_sent() {
    let step = "{ send: { op: read, as: alice, headers: { x-note: \"\" } }, expect: { status: 418 } }";
    let (_, finding) = findings(step).remove(0);
    assert!(of(&arguments(&finding), "-H").contains(&"x-note;"));
}

#[test]
fn long_body_goes_into_a_file() {
    let body = "b".repeat(10_000);
    let step = format!("{{ send: {{ op: annotate, as: alice, body: {body} }}, expect: {{ status: 418 }} }}");
    let (_, finding) = findings(&step).remove(0);
    assert_eq!(of(&arguments(&finding), "--data-binary"), ["@pincer-out/repro/INP-01.made-1.body"]);
    let file = finding.file.unwrap();
    assert_eq!((file.name.as_str(), file.bytes.as_slice()), ("INP-01.made-1.body", body.as_bytes()));
}

/// The request as the driver writes it.
fn written(case: &Case) -> String {
    let value = shown(case);
    let key = value.rsplit(' ').next().unwrap();
    let piece = |piece| match piece {
        Piece::Bytes(bytes) => bytes.lossy().into_owned(),
        Piece::Host => "127.0.0.1:8080".to_owned(),
        Piece::Credentials => format!("X-Api-Key: {value}"),
        Piece::CredentialLines => format!("X-Api-Key: {value}\r\n"),
        Piece::Key => key.to_owned(),
        Piece::Length { bytes, keys } => (bytes + keys * key.len()).to_string(),
    };
    case.call.pieces().into_iter().map(piece).collect()
}

#[test]
fn script_writes_bytes_that_no_client_sends() {
    for step in [
        "{ send: { op: annotate, as: alice, wire: raw, fill: { text: \"${payload}\" } }, payloads: [probes], \
          expect: { status: 418 } }",
        "{ send: { op: read, as: alice, wire: raw, target: \"/a/../${payload}\" }, payloads: [probes], \
          expect: { status: 418 } }",
        "{ send: { op: read, as: alice, wire: raw, raw: \"-X ${target}?k=${key} %s\\\\r HTTP/1.1\\r\\nHost: ${host}\\r\\n\
          ${credential}\\r\\n\\r\\n${payload}\\0\\n\" }, payloads: [probes], expect: { status: 418 } }",
        "{ send: { op: read, as: alice, wire: raw, key: \"${key}%s\\0it's ${shortened}\" }, expect: { status: 418 } }",
        "{ send: { op: read, as: alice, wire: raw, key: \"x${key}\", raw: \"GET /?k=${key} HTTP/1.1\\r\\n\
          ${credential}\\r\\nContent-Length: ${length}\\r\\n\\r\\n${key}\" }, expect: { status: 418 } }",
    ] {
        for (case, finding) in findings(step) {
            let file = finding.file.unwrap();
            assert_eq!(file.name, format!("INP-01.made-{}.sh", case.id.index));
            let line = format!("sh \"${{PINCER_OUT:-pincer-out}}/repro/{}\"", file.name);
            assert_eq!(finding.curl.as_deref(), Some(line.as_str()));
            let text = String::from_utf8(file.bytes).unwrap();
            assert!(text.is_ascii());
            assert_eq!(String::from_utf8(sh("cat", &line, Some(&text))).unwrap(), written(&case));
        }
    }
}

#[test]
fn finding_contains_no_credential() {
    let (_, finding) = findings("{ send: { op: read, as: alice }, expect: { status: 418 } }").remove(0);
    assert_eq!(finding.evidence.headers.last().unwrap(), "X-Api-Key: $ALICE_X_API_KEY");
    assert!(finding.curl.unwrap().contains("-H 'X-Api-Key: '\"$ALICE_X_API_KEY\""));
    let (_, nobody) = findings("{ send: { op: read }, expect: { status: 418 } }").remove(0);
    assert!(!nobody.curl.unwrap().to_lowercase().contains("api-key"));
}

#[test]
fn single_case_is_judged_alone_and_repeated_with_its_selection() {
    let step = "{ send: { op: read, as: alice }, repeat: 3, expect: { status: 403 } }";
    let mut run = Run::of(step);
    run.sent(2);
    run.answered(2, answer(403, "{}"));
    let result = run.settled(true);
    assert_eq!((result.attack.total, result.attack.unresolved), (3, 2));
    let run = run.again(2, &["--target", "it's mine/target.yaml"]);
    let result = run.settled(true);
    assert_eq!((result.verdict, result.attack.total), (crate::vocab::Verdict::Pass, 1));

    let mut run = Run::of(step).again(2, &["--target", "it's mine/target.yaml"]);
    run.sent(2);
    run.answered(2, answer(200, "{}"));
    let result = run.settled(true);
    let repro = &result.findings.first().unwrap().repro;
    assert_eq!(repro, r"pincer run --target 'it'\''s mine/target.yaml' --only INP-01.made --case 2 --seed 7");
}

#[test]
fn flood_script_makes_its_calls_with_variations_in_turn() {
    let mut run = Run::of(
        "{ send: { op: read, as: alice }, expect: { rate: at-most }, flood: { rate: 4x, for: 450ms, \
         vary: { X-Forwarded-For: \"203.0.113.${n}\", x-request-id: \"it's ${n}\" }, spell: [case] } }",
    );
    run.sent(1);
    run.flooded(1, vec![stream(36, &[(200, 36)], (0..36).collect())], 0);
    let finding = run.settled(true).findings.remove(0);
    let script = String::from_utf8(finding.file.clone().unwrap().bytes).unwrap();
    let line = finding.curl.as_deref().unwrap();
    assert!(line.starts_with("sh ") && line.ends_with("/repro/INP-01.made-1.sh\""), "{line}");
    let out = sh("echo \"$*\"", line, Some(&format!("sleep() {{ :; }}\n{script}")));
    let out = String::from_utf8(out).unwrap();
    let made = |text: &str| -> u32 {
        let lines = out.lines().filter(|line| line.contains(text));
        lines.map(|line| line.split_whitespace().next().unwrap().parse::<u32>().unwrap()).sum()
    };
    assert_eq!((made("-sS"), made("X-Api-Key: "), made("%{http_code}")), (36, 36, 36), "{out}");
    assert_eq!((made("X-Forwarded-For: 203.0.113."), made("X-Forwarded-For: 203.0.113.33 ")), (9, 1), "{out}");
    assert_eq!((made("x-request-id: it's 2 "), made("x-request-id: ")), (1, 36), "{out}");
    assert_eq!((made("8080/ACCOUNTS/1"), made("8080/accounts/1")), (9, 27), "{out}");
}
