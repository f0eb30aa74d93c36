//! A baseline: the findings of an earlier run.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::judge::{KnownFinding, Results};
use crate::report::inert;
use crate::scenario::{Diagnostic, ReadError, Seg, Source};

/// The findings of an earlier run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// Format and version: `baseline/v1`.
    pub pincer: String,
    /// The findings, in order of their scenarios.
    pub findings: Vec<KnownFinding>,
}

impl Baseline {
    /// The findings of results, each fingerprint of a scenario once. What the target said in a title acts on no terminal.
    pub fn of<'a>(results: impl IntoIterator<Item = &'a Results>) -> Self {
        let mut known: BTreeSet<(&str, &str)> = BTreeSet::new();
        let mut findings = Vec::new();
        let scenarios = results.into_iter().flat_map(|results| &results.scenarios);
        for (scenario, finding) in scenarios.flat_map(|one| one.findings.iter().map(move |finding| (one, finding))) {
            if known.insert((&scenario.id, &finding.fingerprint)) {
                findings.push(KnownFinding {
                    fingerprint: finding.fingerprint.clone(),
                    scenario: scenario.id.clone(),
                    operation: finding.operation.clone(),
                    title: brief(&inert(&finding.title)),
                });
            }
        }
        findings.sort_by(|a, b| (&a.scenario, &a.fingerprint).cmp(&(&b.scenario, &b.fingerprint)));
        Self { pincer: FORMAT.to_owned(), findings }
    }

    /// The baseline as YAML. Texts are quoted as JSON quotes them, which YAML reads alike.
    pub fn to_yaml(&self) -> String {
        let mut text = format!(
            "# Known findings. `pincer run --baseline FILE` fails only on others. Remove an entry when it is fixed.\n\
             pincer: {FORMAT}\nfindings:"
        );
        text.push_str(if self.findings.is_empty() { " []\n" } else { "\n" });
        for finding in &self.findings {
            let KnownFinding { fingerprint, scenario, operation, title } = finding;
            // Writing to a String can't fail.
            let _ = write!(text, "  - fingerprint: {}\n    scenario: {}\n", quoted(fingerprint), quoted(scenario));
            for (key, value) in [("operation", operation), ("title", title)] {
                if !value.is_empty() {
                    let _ = writeln!(text, "    {key}: {}", quoted(value));
                }
            }
        }
        text
    }
}

/// Reads a baseline; fails with every fault of it.
pub fn read_baseline(source: &Source) -> Result<Baseline, ReadError> {
    let baseline: Baseline = source.read(FORMAT).map_err(|fault| ReadError(vec![fault]))?;
    let faults: Vec<Diagnostic> = baseline
        .findings
        .iter()
        .enumerate()
        .filter(|(_, finding)| !is_fingerprint(&finding.fingerprint))
        .map(|(at, finding)| not_a_fingerprint(source, &["findings".into(), at.into()], &finding.fingerprint))
        .collect();
    if faults.is_empty() { Ok(baseline) } else { Err(ReadError(faults)) }
}

/// The fault of what is no fingerprint, in an entry at this path.
pub(super) fn not_a_fingerprint(source: &Source, entry: &[Seg], text: &str) -> Diagnostic {
    let path: Vec<_> = entry.iter().cloned().chain(["fingerprint".into()]).collect();
    let help = "copy it from `fingerprint` in results.json; quote it, for it may look like a number".to_owned();
    source.fault(&path, format!("`{text}` is no fingerprint: it has 16 hexadecimal digits"), Some(help))
}

/// Whether a text can be a finding's fingerprint.
pub(super) fn is_fingerprint(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// A text in quotes.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The beginning of a text.
fn brief(text: &str) -> String {
    let mut brief: String = text.chars().take(TITLE).collect();
    if brief.len() < text.len() {
        brief.push('…');
    }
    brief
}

/// The format and its version.
const FORMAT: &str = "baseline/v1";
/// Characters kept of a title, which only people read.
const TITLE: usize = 160;
