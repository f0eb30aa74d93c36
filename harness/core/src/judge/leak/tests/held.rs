//! Recall for each family, and the share of ordinary texts with false findings.

use super::super::{Class, Needle, Scanner};

/// Smallest share of texts in which something of the class must be found.
const RECALL: f64 = 0.95;

/// Largest share of ordinary texts in which anything may be found.
const FALSE: f64 = 0.01;

#[test]
fn traces_are_found() {
    recall(Class::StackTrace, include_str!("data/trace.txt"), 100);
}

#[test]
fn database_errors_are_found() {
    recall(Class::DatabaseError, include_str!("data/database.txt"), 100);
}

#[test]
fn internal_addresses_are_found() {
    recall(Class::InternalAddress, include_str!("data/address.txt"), 50);
}

#[test]
fn paths_are_found() {
    recall(Class::FilePath, include_str!("data/path.txt"), 40);
}

/// `|` splits each token, because a code host would mistake it for a real one.
#[test]
fn provider_tokens_are_found() {
    recall(Class::Secret, &include_str!("data/token.txt").replace('|', ""), 100);
}

fn recall(class: Class, corpus: &str, least: usize) {
    let scanner = Scanner::new(&[]);
    let texts: Vec<&str> = corpus.trim_end().split("\n%%\n").collect();
    let missed: Vec<&str> = texts
        .iter()
        .filter(|text| !scanner.scan(text.as_bytes()).iter().any(|leak| leak.class == class))
        .copied()
        .collect();
    assert!(texts.len() >= least, "only {} texts", texts.len());
    let found = share(texts.len() - missed.len(), texts.len());
    assert!(found >= RECALL, "{class:?}: {:.1} % found, missed:\n{}", found * 100.0, missed.join("\n%%\n"));
}

#[test]
fn ordinary_texts_have_few_false_findings() {
    let scanner = Scanner::new(&[Needle { name: "canary".to_owned(), value: b"5f3a9c1e".to_vec(), tail: 24 }]);
    let texts: Vec<&str> =
        include_str!("data/benign.txt").split("\n%%\n").chain(include_str!("benign.txt").split("\n%%\n")).collect();
    let taken: Vec<String> = texts
        .iter()
        .map(|text| (text, scanner.scan(text.as_bytes())))
        .filter(|(_, leaks)| !leaks.is_empty())
        .map(|(text, leaks)| format!("{text}\n    gives {leaks:?}"))
        .collect();
    assert!(texts.len() >= 300, "only {} texts", texts.len());
    assert!(share(taken.len(), texts.len()) <= FALSE, "{} of {}:\n{}", taken.len(), texts.len(), taken.join("\n"));
}

#[expect(clippy::cast_precision_loss, reason = "some hundred texts")]
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}
