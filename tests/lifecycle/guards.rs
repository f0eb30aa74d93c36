//! What may be called, and what must not be shown.

use std::net::TcpListener;

use super::*;

/// Readiness was checked at any address.
#[test]
fn forbidden_target_is_neither_started_nor_called() {
    let change = |text: String| text.replace("url: \"http://127.0.0.1:${port:http}\"", "url: \"http://192.0.2.7:80\"");
    let rig = Rig::changed(r#": >"$RIG/started""#, change);
    let (code, said) = rig.run(&["--quiet", "--only", "AUTH-01.no-credential"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("192.0.2.7 may not be attacked"), "{said}");
    assert!(!rig.folder.path().join("started").exists());
}

#[test]
fn taken_port_of_an_upstream_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let listen = format!("ledger: {{ listen: \"{address}\" }}");
    let rig = Rig::changed(r#"exec pincer-reference serve --config "$0""#, |text| text.replace("ledger: {}", &listen));
    let (code, said) = rig.run(&["--quiet", "--only", "AUTH-01.no-credential"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("`ledger`") && said.contains(&address.to_string()), "{said}");
}

#[test]
fn upstream_that_others_can_reach_causes_a_warning() {
    let listen = "ledger: { listen: \"0.0.0.0:0\" }";
    let rig = Rig::changed("exit 7", |text| text.replace("ledger: {}", listen));
    let (_, said) = rig.run(&["--quiet", "--only", "AUTH-01.no-credential"]);
    assert!(said.contains("warning: the upstream `ledger` listens on 0.0.0.0:0, not on loopback"), "{said}");
}

/// The key was shown on the terminal, and all lines on one.
#[test]
fn output_of_a_target_that_does_not_start_is_shown_by_lines_and_without_keys() {
    let script = r#"printf "no such table\n\033[2Jthe key is %s\n" "$KEY" >&2; exit 7"#;
    let rig = Rig::changed(script, |text| text.replace("  fill: [", "  env: { KEY: \"${env:THE_KEY}\" }\n  fill: ["));
    let run =
        rig.command(&["--quiet", "--only", "AUTH-01.no-credential"]).env("THE_KEY", "k-0123456789").output().unwrap();
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    assert_eq!(run.status.code(), Some(2));
    assert!(said.contains("; it said:\n  no such table\n  \\u{1b}[2Jthe key is [secret:env:THE_KEY]\n"), "{said}");
}

#[test]
fn text_around_a_fault_does_nothing_on_a_terminal() {
    let rig = Rig::changed("", |text| text.replace("kind: gateway", "kind: gate\u{202e}way # \u{9b}2J\u{e0041}"));
    let (code, said) = rig.run(&[]);
    assert_eq!(code, Some(2));
    let acts = |sign: char| matches!(sign, '\u{202e}' | '\u{9b}' | '\u{1b}' | '\u{e0041}');
    assert!(said.contains("target.yaml:6:") && !said.contains(acts), "{said:?}");
}
