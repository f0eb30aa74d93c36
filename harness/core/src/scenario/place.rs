//! The place of a step of a scenario.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::short::in_full;
use super::{Scenario, Source};

/// The file and the line, from 1, of a step of a scenario, counted as the suite has them: of several answers of an upstream,
/// each is a step. Later sources replace earlier ones, as in a suite.
pub fn place_of_step<'a>(sources: &'a [Source], id: &str, half: &str, step: usize) -> Option<(&'a str, usize)> {
    let source = sources.iter().rev().find(|source| source.text.contains(id) && is_of(source, id))?;
    let scenario: Scenario = source.read("scenario/v1").ok()?;
    let written = if half == "benign" { &scenario.benign } else { &scenario.attack };
    let full = written.iter().enumerate().flat_map(|(at, step)| {
        let place = [half.into(), at.into()];
        in_full(step).into_iter().map(move |(below, _)| [&place[..], &below].concat())
    });
    let place = full.into_iter().nth(step)?;
    Some((&source.name, source.line(&place)))
}

/// The file and the line, from 1, of a scenario's id.
pub fn place_of_scenario<'a>(sources: &'a [Source], id: &str) -> Option<(&'a str, usize)> {
    let source = sources.iter().rev().find(|source| source.text.contains(id) && is_of(source, id))?;
    Some((&source.name, source.line(&["id".into()])))
}

/// The line, from 1, at which a descriptor declares an operation; nothing where it does not.
pub fn place_of_operation(descriptor: &Source, operation: &str) -> Option<usize> {
    #[derive(Deserialize)]
    struct Head {
        operations: BTreeMap<String, serde_json::Value>,
    }
    let head: Head = descriptor.parse().ok()?;
    head.operations.contains_key(operation).then(|| descriptor.line(&["operations".into(), operation.into()]))
}

/// Whether a source is the scenario with this id.
fn is_of(source: &Source, id: &str) -> bool {
    #[derive(Deserialize)]
    struct Head {
        id: String,
    }
    source.format().is_some_and(|format| format.starts_with("scenario/"))
        && source.parse::<Head>().is_ok_and(|head| head.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_has_the_line_of_its_declaration() {
        let text = "pincer: target/v1\noperations:\n  read: { method: GET }\n  create:\n    method: POST\n";
        let source = Source::new("target.yaml", text);
        assert_eq!(place_of_operation(&source, "read"), Some(3));
        assert_eq!(place_of_operation(&source, "create"), Some(5));
        assert_eq!(place_of_operation(&source, "remove"), None);
    }

    #[test]
    fn a_step_has_the_line_of_its_scenario() {
        let text = "\
pincer: scenario/v1
id: INP-01.a
title: t
control: INP-01
for: gateway
severity: low
kills: []
benign:
  - { send: { op: x }, expect: {} }
attack:
  - send: { op: x }
    expect: {}
    upstream:
      - { status: 400 }
      - { status: 500 }
  - { send: { op: x }, expect: {} }
";
        let older = Source::new("old.yaml", text.replace("attack", "\nattack"));
        let sources = [older, Source::new("a.yaml", text), Source::new("b.yaml", text.replace("INP-01.a", "INP-01.b"))];
        let lines = [0, 1, 2, 3].map(|step| place_of_step(&sources, "INP-01.a", "attack", step));
        assert_eq!(lines, [Some(("a.yaml", 14)), Some(("a.yaml", 15)), Some(("a.yaml", 16)), None]);
        assert_eq!(place_of_step(&sources, "INP-01.b", "benign", 0), Some(("b.yaml", 9)));
        assert_eq!(place_of_step(&sources, "INP-01.c", "attack", 0), None);
    }
}
