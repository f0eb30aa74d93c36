//! The rate curve: what a limiter admitted over what was offered, in multiples of its quota.

use maud::{Markup, html};

use crate::judge::RatePoint;

/// Where the plot lies in its picture, in units of it.
const LEFT: f64 = 52.0;
const RIGHT: f64 = 620.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = 236.0;
/// Multiples of the quota that are drawn: larger floods would press the others together.
const MOST: f64 = 10.0;

/// The curve of the floods under a declared limit; nothing where fewer than two loads were offered.
pub(super) fn curve(points: &[RatePoint]) -> Option<Markup> {
    let mut loads: Vec<(f64, f64)> = points
        .iter()
        .filter(|point| point.stream == 0)
        .filter_map(|point| {
            let offered = point.offered_quotas.filter(|quotas| (0.0..=MOST).contains(quotas) && *quotas > 0.0)?;
            let calls = point.offered_per_second * point.lasted_s;
            // Admitted calls on the same scale: of all that were offered, that share of the load.
            (calls > 0.0).then(|| (offered, offered * (precise(point.admitted) / calls)))
        })
        .collect();
    loads.sort_by(|a, b| a.0.total_cmp(&b.0));
    loads.dedup_by(|a, b| a == b);
    let widest = loads.last()?.0;
    if loads.first()?.0 >= widest {
        return None;
    }
    let highest = loads.iter().map(|load| load.1).fold(1.0, f64::max);
    let (across, up) = (ticks(widest), ticks(highest.max(widest.min(2.0))));
    let x = |value: f64| LEFT + (RIGHT - LEFT) * value / across.last().copied().unwrap_or(1.0);
    let top = up.last().copied().unwrap_or(1.0);
    let y = |value: f64| BOTTOM - (BOTTOM - TOP) * (value / top).min(1.0);
    let at = |value: f64| format!("{value:.1}");
    let corner = across.last().copied().unwrap_or(1.0).min(top);
    Some(html! {
        svg.plot viewBox="0 0 640 290" role="img" aria-label="Admitted load over offered load" {
            @for tick in &up {
                line.axis x1=(at(LEFT)) x2=(at(RIGHT)) y1=(at(y(*tick))) y2=(at(y(*tick))) {}
                text x=(at(LEFT - 8.0)) y=(at(y(*tick) + 4.0)) text-anchor="end" { (tick) "×" }
            }
            @for tick in &across {
                text x=(at(x(*tick))) y=(at(BOTTOM + 18.0)) text-anchor="middle" { (tick) "×" }
            }
            line.even x1=(at(x(0.0))) y1=(at(y(0.0))) x2=(at(x(corner))) y2=(at(y(corner))) {}
            line.limit x1=(at(LEFT)) x2=(at(RIGHT)) y1=(at(y(1.0))) y2=(at(y(1.0))) {}
            @for (offered, admitted) in &loads {
                circle.point cx=(at(x(*offered))) cy=(at(y(*admitted))) r="4" {}
            }
            text x=(at(RIGHT)) y=(at(y(1.0) - 6.0)) text-anchor="end" { "the declared quota" }
            text x=(at(f64::midpoint(LEFT, RIGHT))) y=(at(BOTTOM + 42.0)) text-anchor="middle" {
                "offered load, in quotas (height: admitted load; dashes: all of it)"
            }
        }
    })
}

/// Round numbers from 0 to the first that is not below `most`.
fn ticks(most: f64) -> Vec<f64> {
    let step = [0.25, 0.5, 1.0, 2.0].into_iter().find(|step| most / step <= 6.0).unwrap_or(2.0);
    let mut ticks = vec![0.0];
    let mut last = 0.0;
    while last < most && ticks.len() < 16 {
        last += step;
        ticks.push(last);
    }
    ticks
}

fn precise(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
