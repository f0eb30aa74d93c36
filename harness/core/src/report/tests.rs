//! What people and CI read of a run with one of each verdict, whose target answers with what acts on a terminal.

use std::collections::BTreeMap;

use super::{Detail, MARKDOWN_MOST, SARIF_MOST, annotations, junit, markdown, sarif, summary};
use crate::judge::{
    Acceptance, Access, AccessCell, AnswerEvidence, ArrivalEvidence, AttackCount, BenignCount, CaseEvidence,
    ConfusionRow, FailOn, Finding, PayloadKind, Place, RatePoint, Results, RunFacts, ScenarioResult, Share, SuiteFacts,
    Tables, TargetFacts, Waiver, WaiverState, Waiving,
};
use crate::observe::{By, End, Extent};
use crate::plan::Phase;
use crate::scenario::{Catalogue, Control};
use crate::vocab::{ControlId, Exit, Level, Nonce, Reason, Severity, TargetKind, Verdict};

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
        waiver: None,
        took_ms: 1_234,
        findings: Vec::new(),
        unlisted: 0,
        place: None,
    }
}

fn finding(case: u32) -> Finding {
    Finding {
        fingerprint: "00112233aabbccdd".to_owned(),
        operation: "read".to_owned(),
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
        known: None,
        waiver: None,
        step: None,
        place: Some(Place { file: "scenarios/gateway/ERR-01.fail.yaml".to_owned(), line: 12 }),
        declared: Some(Place { file: "my gateway.yaml".to_owned(), line: 9 }),
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

pub(crate) fn results() -> Results {
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
        acceptance: None,
        interrupted: true,
        trace: None,
        exit: Exit::Fault,
    }
}

/// A catalogue of two of the controls that the results are about.
pub(crate) fn catalogue() -> Catalogue {
    let control = |id: &str, level| Control {
        id: ControlId::new(id).unwrap(),
        level,
        applies: "both".to_owned(),
        statement: "Errors say nothing of the inside.".to_owned(),
        test: "Provoke errors | and <read> them.".to_owned(),
        maps: [("cwe".to_owned(), "209 550†".to_owned())].into(),
    };
    Catalogue {
        pincer: "controls/v1".to_owned(),
        families: [("ERR".to_owned(), "Secure error handling".to_owned())].into(),
        controls: vec![control("ERR-01", Level::Must), control("ERR-03", Level::Should)],
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
    assert_eq!(xml.matches("</system-out>").count(), 1);
    assert_eq!(xml.matches("</failure>").count(), 1);
    insta::assert_snapshot!(xml);
}

/// The same results with so many scenarios that failed.
fn many(count: usize) -> Results {
    let mut results = results();
    let failed = results.scenarios[0].clone();
    let one = |number: usize| ScenarioResult { id: format!("ERR-01.many-{number:06}"), ..failed.clone() };
    results.scenarios = (0..count).map(one).collect();
    results
}

#[test]
fn sarif_has_a_result_for_each_fingerprint_with_its_place() {
    let log: serde_json::Value = serde_json::from_str(&sarif(&results(), &catalogue()).unwrap()).unwrap();
    let run = &log["runs"][0];
    let found = run["results"].as_array().unwrap();
    let levels: Vec<&str> = found.iter().map(|one| one["level"].as_str().unwrap()).collect();
    assert_eq!(levels, ["error", "warning", "note"], "four cases with one fingerprint are one result");
    assert_eq!(found[0]["occurrenceCount"], 4);
    assert_eq!(found[0]["partialFingerprints"]["primaryLocationLineHash"], "00112233aabbccdd:1");
    let place = &found[0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "my%20gateway.yaml");
    assert_eq!(place["region"]["startLine"], 9);
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for one in found {
        let at = usize::try_from(one["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[at]["id"], one["ruleId"]);
        assert!(is_inert(one["message"]["text"].as_str().unwrap()));
    }
    assert_eq!(rules[0]["help"]["text"].as_str().unwrap().lines().next(), Some("Errors say nothing of the inside."));
    assert_eq!(run["invocations"][0]["exitCode"], 4);
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    assert!(found[0].get("suppressions").is_none() && found[0].get("baselineState").is_none());
}

#[test]
fn sarif_leaves_out_what_consumers_refuse_and_says_so() {
    let text = sarif(&many(SARIF_MOST + 7), &catalogue()).unwrap();
    let log: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(log["runs"][0]["results"].as_array().unwrap().len(), SARIF_MOST);
    let told = log["runs"][0]["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"].as_str().unwrap();
    assert!(told.starts_with("7 results are left out"), "{told}");
}

#[test]
fn a_message_of_sarif_holds_no_placeholder_and_no_link() {
    let mut results = results();
    results.scenarios[0].findings[0].title = "json: [here](http://127.0.0.1) {0}".to_owned();
    let log: serde_json::Value = serde_json::from_str(&sarif(&results, &catalogue()).unwrap()).unwrap();
    let text = log["runs"][0]["results"][0]["message"]["text"].as_str().unwrap();
    assert!(text.contains("\\[here\\](http://127.0.0.1) {{0}}"), "{text}");
}

#[test]
fn a_page_of_markdown_shows_each_verdict() {
    let text = markdown(&results(), &catalogue());
    assert!(is_inert(&text));
    insta::assert_snapshot!(text);
}

#[test]
fn a_long_page_of_markdown_is_cut_between_entries_and_says_so() {
    let text = markdown(&many(20_000), &catalogue());
    assert!(text.len() <= MARKDOWN_MOST, "{}", text.len());
    let shown = text.matches("\n### ").count();
    assert!(shown > 100, "{shown}");
    assert!(text.ends_with("All of them are in `results.json`.\n"));
    assert!(text.contains(&format!("**{} scenarios are left out**", 20_000 - shown)), "{shown}");
}

#[test]
fn annotations_are_a_line_each_and_ten_of_a_level_at_most() {
    let text = annotations(&results());
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(lines[0].starts_with("::error file=my gateway.yaml,line=9,title=ERR-01.fail::"), "{text}");
    assert!(lines[1].starts_with("::warning file="), "{text}");
    let text = annotations(&many(100));
    assert_eq!(text.lines().count(), 10);
    assert!(text.ends_with("::91 more findings are in report.html and results.json\n"), "{text}");
}

#[test]
fn a_waiver_stands_in_every_report() {
    let mut results = results();
    let waiver = Waiver {
        id: Some("ERR-01.fail".to_owned()),
        fingerprint: None,
        reason: "being replaced".to_owned(),
        owner: "the team".to_owned(),
        expires: "2026-12-31".to_owned(),
    };
    let waivers = vec![Waiving { waiver, state: WaiverState::Active, covers: 1 }];
    results.scenarios[0].waiver = Some(0);
    results.acceptance = Some(Acceptance { fail_on: vec![FailOn::Fail], strict: false, baseline: None, waivers });
    let log: serde_json::Value = serde_json::from_str(&sarif(&results, &catalogue()).unwrap()).unwrap();
    let found = &log["runs"][0]["results"];
    assert_eq!(found[0]["suppressions"][0]["justification"], "being replaced");
    assert_eq!(found[0]["suppressions"][0]["status"], "accepted");
    assert_eq!(found[1]["suppressions"].as_array().map(Vec::len), Some(0));
    let text = summary(&results, Detail::Short, str::to_owned, |_, word| word.to_owned());
    let all = [super::html(&results, &catalogue()), markdown(&results, &catalogue()), junit(&results).unwrap(), text];
    for report in all {
        assert!(report.contains("waived until 2026-12-31 by the team"), "{report}");
    }
    assert!(junit(&results).unwrap().contains("<skipped message=\"waived until"));
    assert!(!annotations(&results).contains("::error"));
}
