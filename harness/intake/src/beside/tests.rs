use pincer_core::vocab::{Operation, Template};

use super::*;

const SOUND: &str = "\
pincer: target/v1
name: t
kind: gateway
url: http://127.0.0.1:8080
upstreams: { ledger: { listen: 127.0.0.1:9101 }, market: { listen: 127.0.0.1:9102 } }
identities: { kim: { header: { X-Api-Key: \"${env:KIM_KEY}\" }, roles: [reader] }, lee: { token: { scope: 'a:read' } } }
operations: { read: { method: GET, path: '/a/{id}', sample: { id: '7' }, upstream: ledger, allow: [reader] } }
idp: { audience: a }
";

/// A descriptor of a target that Pincer starts.
const LAUNCHED: &str = "\
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

#[test]
fn what_stands_beside_a_descriptor_fills_what_it_leaves_open() {
    let text = LAUNCHED.replace("operations: {", "api: a.yaml\nx: {").replace(
        "identities: { alice: { header: { X-Api-Key: \"${env:KEY}\" } } }",
        "identities: { alice: { header: { X-Api-Key: k } }, bob: { roles: [reader] } }",
    );
    let text = text.lines().filter(|line| !line.starts_with("x: ")).map(|line| format!("{line}\n")).collect::<String>();
    let source = Source::new("t.yaml", text);
    assert_eq!(api_of(&source).unwrap().as_deref(), Some("a.yaml"));
    let fault = describe(&source, Beside::default()).unwrap_err().to_string();
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
fn what_an_api_document_says_is_not_doubted_in_the_descriptor() {
    let text = SOUND.replace("operations: {", "api: a.yaml\noperations: {");
    let api = "openapi: 3.1.0\npaths: { '/b/{id}': { x-upstream: ledger, delete: { x-roles: [raeder] } } }\n";
    let (source, api) = (Source::new("t.yaml", text), Source::new("a.yaml", api));
    let beside = Beside { api: Some(&api), auth: None };
    let described = describe(&source, beside).unwrap();
    assert_eq!((described.routes.len(), described.doubts), (1, Vec::new()));
}
