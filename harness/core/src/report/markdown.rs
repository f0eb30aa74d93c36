//! Markdown, for the summary of a CI step.

use std::fmt::Write as _;

use super::groups::{Group, groups};
use super::{excuse, families, inert, outcome};
use crate::judge::{Results, ScenarioResult};
use crate::scenario::Catalogue;
use crate::vocab::{Verdict, word};

/// Bytes that a summary may have. The best-known consumer drops a whole upload of more than 1 MiB.
pub const MARKDOWN_MOST: usize = 1024 * 1024 - 4096;

/// The results as a page of Markdown of at most [`MARKDOWN_MOST`] bytes. What does not fit is left out from the end, and
/// the page says how much.
pub fn markdown(results: &Results, catalogue: &Catalogue) -> String {
    let mut page = Page { text: head(results), left_out: 0 };
    page.add(&by_family(results, catalogue));
    page.add(&accepted(results));
    let of = |verdict: Verdict| results.scenarios.iter().filter(move |scenario| scenario.verdict == verdict);
    for (title, verdict) in [("Failed", Verdict::Fail), ("Warnings", Verdict::Warn)] {
        page.section(title, of(verdict).map(|scenario| found(results, scenario)));
    }
    for (title, verdict) in [("Errors in Pincer", Verdict::Error), ("Inconclusive", Verdict::Inconclusive)] {
        page.section(title, of(verdict).map(|scenario| open(results, scenario)));
    }
    page.section("Not applicable", of(Verdict::NotApplicable).map(|scenario| open(results, scenario)));
    if page.left_out > 0 {
        // Writing to a String can't fail.
        let _ = write!(
            page.text,
            "\n> **{} scenarios are left out** to keep this page below 1 MiB. All of them are in `results.json`.\n",
            page.left_out
        );
    }
    page.text
}

/// A page that stays below its limit.
struct Page {
    text: String,
    /// Entries that did not fit.
    left_out: usize,
}

impl Page {
    /// Adds a part if it fits, and says whether it did.
    fn add(&mut self, part: &str) -> bool {
        // The line about what is left out needs some room.
        let fits = self.text.len() + part.len() + 256 <= MARKDOWN_MOST;
        if fits {
            self.text.push_str(part);
        }
        fits
    }

    /// Adds a section; once an entry does not fit, those behind it are left out too, so that what stands is in order.
    fn section(&mut self, title: &str, entries: impl Iterator<Item = String>) {
        let mut entries = entries.peekable();
        if entries.peek().is_none() {
            return;
        }
        let mut open = self.left_out == 0 && self.add(&format!("\n## {title}\n\n"));
        for entry in entries {
            open = open && self.add(&entry);
            self.left_out += usize::from(!open);
        }
    }
}

fn head(results: &Results) -> String {
    let mut text = format!("# Pincer: {}\n\n", outcome(results));
    let target = &results.target;
    let version =
        if target.version.is_empty() { String::new() } else { format!(", version {}", escaped(&target.version)) };
    // Writing to a String can't fail.
    let _ = writeln!(
        text,
        "Target **{}** ({}{version}), suite {}, seed {}, exit code {}.\n",
        escaped(&target.name),
        word(&target.kind),
        escaped(&results.suite.name),
        results.run.seed,
        u8::from(results.exit)
    );
    if results.interrupted {
        text.push_str("**The run was stopped before its end.**\n\n");
    }
    let counts = Verdict::ALL.iter().map(|verdict| (verdict.word(), results.summary.get(verdict.word()).copied()));
    let counts: Vec<(String, u64)> =
        counts.map(|(word, count)| (word.replace('_', " "), count.unwrap_or_default())).collect();
    let _ = writeln!(text, "| {} |", counts.iter().map(|(word, _)| word.as_str()).collect::<Vec<_>>().join(" | "));
    let _ = writeln!(text, "|{}", "---:|".repeat(counts.len()));
    let _ = writeln!(text, "| {} |", counts.iter().map(|(_, n)| n.to_string()).collect::<Vec<_>>().join(" | "));
    text
}

fn by_family(results: &Results, catalogue: &Catalogue) -> String {
    let mut text =
        "\n## By family\n\n| family | pass | fail | warn | inconclusive | not applicable | error |\n|---|---:|---:|---:|---:|---:|---:|\n"
            .to_owned();
    for (name, counts) in families(results) {
        let about = catalogue.families.get(name).map(|about| format!(" {}", escaped(about))).unwrap_or_default();
        let cells: Vec<String> = Verdict::ALL
            .iter()
            .map(|verdict| match counts.get(verdict).copied().unwrap_or(0) {
                0 => String::new(),
                count if *verdict == Verdict::Fail => format!("**{count}**"),
                count => count.to_string(),
            })
            .collect();
        // Writing to a String can't fail.
        let _ = writeln!(text, "| {}{about} | {} |", escaped(name), cells.join(" | "));
    }
    text
}

/// What the baseline and the waivers did.
fn accepted(results: &Results) -> String {
    let lines = super::acceptance(results);
    if lines.is_empty() {
        return String::new();
    }
    let lines: String = lines.iter().map(|line| format!("- {}\n", escaped(line))).collect();
    format!("\n## Baseline and waivers\n\n{lines}")
}

/// A scenario with findings, each with what repeats it.
fn found(results: &Results, scenario: &ScenarioResult) -> String {
    let excuse = excuse(results, scenario).map(|excuse| format!(" ({excuse})")).unwrap_or_default();
    let mut text = format!(
        "### {}{excuse}\n\n{}. {} of {} attack cases broke an expectation.\n\n",
        escaped(&scenario.id),
        escaped(&scenario.title),
        scenario.attack.broken,
        scenario.attack.total
    );
    for Group { finding, count, state } in groups(results, scenario) {
        let times = if count > 1 { format!(", {count} cases") } else { String::new() };
        let state = state.map(|state| format!(", {}", escaped(&state))).unwrap_or_default();
        let place = finding.declared.as_ref().or(finding.place.as_ref());
        let place = place.map(|place| format!(", {}", escaped(&place.to_string()))).unwrap_or_default();
        // Writing to a String can't fail.
        let _ = writeln!(
            text,
            "- **{}** {}{times}{state}{place}\n\n{}",
            word(&finding.severity),
            escaped(&finding.title),
            fenced(&finding.repro)
        );
    }
    text
}

/// A scenario without findings, and why.
fn open(results: &Results, scenario: &ScenarioResult) -> String {
    let excuse = excuse(results, scenario).map(|excuse| format!(" ({excuse})")).unwrap_or_default();
    let why = super::summary::why(scenario);
    format!("- **{}**{excuse} {}\n", escaped(&scenario.id), escaped(&why.join("; ")))
}

/// A command below an item of a list, in a fence that nothing in it closes.
fn fenced(line: &str) -> String {
    let line = inert(line);
    let longest = line.split(|sign| sign != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("  {fence}sh\n  {line}\n  {fence}\n")
}

/// A text that is nothing but text: no markup, link, mention or formula.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    let text = inert(text);
    let mut signs = text.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            // By an entity, for a backslash before these does not keep them from being linked or named.
            '@' => escaped.push_str("&#64;"),
            ':' if signs.peek().is_some_and(|next| !next.is_whitespace()) => escaped.push_str("&#58;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '#' | '+' | '!' | '|' | '~' | '$' | '^' => {
                escaped.push('\\');
                escaped.push(sign);
            }
            '.' if escaped.ends_with("www") || escaped.ends_with("WWW") => escaped.push_str("&#46;"),
            _ => escaped.push(sign),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_becomes_markup() {
        assert_eq!(escaped("<img src=x>\n# a [b](https://c) @d `e`"), {
            "&lt;img src=x&gt;\\\\u\\{a\\}\\# a \\[b\\](https&#58;//c) &#64;d \\`e\\`"
        });
        assert_eq!(fenced("a ``` b"), "  ````sh\n  a ``` b\n  ````\n");
    }
}
