//! What may be called, and what stays unsaid.

use std::net::TcpListener;

use super::*;

/// Readiness was asked for at any address.
#[test]
fn a_target_beyond_the_fence_is_neither_started_nor_asked() {
    let change = |text: String| text.replace("url: \"http://127.0.0.1:${port:http}\"", "url: \"http://192.0.2.7:80\"");
    let rig = Rig::changed(r#": >"$RIG/started""#, change);
    let (code, said) = rig.run(&["--quiet", "--only", "AUTH-01.no-credential"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("192.0.2.7 may not be attacked"), "{said}");
    assert!(!rig.folder.path().join("started").exists());
}

#[test]
fn a_port_of_an_upstream_that_is_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let listen = format!("ledger: {{ listen: \"{address}\" }}");
    let rig = Rig::changed(r#"exec pincer-reference serve --config "$0""#, |text| text.replace("ledger: {}", &listen));
    let (code, said) = rig.run(&["--quiet", "--only", "AUTH-01.no-credential"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("`ledger`") && said.contains(&address.to_string()), "{said}");
}

#[test]
fn an_upstream_that_all_can_reach_is_warned_of() {
    let listen = "ledger: { listen: \"0.0.0.0:0\" }";
    let rig = Rig::changed("exit 7", |text| text.replace("ledger: {}", listen));
    let (_, said) = rig.run(&["--quiet", "--only", "AUTH-01.no-credential"]);
    assert!(said.contains("warning: the upstream `ledger` listens on 0.0.0.0:0, not on loopback"), "{said}");
}

/// The key stood in the terminal, and the lines on one.
#[test]
fn what_a_target_says_that_does_not_start_is_told_by_lines_and_without_keys() {
    let script = r#"printf "no such table\n\033[2Jthe key is %s\n" "$KEY" >&2; exit 7"#;
    let rig = Rig::changed(script, |text| text.replace("  fill: [", "  env: { KEY: \"${env:THE_KEY}\" }\n  fill: ["));
    let run =
        rig.command(&["--quiet", "--only", "AUTH-01.no-credential"]).env("THE_KEY", "k-0123456789").output().unwrap();
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    assert_eq!(run.status.code(), Some(2));
    assert!(said.contains("; it said:\n  no such table\n  \\u{1b}[2Jthe key is [secret:env:THE_KEY]\n"), "{said}");
}

#[test]
fn what_stands_around_a_fault_of_a_descriptor_does_nothing_on_a_terminal() {
    let rig = Rig::changed("", |text| text.replace("kind: gateway", "kind: gate\u{202e}way # \u{9b}2J\u{e0041}"));
    let (code, said) = rig.run(&[]);
    assert_eq!(code, Some(2));
    let acts = |sign: char| matches!(sign, '\u{202e}' | '\u{9b}' | '\u{1b}' | '\u{e0041}');
    assert!(said.contains("target.yaml:6:") && !said.contains(acts), "{said:?}");
}
