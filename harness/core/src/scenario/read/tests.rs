use std::fmt::Write as _;

use super::*;
use crate::scenario::{Scenario, read_target};

/// A document with this many paths, as JSON.
fn document(paths: usize) -> serde_json::Value {
    let answer =
        serde_json::json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}});
    let operation = |n: usize| {
        let answers: serde_json::Map<_, _> = ["200", "400", "404", "500"]
            .iter()
            .map(|code| ((*code).to_owned(), serde_json::json!({"content": {"application/json": {"schema": answer}}})))
            .collect();
        let id = serde_json::json!({"name": "id", "in": "path", "required": true, "schema": {"type": "string"}});
        serde_json::json!({"get": {"operationId": format!("getThing{n}"), "summary": "s".repeat(200), "parameters": [id], "responses": answers}})
    };
    let paths: serde_json::Map<_, _> = (0..paths).map(|n| (format!("/things{n}/{{id}}"), operation(n))).collect();
    serde_json::json!({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths})
}

/// The same in YAML's block style.
fn block(value: &serde_json::Value, depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        serde_json::Value::Object(members) if !members.is_empty() => {
            for (key, value) in members {
                write!(text, "\n{indent}\"{key}\":").unwrap();
                block(value, depth + 1, text);
            }
        }
        serde_json::Value::Array(items) if !items.is_empty() => {
            for item in items {
                write!(text, "\n{indent}-").unwrap();
                block(item, depth + 1, text);
            }
        }
        plain => write!(text, " {plain}").unwrap(),
    }
}

fn paths(text: String) -> usize {
    let document: serde_json::Value = Source::new("api", text).parse().unwrap();
    document["paths"].as_object().unwrap().len()
}

#[test]
fn document_of_more_than_250_000_values_is_read() {
    let value = document(6_500);
    let json = value.to_string();
    let mut yaml = String::new();
    block(&value, 0, &mut yaml);
    assert!(json.len() > 5_000_000 && yaml.len() > 5_000_000, "{} {}", json.len(), yaml.len());
    assert_eq!(paths(json), 6_500);
    assert_eq!(paths(yaml), 6_500);
}

#[test]
fn json_accepts_what_yaml_does_not() {
    let text = document(1).to_string().replace("\"t\"", "\"\u{80}\\/\"").replace(':', "\t:\t");
    assert!(yaml::syntax(&text).is_err());
    assert_eq!(paths(text), 1);
}

fn told(text: impl Into<String>) -> Diagnostic {
    Source::new("t.yaml", text).read::<Scenario>("scenario/v1").unwrap_err()
}

#[test]
fn invalid_yaml_is_reported_before_its_content() {
    let text = "pincer: scenario/v1\nnotakey: 1\nbenign: [ { send: { op: read } }\nattack: []\n";
    let fault = told(text);
    assert!(fault.line >= 3 && !fault.message.contains("notakey"), "{fault}");
    let fault = told("name: x\nbenign: 1\n");
    assert!(
        fault.to_string().starts_with("t.yaml:1:1: the key `pincer` is missing: it names the file's format"),
        "{fault}"
    );
    let fault = told("pincer: scenaro/v1\nbenign: 1\n");
    assert_eq!(
        fault.to_string(),
        "t.yaml:1:9: this file says `scenaro/v1`, but a scenario/v1 file is expected (did you mean `scenario/v1`?)"
    );
}

#[test]
fn invalid_json_is_reported_where_it_breaks() {
    let fault = told("{\"pincer\": \"scenario/v1\",\n \"id\": \"a\" \"b\"}");
    assert_eq!(fault.line, 2, "{fault}");
    let fault = told("{\"pincer\": \"scenario/v1\",\n \"idd\": \"a\"}");
    assert_eq!(fault.to_string(), "t.yaml:2:2: `idd` is not a valid key here (did you mean `id`?)");
    let fault = told("{\"pincer\": \"scenario/v1\", \"id\": 1, \"id\": 2}");
    assert_eq!(fault.message, "the key `id` is here twice");
}

#[test]
fn fault_far_into_a_line_is_reported_briefly() {
    for text in [
        format!("{{ pincer: scenario/v1, title: \"{}\", idd: x }}", "a".repeat(70_000)),
        format!("pincer: scenario/v1\nidd: \"{}\"", "a".repeat(10_000_000)),
        format!("pincer: scenario/v1\nseverity: \"{}\"", "\u{e4}".repeat(5_000_000)),
        format!("{{\"pincer\": \"scenario/v1\", \"title\": \"{}\", \"idd\": 1}}", "a".repeat(10_000_000)),
    ] {
        let fault = told(text);
        let shown = format!("{:?}", miette::Report::new(fault));
        assert!(shown.chars().count() < 4_000, "{}", shown.len());
    }
}

const STEPS: &str =
    "pincer: scenario/v1\nid: AUTH-01.x\ntitle: t\ncontrol: AUTH-01\nfor: gateway\nseverity: low\nkills: []\n";

#[test]
fn meaningless_demand_is_refused_at_its_place() {
    for key in
        ["challenges", "policy", "stamped", "accountable", "presents", "rate_fields", "bound", "budget", "patient"]
    {
        let fault =
            told(format!("{STEPS}benign: []\nattack:\n  - send: {{ op: read }}\n    expect: {{ {key}: false }}\n"));
        assert_eq!(
            (fault.line, fault.message.as_str()),
            (11, "`false` tests nothing here: write `true` or remove the key"),
            "{key}"
        );
    }
    for key in ["obeys", "strays", "discloses", "trusts"] {
        let fault =
            told(format!("{STEPS}benign: []\nattack:\n  - send: {{ op: read }}\n    expect: {{ {key}: true }}\n"));
        assert_eq!(
            (fault.line, fault.message.as_str()),
            (11, "`true` tests nothing here: write `false` or remove the key"),
            "{key}"
        );
    }
}

#[test]
fn wrong_shape_is_reported_in_plain_words() {
    for (text, message) in [
        (format!("{STEPS}benign: {{ send: {{ op: read }} }}\nattack: []\n"), "a list is expected here, not a mapping"),
        (format!("{STEPS}benign: none\nattack: []\n"), "a list is expected here, not a single value"),
        (format!("{STEPS}benign: [ read ]\nattack: []\n"), "a mapping is expected here, not a single value"),
        (
            format!("{STEPS}benign: [ {{ send: {{ op: {{ a: b }} }}, expect: {{}} }} ]\nattack: []\n"),
            "a name, a list of names, or \"*\" is expected here, not a mapping",
        ),
        (
            format!("{STEPS}benign: [ {{ send: {{ op: a }}, repeat: many, expect: {{}} }} ]\nattack: []\n"),
            "a whole number of 0 or more is expected here, not a single value",
        ),
    ] {
        let fault = told(text.as_str());
        assert_eq!(fault.message, message, "{text}: {fault}");
        for jargon in ["sequence", "invalid type", "u32", "struct", "scalar", "map,"] {
            assert!(!fault.to_string().contains(jargon), "{fault}");
        }
    }
}

proptest::proptest! {
    #[test]
    fn any_text_gives_a_value_or_a_fault_inside_it(text in "(\\{|\\[|\"|pincer|: |target/v1|,|\\}|\\]|\n|\u{80}|ä|\t| ){0,30}") {
        if let Err(error) = read_target(&Source::new("any", text.as_str())) {
            for fault in error.0 {
                proptest::prop_assert!(text.get(fault.offset..fault.offset + fault.length).is_some(), "{fault:?}");
                let _ = format!("{:?}", miette::Report::new(fault));
            }
        }
    }
}
