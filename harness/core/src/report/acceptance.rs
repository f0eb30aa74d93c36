//! What a baseline and waivers did, in lines.

use super::inert;
use crate::judge::{KnownFinding, Results, WaiverState};

/// Lines about the baseline and the waivers, what needs action first; none without them.
pub fn acceptance(results: &Results) -> Vec<String> {
    let Some(acceptance) = &results.acceptance else { return Vec::new() };
    let mut lines = Vec::new();
    for waiving in &acceptance.waivers {
        let waiver = &waiving.waiver;
        let (subject, owner) = (inert(waiver.subject()), inert(&waiver.owner));
        let (day, reason) = (&waiver.expires, inert(&waiver.reason));
        lines.push(match waiving.state {
            WaiverState::Expired => format!("EXPIRED waiver of {subject} (owner {owner}): it ended on {day}. {reason}"),
            WaiverState::Unused => {
                format!("Unused waiver of {subject} (owner {owner}): nothing is left that it covers, so remove it")
            }
            WaiverState::Active => format!("Waiver of {subject} (owner {owner}) holds until {day}: {reason}"),
            WaiverState::NotRun => format!("Waiver of {subject} (owner {owner}): not run"),
        });
    }
    // What needs action stands first.
    lines.sort_by_key(|line| !(line.starts_with("EXPIRED") || line.starts_with("Unused")));
    if let Some(baseline) = &acceptance.baseline {
        lines.push(format!(
            "Baseline: {} new, {} known, {} fixed, {} not seen again but not tested to the end",
            baseline.new,
            baseline.known,
            baseline.fixed.len(),
            baseline.open.len()
        ));
        lines.extend(baseline.fixed.iter().take(MOST).map(fixed));
        let more = baseline.fixed.len().saturating_sub(MOST);
        lines.extend((more > 0).then(|| format!("{more} more are fixed; results.json lists them")));
    }
    lines
}

fn fixed(entry: &KnownFinding) -> String {
    let operation = if entry.operation.is_empty() { String::new() } else { format!(" in {}", inert(&entry.operation)) };
    let (mark, scenario) = (inert(&entry.fingerprint), inert(&entry.scenario));
    format!("Fixed: {scenario}{operation}; remove {mark} from the baseline")
}

/// Fixed findings that are listed.
const MOST: usize = 20;
