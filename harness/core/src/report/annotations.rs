//! Annotations of a CI job, as the workflow commands of GitHub Actions write them.

use std::collections::BTreeSet;

use super::groups::{Group, groups};
use super::{excuse, inert};
use crate::judge::{Place, Results};
use crate::vocab::Verdict;

/// Annotations of one level that the service shows of a step; it drops the others without a word.
const MOST: usize = 10;

/// A line for each finding that counts, at the descriptor's operation or else at the scenario's step: errors for what
/// failed, warnings for what warns. Of more than ten of a level, the tenth line says how many there are.
pub fn annotations(results: &Results) -> String {
    let mut text = String::new();
    for (command, verdict) in [("error", Verdict::Fail), ("warning", Verdict::Warn)] {
        let mut lines: Vec<String> = Vec::new();
        let mut seen = BTreeSet::new();
        for scenario in results.scenarios.iter().filter(|scenario| scenario.verdict == verdict) {
            if excuse(results, scenario).is_some() {
                continue;
            }
            for Group { finding, .. } in groups(results, scenario).filter(|group| group.counts(results)) {
                let place = finding.declared.as_ref().or(finding.place.as_ref());
                let said = format!("{}: {}\n{}", scenario.title, finding.title, finding.repro);
                if seen.insert((&scenario.id, &finding.fingerprint)) {
                    lines.push(line(command, place, &scenario.id, &said));
                }
            }
        }
        let more = lines.len().saturating_sub(MOST - 1);
        if more > 1 {
            lines.truncate(MOST - 1);
            let said = format!("{more} more findings are in report.html and results.json");
            lines.push(line(command, None, "More findings", &said));
        }
        text.extend(lines);
    }
    text
}

fn line(command: &str, place: Option<&Place>, title: &str, said: &str) -> String {
    let place = place.map(|place| format!("file={},line={},", property(&place.file), place.line)).unwrap_or_default();
    let said: Vec<String> = said.lines().map(inert).collect();
    format!("::{command} {place}title={}::{}\n", property(title), data(&said.join("\n")))
}

/// A message: signs that end a command are written as percent escapes.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property: signs that end it too.
fn property(text: &str) -> String {
    data(&inert(text)).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_command_before_its_end() {
        let place = Place { file: "a,b:c%.yaml".to_owned(), line: 7 };
        let line = line("error", Some(&place), "t::x", "one\n::error::two\r100 %\u{1b}[2J");
        assert_eq!(
            line,
            "::error file=a%2Cb%3Ac%25.yaml,line=7,title=t%3A%3Ax::one%0A::error::two\\u{d}100 %25\\u{1b}[2J\n"
        );
        assert_eq!(line.matches('\n').count(), 1);
    }
}
