//! What people and CI read of a run with one of each verdict, whose target answers with what acts on a terminal.

use std::collections::BTreeMap;

use super::{Detail, junit, summary};
use crate::judge::{
    Access, AccessCell, AnswerEvidence, ArrivalEvidence, AttackCount, BenignCount, CaseEvidence, ConfusionRow, Finding,
    PayloadKind, RatePoint, Results, RunFacts, ScenarioResult, Share, SuiteFacts, Tables, TargetFacts,
};
use crate::observe::{By, End, Extent};
use crate::plan::Phase;
use crate::vocab::{Exit, Level, Nonce, Reason, Severity, TargetKind, Verdict};

/// Colours, a cleared screen, a line that claims a pass, a direction override, an end of CDATA and markup.
const HOSTILE: &str = "\u{1b}[2J\u{1b}[32m\r\n  pass   \u{202e}lla\u{7} ]]></system-out><a b=\"&\u{0}";

fn scenario(control: &str, verdict: Verdict) -> ScenarioResult {
    ScenarioResult {
        id: format!("{control}.{}", verdict.word().replace('_', "-")),
        title: format!("A scenario that ends in {}", verdict.word()),
        control: control.to_owned(),
        level: Level::Must,
        verdict,
        reason: None,
        note: None,
        benign: BenignCount { total: 1, held: 1 },
        attack: AttackCount { total: 4, held: 4, broken: 0, unresolved: 0 },
        trials: None,
        findings: Vec::new(),
    }
}

fn finding(case: u32) -> Finding {
    Finding {
        fingerprint: "00112233aabbccdd".to_owned(),
        title: format!("leaks: expected no internal details, seen {HOSTILE}"),
        severity: Severity::High,
        case,
        evidence: CaseEvidence {
            request: "GET /accounts/1".to_owned(),
            headers: vec!["accept: application/json".to_owned(), "x-api-key: $ALICE_X_API_KEY".to_owned()],
            body: Some(HOSTILE.to_owned()),
            identity: Some("alice".to_owned()),
            forgery: None,
            payload: Some("sql 7".to_owned()),
            encoding: None,
            placement: Some("id".to_owned()),
            answer: Some(AnswerEvidence {
                status: 500,
                headers: vec![format!("server: {HOSTILE}")],
                body: HOSTILE.to_owned(),
                end: End::Complete,
                interim: vec![format!("103 {HOSTILE}")],
                trailers: vec![format!("x-note: {HOSTILE}")],
                behind: Some(HOSTILE.to_owned()),
            }),
            no_answer: None,
            arrived: vec![ArrivalEvidence {
                upstream: "ledger".to_owned(),
                request: format!("GET /{HOSTILE}"),
                body: HOSTILE.to_owned(),
                by: By::Mark,
                extent: Extent::Whole,
            }],
            upstream: None,
            planted: None,
            turns: Vec::new(),
            broken: Vec::new(),
        },
        repro: format!("pincer run --only ERR-01.fail --case {case} --seed 7"),
        curl: Some("curl -sS \"$PINCER_TARGET\"'/accounts/1'".to_owned()),
        file: None,
        step: None,
        place: Some("scenarios/gateway/ERR-01.fail.yaml:12".to_owned()),
    }
}

fn row(kind: PayloadKind, set: &str, encoding: &str, [blocked, passed, altered, unresolved]: [u64; 4]) -> ConfusionRow {
    let share = Share { share: 0.5, low: 0.25, high: 0.75 };
    ConfusionRow {
        kind,
        set: set.to_owned(),
        encoding: serde_json::from_value(encoding.into()).unwrap(),
        scenarios: ["INP-01.pass".to_owned()].into(),
        cases: blocked + passed + altered + unresolved,
        blocked,
        passed,
        altered,
        unresolved,
        blocked_share: (blocked + passed + altered > 0).then_some(share),
    }
}

fn cell(identity: Option<&str>, operation: &str, expected: Access, [served, refused, unclear]: [u64; 3]) -> AccessCell {
    AccessCell {
        identity: identity.map(str::to_owned),
        operation: operation.to_owned(),
        scenarios: ["RBAC-02.matrix".to_owned()].into(),
        expected,
        served,
        refused,
        unclear,
    }
}

fn tables() -> Tables {
    let point = RatePoint {
        scenario: "RATE-01.error".to_owned(),
        case: 1,
        phase: Phase::Attack,
        stream: 0,
        identity: Some("alice".to_owned()),
        offered_per_second: 80.0,
        offered_quotas: Some(4.0),
        lasted_s: 2.0,
        sent: 160,
        admitted: 45,
        admitted_in_window: Some(25),
        allowed_in_window: Some(25),
        allowed: Some(45),
        statuses: [(200, 45), (429, 114), (503, 1)].into(),
        p50_us: 1_234,
        p99_us: 20_050,
    };
    let beside = RatePoint {
        stream: 1,
        identity: None,
        offered_quotas: None,
        offered_per_second: 10.0,
        allowed: None,
        ..point.clone()
    };
    Tables {
        confusion: vec![
            row(PayloadKind::Attack, "nosql", "plain", [0, 0, 0, 3]),
            row(PayloadKind::Attack, "sql", "plain", [180, 3, 0, 0]),
            ConfusionRow {
                blocked_share: Some(Share { share: 0.1, low: 0.0, high: 0.3 }),
                ..row(PayloadKind::Attack, "sql", "double-percent", [3, 180, 0, 0])
            },
            row(PayloadKind::Benign, "benign-prose", "plain", [18, 188, 2, 0]),
        ],
        access: vec![
            cell(None, "read", Access::Refused, [1, 0, 0]),
            cell(None, "create", Access::Refused, [0, 1, 0]),
            cell(Some("alice"), "read", Access::Served, [1, 0, 0]),
            cell(Some("alice"), "create", Access::Refused, [0, 0, 1]),
            cell(Some("operator"), "create", Access::Served, [0, 1, 0]),
        ],
        rates: vec![point, beside],
    }
}

fn results() -> Results {
    let mut failed = scenario("ERR-01", Verdict::Fail);
    failed.attack = AttackCount { total: 4, held: 0, broken: 4, unresolved: 0 };
    failed.findings = (1..5).map(finding).collect();
    let mut warned = scenario("ERR-03", Verdict::Warn);
    warned.attack = AttackCount { total: 4, held: 3, broken: 1, unresolved: 0 };
    warned.findings = vec![finding(9)];
    let mut open = scenario("INP-02", Verdict::Inconclusive);
    open.reason = Some(Reason::TwinFailed);
    open.note = Some(format!("status: expected 200, seen {HOSTILE}"));
    let mut skipped = scenario("INP-03", Verdict::NotApplicable);
    skipped.reason = Some(Reason::NotClaimed);
    skipped.note = Some("declare in the descriptor: claims: [input-filter]".to_owned());
    skipped.attack = AttackCount::default();
    let mut broken = scenario("RATE-01", Verdict::Error);
    broken.reason = Some(Reason::HarnessFault);
    broken.note = Some("no space left on device".to_owned());
    let scenarios = vec![failed, warned, scenario("INP-01", Verdict::Pass), open, skipped, broken];
    Results {
        format: "pincer/results".to_owned(),
        version: 1,
        run: RunFacts {
            id: "run".to_owned(),
            seed: 7,
            nonce: Nonce::new(0x5eed),
            started: "2026-11-25T00:00:00Z".to_owned(),
            finished: "2026-11-25T00:00:01Z".to_owned(),
            pincer: "0.1.0".to_owned(),
        },
        target: TargetFacts {
            name: format!("acme{HOSTILE}"),
            kind: TargetKind::Gateway,
            version: "1".to_owned(),
            digest: "sha256:0".to_owned(),
        },
        suite: SuiteFacts { name: "gateway".to_owned(), digest: "sha256:0".to_owned() },
        calibration: None,
        summary: scenarios.iter().map(|s| (s.verdict.word().to_owned(), 1)).collect::<BTreeMap<_, _>>(),
        scenarios,
        tables: tables(),
        interrupted: true,
        trace: None,
        exit: Exit::Fault,
    }
}

/// Whether a text only shows: its lines end, and nothing else in it acts.
fn is_inert(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() && c != '\n' || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'))
}

#[test]
fn the_summary_shows_each_verdict_and_does_nothing() {
    let text = summary(&results(), Detail::Short, |family| format!("Family {family}"), |_, word| word.to_owned());
    assert!(is_inert(&text));
    insta::assert_snapshot!(text);
}

#[test]
fn the_full_summary_shows_all_that_is_known_and_does_nothing() {
    let text = summary(&results(), Detail::Full, |family| format!("Family {family}"), |_, word| word.to_owned());
    assert!(is_inert(&text));
    insta::assert_snapshot!(text);
}

#[test]
fn tables_fit_a_terminal() {
    let mut results = results();
    results
        .tables
        .access
        .extend((0..30).map(|n| cell(Some(&format!("service-account-{n}")), "read", Access::Served, [1, 0, 0])));
    results.tables.confusion.push(row(
        PayloadKind::Attack,
        "deserialization",
        "unicode-escape",
        [10_000, 90_000, 0, 7],
    ));
    for (detail, columns) in [(Detail::Short, 80), (Detail::Full, 100)] {
        let text = super::tables(&results, detail);
        let longest = text.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(longest <= columns, "{longest}: {text}");
    }
}

#[test]
fn a_suite_that_is_applicable_as_a_whole_needs_no_share() {
    let mut results = results();
    results.scenarios.retain(|scenario| scenario.verdict != Verdict::NotApplicable);
    let text = summary(&results, Detail::Short, str::to_owned, |_, word| word.to_owned());
    assert!(!text.contains("applicable."), "{text}");
}

#[test]
fn junit_shows_each_verdict_and_stays_xml() {
    let xml = junit(&results()).unwrap();
    assert!(is_inert(&xml));
    // What the target said closes no element of ours.
    assert_eq!(xml.matches("</system-out>").count(), 2);
    insta::assert_snapshot!(xml);
}
