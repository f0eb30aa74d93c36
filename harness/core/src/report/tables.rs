//! The tables of a run as a person reads them: at most 80 columns wide, in full 100.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::columns::columns;
use super::wrap::{COLUMNS, wrapped};
use super::{Detail, inert};
use crate::judge::{Access, AccessCell, ConfusionRow, PayloadKind, RatePoint, Results, Share};
use crate::vocab::word;

/// Columns of a line in full.
const WIDE: usize = 100;
/// Characters of a set's name that are shown in short.
const NAME: usize = 16;
/// Operations shown in short; of more, those that are not as declared.
const OPERATIONS: usize = 16;
/// Floods shown in short.
const FLOODS: usize = 16;

/// The tables that have rows. In short a payload set is one row, whatever its encodings.
pub fn tables(results: &Results, detail: Detail) -> String {
    let tables = &results.tables;
    let confusion = [
        confusion(&tables.confusion, PayloadKind::Attack, detail),
        confusion(&tables.confusion, PayloadKind::Benign, detail),
    ];
    let all = confusion.into_iter().chain([access(&tables.access, detail), rates(&tables.rates, detail)]);
    all.flatten().map(|table| format!("\n{table}")).collect()
}

/// Payloads of one kind by set, with a row for all.
fn confusion(rows: &[ConfusionRow], kind: PayloadKind, detail: Detail) -> Option<String> {
    let rows: Vec<&ConfusionRow> = rows.iter().filter(|row| row.kind == kind).collect();
    if rows.is_empty() {
        return None;
    }
    let mut sets: BTreeMap<&str, Vec<&ConfusionRow>> = BTreeMap::new();
    for row in &rows {
        sets.entry(&row.set).or_default().push(row);
    }
    let full = detail == Detail::Full;
    let spread = rows.iter().any(|row| word(&row.encoding) != "plain");
    let benign = kind == PayloadKind::Benign;
    let mut head = if benign {
        vec!["Benign", "cases", "passed", "blocked", "altered", "open", "blocked %", "95 % interval"]
    } else {
        vec!["Attacks", "cases", "blocked", "passed", "open", "blocked %", "95 % interval"]
    };
    if spread && full {
        head.push("encoding");
    }
    let mut lines = vec![head.into_iter().map(str::to_owned).collect()];
    for (set, of) in &sets {
        if full {
            lines.extend(of.iter().map(|row| line(set, &[*row], benign, spread.then(|| word(&row.encoding)))));
        } else {
            lines.push(line(&brief(set), of, benign, None));
        }
    }
    if lines.len() > 2 {
        lines.push(line("all", &rows, benign, None));
    }
    let mut text = columns(&lines, if benign { &[1, 2, 3, 4, 5, 6] } else { &[1, 2, 3, 4, 5] });
    let weakest: Vec<String> =
        sets.iter().filter_map(|(set, of)| Some(format!("{} {}", inert(set), weakest(of)?))).collect();
    if !full && !weakest.is_empty() {
        text.push_str(&wrapped(&format!("Least blocked encodings: {}", weakest.join(", ")), 2));
    }
    Some(text)
}

/// The beginning of a name that is too long for a table.
fn brief(name: &str) -> String {
    if name.chars().count() <= NAME { name.to_owned() } else { name.chars().take(NAME - 1).chain(['…']).collect() }
}

fn line(set: &str, rows: &[&ConfusionRow], benign: bool, last: Option<String>) -> Vec<String> {
    let sum = |of: fn(&ConfusionRow) -> u64| rows.iter().map(|row| of(row)).sum::<u64>();
    let (blocked, passed, altered) = (sum(|row| row.blocked), sum(|row| row.passed), sum(|row| row.altered));
    let counts = if benign { vec![passed, blocked, altered] } else { vec![blocked, passed] };
    let (share, interval) = shares(Share::of(blocked, blocked + passed + altered));
    let mut cells = vec![inert(set), sum(|row| row.cases).to_string()];
    cells.extend(counts.iter().map(u64::to_string));
    cells.extend([sum(|row| row.unresolved).to_string(), share, interval]);
    cells.extend(last);
    cells
}

/// A share and its interval in percent.
pub(super) fn shares(share: Option<Share>) -> (String, String) {
    share.map_or_else(
        || ("-".to_owned(), String::new()),
        |share| {
            let percent = |part: f64| format!("{:.1}", part * 100.0);
            (percent(share.share), format!("{} to {}", percent(share.low), percent(share.high)))
        },
    )
}

/// The encoding in which least of a set was blocked, where they differ.
fn weakest(rows: &[&ConfusionRow]) -> Option<String> {
    let share = |row: &&&ConfusionRow| row.blocked_share.map_or(1.0, |share| share.share);
    let least = rows.iter().min_by(|a, b| share(a).total_cmp(&share(b)))?;
    let differ = rows.iter().any(|row| share(&least) < share(&row));
    differ.then(|| format!("{} {} %", word(&least.encoding), shares(least.blocked_share).0))
}

/// Operations by callers, as many callers side by side as fit.
fn access(cells: &[AccessCell], detail: Detail) -> Option<String> {
    let wrong: BTreeSet<&str> = cells.iter().filter(|c| !as_declared(c)).map(|c| c.operation.as_str()).collect();
    let all: BTreeSet<&str> = cells.iter().map(|cell| cell.operation.as_str()).collect();
    let shown = if detail == Detail::Full || all.len() <= OPERATIONS { &all } else { &wrong };
    let callers: Vec<Option<&str>> = {
        let set: BTreeSet<Option<&str>> = cells.iter().map(|cell| cell.identity.as_deref()).collect();
        set.into_iter().collect()
    };
    let first = shown.iter().map(|operation| operation.len()).max().unwrap_or(0).max("Access".len()) + 2;
    let width = callers.iter().map(|caller| label(*caller).chars().count()).max()?.max("!refused".len()) + 2;
    let mut text = String::new();
    let room = if detail == Detail::Full { WIDE } else { COLUMNS };
    for callers in callers.chunks((room.saturating_sub(first) / width).max(1)) {
        let head = callers.iter().map(|caller| label(*caller));
        let mut lines = vec![std::iter::once("Access".to_owned()).chain(head).collect()];
        for operation in shown {
            let cell = |caller: Option<&str>| {
                let found = cells.iter().find(|c| c.operation == **operation && c.identity.as_deref() == caller);
                found.map_or_else(|| "-".to_owned(), seen)
            };
            lines.push(std::iter::once(inert(operation)).chain(callers.iter().copied().map(cell)).collect());
        }
        text.push_str(&columns(&lines, &[]));
    }
    if !wrong.is_empty() {
        text.push_str("  ! differs from the descriptor; ? unclear\n");
    }
    if shown.len() < all.len() {
        // Writing to a String can't fail.
        let _ = writeln!(text, "  {} more operations match the descriptor", all.len() - shown.len());
    }
    Some(text)
}

fn label(caller: Option<&str>) -> String {
    caller.map_or_else(|| "nobody".to_owned(), inert)
}

fn as_declared(cell: &AccessCell) -> bool {
    match cell.expected {
        Access::Served => cell.refused + cell.unclear == 0,
        Access::Refused => cell.served + cell.unclear == 0,
    }
}

/// What was seen of a caller and an operation; what is not as declared comes first.
fn seen(cell: &AccessCell) -> String {
    let (expected, wrong) = match cell.expected {
        Access::Served => ("served", ("!refused", cell.refused)),
        Access::Refused => ("refused", ("!served", cell.served)),
    };
    match (wrong, cell.unclear) {
        ((word, 1..), _) => word.to_owned(),
        (_, 1..) => "?".to_owned(),
        _ => expected.to_owned(),
    }
}

/// Floods by the load that was offered.
fn rates(points: &[RatePoint], detail: Detail) -> Option<String> {
    if points.is_empty() {
        return None;
    }
    let mut sorted: Vec<&RatePoint> = points.iter().collect();
    sorted.sort_by(|a, b| a.offered_per_second.total_cmp(&b.offered_per_second));
    let full = detail == Detail::Full;
    // In short the times and the rare other statuses are left out.
    let chosen: &[usize] = if full { &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9] } else { &[0, 1, 2, 3, 4, 8, 9] };
    let pick = |row: [String; 10]| chosen.iter().filter_map(|at| row.get(*at).cloned()).collect::<Vec<_>>();
    let head = ["Floods", "sent", "admitted", "allowed", "429", "other", "p50 ms", "p99 ms", "who", "scenario, case"];
    let mut lines = vec![pick(head.map(str::to_owned))];
    let shown = if full { sorted.len() } else { FLOODS };
    lines.extend(sorted.iter().take(shown).map(|point| pick(flood(point))));
    let mut text = columns(&lines, if full { &[1, 2, 3, 4, 5, 6, 7] } else { &[1, 2, 3, 4] });
    if sorted.len() > shown {
        // Writing to a String can't fail.
        let _ = writeln!(text, "  {} more; --full shows them", sorted.len() - shown);
    }
    Some(text)
}

fn flood(point: &RatePoint) -> [String; 10] {
    let offered = match point.offered_quotas {
        Some(quotas) => format!("{quotas}x, {:.0}/s", point.offered_per_second),
        None => format!("{:.0}/s", point.offered_per_second),
    };
    let limited = point.statuses.get(&429).copied().unwrap_or(0);
    let other: u64 =
        point.statuses.iter().filter(|(status, _)| **status != 429 && !is_success(**status)).map(|(_, n)| n).sum();
    let millis = |us: u64| format!("{}.{}", us / 1000, us % 1000 / 100);
    [
        offered,
        point.sent.to_string(),
        point.admitted.to_string(),
        point.allowed.map_or_else(|| "-".to_owned(), |allowed| allowed.to_string()),
        limited.to_string(),
        other.to_string(),
        millis(point.p50_us),
        millis(point.p99_us),
        label(point.identity.as_deref()),
        format!("{} {}", point.scenario, point.case),
    ]
}

fn is_success(status: u16) -> bool {
    (200..300).contains(&status)
}
