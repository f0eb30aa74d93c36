//! Which payloads of a step are declared routes of the target, and so cannot serve as undeclared ones.

use super::place::fill_path;
use crate::scenario::{OperationSpec, Step, Suite, Target};

/// If a step's target begins with its payload: the numbers of the payloads that call a declared operation, in order.
pub(super) fn declared(step: &Step, operation: &OperationSpec, suite: &Suite, target: &Target) -> Vec<usize> {
    let route = step.send.target.as_ref().filter(|text| text.starts_with("${payload}") && step.encode.is_empty());
    let Some(route) = route else { return Vec::new() };
    let method = step.send.method.as_ref().unwrap_or(&operation.method);
    let path = fill_path(&operation.path, |_| "1".to_owned());
    let known = |text: &str| {
        let route = route.replace("${payload}", text).replace("${path}", &path);
        target.operations.values().any(|known| known.method == *method && is_of(&known.path, &route))
    };
    let sets = step.payloads.iter().filter_map(|name| suite.payloads.get(name));
    let texts = sets.flat_map(|set| &set.payloads).enumerate();
    texts.filter(|(_, payload)| known(&payload.text)).map(|(at, _)| at).collect()
}

/// Whether a request target has this path, with plain values; a trailing slash makes no difference.
fn is_of(template: &str, target: &str) -> bool {
    fits(template, target, |value| !matches!(value, "." | "..") && value.bytes().all(is_unreserved))
}

/// Whether a request target could match this path, with any values.
pub(super) fn is_route(template: &str, target: &str) -> bool {
    fits(template, target, |_| true)
}

fn fits(template: &str, target: &str, value: impl Fn(&str) -> bool) -> bool {
    let path = target.split(['?', '#']).next().unwrap_or(target);
    let wanted: Vec<&str> = template.trim_end_matches('/').split('/').collect();
    let found: Vec<&str> = path.trim_end_matches('/').split('/').collect();
    let same = |(wanted, found): (&&str, &str)| is_segment(wanted, found, &value);
    wanted.len() == found.len() && wanted.iter().zip(found).all(same)
}

/// Whether a segment matches the template; for a variable, `value` decides.
fn is_segment(template: &str, segment: &str, value: impl Fn(&str) -> bool) -> bool {
    let (Some((before, _)), Some((_, behind))) = (template.split_once('{'), template.rsplit_once('}')) else {
        return template == segment;
    };
    let text = segment.strip_prefix(before).and_then(|rest| rest.strip_suffix(behind));
    text.is_some_and(|text| !text.is_empty() && value(text))
}

/// RFC 3986 section 2.3.
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::tests::{attacks, plan};

    const TARGET: &str = "\
pincer: target/v1
name: t
kind: gateway
url: http://127.0.0.1:8080
upstreams: { ledger: {} }
identities: { alice: {} }
operations:
  read: { method: GET, path: '/accounts/{id}', upstream: ledger }
  older: { method: GET, path: '/v1/accounts/{id}', upstream: ledger }
  tools: { method: GET, path: /mcp, upstream: ledger }
  graph: { method: POST, path: /graphql, upstream: ledger }
";

    const SCENARIO: &str = "\
{ pincer: scenario/v1, id: INP-01.made, title: T, control: INP-01, for: gateway, severity: high, kills: [],
  benign: [{ send: { op: read, as: alice }, expect: { status: 200 } }],
  attack: [{ send: { op: read, target: '${payload}' }, payloads: [routes], repeat: 2, expect: { arrives: never } },
           { send: { op: read, target: '${payload}${path}' }, payloads: [roots], expect: { arrives: never } },
           { send: { op: read, target: '/mcp${payload}' }, payloads: [roots], expect: { arrives: never } }] }";

    const ROUTES: &str = "{ pincer: payloads/v1, name: routes, about: a, payloads: [
  { text: /debug, note: n }, { text: /mcp, note: n }, { text: /graphql, note: n }, { text: /v1/accounts/1001, note: n },
  { text: '/v1/accounts/%2e', note: n }, { text: /mcp/, note: n }, { text: /env, note: n }] }";

    const ROOTS: &str = "{ pincer: payloads/v1, name: roots, about: a, payloads: [
  { text: /v1, note: n }, { text: /v2, note: n }] }";

    #[test]
    fn declared_route_does_not_count_as_undeclared() {
        let plan = plan(TARGET, &[ROUTES, ROOTS, SCENARIO]);
        let called: Vec<String> =
            attacks(&plan).iter().map(|case| case.call.http().unwrap().target.lossy().into_owned()).collect();
        let routes = ["/debug", "/graphql", "/v1/accounts/%2e", "/env"].into_iter().flat_map(|route| [route; 2]);
        let expected: Vec<&str> = routes.chain(["/v2/accounts/1", "/mcp/v1", "/mcp/v2"]).collect();
        assert_eq!(called, expected);
    }

    #[test]
    fn path_is_told_from_another() {
        for (template, target, expected) in [
            ("/accounts/{id}", "/accounts/1001?x=1", true),
            ("/accounts/{id}", "/accounts/", false),
            ("/accounts/{id}", "/accounts/..", false),
            ("/accounts/{id}", "/accounts/1%00", false),
            ("/accounts/{id}", "/accounts/1/2", false),
            ("/files/{name}.json", "/files/a.json", true),
            ("/files/{name}.json", "/files/.json", false),
            ("/docs", "/docs/", true),
            ("/docs", "/redoc", false),
        ] {
            assert_eq!(is_of(template, target), expected, "{template} {target}");
        }
    }
}
