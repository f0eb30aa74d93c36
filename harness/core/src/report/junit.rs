//! `JUnit`: a suite for each control family, a test case for each scenario, a property for each row of a table.
//!
//! It is valid by Jenkins' `junit-10.xsd`, and each suite by Surefire's `surefire-test-report.xsd`: attributes that only one
//! of them knows are left out.

use std::collections::BTreeSet;
use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::evidence::evidence;
use super::tables::shares;
use super::{excuse, family, inert};
use crate::judge::{Access, AccessCell, ConfusionRow, PayloadKind, RatePoint, Results, ScenarioResult, Tables};
use crate::observe::State;
use crate::vocab::{Verdict, word};

/// What a test case counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Passed,
    Skipped,
    Failure,
    Error,
}

/// The results as `JUnit` XML. What is inconclusive is an error, not a skip: a skip reads as green. What a waiver or a
/// baseline excuses is a skip that says so.
pub fn junit(results: &Results) -> io::Result<String> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 4);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let mut families = results.scenarios.chunk_by(|a, b| family(&a.control) == family(&b.control));
    let all = Count::of(results, &results.scenarios);
    let head = [("name", "pincer".to_owned()), ("tests", all.tests.to_string())];
    let more = [("failures", all.failures.to_string()), ("errors", all.errors.to_string()), ("time", all.time())];
    let element = writer.create_element("testsuites").with_attributes(attributes(&head));
    element
        .with_attributes(attributes(&more))
        .write_inner_content(|writer| families.try_for_each(|of| suite(writer, results, of)))?;
    let mut bytes = writer.into_inner();
    bytes.push(b'\n');
    String::from_utf8(bytes).map_err(io::Error::other)
}

/// Counts of a suite.
#[derive(Debug, Default)]
struct Count {
    tests: u64,
    failures: u64,
    errors: u64,
    skipped: u64,
    took_ms: u64,
}

impl Count {
    fn of(results: &Results, scenarios: &[ScenarioResult]) -> Self {
        let mut count = Self::default();
        for scenario in scenarios {
            let status = status(results, scenario);
            count.tests += 1;
            count.failures += u64::from(status == Status::Failure);
            count.errors += u64::from(status == Status::Error);
            count.skipped += u64::from(status == Status::Skipped);
            count.took_ms = count.took_ms.saturating_add(scenario.took_ms);
        }
        count
    }

    fn time(&self) -> String {
        seconds(self.took_ms)
    }
}

fn attributes<'a>(pairs: &'a [(&'a str, String)]) -> impl Iterator<Item = (&'a str, &'a str)> {
    pairs.iter().map(|(key, value)| (*key, value.as_str()))
}

fn suite(writer: &mut Writer<Vec<u8>>, results: &Results, scenarios: &[ScenarioResult]) -> io::Result<()> {
    let name = scenarios.first().map_or("", |scenario| family(&scenario.control));
    let count = Count::of(results, scenarios);
    let head = [
        ("name", xml(name)),
        ("tests", count.tests.to_string()),
        ("failures", count.failures.to_string()),
        ("errors", count.errors.to_string()),
        ("skipped", count.skipped.to_string()),
        ("time", count.time()),
    ];
    writer.create_element("testsuite").with_attributes(attributes(&head)).write_inner_content(|writer| {
        let doubt = results.trace.as_ref().filter(|trail| trail.state != State::Whole);
        let mut properties = properties(&results.tables, name);
        properties.extend(doubt.map(|trail| ("trace".to_owned(), xml(&trail.text()))));
        if !properties.is_empty() {
            writer.create_element("properties").write_inner_content(|writer| {
                for (name, value) in &properties {
                    let pair = [("name", name.as_str()), ("value", value.as_str())];
                    writer.create_element("property").with_attributes(pair).write_empty()?;
                }
                Ok(())
            })?;
        }
        scenarios.iter().try_for_each(|scenario| case(writer, results, scenario))
    })?;
    Ok(())
}

/// The rows of the tables that scenarios of a family made.
fn properties(tables: &Tables, name: &str) -> Vec<(String, String)> {
    let of = |scenarios: &BTreeSet<String>| scenarios.iter().any(|id| family(id) == name);
    let confusion = tables.confusion.iter().filter(|row| of(&row.scenarios)).map(payloads);
    let access = tables.access.iter().filter(|cell| of(&cell.scenarios)).map(access);
    let rates = tables.rates.iter().filter(|point| family(&point.scenario) == name).map(rate);
    confusion.chain(access).chain(rates).map(|(key, value)| (xml(&key), xml(&value))).collect()
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

fn status(results: &Results, scenario: &ScenarioResult) -> Status {
    match scenario.verdict {
        Verdict::Pass | Verdict::Warn => Status::Passed,
        Verdict::NotApplicable => Status::Skipped,
        Verdict::Fail | Verdict::Inconclusive if excuse(results, scenario).is_some() => Status::Skipped,
        Verdict::Fail => Status::Failure,
        Verdict::Inconclusive | Verdict::Error => Status::Error,
    }
}

fn case(writer: &mut Writer<Vec<u8>>, results: &Results, scenario: &ScenarioResult) -> io::Result<()> {
    let (name, class, time) = (xml(&scenario.id), xml(&scenario.control), seconds(scenario.took_ms));
    let pairs = [("name", name.as_str()), ("classname", class.as_str()), ("time", time.as_str())];
    let element = writer.create_element("testcase").with_attributes(pairs);
    let mut message = xml(&super::summary::why(scenario).join("; "));
    if let Some(excuse) = excuse(results, scenario) {
        message = xml(&format!("{excuse}: {message}"));
    }
    let told = told(scenario);
    let status = status(results, scenario);
    if status == Status::Passed && told.is_empty() {
        element.write_empty()?;
        return Ok(());
    }
    element.write_inner_content(|writer| {
        let reason = scenario.reason.as_ref().map(word);
        let oracle = scenario.findings.first().map(|finding| finding.oracle().to_owned());
        let kind = reason.or(oracle).unwrap_or_else(|| scenario.verdict.word().to_owned());
        let bad = |writer: &mut Writer<Vec<u8>>, name: &str| {
            let text = if told.is_empty() { &message } else { &told };
            let pairs = [("type", xml(&kind)), ("message", message.clone())];
            let element = writer.create_element(name).with_attributes(attributes(&pairs));
            element.write_text_content(BytesText::new(text)).map(|_| ())
        };
        match status {
            Status::Failure => return bad(writer, "failure"),
            Status::Error => bad(writer, "error")?,
            Status::Skipped => {
                let element = writer.create_element("skipped").with_attribute(("message", message.as_str()));
                element.write_empty()?;
            }
            Status::Passed => {}
        }
        if !told.is_empty() && status != Status::Error {
            writer.create_element("system-out").write_text_content(BytesText::new(&told))?;
        }
        Ok(())
    })?;
    Ok(())
}

/// The findings of a scenario with their evidence.
fn told(scenario: &ScenarioResult) -> String {
    let findings = scenario.findings.iter().map(|finding| {
        let place = finding.place.iter().map(|place| format!("in {}", xml(&place.to_string())));
        let lines: Vec<String> =
            place.chain([xml(&finding.repro)]).chain(evidence(finding).iter().map(|line| xml(line))).collect();
        format!("{}\n  {}", xml(&finding.title), lines.join("\n  "))
    });
    findings.collect::<Vec<_>>().join("\n")
}

/// A text as XML 1.0 may hold it: nothing acts, and the two signs that are in no document are shown.
fn xml(text: &str) -> String {
    inert(text).replace('\u{fffe}', "\\u{fffe}").replace('\u{ffff}', "\\u{ffff}")
}

/// Milliseconds in seconds with three decimals.
fn seconds(millis: u64) -> String {
    format!("{}.{:03}", millis / 1000, millis % 1000)
}
