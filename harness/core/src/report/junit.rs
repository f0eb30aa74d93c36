//! `JUnit`: a suite for each control family, a test case for each scenario, a property for each row of a table.

use std::collections::BTreeSet;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::evidence::evidence;
use super::tables::shares;
use super::{family, inert};
use crate::judge::{Access, AccessCell, ConfusionRow, PayloadKind, RatePoint, Results, ScenarioResult, Tables};
use crate::observe::State;
use crate::vocab::{Verdict, word};

/// The results as `JUnit` XML. What is inconclusive is an error, not a skip: a skip reads as green.
pub fn junit(results: &Results) -> Result<String, quick_junit::SerializeError> {
    let mut report = Report::new("pincer");
    let mut families: Vec<&str> = results.scenarios.iter().map(|scenario| family(&scenario.control)).collect();
    families.dedup();
    for name in families {
        let mut suite = TestSuite::new(name);
        suite.add_properties(properties(&results.tables, name));
        let doubt = results.trace.as_ref().filter(|trail| trail.state != State::Whole);
        suite.add_properties(doubt.map(|trail| ("trace".to_owned(), trail.text())));
        suite.add_test_cases(results.scenarios.iter().filter(|s| family(&s.control) == name).map(case));
        report.add_test_suite(suite);
    }
    report.to_string()
}

/// The rows of the tables that scenarios of a family made.
fn properties(tables: &Tables, name: &str) -> Vec<(String, String)> {
    let of = |scenarios: &BTreeSet<String>| scenarios.iter().any(|id| family(id) == name);
    let confusion = tables.confusion.iter().filter(|row| of(&row.scenarios)).map(payloads);
    let access = tables.access.iter().filter(|cell| of(&cell.scenarios)).map(access);
    let rates = tables.rates.iter().filter(|point| family(&point.scenario) == name).map(rate);
    confusion.chain(access).chain(rates).map(|(key, value)| (inert(&key), inert(&value))).collect()
}

fn payloads(row: &ConfusionRow) -> (String, String) {
    let kind = match row.kind {
        PayloadKind::Attack => "attack",
        PayloadKind::Benign => "benign",
    };
    let altered = if row.kind == PayloadKind::Benign { format!(", altered {}", row.altered) } else { String::new() };
    let (share, interval) = shares(row.blocked_share);
    let share = if interval.is_empty() { share } else { format!("{share} % ({interval})") };
    (
        format!("{kind}.{}.{}", row.set, word(&row.encoding)),
        format!(
            "cases {}, blocked {}, passed {}{altered}, unresolved {}, blocked share {share}",
            row.cases, row.blocked, row.passed, row.unresolved
        ),
    )
}

fn access(cell: &AccessCell) -> (String, String) {
    let expected = match cell.expected {
        Access::Served => "served",
        Access::Refused => "refused",
    };
    (
        format!("access.{}.{}", cell.identity.as_deref().unwrap_or("nobody"), cell.operation),
        format!("expected {expected}, seen served {}, refused {}, unclear {}", cell.served, cell.refused, cell.unclear),
    )
}

fn rate(point: &RatePoint) -> (String, String) {
    let allowed = point.allowed.map_or_else(|| "nothing declared".to_owned(), |allowed| allowed.to_string());
    (
        format!("rate.{}.{}.{}", point.scenario, point.case, point.stream),
        format!(
            "{} calls/s by {}, sent {}, admitted {}, allowed {allowed}, p50 {} us, p99 {} us",
            point.offered_per_second,
            point.identity.as_deref().unwrap_or("nobody"),
            point.sent,
            point.admitted,
            point.p50_us,
            point.p99_us
        ),
    )
}

fn case(scenario: &ScenarioResult) -> TestCase {
    let text = inert(&super::summary::why(scenario).join("; "));
    let status = match scenario.verdict {
        Verdict::Pass | Verdict::Warn => TestCaseStatus::success(),
        Verdict::NotApplicable => TestCaseStatus::skipped(),
        Verdict::Fail => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Verdict::Inconclusive | Verdict::Error => TestCaseStatus::non_success(NonSuccessKind::Error),
    };
    let mut status = status;
    if !matches!(scenario.verdict, Verdict::Pass | Verdict::Warn) {
        status.set_message(text.clone());
        if let Some(reason) = &scenario.reason {
            status.set_type(word(reason));
        }
    }
    let mut case = TestCase::new(scenario.id.clone(), status);
    case.set_classname(scenario.control.clone());
    if !scenario.findings.is_empty() {
        let findings = scenario.findings.iter().map(|finding| {
            let place = finding.place.iter().map(|place| format!("in {}", inert(place)));
            let lines: Vec<String> = place.chain([inert(&finding.repro)]).chain(evidence(finding)).collect();
            format!("{}\n  {}", inert(&finding.title), lines.join("\n  "))
        });
        case.set_system_out(findings.collect::<Vec<_>>().join("\n"));
    }
    case
}
