//! Properties of plans.

use std::collections::{BTreeSet, HashSet};
use std::sync::OnceLock;

use arbitrary::Arbitrary;

use super::given;
use crate::plan::{Case, Phase, Plan};
use crate::scenario::{Choice, Encoding, Payload, Source, Suite, Target, Vocabulary, read_catalogue, read_target};
use crate::vocab::Part;

/// The variable parts of a suite.
#[derive(Debug, Arbitrary)]
struct Given {
    seed: u64,
    texts: Vec<String>,
    encodings: u16,
    repeat: u8,
    limit: Option<u8>,
    everybody: bool,
    places: [Option<String>; 3],
    only: u8,
}

const ENCODINGS: [Encoding; 5] =
    [Encoding::Plain, Encoding::Percent, Encoding::Base64, Encoding::Reversed, Encoding::UnicodeEscape];

const TARGET: &str = "\
pincer: target/v1
name: t
kind: gateway
url: http://127.0.0.1:8080
upstreams: { ledger: {} }
identities: { alice: { roles: [reader] }, bob: { roles: [admin] }, carol: {} }
operations:
  read: { method: GET, path: '/accounts/{id}', upstream: ledger }
  annotate: { method: POST, path: /notes, query: [q], body: { text: t, by: { name: n } }, upstream: ledger }
";

const SCENARIO: &str = "\
{ pincer: scenario/v1, id: INP-01.made, title: T, control: INP-01, for: gateway, severity: high, kills: [],
  benign: [{ send: { op: read, as: alice }, expect: { status: 200 } }],
  attack: [{ send: { op: [read, annotate], as: alice, fill: { id: '${payload}', '*': '${payload}' } },
             payloads: [any], expect: { arrives: never } }] }";

const PAYLOADS: &str = "{ pincer: payloads/v1, name: any, about: a, payloads: [{ text: t, note: n }] }";

/// Equal inputs give equal plans. Cases do not depend on the order of requests. A scenario's limit selects some of its
/// attack cases. No two cases share a canary.
pub fn plan(data: &[u8]) {
    let Some(given) = given::<Given>(data) else { return };
    let (suite, target) = varied(&given);
    let limit = given.limit.map(u32::from);
    let plan = Plan::new(given.seed, suite.clone(), target.clone());
    let cases = all(&plan);
    assert_eq!(u64::try_from(cases.len()).ok(), Some(plan.len()), "a plan does not count its cases");
    assert_eq!(all(&Plan::new(given.seed, suite.clone(), target.clone())), cases, "the same input, another plan");
    for case in cases.iter().rev() {
        assert_eq!(plan.case(case.id).as_ref(), Some(case), "a case is another when it is asked for alone");
    }
    let attacks = cases.iter().filter(|case| case.phase == Phase::Attack).count();
    assert!(limit.is_none_or(|limit| u32::try_from(attacks).is_ok_and(|n| n <= limit)), "{attacks} of {limit:?}");
    let whole = all(&Plan::new(given.seed, without_limit(suite.clone()), target.clone()));
    let kinds: HashSet<String> = whole.iter().map(kind).collect();
    assert!(cases.iter().all(|case| kinds.contains(&kind(case))), "a limit makes cases that are none without it");
    let unbounded = whole.iter().filter(|case| case.phase == Phase::Attack).count();
    let most = limit.map_or(unbounded, |limit| usize::try_from(limit).unwrap_or(usize::MAX).min(unbounded));
    assert_eq!(attacks, most, "a limit takes more cases away than it has to");
    distinct(&plan, &cases);
    let only = u32::from(given.only);
    let alone = all(&Plan::new(given.seed, suite, target).only(Some(only)));
    assert!(alone.iter().all(|case| cases.contains(case)), "one case alone is another");
    assert!(alone.iter().filter(|case| case.phase == Phase::Attack).all(|case| case.id.index == only), "not alone");
}

fn all(plan: &Plan) -> Vec<Case> {
    plan.scenarios().flat_map(|(scenario, entry)| plan.cases(scenario, entry)).collect()
}

/// A case without its number and its canaries.
fn kind(case: &Case) -> String {
    let Case { operation, identity, payload, encoding, placement, .. } = case;
    format!("{operation} {identity:?} {payload:?} {encoding:?} {placement:?}")
}

fn distinct(plan: &Plan, cases: &[Case]) {
    let mut seen = BTreeSet::new();
    for case in cases {
        for part in [0, 1, 2].map(Part) {
            let canary = plan.tracer().canary(case.id, part);
            assert!(seen.insert(canary), "two cases share a canary");
            assert_eq!(plan.tracer().open(canary), Some((case.id, part)), "a canary names another case");
        }
    }
}

fn varied(given: &Given) -> (Suite, Target) {
    static BASE: OnceLock<(Suite, Target)> = OnceLock::new();
    let (mut suite, target) = BASE
        .get_or_init(|| {
            let controls = Source::new("controls.yaml", include_str!("../../../../scenarios/controls.yaml"));
            let target = read_target(&Source::new("target.yaml", TARGET)).unwrap();
            let sources = [Source::new("any.yaml", PAYLOADS), Source::new("made.yaml", SCENARIO)];
            let words = Vocabulary::new(&[], [&target]);
            let mut suite = Suite::read(read_catalogue(&controls).unwrap(), &sources, 0, &words).unwrap();
            // It is copied for every plan.
            suite.catalogue.controls.retain(|control| control.id.as_str() == "INP-01");
            (suite, target)
        })
        .clone();
    let set = suite.payloads.values_mut().next().unwrap();
    let payload = |text: &String| Payload { text: text.clone(), note: String::new(), dialect: None };
    set.payloads = given.texts.iter().take(6).map(payload).collect();
    let scenario = suite.scenarios.first_mut().unwrap();
    scenario.limit = given.limit.map(u32::from);
    let step = scenario.attack.first_mut().unwrap();
    step.repeat = u32::from(given.repeat % 4) + 1;
    step.encode =
        (0..16).filter(|bit| given.encodings >> bit & 1 == 1).filter_map(|bit| ENCODINGS.get(bit).copied()).collect();
    if given.everybody {
        step.send.identities = Choice::All;
    }
    let [header, query, member] = &given.places;
    step.send.headers.extend(header.iter().map(|text| ("x-note".to_owned(), text.clone())));
    step.send.query.extend(query.iter().map(|text| ("further".to_owned(), format!("${{payload}}{text}"))));
    step.send.member.clone_from(member);
    (suite, target)
}

fn without_limit(mut suite: Suite) -> Suite {
    suite.scenarios.iter_mut().for_each(|scenario| scenario.limit = None);
    suite
}
