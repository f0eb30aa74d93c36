//! Whether answers reveal a difference that they must hide.

use std::collections::{BTreeMap, BTreeSet};

use percent_encoding::percent_decode;

use super::super::evidence::Observed;
use super::super::ids::tracking_ids;
use super::super::rank::{Ranks, rank};
use super::{Outcome, Scene, broken, is_last};
use crate::observe::Answered;
use crate::plan::{Call, Case};
use crate::scenario::Expect;
use crate::vocab::Reason;

/// Fewer answers than this on either side show nothing about time.
const LEAST: usize = 100;
/// Across a network, a smaller difference of medians is noise, in microseconds.
const FLOOR_US: u64 = 1_000;
/// The rank test's bound: |z| exceeds it by chance once in ten thousand tests.
const BOUND: f64 = 3.89;

/// `alike`: the answers of all steps with this word have the same shapes: status, headers and body, without ids,
/// numbers and what the caller sent (CWE-204, ASVS 6.3.8). Judged at the last of these steps.
///
/// A finding: expected answers of one shape; seen `404 …` from one step and `403 …` from another.
pub(super) fn alike(scene: &Scene<'_>, word: &str) -> Outcome {
    let mine = |expect: &Expect| expect.alike.as_deref() == Some(word);
    if !is_last(scene, |case| mine(&case.expect)) {
        return Outcome::Held;
    }
    let mut counts: BTreeMap<usize, BTreeMap<String, u32>> = BTreeMap::new();
    each(scene, mine, |case, seen| {
        if let Some(answer) = seen.answer().filter(|answer| answer.status != 429) {
            *counts.entry(case.step).or_default().entry(shape(&case.call, answer)).or_default() += 1;
        }
    });
    let shapes: Vec<BTreeSet<&String>> = counts.values().map(common).collect();
    if shapes.len() < 2 {
        return Outcome::Unresolved(Reason::TooFewAnswers);
    }
    if let Some(how) = differ(&shapes) {
        return how;
    }
    if !shapes.iter().all(BTreeSet::is_empty) {
        return Outcome::Held;
    }
    // Each answer has its own shape, so only their statuses can be compared.
    let statuses: Vec<BTreeMap<String, u32>> = counts.values().map(statuses).collect();
    let statuses: Vec<BTreeSet<&String>> = statuses.iter().map(common).collect();
    differ(&statuses).unwrap_or(Outcome::Unresolved(Reason::TooFewAnswers))
}

/// How the first differs from another, if one does.
fn differ(shapes: &[BTreeSet<&String>]) -> Option<Outcome> {
    let mut shapes = shapes.iter();
    let first = shapes.next()?;
    let (odd, other) = shapes.find_map(|other| Some((first.symmetric_difference(other).next()?, other)))?;
    let opposite = if other.contains(odd) { first.first() } else { other.first() };
    let opposite = opposite.map_or("", |shape| shape.as_str());
    let seen = format!("`{odd}` from one step and `{opposite}` from another");
    Some(broken("alike", "the same answer from both", seen))
}

/// How many answers have each status.
fn statuses(shapes: &BTreeMap<String, u32>) -> BTreeMap<String, u32> {
    let mut counts = BTreeMap::new();
    for (shape, count) in shapes {
        *counts.entry(shape.chars().take_while(char::is_ascii_digit).collect()).or_default() += count;
    }
    counts
}

/// The shapes of at least one in four answers. A rarer one, such as after a late upstream, says nothing about the
/// request.
fn common(counts: &BTreeMap<String, u32>) -> BTreeSet<&String> {
    let all: u32 = counts.values().sum();
    counts.iter().filter(|(_, count)| **count * 4 >= all).map(|(shape, _)| shape).collect()
}

/// `as_fast`: the answers of the two steps with this word take equally long (CWE-208): two-sided rank test of Mann and
/// Whitney with p at least 0.0001, or medians less than 1 ms apart. Judged at the last of these steps.
///
/// A finding: expected equal response times; seen medians of 310 and 10420 us (n = 200 and 200, z = 17.3).
pub(super) fn as_fast(scene: &Scene<'_>, word: &str) -> Outcome {
    let mine = |expect: &Expect| expect.as_fast.as_deref() == Some(word);
    if !is_last(scene, |case| mine(&case.expect)) {
        return Outcome::Held;
    }
    let mut times: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
    each(scene, mine, |case, seen| {
        if seen.answer().is_some_and(|answer| answer.status != 429) {
            times.entry(case.step).or_default().push(seen.took_us);
        }
    });
    let mut times = times.into_values();
    let (Some(one), Some(other)) = (times.next(), times.next()) else {
        return Outcome::Unresolved(Reason::TooFewAnswers);
    };
    if one.len() < LEAST || other.len() < LEAST {
        return Outcome::Unresolved(Reason::TooFewAnswers);
    }
    let Ranks { medians: (a, b), z } = rank(&one, &other);
    if z.abs() < BOUND || a.abs_diff(b) < FLOOR_US {
        return Outcome::Held;
    }
    let seen = format!("medians of {a} and {b} us (n = {} and {}, z = {z:.1})", one.len(), other.len());
    broken("as_fast", "equal response times", seen)
}

/// Calls `take` for the scenario's cases that `mine` selects, with their evidence.
fn each(scene: &Scene<'_>, mine: impl Fn(&Expect) -> bool, mut take: impl FnMut(&Case, &Observed)) {
    let Some((scenario, entry)) = scene.plan.scenarios().find(|(scenario, _)| scenario.id == scene.case.scenario)
    else {
        return;
    };
    let cases = scene.plan.cases(scenario, entry).filter(|case| case.phase == scene.case.phase && mine(&case.expect));
    for case in cases {
        if let Some(seen) = scene.evidence.cases.get(&case.id.index) {
            take(&case, seen);
        }
    }
}

/// An answer without what differs from call to call.
fn shape(call: &Call, answer: &Answered) -> String {
    let mut sent = Vec::new();
    if let Some(call) = call.http() {
        sent.extend(call.headers.iter().map(|(_, value)| value.lossy().to_lowercase()));
        let target = percent_decode(&call.target.0).decode_utf8_lossy().to_lowercase();
        sent.push(call.target.lossy().to_lowercase());
        sent.extend(target.split(['/', '?', '&', '=']).map(str::to_owned));
        sent.push(target);
    }
    sent.retain(|text| text.len() >= 4);
    sent.sort_by_key(|text| std::cmp::Reverse(text.len()));
    let ids: Vec<String> = tracking_ids(answer).iter().map(|id| id.to_lowercase()).collect();
    let clean = |text: &str| {
        let text = ids.iter().fold(text.to_lowercase(), |text, id| text.replace(id.as_str(), "#"));
        let text = sent.iter().fold(text, |text, sent| text.replace(sent.as_str(), "~"));
        blank(&text)
    };
    let value = |name: &str, value: &str| match value.split_once('=') {
        // The name and attributes of a cookie.
        Some((cookie, rest)) if name.eq_ignore_ascii_case("set-cookie") => {
            clean(&format!("{cookie}=#{}", rest.find(';').and_then(|at| rest.get(at..)).unwrap_or_default()))
        }
        _ => clean(value),
    };
    let headers = answer.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("date"));
    let mut headers: Vec<String> =
        headers.map(|(name, text)| format!("{}: {}", name.to_lowercase(), value(name, &text.lossy()))).collect();
    headers.sort();
    format!("{} {} {}", answer.status, clean(&String::from_utf8_lossy(&answer.plain())), headers.join(", "))
}

/// The text with `#` for each number and each hexadecimal word with a digit.
fn blank(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = rest.find(|c: char| !c.is_ascii_hexdigit() && c != '-').unwrap_or(rest.len());
        let (word, tail) = rest.split_at(word);
        if word.len() >= 8 && word.bytes().any(|byte| byte.is_ascii_digit()) {
            out.push('#');
            rest = tail;
        } else if first.is_ascii_digit() {
            out.push('#');
            rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        } else {
            out.push(first);
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::blank;

    #[test]
    fn ids_and_numbers_are_blanked() {
        assert_eq!(blank("status 404, id 4f9c2c1e-9d5a-4b8e-8a43-2b1f0c7d9e10."), "status #, id #.");
        assert_eq!(blank("decade facade 12ab"), "decade facade #ab");
        assert_eq!(blank("\u{e9}1"), "\u{e9}#");
    }
}
