//! Plans of one scenario, made by hand.

use super::{Case, Phase, Plan};
use crate::scenario::{Source, Suite, Vocabulary, read_catalogue, read_target};
use crate::vocab::{Nonce, Reason};

/// A plan of a target and of scenarios and payload sets, as a user writes them.
pub(super) fn plan(target: &str, sources: &[&str]) -> Plan {
    let controls = Source::new("controls.yaml", include_str!("../../../../scenarios/controls.yaml"));
    let target = read_target(&Source::new("target.yaml", target)).unwrap();
    let sources: Vec<Source> = sources.iter().map(|text| Source::new("made.yaml", *text)).collect();
    let words = Vocabulary::new(&[], [&target]);
    let suite = Suite::read(read_catalogue(&controls).unwrap(), &sources, 0, &words).unwrap();
    Plan::new(7, suite, target)
}

/// The attack cases of its one scenario.
pub(super) fn attacks(plan: &Plan) -> Vec<Case> {
    let (scenario, entry) = plan.scenarios().next().unwrap();
    plan.cases(scenario, entry).filter(|case| case.phase == Phase::Attack).collect()
}

/// A plan of a step that wants a refusal, on a target where these roles may create.
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

/// Whom the attack cases of a plan are by.
fn callers(plan: &Plan) -> Vec<String> {
    attacks(plan).iter().filter_map(|case| case.identity.as_ref()).map(ToString::to_string).collect()
}

#[test]
fn a_refusal_is_wanted_of_those_only_whom_the_descriptor_does_not_allow() {
    assert_eq!(callers(&refusals("admin")), ["alice", "bob"]);
    assert_eq!(callers(&refusals("writer")), ["alice"]);
    assert_eq!(callers(&refusals("reader, admin")), ["bob"]);
}

#[test]
fn a_target_that_declares_no_policy_is_asked_for_none() {
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
fn no_refusal_is_wanted_where_the_descriptor_allows_everybody() {
    let plan = refusals("reader, writer");
    let (_, entry) = plan.scenarios().next().unwrap();
    let (reason, what) = entry.skipped.clone().unwrap();
    assert_eq!(reason, Reason::NotDeclared);
    assert_eq!(what, "operations.create: an `allow` that refuses `alice`");
    assert!(plan.is_empty());
}

#[test]
fn a_nonce_changes_the_marks_of_cases_and_nothing_that_is_chosen() {
    let of = |nonce| attacks(&refusals("admin").with_nonce(Nonce::new(nonce)));
    let chosen = |case: &Case| (case.id, case.identity.clone(), case.call.method.clone(), case.expect.clone());
    let (one, other) = (of(1), of(2));
    assert_eq!(one, of(1));
    assert_eq!(one.iter().map(chosen).collect::<Vec<_>>(), other.iter().map(chosen).collect::<Vec<_>>());
    let traces = |cases: &[Case]| -> Vec<_> {
        let fields = cases.iter().flat_map(|case| case.call.headers.clone());
        fields.filter(|(name, _)| name.eq_ignore_ascii_case("traceparent")).map(|(_, value)| value).collect()
    };
    assert_eq!(traces(&one).len(), one.len());
    assert!(traces(&one).iter().all(|trace| !traces(&other).contains(trace)));
}
