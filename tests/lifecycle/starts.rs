//! How a target is started.

use super::*;

/// A sidecar runs when the target starts, readiness is checked with a key, and a script keeps its own `${…}`.
#[test]
fn target_starts_with_a_sidecar_and_is_checked_with_a_key() {
    let script = r#"[ "$(cat "$RIG/store")" = "127.0.0.1 $UP" ] || exit 8; exec pincer-reference serve --config "$0""#;
    let rig = Rig::changed(script, |text| {
        let ready = "  ready: { http: /healthz, within: 10s }";
        assert!(text.contains(ready));
        let sidecar = r#"  env: { UP: "${upstream:ledger.port}" }
  sidecars:
    - command: [sh, "${work}/store.sh", "${upstream:ledger.host}", "${upstream:ledger.port}"]
      env: { STORE: "${dir}/store", PORT: "${port:store}" }
      url: "tcp://127.0.0.1:${port:store}"
  ready: { http: "/accounts/1001", as: alice, status: 200, within: 30s }"#;
        text.replace(ready, sidecar).replace("fill: [", "fill: [store.sh, ")
    });
    // Its last program accepts connections as long as the target runs.
    let store = r#"echo "$1 $2" >"$${STORE}"; exec python3 -c "import socket, time
s = socket.create_server(('127.0.0.1', $PORT)); time.sleep(600)" "#;
    fs::write(rig.folder.path().join("store.sh"), format!("{store}{}\n", rig.mark)).unwrap();
    let (code, said) = rig.run(&["--quiet", "--only", "AUTH-01.no-credential"]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(rig.marked(), []);
}

#[test]
fn target_that_refuses_the_key_is_not_ready() {
    let rig = Rig::changed(r#"exec pincer-reference serve --config "$0""#, |text| {
        text.replace(
            "ready: { http: /healthz, within: 10s }",
            "ready: { http: \"/accounts/1001\", status: 200, within: 2s }",
        )
    });
    let (code, said) = rig.run(&["--quiet", "--only", "AUTH-01.no-credential"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("was not ready within 2s"), "{said}");
}
