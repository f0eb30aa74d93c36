//! `JUnit`: a suite for each control family, a test case for each scenario.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::inert;
use crate::judge::{Results, ScenarioResult};
use crate::vocab::Verdict;

/// The results as `JUnit` XML. What is inconclusive is an error, not a skip: a skip reads as green.
pub fn junit(results: &Results) -> Result<String, quick_junit::SerializeError> {
    let mut report = Report::new("pincer");
    let mut families: Vec<&str> = results.scenarios.iter().map(family).collect();
    families.dedup();
    for name in families {
        let mut suite = TestSuite::new(name);
        suite.add_test_cases(results.scenarios.iter().filter(|s| family(s) == name).map(case));
        report.add_test_suite(suite);
    }
    report.to_string()
}

fn family(scenario: &ScenarioResult) -> &str {
    scenario.control.split('-').next().unwrap_or_default()
}

fn case(scenario: &ScenarioResult) -> TestCase {
    let text = inert(&super::summary::why(scenario));
    let status = match scenario.verdict {
        Verdict::Pass | Verdict::Warn => TestCaseStatus::success(),
        Verdict::NotApplicable => TestCaseStatus::skipped(),
        Verdict::Fail => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Verdict::Inconclusive | Verdict::Error => TestCaseStatus::non_success(NonSuccessKind::Error),
    };
    let mut status = status;
    if !matches!(scenario.verdict, Verdict::Pass | Verdict::Warn) {
        status.set_message(text.clone());
    }
    let mut case = TestCase::new(scenario.id.clone(), status);
    case.set_classname(scenario.control.clone());
    if !scenario.findings.is_empty() {
        let findings = scenario.findings.iter().map(|f| format!("{}\n  {}", inert(&f.title), inert(&f.repro)));
        case.set_system_out(findings.collect::<Vec<_>>().join("\n"));
    }
    case
}
