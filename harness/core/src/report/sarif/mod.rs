//! SARIF 2.1.0, for code scanning: a rule for each control, a result for each fingerprint of a scenario.

mod format;
mod rules;

use std::collections::BTreeMap;

use format::{
    ArtifactLocation, AutomationDetails, Descriptor, Driver, Invocation, Location, Log, LogicalLocation, Notice,
    Notification, PhysicalLocation, Region, Run, SarifResult, Suppression, Text, Tool,
};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use sha2::{Digest as _, Sha256};

use super::inert;
use crate::judge::{Finding, Place, Results, ScenarioResult};
use crate::scenario::Catalogue;
use crate::vocab::{Exit, Verdict, word};

/// Results of a run that the best-known consumer takes: it refuses a file with more.
pub const SARIF_MOST: usize = 25_000;

/// The results as a SARIF log. What passed is left out, and so is what is not applicable; fails are first, and where there are
/// more results than [`SARIF_MOST`], the last are left out and a notification says how many.
pub fn sarif(results: &Results, catalogue: &Catalogue) -> serde_json::Result<String> {
    let rules = rules::Rules::of(results, catalogue);
    let mut scenarios: Vec<&ScenarioResult> = results.scenarios.iter().filter(|s| level(s.verdict).is_some()).collect();
    // A stable sort: within a verdict they stay in order of their ids.
    scenarios.sort_by_key(|scenario| match scenario.verdict {
        Verdict::Fail => 0,
        Verdict::Warn => 1,
        _ => 2,
    });
    let mut all = scenarios.into_iter().flat_map(|scenario| of_scenario(results, &rules, scenario));
    let kept: Vec<SarifResult<'_>> = all.by_ref().take(SARIF_MOST).collect();
    let left_out = all.count();
    let log = Log {
        schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "Pincer",
                    version: &results.run.pincer,
                    semantic_version: &results.run.pincer,
                    notifications: notices(),
                    rules: rules.list,
                },
            },
            automation_details: AutomationDetails {
                // What stands before the last slash is the category: runs against other targets don't replace this one.
                id: format!("pincer/{}/{}/", word(&results.target.kind), path(&results.target.name)),
            },
            invocations: [invocation(results, left_out)],
            column_kind: "unicodeCodePoints",
            results: kept,
            properties: properties(results),
        }],
    };
    let mut text = serde_json::to_string(&log)?;
    text.push('\n');
    Ok(text)
}

/// The level of a verdict; nothing for what is no result.
fn level(verdict: Verdict) -> Option<&'static str> {
    match verdict {
        Verdict::Fail => Some("error"),
        Verdict::Warn => Some("warning"),
        Verdict::Inconclusive => Some("note"),
        Verdict::Pass | Verdict::NotApplicable | Verdict::Error => None,
    }
}

/// The results of a scenario: one for each fingerprint, or one for a scenario that is open.
fn of_scenario<'a>(results: &'a Results, rules: &rules::Rules<'a>, of: &'a ScenarioResult) -> Vec<SarifResult<'a>> {
    let mut groups: Vec<(&str, &Finding, usize)> = Vec::new();
    for finding in &of.findings {
        match groups.iter_mut().find(|(mark, ..)| *mark == finding.fingerprint) {
            Some((.., count)) => *count += 1,
            None => groups.push((&finding.fingerprint, finding, 1)),
        }
    }
    let base = |finding: Option<&'a Finding>, said: &str, mark: &str, count: usize| {
        let (first, related) = locations(of, finding);
        let compared = results.acceptance.as_ref().is_some_and(|acceptance| acceptance.baseline.is_some());
        let state = match finding.and_then(|finding| finding.known) {
            Some(true) => "unchanged",
            _ => "new",
        };
        SarifResult {
            rule_id: &of.control,
            rule_index: rules.index(&of.control),
            level: level(of.verdict).unwrap_or("none"),
            message: Text { text: message(said) },
            locations: [first],
            related_locations: related,
            partial_fingerprints: BTreeMap::from([
                ("pincerFinding/v1", mark.to_owned()),
                // The one that code scanning compares.
                ("primaryLocationLineHash", format!("{mark}:1")),
            ]),
            occurrence_count: count,
            baseline_state: compared.then_some(state),
            suppressions: suppressions(results, of, finding),
            properties: details(of, finding),
        }
    };
    if groups.is_empty() {
        let why = super::summary::why(of).join(". ");
        let said = format!("{} ({}): {}. {why}.", of.title, of.id, of.verdict.word());
        let key = format!("{}\n{}\n{:?}", of.id, of.verdict.word(), of.reason);
        let mark: String = Sha256::digest(key).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        return vec![base(None, &said, &mark, 1)];
    }
    let said = |finding: &Finding| format!("{} ({}): {}. Repeat: {}", of.title, of.id, finding.title, finding.repro);
    groups.into_iter().map(|(mark, finding, count)| base(Some(finding), &said(finding), mark, count)).collect()
}

/// The operation in the descriptor, else the step of the scenario, else the results; and the step beside the operation.
fn locations<'a>(of: &'a ScenarioResult, finding: Option<&'a Finding>) -> (Location<'a>, Vec<Location<'a>>) {
    let step = finding.and_then(|finding| finding.place.as_ref()).or(of.place.as_ref());
    let declared = finding.and_then(|finding| finding.declared.as_ref());
    let mut first = match declared.or(step) {
        Some(place) => location(place),
        None => Location {
            id: None,
            physical_location: PhysicalLocation {
                artifact_location: ArtifactLocation { uri: "results.json".to_owned() },
                region: None,
            },
            logical_locations: Vec::new(),
            message: None,
        },
    };
    let operation = finding.map(|finding| finding.operation.as_str()).filter(|operation| !operation.is_empty());
    first.logical_locations.extend(operation.map(|name| LogicalLocation {
        name,
        fully_qualified_name: format!("operations.{name}"),
        kind: "function",
    }));
    let beside = declared.and(step).map(|place| Location {
        id: Some(1),
        message: Some(Text { text: "The step of the scenario.".to_owned() }),
        ..location(place)
    });
    (first, beside.into_iter().collect())
}

fn location<'a>(place: &Place) -> Location<'a> {
    let absolute = if place.file.starts_with('/') { "file://" } else { "" };
    Location {
        id: None,
        physical_location: PhysicalLocation {
            artifact_location: ArtifactLocation { uri: format!("{absolute}{}", path(&place.file)) },
            region: Some(Region { start_line: place.line.max(1) }),
        },
        logical_locations: Vec::new(),
        message: None,
    }
}

/// The waiver of a result. Where there are waivers, a result without one says so.
fn suppressions<'a>(
    results: &'a Results,
    of: &ScenarioResult,
    finding: Option<&Finding>,
) -> Option<Vec<Suppression<'a>>> {
    let acceptance = results.acceptance.as_ref().filter(|acceptance| !acceptance.waivers.is_empty())?;
    let at = finding.and_then(|finding| finding.waiver).or(of.waiver);
    let waiver = at.and_then(|at| acceptance.waivers.get(at)).map(|waiving| &waiving.waiver);
    let suppression = waiver.map(|waiver| Suppression {
        kind: "external",
        status: "accepted",
        justification: &waiver.reason,
        properties: BTreeMap::from([("owner", waiver.owner.as_str()), ("expires", waiver.expires.as_str())]),
    });
    Some(suppression.into_iter().collect())
}

fn details(of: &ScenarioResult, finding: Option<&Finding>) -> BTreeMap<&'static str, String> {
    let mut details = BTreeMap::from([("scenario", of.id.clone())]);
    details.extend(of.reason.as_ref().map(|reason| ("reason", word(reason))));
    if let Some(finding) = finding {
        details.insert("severity", word(&finding.severity));
        details.insert("case", finding.case.to_string());
        details.insert("request", inert(&finding.evidence.request));
        details.insert("repro", inert(&finding.repro));
        details.extend(finding.curl.as_ref().map(|line| ("curl", inert(line))));
    }
    details
}

fn invocation(results: &Results, left_out: usize) -> Invocation<'_> {
    let mut told = Vec::new();
    let mut tell = |index: usize, level, text: String| {
        let id = notices().get(index).map_or("", |notice| notice.id);
        told.push(Notification { descriptor: Descriptor { id, index }, level, message: Text { text } });
    };
    if left_out > 0 {
        let text = format!(
            "{left_out} results are left out: consumers take at most {SARIF_MOST}. All of them are in results.json."
        );
        tell(0, "warning", text);
    }
    if results.interrupted {
        tell(1, "error", "The run was stopped before its end.".to_owned());
    }
    for scenario in results.scenarios.iter().filter(|scenario| scenario.verdict == Verdict::Error).take(ERRORS) {
        let why = super::summary::why(scenario).join(". ");
        tell(2, "error", message(&format!("{} was not tested, because of an error in Pincer: {why}.", scenario.id)));
    }
    let some = |time: &'_ str| (!time.is_empty()).then_some(());
    Invocation {
        execution_successful: !results.interrupted && !matches!(results.exit, Exit::Usage | Exit::Fault),
        exit_code: u8::from(results.exit),
        exit_code_description: super::exit_text(results.exit),
        start_time_utc: some(&results.run.started).map(|()| results.run.started.as_str()),
        end_time_utc: some(&results.run.finished).map(|()| results.run.finished.as_str()),
        tool_execution_notifications: told,
    }
}

/// The kinds of notification, in the order of their indices.
fn notices() -> Vec<Notice> {
    let notice = |id, text: &str| Notice { id, short_description: Text { text: text.to_owned() } };
    vec![
        notice("results-left-out", "More was found than consumers of SARIF take."),
        notice("interrupted", "The run was stopped before its end."),
        notice("not-tested", "A scenario was not tested because of an error in Pincer."),
    ]
}

fn properties(results: &Results) -> BTreeMap<&'static str, String> {
    let mut all = BTreeMap::from([
        ("target", inert(&results.target.name)),
        ("targetVersion", inert(&results.target.version)),
        ("targetDigest", results.target.digest.clone()),
        ("suite", inert(&results.suite.name)),
        ("suiteDigest", results.suite.digest.clone()),
        ("seed", results.run.seed.to_string()),
        ("nonce", results.run.nonce.to_string()),
    ]);
    for verdict in Verdict::ALL {
        all.insert(verdict.word(), results.summary.get(verdict.word()).copied().unwrap_or(0).to_string());
    }
    all
}

/// A message: braces are doubled, for they mark placeholders (3.11.5), and no text of the target's becomes a link (3.11.6).
fn message(text: &str) -> String {
    let text = inert(text).replace('{', "{{").replace('}', "}}");
    if text.contains("](") { text.replace('[', "\\[").replace(']', "\\]") } else { text }
}

/// A path, or a part of one, as a URI has it.
fn path(text: &str) -> String {
    utf8_percent_encode(text, PATH).to_string()
}

/// What can't stand in the path of a relative reference (RFC 3986, section 3.3); a colon in its first part would make a
/// scheme of that.
const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b':')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');
/// Errors in Pincer that are told; each run has few.
const ERRORS: usize = 100;
