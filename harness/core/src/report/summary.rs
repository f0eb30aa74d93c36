//! The summary that a person reads after a run.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::evidence::evidence;
use super::groups::state;
use super::wrap::{hanging, wrapped};
use super::{Detail, acceptance, calibration_line, excuse, family, inert, inert_lines, tables};
use crate::judge::{AttackRate, Finding, NEEDS, Results, ScenarioResult, Share, Trials};
use crate::observe::State;
use crate::vocab::{Reason, Verdict};

/// Findings shown of one scenario in short.
const SHOWN: usize = 3;
/// Declarations shown that would make more scenarios applicable.
const WANTED: usize = 5;
/// Where the text below a scenario begins.
const INDENT: usize = 17;

/// The results by control family, at most 80 columns wide. `paint` colours a verdict's word.
pub fn summary(
    results: &Results,
    detail: Detail,
    families: impl Fn(&str) -> String,
    paint: impl Fn(Verdict, &str) -> String,
) -> String {
    let mut text = String::new();
    // Writing to a String can't fail.
    for of in results.scenarios.chunk_by(|a, b| family(&a.control) == family(&b.control)) {
        let name = of.first().map_or("", |scenario| family(&scenario.control));
        let _ = writeln!(text, "\n{name}  {}", families(name));
        let folded = |scenario: &ScenarioResult| detail == Detail::Short && scenario.verdict == Verdict::NotApplicable;
        for scenario in of.iter().filter(|scenario| !folded(scenario)) {
            text.push_str(&one(results, scenario, detail, &paint));
        }
        let count = of.iter().filter(|scenario| folded(scenario)).count();
        if count > 0 {
            let verdict = paint(Verdict::NotApplicable, Verdict::NotApplicable.word());
            let _ = writeln!(text, "  {verdict} {}; --full lists them", scenarios(count));
        }
    }
    text.push_str(&tables(results, detail));
    let counts: Vec<String> = Verdict::ALL
        .iter()
        .filter_map(|verdict| Some((verdict, *results.summary.get(verdict.word())?)))
        .filter(|(verdict, n)| *n > 0 || **verdict == Verdict::Pass)
        .map(|(verdict, n)| paint(*verdict, &format!("{n} {}", verdict.word())))
        .collect();
    let cut = if results.interrupted { " (interrupted)" } else { "" };
    let (suite, target) = (inert(&results.suite.name), inert(&results.target.name));
    text.push('\n');
    text.push_str(&wrapped(&format!("Suite {suite} on {target}{cut}"), 0));
    let _ = writeln!(text, "  {}", counts.join(", "));
    text.extend(acceptance(results).iter().map(|line| hanging("  ·", line, 4)));
    text.extend(share(results));
    // Whether what all this rests on can be believed.
    let doubt = results.trace.as_ref().filter(|trail| trail.state != State::Whole);
    text.extend(doubt.map(|trail| wrapped(&format!("Note: {}", trail.text()), 0)));
    let calibration = results.calibration.as_ref().and_then(calibration_line);
    text.extend(calibration.map(|line| wrapped(&line, 0)));
    text
}

/// One scenario: its verdict, and what there is to know unless it passed.
fn one(
    results: &Results,
    scenario: &ScenarioResult,
    detail: Detail,
    paint: impl Fn(Verdict, &str) -> String,
) -> String {
    let verdict = paint(scenario.verdict, &format!("{:<14}", scenario.verdict.word()));
    let attack = &scenario.attack;
    let mut text = match scenario.verdict {
        Verdict::NotApplicable => format!("  {verdict} {}\n", scenario.id),
        _ => format!("  {verdict} {:<32} {} of {} as expected\n", scenario.id, attack.held, attack.total),
    };
    let full = detail == Detail::Full;
    if full || scenario.verdict != Verdict::Pass {
        text.push_str(&wrapped(&inert(&scenario.title), INDENT));
    }
    for line in why(scenario) {
        text.push_str(&wrapped(&line, INDENT));
    }
    text.extend(excuse(results, scenario).map(|excuse| wrapped(&format!("Accepted: {excuse}"), INDENT)));
    for line in scenario.trials.iter().flat_map(|trials| rates(trials, detail)) {
        text.push_str(&wrapped(&line, INDENT));
    }
    let shown = if full { usize::MAX } else { SHOWN };
    for finding in scenario.findings.iter().take(shown) {
        text.push_str(&found(finding, full, state(results, finding)));
    }
    let more = scenario.findings.len().saturating_sub(shown);
    if more > 0 {
        text.push_str(&wrapped(&format!("· {more} more; --full shows them"), INDENT));
    }
    text
}

/// A finding: what broke, in which step, and the command that repeats it.
fn found(finding: &Finding, full: bool, state: Option<String>) -> String {
    let margin = " ".repeat(INDENT);
    let state = state.map(|state| format!("[{state}] ")).unwrap_or_default();
    let mut text = hanging(&format!("{margin}·"), &inert(&format!("{state}{}", finding.title)), INDENT + 2);
    // A command stays on one line, so that it can be copied.
    let lines = finding.place.as_ref().map(|place| format!("in {}", inert(&place.to_string())));
    let lines = lines.into_iter().chain([inert(&finding.repro)]);
    for line in lines.chain(if full { evidence(finding) } else { Vec::new() }) {
        // Writing to a String can't fail.
        let _ = writeln!(text, "{margin}  {line}");
    }
    text
}

fn scenarios(count: usize) -> String {
    format!("{count} scenario{}", if count == 1 { "" } else { "s" })
}

/// How much of the suite the descriptor lets Pincer test, if that is not all, and what would let it test more.
fn share(results: &Results) -> Option<String> {
    let all = results.scenarios.len();
    let skipped: Vec<&ScenarioResult> =
        results.scenarios.iter().filter(|s| s.verdict == Verdict::NotApplicable).collect();
    if skipped.is_empty() {
        return None;
    }
    let mut needs: BTreeMap<&str, usize> = BTreeMap::new();
    for need in skipped.iter().filter_map(|scenario| scenario.note.as_deref()?.strip_prefix(NEEDS)) {
        *needs.entry(need).or_default() += 1;
    }
    let mut needs: Vec<(&str, usize)> = needs.into_iter().collect();
    needs.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let mut text = format!("{} of {} applicable.", all - skipped.len(), scenarios(all));
    if !needs.is_empty() {
        text.push_str(" To test more, declare in the descriptor:");
    }
    let mut text = wrapped(&text, 0);
    for (need, count) in needs.iter().take(WANTED) {
        text.push_str(&hanging(&format!("{count:>5}"), &inert(need), 7));
    }
    if needs.len() > WANTED {
        // Writing to a String can't fail.
        let _ = writeln!(text, "       {} more; --full shows them", needs.len() - WANTED);
    }
    Some(text)
}

/// How often attacks came through: where any did, and all of it in full.
fn rates(trials: &Trials, detail: Detail) -> Vec<String> {
    let full = detail == Detail::Full;
    if !full && trials.success.share == 0.0 && trials.each == 1 {
        return Vec::new();
    }
    let percent = |share: &Share| {
        format!("{:.1} % (95 % interval {:.1} to {:.1} %)", share.share * 100.0, share.low * 100.0, share.high * 100.0)
    };
    let mut lines = vec![format!("Successful attacks: {}", percent(&trials.success))];
    if trials.flipped > 0 {
        lines.push(format!("{} attack cases gave different results in {} trials", trials.flipped, trials.each));
    }
    let step = |rate: &AttackRate| {
        format!("step {}: {} of {}, {}", rate.step, rate.broken, rate.total, percent(&rate.success))
    };
    lines.extend(trials.carriers.iter().filter(|_| full).map(step));
    lines
}

/// Why a scenario has its verdict: one sentence a line, and nothing of a plain pass.
pub(super) fn why(scenario: &ScenarioResult) -> Vec<String> {
    let mut lines = Vec::new();
    if matches!(scenario.verdict, Verdict::Fail | Verdict::Warn) {
        lines
            .push(format!("{} of {} attack cases broke an expectation", scenario.attack.broken, scenario.attack.total));
    }
    let note = scenario.note.as_deref().unwrap_or_default();
    let reason = scenario.reason.map(Reason::text).filter(|text| !note.starts_with(text));
    lines.extend(reason.map(str::to_owned));
    lines.extend(inert_lines(note).lines().map(str::to_owned));
    lines
}
