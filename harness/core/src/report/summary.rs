//! The summary that a person reads after a run.

use std::fmt::Write as _;

use super::evidence::evidence;
use super::{Detail, calibration_line, family, inert, tables};
use crate::judge::{AttackRate, Results, ScenarioResult, Share, Trials};
use crate::vocab::{Verdict, word};

/// Findings shown of one scenario in short.
const SHOWN: usize = 3;

/// The results by control family. `paint` colours a verdict's word.
pub fn summary(
    results: &Results,
    detail: Detail,
    families: impl Fn(&str) -> String,
    paint: impl Fn(Verdict, &str) -> String,
) -> String {
    let mut text = String::new();
    let mut last = "";
    // Writing to a String can't fail.
    for scenario in &results.scenarios {
        let of = family(&scenario.control);
        if of != last {
            let _ = writeln!(text, "\n{of}  {}", families(of));
            last = of;
        }
        let verdict = paint(scenario.verdict, &format!("{:<14}", scenario.verdict.word()));
        let attack = &scenario.attack;
        let _ = writeln!(
            text,
            "  {verdict} {:<32} {:>5} of {:<5} {}",
            scenario.id,
            attack.held,
            attack.total,
            inert(&scenario.title)
        );
        if scenario.verdict != Verdict::Pass || scenario.note.is_some() {
            let _ = writeln!(text, "                 {}", inert(&why(scenario)));
        }
        for line in scenario.trials.iter().flat_map(|trials| rates(trials, detail)) {
            let _ = writeln!(text, "                 {line}");
        }
        let shown = if detail == Detail::Full { usize::MAX } else { SHOWN };
        for finding in scenario.findings.iter().take(shown) {
            let _ = writeln!(
                text,
                "                 · {}\n                   {}",
                inert(&finding.title),
                inert(&finding.repro)
            );
            let lines = if detail == Detail::Full { evidence(finding) } else { Vec::new() };
            for line in lines {
                let _ = writeln!(text, "                   {line}");
            }
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
    let _ = writeln!(
        text,
        "\n{} on {}: {}{cut}",
        inert(&results.suite.name),
        inert(&results.target.name),
        counts.join(", ")
    );
    text.extend(share(results));
    let calibration = results.calibration.as_ref().and_then(calibration_line);
    text.extend(calibration.map(|line| format!("{line}\n")));
    text
}

/// How much of the suite the target's descriptor lets Pincer try, where that is not all.
fn share(results: &Results) -> Option<String> {
    let all = results.scenarios.len();
    let applicable = results.scenarios.iter().filter(|s| s.verdict != Verdict::NotApplicable).count();
    let rest = "the rest name what the descriptor would have to declare";
    (applicable < all).then(|| format!("{applicable} of {all} scenarios were applicable; {rest}\n"))
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
    let mut lines = vec![format!("attacks that came through: {}", percent(&trials.success))];
    if trials.flipped > 0 {
        lines.push(format!("{} attack cases did not end alike in {} trials", trials.flipped, trials.each));
    }
    let step = |rate: &AttackRate| {
        format!("step {}: {} of {}, {}", rate.step, rate.broken, rate.total, percent(&rate.success))
    };
    lines.extend(trials.carriers.iter().filter(|_| full).map(step));
    lines
}

/// One sentence on why a scenario has its verdict.
pub(super) fn why(scenario: &ScenarioResult) -> String {
    let reason = scenario.reason.as_ref().map(word);
    let counted = match scenario.verdict {
        Verdict::Fail | Verdict::Warn => {
            Some(format!("{} of {} cases broke an expectation", scenario.attack.broken, scenario.attack.total))
        }
        _ => None,
    };
    [counted, reason, scenario.note.clone()].into_iter().flatten().collect::<Vec<_>>().join(": ")
}
