//! The rules of a SARIF log: the controls that the run tested.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::format::{Configuration, Help, Rule, RuleProperties, Text};
use crate::judge::Results;
use crate::scenario::{Catalogue, Control};
use crate::vocab::{Level, Severity};

/// The controls of a run, as rules.
pub(super) struct Rules<'a> {
    /// In order of their ids.
    pub(super) list: Vec<Rule<'a>>,
    at: BTreeMap<&'a str, usize>,
}

impl<'a> Rules<'a> {
    /// The controls of the scenarios of a run.
    pub(super) fn of(results: &'a Results, catalogue: &Catalogue) -> Self {
        let mut worst: BTreeMap<&'a str, Option<Severity>> = BTreeMap::new();
        for scenario in &results.scenarios {
            let found = scenario.findings.iter().map(|finding| finding.severity).max();
            let entry = worst.entry(&scenario.control).or_default();
            *entry = (*entry).max(found);
        }
        let at = worst.keys().enumerate().map(|(index, id)| (*id, index)).collect();
        let list = worst.into_iter().map(|(id, worst)| rule(id, catalogue.get(id), catalogue, worst)).collect();
        Self { list, at }
    }

    /// The place of a control in the list.
    pub(super) fn index(&self, control: &str) -> usize {
        self.at.get(control).copied().unwrap_or_default()
    }
}

fn rule<'a>(id: &'a str, control: Option<&Control>, catalogue: &Catalogue, worst: Option<Severity>) -> Rule<'a> {
    let family = super::super::family(id);
    let statement = control.map_or_else(|| format!("The control {id} holds."), |control| control.statement.clone());
    let level = match control.map(|control| control.level) {
        Some(Level::Should) => "warning",
        _ => "error",
    };
    let mut tags = vec!["security".to_owned()];
    tags.extend(catalogue.families.get(family).cloned());
    let mut text = format!("{statement}\n");
    let mut markdown = format!("**{}** {}\n", escaped(id), escaped(&statement));
    if let Some(control) = control {
        // Writing to a String can't fail.
        let _ = write!(text, "\nHow it is tested: {}\n", control.test);
        let _ = write!(markdown, "\n**How it is tested** {}\n", escaped(&control.test));
        for (standard, places) in &control.maps {
            let _ = write!(text, "\n{standard}: {places}");
            let _ = write!(markdown, "\n- {}: {}", escaped(standard), escaped(places));
        }
        let weaknesses = control.maps.get("cwe").into_iter().flat_map(|numbers| numbers.split_whitespace());
        let numbers = weaknesses.filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
        tags.extend(numbers.map(|number| format!("external/cwe/cwe-{number:0>3}")));
    }
    Rule {
        id,
        short_description: Text { text: statement.clone() },
        full_description: Text { text: statement },
        help: Help { text, markdown },
        default_configuration: Configuration { level },
        properties: RuleProperties { tags, security_severity: worst.map(score) },
    }
}

/// A number between the limits by which code scanning sorts severities: 9, 7, 4 and 0.1.
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
    }
}

fn escaped(text: &str) -> String {
    super::super::markdown::escaped(text)
}
