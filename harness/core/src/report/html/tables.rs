//! The tables of a run: payloads by set, access by caller and operation, and floods.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};

use super::super::inert;
use super::super::tables::shares;
use super::curve::curve;
use crate::judge::{Access, AccessCell, ConfusionRow, PayloadKind, Results, Share};

/// Payloads blocked and passed, by set.
pub(super) fn payloads(results: &Results) -> Markup {
    let rows = &results.tables.confusion;
    html! {
        @if !rows.is_empty() {
            h2 { "Payloads" }
            @for (kind, title) in [(PayloadKind::Attack, "attack payloads"), (PayloadKind::Benign, "harmless look-alikes")] {
                (sets(rows, kind, title))
            }
            p.soft.small { "Counted by what arrived at the upstream. Intervals are exact, at 95 %." }
        }
    }
}

fn sets(rows: &[ConfusionRow], kind: PayloadKind, title: &str) -> Markup {
    let mut sets: BTreeMap<&str, [u64; 5]> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.kind == kind) {
        let counts = sets.entry(&row.set).or_default();
        let more = [row.cases, row.blocked, row.passed, row.altered, row.unresolved];
        counts.iter_mut().zip(more).for_each(|(count, more)| *count += more);
    }
    html! {
        @if !sets.is_empty() {
            div.wide {
                table {
                    thead {
                        tr {
                            th { (title) }
                            th.n { "cases" } th.n { "blocked" } th.n { "passed" }
                            @if kind == PayloadKind::Benign { th.n { "altered" } }
                            th.n { "open" } th.n { "blocked %" } th.n { "95 % interval" }
                        }
                    }
                    tbody {
                        @for (set, [cases, blocked, passed, altered, unresolved]) in &sets {
                            @let (share, interval) = shares(Share::of(*blocked, blocked + passed + altered));
                            tr {
                                th scope="row" { (inert(set)) }
                                td.n { (cases) } td.n { (blocked) } td.n { (passed) }
                                @if kind == PayloadKind::Benign { td.n { (altered) } }
                                td.n { (unresolved) } td.n { (share) } td.n { (interval) }
                            }
                        }
                    }
                }
            }
            p {}
        }
    }
}

/// Who reached what.
pub(super) fn access(results: &Results) -> Markup {
    let cells = &results.tables.access;
    let callers: BTreeSet<Option<&str>> = cells.iter().map(|cell| cell.identity.as_deref()).collect();
    let mut operations: BTreeMap<&str, BTreeMap<Option<&str>, &AccessCell>> = BTreeMap::new();
    for cell in cells {
        operations.entry(&cell.operation).or_default().insert(cell.identity.as_deref(), cell);
    }
    html! {
        @if !cells.is_empty() {
            h2 { "Access" }
            div.wide {
                table {
                    thead {
                        tr {
                            th { "operation" }
                            @for caller in &callers { th { (inert(caller.unwrap_or("nobody"))) } }
                        }
                    }
                    tbody {
                        @for (operation, row) in &operations {
                            tr {
                                th scope="row" { (inert(operation)) }
                                @for caller in &callers {
                                    td { @if let Some(cell) = row.get(caller) { (seen(cell)) } @else { span.soft { "-" } } }
                                }
                            }
                        }
                    }
                }
            }
            p.soft.small { "What each caller's calls came to. Bold red differs from the descriptor." }
        }
    }
}

fn seen(cell: &AccessCell) -> Markup {
    let (expected, other, wrong) = match cell.expected {
        Access::Served => ("served", "refused", cell.refused),
        Access::Refused => ("refused", "served", cell.served),
    };
    html! {
        @if wrong > 0 { span.wrong { (other) ", not " (expected) } }
        @else if cell.unclear > 0 { span.unclear { "unclear" } }
        @else { (expected) }
    }
}

/// Floods that are shown.
const FLOODS: usize = 200;

/// What floods got through, as a curve and as a table.
pub(super) fn floods(results: &Results) -> Markup {
    let points = &results.tables.rates;
    let mut sorted: Vec<_> = points.iter().collect();
    sorted.sort_by(|a, b| a.offered_per_second.total_cmp(&b.offered_per_second));
    html! {
        @if !points.is_empty() {
            h2 { "Floods" }
            @if let Some(curve) = curve(points) { div.wide { (curve) } p {} }
            div.wide {
                table {
                    thead {
                        tr {
                            th { "scenario, case" } th { "caller" } th.n { "offered/s" } th.n { "sent" } th.n { "admitted" }
                            th.n { "allowed" } th.n { "429" } th.n { "p50 ms" } th.n { "p99 ms" }
                        }
                    }
                    tbody {
                        @for point in sorted.iter().take(FLOODS) {
                            tr {
                                th scope="row" { (inert(&point.scenario)) " " span.soft { (point.case) } }
                                td { (inert(point.identity.as_deref().unwrap_or("nobody"))) }
                                td.n { (format!("{:.0}", point.offered_per_second)) }
                                td.n { (point.sent) }
                                td.n {
                                    @let over = point.allowed.is_some_and(|allowed| point.admitted > allowed);
                                    span class=[over.then_some("wrong")] { (point.admitted) }
                                }
                                td.n { @if let Some(allowed) = point.allowed { (allowed) } @else { "-" } }
                                td.n { (point.statuses.get(&429).copied().unwrap_or(0)) }
                                td.n { (millis(point.p50_us)) }
                                td.n { (millis(point.p99_us)) }
                            }
                        }
                    }
                }
            }
            @if sorted.len() > FLOODS {
                p.act { (sorted.len() - FLOODS) " more are not shown here; results.json has all of them." }
            }
        }
    }
}

fn millis(micros: u64) -> String {
    format!("{}.{}", micros / 1000, micros % 1000 / 100)
}
