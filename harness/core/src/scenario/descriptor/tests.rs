use super::*;

const SOUND: &str = "\
pincer: target/v1
name: t
kind: gateway
url: http://127.0.0.1:${port:http}
launch: { command: [run, --to, \"${upstream:ledger}\"], ready: { tcp: true, within: 5s } }
upstreams: { ledger: {} }
identities: { alice: { header: { X-Api-Key: \"${env:KEY}\" } } }
operations: { read: { method: GET, path: /a, upstream: ledger } }
audit: { stdout: true }
";

fn faults(text: &str) -> Vec<String> {
    let read = read_target(&Source::new("t.yaml", text));
    read.err().map_or_else(Vec::new, |error| error.0.iter().map(ToString::to_string).collect())
}

#[test]
fn valid_descriptor_is_read() {
    assert_eq!(faults(SOUND), Vec::<String>::new());
    assert!(read_target(&Source::new("t.yaml", SOUND)).unwrap().runs_apart());
}

#[test]
fn files_beside_a_descriptor_complete_it() {
    let text = SOUND.replace("operations: {", "api: a.yaml\nx: {").replace(
        "identities: { alice: { header: { X-Api-Key: \"${env:KEY}\" } } }",
        "identities: { alice: { header: { X-Api-Key: k } }, bob: { roles: [reader] } }",
    );
    let text = text.lines().filter(|line| !line.starts_with("x: ")).map(|line| format!("{line}\n")).collect::<String>();
    let source = Source::new("t.yaml", text);
    assert_eq!(api_of(&source).unwrap().as_deref(), Some("a.yaml"));
    let fault = read_target(&source).unwrap_err().to_string();
    assert!(fault.contains("no operations are declared (declare `operations`, or name an OpenAPI document"), "{fault}");
    let api = Source::new("a.yaml", "openapi: 3.1.0\npaths: { \"/a/{n}\": { get: {} } }\n");
    let entry = |name: &str| format!("  - {{ name: {name}, fixedHeaders: [ {{ name: X-Api-Key, value: new }} ] }}\n");
    let auth = Source::new("auth.yaml", format!("auth:\n{}{}{}", entry("alice"), entry("bob"), entry("eve")));
    let described = describe(&source, Beside { api: Some(&api), auth: Some(&auth) }).unwrap();
    assert_eq!(described.routes.len(), 1);
    let target = described.target;
    assert_eq!(target.operations.keys().map(Operation::as_str).collect::<Vec<_>>(), ["read"]);
    let shown: Vec<String> = target
        .identities
        .iter()
        .map(|(name, credential)| format!("{name} {:?} {:?}", credential.header.values().next(), credential.roles))
        .collect();
    let kept = Template::literal("k");
    let new = Template::literal("new");
    assert_eq!(
        shown,
        [
            format!("alice {:?} []", Some(&kept)),
            format!("bob {:?} [\"reader\"]", Some(&new)),
            format!("eve {:?} []", Some(&new)),
        ]
    );
}

#[test]
fn each_fault_has_its_place_and_a_remedy() {
    for (right, wrong, message) in [
        ("http://127.0.0.1:${port:http}", "\"${prt:http}\"", "t.yaml:4:6: `${prt:http}` is unknown"),
        ("http://127.0.0.1:${port:http}", "127.0.0.1:80", "t.yaml:4:6: `127.0.0.1:80` is not an http or https URL"),
        (
            "${upstream:ledger}",
            "${upstream:ledgr}",
            "t.yaml:5:32: no upstream is named `ledgr` (did you mean `ledger`?)",
        ),
        ("upstreams:", "tls: { url: \"http://127.0.0.1:1\" }\nupstreams:", "`http://127.0.0.1:1` is not an https URL"),
        (
            "http://127.0.0.1:${port:http}",
            "https://a\ntls: { url: \"https://b\" }",
            "`url` is already an https URL, so `tls` is not needed (remove `tls`)",
        ),
        ("${env:KEY}", "${work}", "`${work}` cannot be used in a credential"),
        ("tcp: true, ", "", "`ready` does not say how to see that the target is ready"),
        ("{ stdout: true }", "{}", "`audit` needs exactly one of `file`, `stdout` and `post`"),
        ("launch: {", "x-launch: {", "`x-launch` is not a valid key here"),
        ("path: /a", "path: a", "the path must start with `/`"),
        ("path: /a", "path: /a, owned: { id: note }", "no identity owns an object of kind `note` (add `objects:"),
    ] {
        let found = faults(&SOUND.replace(right, wrong));
        assert!(found.iter().any(|fault| fault.contains(message)), "{wrong}: {found:?}");
    }
}
