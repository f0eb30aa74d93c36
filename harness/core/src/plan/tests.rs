//! Plans of one scenario, made by hand.

use super::{Case, Phase, Plan};
use crate::scenario::{Fault, Source, Suite, Vocabulary, read_catalogue, read_target};
use crate::vocab::{Nonce, Reason};

/// A plan of a target, scenarios and payload sets, as users write them.
pub(super) fn plan(target: &str, sources: &[&str]) -> Plan {
    let controls = Source::new("controls.yaml", include_str!("../../../../scenarios/controls.yaml"));
    let target = read_target(&Source::new("target.yaml", target)).unwrap();
    let sources: Vec<Source> = sources.iter().map(|text| Source::new("made.yaml", *text)).collect();
    let words = Vocabulary::new(&[], [&target]);
    let suite = Suite::read(read_catalogue(&controls).unwrap(), &sources, 0, &words).unwrap();
    Plan::new(7, suite, target)
}

/// The attack cases of its only scenario.
pub(super) fn attacks(plan: &Plan) -> Vec<Case> {
    let (scenario, entry) = plan.scenarios().next().unwrap();
    plan.cases(scenario, entry).filter(|case| case.phase == Phase::Attack).collect()
}

/// A plan of a step that expects a refusal, on a target where these roles may create.
fn refusals(allow: &str) -> Plan {
    let target = format!(
        "pincer: target/v1\nname: t\nkind: gateway\nurl: http://127.0.0.1:8080\nupstreams: {{ ledger: {{}} }}\n\
         identities: {{ alice: {{ roles: [reader] }}, bob: {{ roles: [writer] }} }}\noperations:\n  \
         read: {{ method: GET, path: /a, upstream: ledger, allow: [reader] }}\n  \
         create: {{ method: POST, path: /b, upstream: ledger, allow: [{allow}] }}\n"
    );
    let scenario = "{ pincer: scenario/v1, id: INP-01.made, title: T, control: INP-01, for: gateway, severity: high, \
                    kills: [], benign: [{ send: { op: read, as: alice }, expect: { status: 200 } }], attack: \
                    [{ send: { op: create, as: [alice, bob] }, expect: { policy: true, arrives: never } }] }";
    plan(&target, &[scenario])
}

/// The callers of the attack cases.
fn callers(plan: &Plan) -> Vec<String> {
    attacks(plan).iter().filter_map(|case| case.identity.as_ref()).map(ToString::to_string).collect()
}

#[test]
fn refusal_is_expected_only_of_callers_that_are_not_allowed() {
    assert_eq!(callers(&refusals("admin")), ["alice", "bob"]);
    assert_eq!(callers(&refusals("writer")), ["alice"]);
    assert_eq!(callers(&refusals("reader, admin")), ["bob"]);
}

#[test]
fn target_without_a_policy_is_not_tested_for_one() {
    let target = "pincer: target/v1\nname: t\nkind: gateway\nurl: http://127.0.0.1:8080\nupstreams: { ledger: {} }\n\
                  identities: { alice: {} }\noperations: { create: { method: POST, path: /b, upstream: ledger } }\n";
    let scenario = "{ pincer: scenario/v1, id: INP-01.made, title: T, control: INP-01, for: gateway, severity: high, \
                    kills: [], benign: [{ send: { op: create, as: alice }, expect: { status: 200 } }], attack: \
                    [{ send: { op: create, as: alice }, expect: { policy: true } }] }";
    let plan = plan(target, &[scenario]);
    let (_, entry) = plan.scenarios().next().unwrap();
    assert_eq!(entry.skipped.clone().unwrap().1, "operations.create.allow");
}

#[test]
fn no_refusal_is_expected_if_everybody_is_allowed() {
    let plan = refusals("reader, writer");
    let (_, entry) = plan.scenarios().next().unwrap();
    let (reason, what) = entry.skipped.clone().unwrap();
    assert_eq!(reason, Reason::NotDeclared);
    assert_eq!(what, "operations.create: an `allow` that refuses `alice`");
    assert!(plan.is_empty());
}

/// The bodies of a step with this `send`, on a target with its own operation names.
fn bodies(send: &str) -> Vec<String> {
    let target = "pincer: target/v1\nname: t\nkind: gateway\nurl: http://127.0.0.1:8080\nupstreams: { up: {} }\n\
                  identities: { kim: {} }\noperations:\n  \
                  tell: { role: annotate, method: POST, path: /chat, upstream: up, text: messages.0.content,\n    \
                  body: { model: m, messages: [ { role: user, content: hello } ] } }\n  \
                  get: { role: read, method: POST, path: /rpc, upstream: up,\n    \
                  body: { jsonrpc: '2.0', params: { name: get, arguments: { id: '7', 'a.b': x } } } }\n";
    let scenario = format!(
        "{{ pincer: scenario/v1, id: INP-01.made, title: T, control: INP-01, for: gateway, severity: high, kills: [], \
         benign: [{{ send: {{ op: read, as: allowed }}, expect: {{ status: 200 }} }}], \
         attack: [{{ send: {send}, expect: {{ status: 200 }} }}] }}"
    );
    let plan = plan(target, &[&scenario]);
    attacks(&plan).iter().map(|case| case.call.http().unwrap().body.as_ref().unwrap().lossy().into_owned()).collect()
}

#[test]
fn parameter_is_filled_at_any_depth() {
    let chat = [r#"{"model":"m","messages":[{"role":"user","content":"X"}]}"#];
    assert_eq!(bodies("{ op: annotate, as: allowed, fill: { messages.0.content: X } }"), chat);
    assert_eq!(bodies("{ op: annotate, as: allowed, fill: { text: X } }"), chat);
    let call = [r#"{"jsonrpc":"2.0","params":{"name":"get","arguments":{"id":"X","a.b":"x"}}}"#];
    assert_eq!(bodies("{ op: read, as: allowed, fill: { params.arguments.id: X } }"), call);
    assert_eq!(bodies("{ op: read, as: allowed, fill: { id: X } }"), call);
    let dotted = [r#"{"jsonrpc":"2.0","params":{"name":"get","arguments":{"id":"7","a.b":"X"}}}"#];
    assert_eq!(bodies("{ op: read, as: allowed, fill: { params.arguments.a.b: X } }"), dotted);
}

#[test]
fn limited_operation_is_flooded_whatever_its_name() {
    let target = |limited: &str| {
        format!(
            "pincer: target/v1\nname: t\nkind: gateway\nurl: http://127.0.0.1:8080\nupstreams: {{ up: {{}} }}\n\
             identities: {{ kim: {{}}, lee: {{}} }}\noperations:\n  \
             a: {{ method: POST, path: /a, body: {{}}, upstream: up }}\n  \
             b: {{ method: GET, path: /b, upstream: up }}\n  c: {{ method: GET, path: /c, upstream: up }}\n\
             limits: {{ rate: {{ quota: 5, window: 1s{limited} }} }}\n"
        )
    };
    let scenario = "{ pincer: scenario/v1, id: RATE-01.made, title: T, control: RATE-01, for: gateway, severity: high, \
                    kills: [], benign: [{ send: { op: limited, as: allowed }, expect: { status: 200 } }], attack: \
                    [{ send: { op: limited, as: allowed }, flood: { rate: 4x, for: 1s, beside: [{ as: other, rate: 1x }] }, \
                    expect: { rate: isolated } }] }";
    for (limited, operation) in [(", operations: [c]", "c"), (", operations: [a, b]", "a"), ("", "b")] {
        let plan = plan(&target(limited), &[scenario]);
        let case = attacks(&plan).remove(0);
        assert_eq!(case.operation.as_str(), operation);
        let streams: Vec<String> =
            case.flood.unwrap().streams.iter().map(|stream| stream.identity.clone().unwrap().to_string()).collect();
        assert_eq!(streams, ["kim", "lee"]);
    }
    let none = target("").replace("limits: { rate: { quota: 5, window: 1s } }\n", "");
    let plan = plan(&none, &[scenario]);
    let (_, entry) = plan.scenarios().next().unwrap();
    assert_eq!(entry.skipped.clone().unwrap().1, "limits.rate");
}

/// What the upstream of each attack case does, on a target that says `limits`.
fn played(limits: &str, attack: &str) -> Vec<(usize, u16, Option<Fault>)> {
    let target = format!(
        "pincer: target/v1\nname: t\nkind: gateway\nurl: http://127.0.0.1:8080\nupstreams: {{ up: {{}} }}\n\
         identities: {{ kim: {{}} }}\noperations: {{ read: {{ method: GET, path: /a, upstream: up }} }}\n{limits}"
    );
    let scenario = format!(
        "{{ pincer: scenario/v1, id: ERR-01.made, title: T, control: ERR-01, for: gateway, severity: high, kills: [], \
         benign: [{{ send: {{ op: read }}, expect: {{ status: 200 }} }}], attack: [{attack}] }}"
    );
    let plays = attacks(&plan(&target, &[&scenario])).into_iter().map(|case| (case.step, case.play.unwrap()));
    plays.map(|(step, play)| (step, play.status, play.fault)).collect()
}

#[test]
fn several_answers_of_an_upstream_are_cases_of_steps_of_their_own() {
    let step =
        |upstream: &str| format!("{{ send: {{ op: read }}, upstream: {upstream}, expect: {{ leaks: nothing }} }}");
    let short = step("[{ status: [404, 500] }, { fault: [reset, gzip-bomb] }]");
    let long = ["{ status: 404 }", "{ status: 500 }", "{ fault: reset }", "{ fault: gzip-bomb }"].map(step).join(", ");
    let (reset, bomb) = (Some(Fault::Reset), Some(Fault::GzipBomb));
    let limited = "limits: { response: 1 MiB }\n";
    assert_eq!(played(limited, &short), [(0, 404, None), (1, 500, None), (2, 200, reset), (3, 200, bomb)]);
    assert_eq!(played(limited, &short), played(limited, &long));
    // What one of them needs of the descriptor keeps no other away.
    assert_eq!(played("", &short), [(0, 404, None), (1, 500, None), (2, 200, reset)]);
}

#[test]
fn nonce_changes_only_the_marks_of_cases() {
    let of = |nonce| attacks(&refusals("admin").with_nonce(Nonce::new(nonce)));
    let chosen =
        |case: &Case| (case.id, case.identity.clone(), case.call.http().unwrap().method.clone(), case.expect.clone());
    let (one, other) = (of(1), of(2));
    assert_eq!(one, of(1));
    assert_eq!(one.iter().map(chosen).collect::<Vec<_>>(), other.iter().map(chosen).collect::<Vec<_>>());
    let traces = |cases: &[Case]| -> Vec<_> {
        let fields = cases.iter().flat_map(|case| case.call.http().unwrap().headers.clone());
        fields.filter(|(name, _)| name.eq_ignore_ascii_case("traceparent")).map(|(_, value)| value).collect()
    };
    assert_eq!(traces(&one).len(), one.len());
    assert!(traces(&one).iter().all(|trace| !traces(&other).contains(trace)));
}
