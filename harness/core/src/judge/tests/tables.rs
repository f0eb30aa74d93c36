//! The tables of a run.

use proptest::prelude::*;

use super::fixture::{Run, answer, arrived, event, stream};
use crate::judge::{Access, AccessCell, ConfusionRow, PayloadKind, Share};
use crate::observe::{Event, Failure};
use crate::scenario::Encoding;
use crate::vocab::Part;

/// Three payloads in two encodings: cases 1 to 6, a payload's encodings side by side.
const ATTACKS: &str = "{ send: { op: search, as: alice, fill: { q: \"${payload}\" } }, payloads: [probes], \
     encode: [plain, percent], expect: { arrives: never } }";
/// Three texts: cases 1 to 3.
const TEXTS: &str = "{ send: { op: annotate, as: alice, fill: { text: \"${payload}\" } }, payloads: [probes], \
     expect: { status: 200, arrives: unchanged } }";

fn counts(row: &ConfusionRow) -> [u64; 5] {
    [row.cases, row.blocked, row.passed, row.altered, row.unresolved]
}

fn arrival(run: &Run, index: u32) -> Event {
    event(run.case(index).id, arrived(Part::REQUEST, run.arrival(index)))
}

#[test]
fn arrived_payload_passed_and_missing_one_was_blocked_whatever_the_answer() {
    let mut run = Run::of(ATTACKS);
    run.attacks().into_iter().for_each(|index| run.sent(index));
    // Plain: refused; refused but forwarded; answered 200 without a call. Percent: throttled, no answer, forwarded.
    run.answered(1, answer(403, "{}"));
    run.arrived(3);
    run.answered(3, answer(403, "{}"));
    run.answered(5, answer(200, "{}"));
    run.answered(2, answer(429, "{}"));
    run.failed(4, Failure::Timeout);
    run.arrived(6);
    let tables = run.tables([]);
    let [plain, percent] = tables.confusion.as_slice() else { panic!("{tables:#?}") };
    assert_eq!((plain.kind, plain.set.as_str(), plain.encoding), (PayloadKind::Attack, "probes", Encoding::Plain));
    assert_eq!(plain.scenarios.iter().collect::<Vec<_>>(), ["INP-01.made"]);
    assert_eq!(counts(plain), [3, 2, 1, 0, 0]);
    let share = plain.blocked_share.unwrap();
    assert_eq!((share.share, share.low, share.high), (0.6667, 0.0943, 0.9916));
    assert_eq!(percent.encoding, Encoding::Percent);
    assert_eq!(counts(percent), [3, 0, 1, 0, 2]);
    assert_eq!(percent.blocked_share, Some(Share { share: 0.0, low: 0.0, high: 0.975 }));
}

#[test]
fn target_that_forwards_nothing_has_blocked_nothing() {
    let mut run = Run::without_twin(ATTACKS);
    run.sent(0);
    run.answered(0, answer(403, "{}"));
    for index in run.attacks() {
        run.sent(index);
        run.answered(index, answer(403, "{}"));
    }
    let rows = run.tables([arrival(&run, 1)]).confusion;
    assert_eq!(rows.iter().map(counts).collect::<Vec<_>>(), [[3, 0, 0, 0, 3]; 2]);
    assert_eq!(rows.last().unwrap().blocked_share, None);
    // If one call arrives, the others were blocked.
    run.arrived(3);
    let rows = run.tables([]).confusion;
    assert_eq!(rows.iter().map(counts).collect::<Vec<_>>(), [[3, 2, 1, 0, 0], [3, 3, 0, 0, 0]]);
}

#[test]
fn arrival_that_names_no_case_leaves_blocked_cases_open() {
    let mut run = Run::of(ATTACKS);
    for index in run.attacks() {
        run.sent(index);
        run.answered(index, answer(403, "{}"));
    }
    run.stranger();
    assert_eq!(run.tables([]).confusion.iter().map(counts).collect::<Vec<_>>(), [[3, 0, 0, 0, 3]; 2]);
}

#[test]
fn late_arrival_is_counted_once() {
    let mut run = Run::of(ATTACKS);
    for index in run.attacks() {
        run.sent(index);
        run.answered(index, answer(403, "{}"));
    }
    run.arrived(3);
    // Case 1 was blocked and case 3 had passed.
    let late = [arrival(&run, 1), arrival(&run, 1), arrival(&run, 3)];
    let rows = run.tables(late).confusion;
    assert_eq!(rows.iter().map(counts).collect::<Vec<_>>(), [[3, 1, 2, 0, 0], [3, 3, 0, 0, 0]]);
}

#[test]
fn benign_texts_pass_unchanged_or_are_false_alarms() {
    let mut run = Run::of(TEXTS);
    run.attacks().into_iter().for_each(|index| run.sent(index));
    run.arrived(1);
    run.answered(1, answer(200, "{}"));
    run.answered(2, answer(403, "{}"));
    let mut changed = run.arrival(3);
    changed.method = "PUT".to_owned();
    run.arrived_as(3, 0, changed);
    let tables = run.tables([]);
    let [row] = tables.confusion.as_slice() else { panic!("{tables:#?}") };
    assert_eq!((row.kind, row.encoding), (PayloadKind::Benign, Encoding::Plain));
    assert_eq!(counts(row), [3, 1, 1, 1, 0]);
}

#[test]
fn payloads_without_an_arrival_check_are_not_counted() {
    // The payload is the upstream's, or no expectation checks its arrival.
    for step in [
        "{ send: { op: read, as: alice }, payloads: [traces], upstream: { status: 500, body: \"${payload}\" }, \
          expect: { arrives: never } }",
        "{ send: { op: search, as: alice, fill: { q: \"${payload}\" } }, payloads: [probes], expect: { status: 400 } }",
        "{ send: { op: read, as: alice }, expect: { arrives: never } }",
    ] {
        let mut run = Run::of(step);
        for index in run.attacks() {
            run.sent(index);
            run.answered(index, answer(400, "{}"));
        }
        assert_eq!(run.tables([]).confusion, []);
    }
}

#[test]
fn access_compares_the_declaration_with_what_was_seen() {
    let mut run = Run::of("{ send: { op: [read, annotate], as: \"*\" }, expect: { policy: true } }");
    let cases: Vec<_> = run.attacks().into_iter().map(|index| run.case(index)).collect();
    let at = |operation: &str, identity: &str| {
        let fits = |case: &&crate::plan::Case| {
            case.operation.as_str() == operation && case.identity.as_ref().is_some_and(|who| who.as_str() == identity)
        };
        cases.iter().find(fits).unwrap().id.index
    };
    for case in &cases {
        run.sent(case.id.index);
    }
    run.arrived(at("read", "alice"));
    run.answered(at("read", "alice"), answer(200, "{}"));
    run.answered(at("read", "bob"), answer(403, "{}"));
    run.answered(at("annotate", "alice"), answer(500, "{}"));
    let cells = run.tables([]).access;
    let seen = |cell: &AccessCell| {
        (cell.identity.clone().unwrap(), cell.operation.clone(), [cell.served, cell.refused, cell.unclear])
    };
    let row = |who: &str, what: &str, counts| (who.to_owned(), what.to_owned(), counts);
    assert_eq!(
        cells.iter().map(seen).collect::<Vec<_>>(),
        [
            row("alice", "annotate", [0, 0, 1]),
            row("alice", "read", [1, 0, 0]),
            row("bob", "annotate", [0, 0, 1]),
            row("bob", "read", [0, 1, 0]),
        ]
    );
    assert!(cells.iter().all(|cell| cell.expected == Access::Served));
}

#[test]
fn anonymous_caller_is_expected_to_be_refused() {
    let mut run = Run::of("{ send: { op: read }, expect: { policy: true } }");
    run.sent(1);
    run.arrived(1);
    run.answered(1, answer(200, "{}"));
    let cells = run.tables([]).access;
    let [cell] = cells.as_slice() else { panic!("{cells:#?}") };
    assert_eq!((&cell.identity, cell.expected, cell.served), (&None, Access::Refused, 1));
}

#[test]
fn floods_are_reported_by_stream() {
    let mut run = Run::of(
        "{ send: { op: read, as: alice }, flood: { rate: 4x, for: 2s, beside: [ { as: bob, rate: 0.5x } ] }, \
         expect: { rate: isolated } }",
    );
    run.sent(1);
    let mut flood = stream(160, &[(200, 30), (429, 130)], (0..30).map(|n| n * 100_000).collect());
    flood.latency_us = [900, 4_000, 5_000];
    run.flooded(1, vec![flood, stream(20, &[(200, 20)], vec![0; 20])], 0);
    let points = run.tables([]).rates;
    let [first, beside] = points.as_slice() else { panic!("{points:#?}") };
    assert_eq!((first.stream, first.identity.as_deref(), first.case), (0, Some("alice"), 1));
    assert_eq!((first.offered_per_second, first.offered_quotas, first.lasted_s), (80.0, Some(4.0), 2.0));
    assert_eq!((first.sent, first.admitted, first.admitted_in_window), (160, 30, Some(10)));
    // The quota is 20 a second, the burst 5.
    assert_eq!((first.allowed_in_window, first.allowed), (Some(25), Some(45)));
    assert_eq!((first.p50_us, first.p99_us, first.statuses.get(&429)), (900, 4_000, Some(&130)));
    assert_eq!((beside.stream, beside.identity.as_deref(), beside.offered_quotas), (1, Some("bob"), Some(0.5)));
    assert_eq!((beside.admitted, beside.admitted_in_window), (20, Some(20)));
}

proptest! {
    // Building the leak scanner takes 10 ms a case.
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn counts_sum_up_to_the_cases(benign: bool, twin: bool, story in prop::collection::vec((1..7_u32, 0..5_u8), 0..24)) {
        let step = if benign { TEXTS } else { ATTACKS };
        let mut run = if twin { Run::of(step) } else { Run::without_twin(step) };
        let attacks = run.attacks();
        let forwards = twin || story.iter().any(|(index, what)| attacks.contains(index) && *what == 3);
        let mut late = Vec::new();
        for (index, what) in story.iter().filter(|(index, _)| attacks.contains(index)) {
            match what {
                0 => run.sent(*index),
                1 => run.answered(*index, answer(403, "{}")),
                2 => run.answered(*index, answer(429, "{}")),
                3 => run.arrived(*index),
                _ => late.push(arrival(&run, *index)),
            }
        }
        let rows = run.tables(late).confusion;
        prop_assert_eq!(rows.iter().map(|row| row.cases).sum::<u64>(), u64::try_from(attacks.len()).unwrap());
        for row in rows {
            prop_assert_eq!(row.blocked + row.passed + row.altered + row.unresolved, row.cases);
            prop_assert_eq!(row.blocked_share.is_none(), row.unresolved == row.cases);
            prop_assert!(forwards || row.blocked == 0);
        }
    }
}
