//! The head of the page: what was tested and how it went.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::super::{acceptance, calibration_line, exit_text, families, inert, outcome};
use super::spoken;
use crate::judge::Results;
use crate::scenario::Catalogue;
use crate::vocab::{Exit, Verdict, word};

/// Target, outcome, facts and counts.
pub(super) fn head(results: &Results) -> Markup {
    let class = match results.exit {
        Exit::Green => "passed",
        Exit::Failed => "failed",
        Exit::Usage | Exit::Inconclusive => "inconclusive",
        Exit::Fault => "fault",
    };
    let (target, run, suite) = (&results.target, &results.run, &results.suite);
    let version = if target.version.is_empty() { "-" } else { &target.version };
    let applicable = results.scenarios.iter().filter(|s| s.verdict != Verdict::NotApplicable).count();
    let facts: [(&str, String); 8] = [
        ("Target", format!("{}, version {}", word(&target.kind), inert(version))),
        ("Suite", inert(&suite.name)),
        ("Scenarios", format!("{applicable} of {} applicable", results.scenarios.len())),
        ("Started", second(&run.started)),
        ("Finished", if run.finished.is_empty() { "-".to_owned() } else { second(&run.finished) }),
        ("Pincer", inert(&run.pincer)),
        ("Seed, nonce", format!("{}, {}", run.seed, run.nonce)),
        ("Descriptor", short(&target.digest)),
    ];
    html! {
        header class={ "head " (class) } {
            div.outcome { (outcome(results)) }
            h1 { (inert(&target.name)) }
            p.soft { "Exit code " (u8::from(results.exit)) ": " (exit_text(results.exit)) "." }
            @if results.interrupted { p.act { "The run was stopped before its end: this report is not complete." } }
            dl.facts {
                @for (name, value) in &facts { div { dt { (name) } dd { (value) } } }
            }
            @if let Some(line) = results.calibration.as_ref().and_then(calibration_line) {
                p.soft.small { (inert(&line)) }
            }
        }
        ul.counts {
            @for verdict in Verdict::ALL {
                @let count = results.summary.get(verdict.word()).copied().unwrap_or(0);
                li class=[(count == 0).then_some("none")] {
                    b class={ "v-" (verdict.word()) } { (count) }
                    @if count > 0 { a href={ "#" (verdict.word()) } { (spoken(verdict)) } }
                    @else { span.soft { (spoken(verdict)) } }
                }
            }
        }
    }
}

/// What baseline and waivers did; nothing without them.
pub(super) fn accepted(results: &Results) -> Markup {
    let lines = acceptance(results);
    html! {
        @if !lines.is_empty() {
            h2 { "Baseline and waivers" }
            div.card {
                ul {
                    @for line in &lines {
                        li class=[line.starts_with("EXPIRED").then_some("act")] { (line) }
                    }
                }
            }
        }
    }
}

/// A row for each family.
pub(super) fn by_family(results: &Results, catalogue: &Catalogue) -> Markup {
    let all = families(results);
    html! {
        h2 { "By family" }
        div.wide {
            table {
                thead {
                    tr {
                        th { "family" }
                        th { "" }
                        @for verdict in Verdict::ALL { th.n { (spoken(verdict)) } }
                    }
                }
                tbody {
                    @for (name, counts) in &all {
                        tr {
                            th scope="row" {
                                (inert(name))
                                @if let Some(about) = catalogue.families.get(*name) {
                                    div.soft.small { (about) }
                                }
                            }
                            td { (bar(counts)) }
                            @for verdict in Verdict::ALL {
                                @let count = counts.get(&verdict).copied().unwrap_or(0);
                                td.n { @if count > 0 { span class={ "v-" (verdict.word()) } { (count) } } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Shares of the verdicts as a bar. Its sizes are attributes, for the policy allows no style of an element.
fn bar(counts: &BTreeMap<Verdict, u64>) -> Markup {
    let total = counts.values().sum::<u64>().max(1);
    let mut at = 0;
    let mut parts = Vec::new();
    for verdict in Verdict::ALL {
        let count = counts.get(&verdict).copied().unwrap_or(0);
        if count > 0 {
            parts.push((verdict, at * 1000 / total, (at + count) * 1000 / total));
        }
        at += count;
    }
    html! {
        svg.bar viewBox="0 0 1000 40" preserveAspectRatio="none" aria-hidden="true" {
            @for (verdict, from, to) in parts {
                rect class={ "f-" (verdict.word()) } x=(from) y="0" width=(to - from) height="40" {}
            }
        }
    }
}

/// How to check the report.
pub(super) fn foot(results: &Results) -> Markup {
    html! {
        footer.soft.small {
            p {
                "Every verdict rests on what Pincer's own callers and upstreams saw. "
                code { "pincer judge trace.jsonl" }
                " gives the same results again without a network; " code { "results.json" } " holds them for programs."
            }
            p {
                "Run " code { (inert(&results.run.id)) } ", descriptor " code { (inert(&results.target.digest)) }
                ", suite " code { (inert(&results.suite.digest)) } "."
            }
        }
    }
}

/// A time of RFC 3339 to the second.
fn second(time: &str) -> String {
    inert(&time.split_once('.').map_or_else(|| time.to_owned(), |(second, _)| format!("{second}Z")))
}

/// The beginning of a digest.
fn short(digest: &str) -> String {
    let brief: String = digest.chars().take("sha256:".len() + 12).collect();
    inert(&brief)
}
