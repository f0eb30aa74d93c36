//! Mistakes in a descriptor, certain and probable ones.
//!
//! In: the operations and identities of a descriptor. Out: diagnostics with their places: faults, which stop a run, and
//! warnings, which only `check` shows.

mod port;
mod route;

use std::collections::BTreeSet;

use serde_json::Value;

use super::error::Diagnostic;
use super::read::{Source, one_of};
use super::seg::Seg;
use super::{OperationSpec, Right, Suite, Target};
use crate::vocab::{Operation, Template, Word};

/// Certain mistakes.
pub(super) fn mistakes(source: &Source, target: &Target) -> Vec<Diagnostic> {
    let mut faults = route::faults(source, target);
    faults.extend(names(source, target));
    faults.extend(port::shared(source, target));
    faults
}

/// Probable mistakes: a role that nobody has, a sample without a parameter, a parameter without a sample. `declared`
/// are the operations in the descriptor itself.
pub(super) fn doubts(source: &Source, target: &Target, declared: &BTreeSet<Operation>) -> Vec<Diagnostic> {
    let mut doubts = Vec::new();
    let roles: BTreeSet<&str> = target.identities.values().flat_map(|shown| &shown.roles).map(String::as_str).collect();
    let scopes: BTreeSet<&str> = target.identities.values().flat_map(scopes).collect();
    for name in target.identities.keys().filter(|name| Right::of(name.as_str()).is_some()) {
        let message = format!("`{name}` is the name of a right: scenarios use it for any caller with that right");
        let help = Some("rename the identity if your own scenarios use it".to_owned());
        let fault = source.fault(&["identities".into(), name.as_str().into()], message, help);
        doubts.push(Diagnostic { warning: true, ..fault });
    }
    let roles: Vec<&str> = roles.into_iter().collect();
    let scopes: Vec<&str> = scopes.into_iter().collect();
    for (name, operation) in target.operations.iter().filter(|(name, _)| declared.contains(*name)) {
        let path = |key: &str| vec![Seg::from("operations"), name.as_str().into(), key.into()];
        for (key, words, known) in [("allow", &operation.allow, &roles), ("scopes", &operation.scopes, &scopes)] {
            let wanted = words.iter().enumerate().filter(|(_, word)| !known.contains(&word.as_str()));
            // If nobody has any, the descriptor does not say who calls.
            for (i, word) in wanted.filter(|_| !known.is_empty()) {
                let what = if key == "allow" { "role" } else { "scope" };
                doubts.push(stranger(source, &[path(key), vec![i.into()]].concat(), what, word, known));
            }
        }
        doubts.extend(samples(source, &path("sample"), operation));
    }
    doubts
}

/// A word in an operation that nobody has: a fault if it looks like a typo, else a warning.
fn stranger(source: &Source, path: &[Seg], what: &str, word: &str, known: &[&str]) -> Diagnostic {
    let near = known.iter().find(|known| is_slip(word, known));
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("add it to an identity, so that scenarios can test it; existing: {}", known.join(", ")),
    };
    let fault = source.fault(path, format!("no identity has the {what} `{word}`"), Some(help));
    Diagnostic { warning: near.is_none(), ..fault }
}

/// Whether a word is another with up to two wrong letters, at most a third of it.
fn is_slip(word: &str, of: &str) -> bool {
    let most = of.chars().count().div_euclid(3).min(2);
    word.len() <= 128 && strsim::osa_distance(word, of) <= most
}

fn scopes(shown: &super::Credential) -> impl Iterator<Item = &str> {
    let scope = shown.token.as_ref().and_then(|claims| claims.get("scope")).and_then(Value::as_str);
    scope.into_iter().flat_map(|scope| scope.split(' '))
}

fn samples(source: &Source, path: &[Seg], operation: &OperationSpec) -> Vec<Diagnostic> {
    let texts: Vec<String> = operation.texts().collect();
    let known: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut doubts = Vec::new();
    for key in operation.sample.keys().filter(|key| !operation.takes(key)) {
        let help = one_of(key, &known);
        let message = format!("no parameter is named `{key}`, so this sample is never sent");
        let slip = known.iter().any(|known| is_slip(key, known));
        let at = [path, &[key.as_str().into()]].concat();
        doubts.push(Diagnostic { warning: !slip, ..source.fault(&at, message, help) });
    }
    // The agent chooses the rest of its tool's call.
    let open = route::variables(&operation.path).into_iter().chain(operation.query.iter().map(String::as_str));
    let open = open.filter(|name| !operation.sample.contains_key(*name) && !operation.owned.contains_key(*name));
    let open: Vec<String> = open.filter(|_| operation.tool.is_none()).map(|name| format!("`{name}`")).collect();
    if !open.is_empty() {
        let message = format!("{} has no sample, so Pincer sends `1`", open.join(", "));
        let help = "add `sample: { NAME: VALUE }` with a value that the target accepts".to_owned();
        let place = path.get(..2).unwrap_or(path);
        doubts.push(Diagnostic { warning: true, ..source.fault(place, message, Some(help)) });
    }
    doubts
}

/// The names of headers and cookies (RFC 9110 section 5.6.2, RFC 6265 section 4.1.1).
fn names(source: &Source, target: &Target) -> Vec<Diagnostic> {
    let mut named: Vec<(Vec<Seg>, &str)> = Vec::new();
    for (name, shown) in &target.identities {
        for (key, names) in
            [("header", shown.header.keys().collect::<Vec<_>>()), ("presents", shown.presents.keys().collect())]
        {
            let path = |header: &str| vec!["identities".into(), name.as_str().into(), key.into(), header.into()];
            named.extend(names.into_iter().map(|header| (path(header), header.as_str())));
        }
    }
    for (name, operation) in &target.operations {
        for (key, names) in [("header", &operation.header), ("cookie", &operation.cookie)] {
            let path = |i: usize| vec!["operations".into(), name.as_str().into(), key.into(), i.into()];
            named.extend(names.iter().enumerate().map(|(i, header)| (path(i), header.as_str())));
        }
    }
    named
        .extend(target.internal.iter().enumerate().map(|(i, name)| (vec!["internal".into(), i.into()], name.as_str())));
    let wrong = named.into_iter().filter(|(_, name)| !route::is_token(name));
    let help = || Some("use letters, digits and `-`, for example `X-Api-Key`".to_owned());
    wrong
        .map(|(path, name)| source.fault(&path, format!("`{name}` is not a valid header or cookie name"), help()))
        .collect()
}

/// The target's claims that no scenario requires.
pub fn unknown_claims(source: &Source, target: &Target, suite: &Suite) -> Vec<Diagnostic> {
    let known: BTreeSet<&str> =
        suite.scenarios.iter().flat_map(|scenario| &scenario.requires).map(crate::vocab::Claim::as_str).collect();
    let valid: Vec<&str> = known.iter().copied().collect();
    let wrong = target.claims.iter().enumerate().filter(|(_, claim)| !known.contains(claim.as_str()));
    wrong
        .map(|(i, claim)| {
            let message = format!("no scenario needs the claim `{claim}`");
            source.fault(&["claims".into(), i.into()], message, one_of(claim.as_str(), &valid))
        })
        .collect()
}

/// A warning for each environment variable that is not set.
pub fn unset(source: &Source, target: &Target, is_set: impl Fn(&str) -> bool) -> Vec<Diagnostic> {
    let mut asked: Vec<(Vec<Seg>, &Template)> = Vec::new();
    for (name, shown) in &target.identities {
        let path = |header: &str| vec!["identities".into(), name.as_str().into(), "header".into(), header.into()];
        asked.extend(shown.header.iter().map(|(header, value)| (path(header), value)));
    }
    if let Some(launch) = &target.launch {
        let path = |key: &str, last: Seg| vec!["launch".into(), key.into(), last];
        asked.extend(launch.command.iter().enumerate().map(|(i, word)| (path("command", i.into()), word)));
        asked.extend(launch.env.iter().map(|(name, value)| (path("env", name.as_str().into()), value)));
    }
    let mut warnings = Vec::new();
    for (path, template) in asked {
        for name in template.words().filter_map(|word| if let Word::Env(name) = word { Some(name) } else { None }) {
            if !is_set(name) {
                let message = format!("the environment variable `{name}` is not set; a run would fail");
                let help = Some(format!("run `export {name}=…` first"));
                warnings.push(Diagnostic { warning: true, ..source.fault(&path, message, help) });
            }
        }
    }
    warnings
}

#[cfg(test)]
mod tests;
