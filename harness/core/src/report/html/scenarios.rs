//! The scenarios: findings first, then what is open, what is not applicable, and what passed.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::super::groups::{Group, groups};
use super::super::summary::why;
use super::super::{excuse, family, inert, inert_lines};
use super::{FOUND, LISTED, spoken};
use crate::judge::{CaseEvidence, Finding, NEEDS, Results, ScenarioResult, Trials};
use crate::vocab::{Verdict, word};

/// The scenarios with a verdict.
fn of(results: &Results, verdict: Verdict) -> Vec<&ScenarioResult> {
    results.scenarios.iter().filter(|scenario| scenario.verdict == verdict).collect()
}

/// Scenarios that failed or warn, each finding with its evidence.
pub(super) fn found(results: &Results, verdict: Verdict) -> Markup {
    let all = of(results, verdict);
    let title = if verdict == Verdict::Fail { "Failed" } else { "Warnings" };
    html! {
        @if !all.is_empty() {
            h2 id=(verdict.word()) { (title) " (" (all.len()) ")" }
            @for scenario in all.iter().take(FOUND) { (article(results, scenario)) }
            (more(all.len(), FOUND))
        }
    }
}

/// A line that says how many are not shown.
fn more(all: usize, shown: usize) -> Markup {
    html! {
        @if all > shown {
            p.act { (all - shown) " more are not shown here; results.json has all of them." }
        }
    }
}

fn article(results: &Results, scenario: &ScenarioResult) -> Markup {
    html! {
        article class={ "card " (scenario.verdict.word()) } {
            h3 {
                span class={ "v-" (scenario.verdict.word()) } { (inert(&scenario.id)) } " "
                @if let Some(excuse) = excuse(results, scenario) { span.tag.wrap.soft { (excuse) } }
            }
            p { (inert(&scenario.title)) }
            p.soft.small {
                @for line in why(scenario) { (line) ". " }
                @if let Some(trials) = &scenario.trials { (rate(trials)) }
            }
            @for group in groups(results, scenario) { (finding(&group)) }
            @if scenario.unlisted > 0 {
                p.act { (scenario.unlisted) " more broken cases are counted but not kept." }
            }
        }
    }
}

fn rate(trials: &Trials) -> String {
    let percent = |part: f64| format!("{:.1}", part * 100.0);
    let success = &trials.success;
    format!(
        "Successful attacks: {} % (95 % interval {} to {} %)",
        percent(success.share),
        percent(success.low),
        percent(success.high)
    )
}

fn finding(group: &Group<'_>) -> Markup {
    let finding = group.finding;
    html! {
        details {
            summary {
                (inert(&finding.title)) " "
                span.soft.small {
                    (word(&finding.severity))
                    @if !finding.operation.is_empty() { ", operation " (inert(&finding.operation)) }
                    @if group.count > 1 { ", " (group.count) " cases" }
                } " "
                @if let Some(state) = &group.state { span.tag.wrap.soft { (inert(state)) } }
            }
            div.inside {
                (evidence(&finding.evidence))
                dl {
                    dt { "run it again" }
                    dd { pre { (inert(&finding.repro)) } }
                    @if let Some(line) = &finding.curl {
                        dt { "send the same bytes" }
                        dd { pre { (inert(line)) } }
                    }
                }
                p.soft.small { (places(finding)) "fingerprint " code { (inert(&finding.fingerprint)) } }
            }
        }
    }
}

fn places(finding: &Finding) -> Markup {
    html! {
        @if let Some(place) = &finding.place { "step " code { (inert(&place.to_string())) } ", " }
        @if let Some(place) = &finding.declared { "operation " code { (inert(&place.to_string())) } ", " }
    }
}

fn evidence(of: &CaseEvidence) -> Markup {
    let who = of.identity.as_deref().unwrap_or("nobody");
    let mut sent = vec![of.request.clone()];
    sent.extend(of.headers.iter().cloned());
    sent.extend(of.body.iter().map(|body| format!("\n{body}")));
    html! {
        dl {
            dt {
                "sent as " (inert(who))
                @if let Some(forgery) = &of.forgery { ", token forged: " (word(forgery)) }
                @if let Some(payload) = &of.payload {
                    ", payload " (inert(payload))
                    @if let Some(encoding) = &of.encoding { " " (word(encoding)) }
                    @if let Some(place) = &of.placement { " in " (inert(place)) }
                }
            }
            dd { pre { (inert_lines(&sent.join("\n"))) } }
            @if let Some(answer) = &of.answer {
                @let head = answer.headers.join("\n");
                dt { "answered" }
                dd { pre { (answer.status) "\n" (inert_lines(&head)) "\n\n" (inert_lines(&answer.body)) } }
            }
            @if let Some(failure) = &of.no_answer {
                dt { "answered" }
                dd { pre { "nothing: " (word(failure)) } }
            }
            @if let Some(planted) = &of.planted {
                dt { "planted" }
                dd { pre { (inert_lines(planted)) } }
            }
            @if !of.turns.is_empty() {
                dt { "the model said" }
                dd { pre { (inert_lines(&of.turns.join("\n"))) } }
            }
            @for arrival in &of.arrived {
                dt { "arrived at " (inert(&arrival.upstream)) }
                dd { pre { (inert_lines(&arrival.request)) "\n" (inert_lines(&arrival.body)) } }
            }
            @if of.broken.len() > 1 {
                dt { "broken too" }
                dd { pre { (inert_lines(&of.broken.get(1..).unwrap_or_default().join("\n"))) } }
            }
        }
    }
}

/// Scenarios without a verdict about the target, and why.
pub(super) fn open(results: &Results, verdict: Verdict) -> Markup {
    let all = of(results, verdict);
    let title = if verdict == Verdict::Error { "Errors in Pincer" } else { "Inconclusive" };
    html! {
        @if !all.is_empty() {
            h2 id=(verdict.word()) { (title) " (" (all.len()) ")" }
            div.wide {
                table {
                    thead { tr { th { "scenario" } th { "why" } } }
                    tbody {
                        @for scenario in all.iter().take(LISTED) {
                            tr {
                                th scope="row" {
                                    (inert(&scenario.id))
                                    div.soft.small { (inert(&scenario.title)) }
                                }
                                td {
                                    @if let Some(excuse) = excuse(results, scenario) {
                                        div { span.tag.wrap.soft { (excuse) } }
                                    }
                                    @for line in why(scenario) { div { (line) } }
                                }
                            }
                        }
                    }
                }
            }
            (more(all.len(), LISTED))
        }
    }
}

/// What was not applicable, by what the descriptor would have to declare.
pub(super) fn not_applicable(results: &Results) -> Markup {
    let all = of(results, Verdict::NotApplicable);
    let mut needs: BTreeMap<String, Vec<&ScenarioResult>> = BTreeMap::new();
    for scenario in all.iter().take(LISTED) {
        let note = scenario.note.as_deref().unwrap_or_default();
        let need = note.strip_prefix(NEEDS).map_or_else(|| why(scenario).join("; "), str::to_owned);
        needs.entry(need).or_default().push(scenario);
    }
    let mut needs: Vec<_> = needs.into_iter().collect();
    needs.sort_by_key(|(_, scenarios)| std::cmp::Reverse(scenarios.len()));
    html! {
        @if !all.is_empty() {
            h2 id=(Verdict::NotApplicable.word()) { "Not applicable (" (all.len()) ")" }
            div.card {
                p { "These were not tested, because the descriptor does not declare what they need. To test them, declare:" }
                @for (need, scenarios) in &needs {
                    details {
                        summary { (inert(need)) " " span.soft.small { (scenarios.len()) } }
                        div.inside { (list(scenarios)) }
                    }
                }
                (more(all.len(), LISTED))
            }
        }
    }
}

/// What passed, by family.
pub(super) fn passed(results: &Results) -> Markup {
    let all = of(results, Verdict::Pass);
    let shown = all.get(..LISTED).unwrap_or(&all);
    html! {
        @if !all.is_empty() {
            h2 id=(Verdict::Pass.word()) { "Passed (" (all.len()) ")" }
            div.card {
                @for scenarios in shown.chunk_by(|a, b| family(&a.control) == family(&b.control)) {
                    details {
                        summary {
                            (inert(scenarios.first().map_or("", |scenario| family(&scenario.control)))) " "
                            span.soft.small { (scenarios.len()) " " (spoken(Verdict::Pass)) }
                        }
                        div.inside { (list(scenarios)) }
                    }
                }
                (more(all.len(), LISTED))
            }
        }
    }
}

fn list(scenarios: &[&ScenarioResult]) -> Markup {
    html! {
        ul {
            @for scenario in scenarios {
                li {
                    (inert(&scenario.id)) " " span.soft.small {
                        (inert(&scenario.title))
                        @if scenario.attack.total > 0 { " (" (scenario.attack.held) " of " (scenario.attack.total) " as expected)" }
                        @if scenario.verdict == Verdict::Pass { @for line in why(scenario) { " " (line) "." } }
                    }
                }
            }
        }
    }
}
