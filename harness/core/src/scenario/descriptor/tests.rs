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
fn each_fault_names_its_place_and_a_way_out() {
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
