//! What people and CI read of a run with one of each verdict, whose target answers with what acts on a terminal.

use std::collections::BTreeMap;

use super::{junit, summary};
use crate::judge::{
    AttackCount, BenignCount, CaseEvidence, Finding, Results, RunFacts, ScenarioResult, SuiteFacts, TargetFacts,
};
use crate::vocab::{Exit, Level, Reason, Severity, TargetKind, Verdict};

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
        findings: Vec::new(),
    }
}

fn finding(case: u32) -> Finding {
    Finding {
        fingerprint: "00112233aabbccdd".to_owned(),
        title: format!("leaks: expected nothing about the inside, seen {HOSTILE}"),
        severity: Severity::High,
        case,
        evidence: CaseEvidence {
            request: "GET /accounts/1".to_owned(),
            identity: Some("alice".to_owned()),
            payload: None,
            encoding: None,
            answer: Some(format!("500 {HOSTILE}")),
            arrived: Vec::new(),
            broken: Vec::new(),
        },
        repro: format!("pincer run --only ERR-01.fail --case {case} --seed 7"),
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
    skipped.note = Some("the descriptor would have to declare claims: [input-filter]".to_owned());
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
        summary: scenarios.iter().map(|s| (s.verdict.word().to_owned(), 1)).collect::<BTreeMap<_, _>>(),
        scenarios,
        interrupted: true,
        exit: Exit::Fault,
    }
}

/// Whether a text only shows: its lines end, and nothing else in it acts.
fn is_inert(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() && c != '\n' || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'))
}

#[test]
fn the_summary_shows_each_verdict_and_does_nothing() {
    let text = summary(&results(), |family| format!("Family {family}"), |_, word| word.to_owned());
    assert!(is_inert(&text));
    insta::assert_snapshot!(text);
}

#[test]
fn a_suite_that_was_applicable_as_a_whole_needs_no_share() {
    let mut results = results();
    results.scenarios.retain(|scenario| scenario.verdict != Verdict::NotApplicable);
    let text = summary(&results, str::to_owned, |_, word| word.to_owned());
    assert!(!text.contains("were applicable"), "{text}");
}

#[test]
fn junit_shows_each_verdict_and_stays_xml() {
    let xml = junit(&results()).unwrap();
    assert!(is_inert(&xml));
    // What the target said closes no element of ours.
    assert_eq!(xml.matches("</system-out>").count(), 2);
    insta::assert_snapshot!(xml);
}
