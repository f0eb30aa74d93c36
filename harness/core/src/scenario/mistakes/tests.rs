use super::*;
use crate::scenario::{Descriptor, read_target};

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

fn faults(text: &str) -> Vec<String> {
    let read = read_target(&Source::new("t.yaml", text));
    read.err().map_or_else(Vec::new, |error| error.0.iter().map(ToString::to_string).collect())
}

fn doubted(text: &str) -> Vec<(bool, String)> {
    let source = Source::new("t.yaml", text);
    let (_, doubts) = Descriptor::read(&source).unwrap().check().unwrap();
    doubts.iter().map(|doubt| (doubt.warning, doubt.to_string())).collect()
}

#[test]
fn valid_descriptor_has_no_faults_or_warnings() {
    assert_eq!(faults(SOUND), Vec::<String>::new());
    assert_eq!(doubted(SOUND), []);
}

#[test]
fn certain_mistake_is_refused_at_its_place() {
    for (right, wrong, message) in [
        ("method: GET", "method: GTE", "t.yaml:7:31: `GTE` is not an HTTP method (did you mean `GET`?)"),
        ("method: GET", "method: get", "`get` is not an HTTP method (did you mean `GET`?)"),
        ("'/a/{id}'", "'/a/{id'", "t.yaml:7:42: the path `/a/{id` has a `{` without a `}`"),
        ("'/a/{id}'", "'/a/${id}'", "write a variable as `{name}`, without `$`"),
        ("127.0.0.1:9102", "127.0.0.1:9101", "t.yaml:5:68: `upstreams.ledger.listen` already uses port 9101"),
        ("127.0.0.1:9102", "0.0.0.0:9101", "`upstreams.ledger.listen` already uses port 9101"),
        ("127.0.0.1:9102", "127.0.0.1:8080", "`url` already uses port 8080 (the target itself listens there"),
        ("audience: a", "audience: a, listen: 127.0.0.1:9101", "`upstreams.ledger.listen` already uses port 9101"),
        ("X-Api-Key:", "X Api Key:", "`X Api Key` is not a valid header or cookie name"),
        ("sample: { id: '7' }", "owned: { idd: note }", "no parameter is named `idd` (did you mean `id`?)"),
    ] {
        assert!(SOUND.contains(right), "{right}");
        let found = faults(&SOUND.replace(right, wrong));
        assert!(found.iter().any(|fault| fault.contains(message)), "{wrong}: {found:?}");
    }
}

#[test]
fn probable_mistake_is_a_warning() {
    for (right, wrong, warning, message) in [
        (
            "allow: [reader]",
            "allow: [raeder]",
            false,
            "t.yaml:7:100: no identity has the role `raeder` (did you mean `reader`?)",
        ),
        (
            "allow: [reader]",
            "allow: [reader, auditor]",
            true,
            "no identity has the role `auditor` (add it to an identity",
        ),
        (
            "allow: [reader]",
            "allow: [reader], scopes: ['a:raed']",
            false,
            "no identity has the scope `a:raed` (did you mean `a:read`?)",
        ),
        (
            "sample: { id: '7' }",
            "sample: { idd: '7' }",
            true,
            "no parameter is named `idd`, so this sample is never sent",
        ),
        ("sample: { id: '7' }", "sample: {}", true, "`id` has no sample, so Pincer sends `1`"),
    ] {
        let found = doubted(&SOUND.replace(right, wrong));
        let told = found.iter().any(|(known, text)| *known == warning && text.contains(message));
        assert!(told, "{wrong}: {found:?}");
    }
}

#[test]
fn role_that_is_another_word_is_not_a_typo() {
    for (word, of, slip) in [
        ("raeder", "reader", true),
        ("admn", "admin", true),
        ("Reader", "reader", true),
        ("superuser", "user", false),
        ("writer", "reader", false),
        ("ro", "rw", false),
    ] {
        assert_eq!(is_slip(word, of), slip, "{word} {of}");
    }
}

#[test]
fn unset_variable_is_a_warning() {
    let source = Source::new("t.yaml", SOUND);
    let target = read_target(&source).unwrap();
    let told = unset(&source, &target, |_| false);
    assert_eq!(told.len(), 1);
    assert!(
        told[0].warning && told[0].to_string().contains("t.yaml:6:43: the environment variable `KIM_KEY` is not set"),
        "{told:?}"
    );
    assert!(unset(&source, &target, |name| name == "KIM_KEY").is_empty());
}
