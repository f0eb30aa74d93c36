//! Properties of verdicts.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use arbitrary::Arbitrary;

use super::given;
use crate::judge::leak::{Needle, Scanner};
use crate::judge::{Judge, ScenarioResult};
use crate::observe::{Answered, Arrival, By, Capture, End, Event, Extent, Failure, Start, TRACE_VERSION, What};
use crate::plan::{Case, Plan};
use crate::scenario::{Source, Suite, Vocabulary, read_catalogue, read_target};
use crate::vocab::{Lane, Nonce, Octets, Part, ScenarioId, Tracer, Upstream, Verdict};

const SEED: u64 = 7;

const TARGET: &str = "\
pincer: target/v1
name: t
kind: gateway
url: http://127.0.0.1:8080
upstreams: { ledger: {} }
identities: { alice: { roles: [reader] }, bob: { roles: [] } }
operations: { read: { method: GET, path: '/accounts/{id}', upstream: ledger, allow: [reader] } }
audit: { file: audit.jsonl }
claims: [audit]
";

/// Expectations that an oracle can hold or break; `repeat: 3` makes three attack cases after the benign one.
const STEPS: [&str; 8] = [
    "{ send: { op: read, as: alice }, repeat: 3, expect: { status: [403, 400] } }",
    "{ send: { op: read, as: alice }, repeat: 3, expect: { arrives: never } }",
    "{ send: { op: read, as: alice }, repeat: 3, expect: { arrives: at-most-once, leaks: nothing } }",
    "{ send: { op: read, as: alice, wire: raw }, repeat: 3, expect: { arrives: never, within: 2s } }",
    "{ send: { op: read, as: alice }, repeat: 3, expect: { within: 2s } }",
    "{ send: { op: read, as: alice }, repeat: 3, expect: { audited: true } }",
    "{ send: { op: read, as: alice }, repeat: 3, expect: { error: problem } }",
    "{ send: { op: read, as: bob }, repeat: 3, upstream: { status: 500 }, expect: { status: 502, leaks: nothing } }",
];

/// A scenario with one of the steps, and what may happen to its cases.
#[derive(Debug, Arbitrary)]
struct Given {
    step: u8,
    told: Vec<(u8, Happening)>,
    /// How the events of different cases are interleaved.
    keys: [u8; 24],
    /// Where the violation is inserted.
    at: u8,
    tapped: bool,
}

#[derive(Debug, Clone, Copy, Arbitrary)]
enum Happening {
    Sent,
    Answered(Status),
    Leaking(Status),
    Failed(Broken),
    Arrived(u8),
    Recorded,
    Stranger,
}

#[derive(Debug, Clone, Copy, Arbitrary)]
enum Status {
    Fine,
    Denied,
    Throttled,
    Gone,
    Broken,
}

#[derive(Debug, Clone, Copy, Arbitrary)]
enum Broken {
    Closed,
    Unreachable,
    Timeout,
}

/// A further violation never turns a fail into a pass. The interleaving of different cases does not matter. A pass had
/// a benign call, and each of its attacks was sent and delivered.
pub fn judge(data: &[u8]) {
    let Some(given) = given::<Given>(data) else { return };
    let run = Run::of(usize::from(given.step) % STEPS.len());
    let told: Vec<(u8, Happening)> = given.told.iter().take(24).map(|(index, what)| (index % 4, *what)).collect();
    let result = run.judged(&told, given.tapped);
    let mut worse = told.clone();
    let at = usize::from(given.at).min(worse.len());
    // Two forbidden arrivals, and an answer that leaks and has the wrong status.
    worse.splice(at..at, [(1, Happening::Arrived(0)), (1, Happening::Arrived(0))]);
    worse.push((1, Happening::Leaking(Status::Fine)));
    let after = run.judged(&worse, given.tapped);
    let turned = result.verdict == Verdict::Fail && after.verdict == Verdict::Pass;
    assert!(!turned, "a violation turned a fail into a pass: {told:?}");
    // A call to a stranger belongs to no case and counts only while the scenario runs, so its position matters.
    if !told.iter().any(|(_, what)| matches!(what, Happening::Stranger)) {
        let mixed = run.judged(&mixed(&told, given.keys), given.tapped);
        assert_eq!(mixed, result, "the order of cases matters: {told:?}");
    }
    if result.verdict == Verdict::Pass {
        run.assert_delivered(&told);
    }
}

/// The same events with the cases interleaved anew; the order within a case stays.
fn mixed(told: &[(u8, Happening)], keys: [u8; 24]) -> Vec<(u8, Happening)> {
    let mut last: BTreeMap<u8, u8> = BTreeMap::new();
    let mut keyed: Vec<(u8, (u8, Happening))> = told
        .iter()
        .zip(keys)
        .map(|((index, what), key)| {
            let slot = last.entry(*index).or_default();
            *slot = (*slot).max(key);
            (*slot, (*index, *what))
        })
        .collect();
    keyed.sort_by_key(|(key, _)| *key);
    keyed.into_iter().map(|(_, told)| told).collect()
}

/// What all runs of one step share.
struct Run {
    start: Start,
    scanner: Arc<Scanner>,
    scenario: ScenarioId,
    cases: Vec<Case>,
    step: &'static str,
}

impl Run {
    fn of(step: usize) -> &'static Self {
        static RUNS: OnceLock<Vec<Run>> = OnceLock::new();
        let runs = RUNS.get_or_init(|| {
            let value = Tracer::new(SEED, Nonce::default()).prefix().as_bytes().to_vec();
            let scanner = Arc::new(Scanner::new(&[Needle { name: "canary".to_owned(), value, tail: 24 }]));
            STEPS.iter().map(|step| Run::new(step, scanner.clone())).collect()
        });
        runs.get(step).unwrap()
    }

    fn new(step: &'static str, scanner: Arc<Scanner>) -> Self {
        let scenario = format!(
            "pincer: scenario/v1\nid: INP-01.made\ntitle: T\ncontrol: INP-01\nfor: gateway\nseverity: high\nkills: []\n\
             benign:\n  - {{ send: {{ op: read, as: alice }}, expect: {{ status: 200 }} }}\nattack:\n  - {step}\n"
        );
        let controls = include_str!("../../../../scenarios/controls.yaml");
        let catalogue = read_catalogue(&Source::new("controls.yaml", controls)).unwrap();
        let target = read_target(&Source::new("target.yaml", TARGET)).unwrap();
        let words = Vocabulary::new(&[], [&target]);
        let mut suite = Suite::read(catalogue, &[Source::new("made.yaml", scenario)], 0, &words).unwrap();
        // It is copied for every run.
        suite.catalogue.controls.retain(|control| control.id.as_str() == "INP-01");
        let plan = Plan::new(SEED, suite.clone(), target.clone());
        let cases = plan.scenarios().flat_map(|(scenario, entry)| plan.cases(scenario, entry)).collect();
        let scenario = suite.scenarios.first().unwrap().id.clone();
        let start = Start {
            format: "pincer/trace".to_owned(),
            version: TRACE_VERSION,
            run: "run".to_owned(),
            pincer: "0".to_owned(),
            started: "2026-11-25T00:00:00Z".to_owned(),
            suite_name: "made".to_owned(),
            seed: SEED,
            nonce: Nonce::default(),
            target,
            suite,
            only_case: None,
            trials: 1,
            arguments: Vec::new(),
        };
        Self { start, scanner, scenario, cases, step }
    }

    fn judged(&self, told: &[(u8, Happening)], tapped: bool) -> ScenarioResult {
        let mut judge = Judge::sharing(self.start.clone(), self.scanner.clone());
        for (index, what) in told {
            judge.see(self.event(*index, *what));
        }
        judge.see(Event::new(0, What::Settled { scenario: self.scenario.clone(), audit_read: tapped }));
        judge.finish().scenarios.remove(0)
    }

    fn event(&self, index: u8, what: Happening) -> Event {
        let case = self.cases.get(usize::from(index)).unwrap();
        let answered = |outcome| What::Answered { took_us: 1000, outcome };
        let arrived = |part| What::Arrived { part, by: By::Mark, arrival: Box::new(arrival(case)) };
        let owner = (!matches!(what, Happening::Stranger)).then_some(case.id);
        let what = match what {
            Happening::Sent => What::Sent,
            Happening::Answered(status) => answered(Ok(answer(status, "{}"))),
            Happening::Leaking(status) => answered(Ok(answer(status, "panic: runtime error: index out of range"))),
            Happening::Failed(how) => answered(Err(match how {
                Broken::Closed => Failure::Closed,
                Broken::Unreachable => Failure::Unreachable,
                Broken::Timeout => Failure::Timeout,
            })),
            Happening::Arrived(part) => arrived(Part(part % 3)),
            Happening::Stranger => arrived(Part::REQUEST),
            Happening::Recorded => What::AuditRecord {
                line: Octets::from(r#"{"tracking_id":"trk-1","subject":"alice","operation":"read","status":403}"#),
            },
        };
        Event::new(0, what).in_lane(Lane::default()).of_case(owner)
    }

    /// Each case was sent and then answered, arrived, or (raw bytes) refused by closing.
    fn assert_delivered(&self, told: &[(u8, Happening)]) {
        for case in &self.cases {
            let of = |(index, what): &(u8, Happening)| (u32::from(*index) == case.id.index).then_some(*what);
            let happened: Vec<Happening> = told.iter().filter_map(of).collect();
            assert!(happened.iter().any(|what| matches!(what, Happening::Sent)), "not sent, and passes: {told:?}");
            let delivered = happened.iter().any(|what| match what {
                Happening::Answered(_) | Happening::Leaking(_) => true,
                Happening::Arrived(part) => part % 3 < 2,
                Happening::Failed(Broken::Closed) => self.step.contains("raw"),
                _ => false,
            });
            assert!(delivered, "not delivered, and passes: {told:?}");
        }
    }
}

fn answer(status: Status, body: &str) -> Answered {
    Answered {
        status: match status {
            Status::Fine => 200,
            Status::Denied => 403,
            Status::Throttled => 429,
            Status::Gone => 404,
            Status::Broken => 502,
        },
        reason: None,
        headers: vec![("content-type".to_owned(), Octets::from("application/json"))],
        body: Capture::of(body.as_bytes(), 1 << 16),
        end: End::Complete,
        extras: None,
    }
}

fn arrival(case: &Case) -> Arrival {
    let call = case.call.http().cloned().unwrap_or_default();
    Arrival {
        upstream: Upstream::new("ledger").unwrap(),
        method: call.method,
        target: call.target,
        headers: call.headers,
        body: Capture::default(),
        extent: Extent::Whole,
    }
}
