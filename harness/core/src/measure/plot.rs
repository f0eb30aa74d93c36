//! A measurement as a plot: bars for the cost of controls, a curve for what a limiter admits.

use std::fmt::Write as _;

use super::{Admission, Cost, Measurement};

/// In pixels: the width, where bars and the curve begin, and their width.
const WIDTH: u32 = 720;
const LEFT: f64 = 200.0;
const SPAN: f64 = 440.0;
/// In pixels: the height of a row of bars, and of the curve.
const ROW: f64 = 26.0;
const HEIGHT: f64 = 260.0;

/// The measurement as SVG.
pub fn plot(measurement: &Measurement) -> String {
    let mut body = String::new();
    let mut y = 30.0;
    // Writing to a String can't fail, here and below.
    let _ = writeln!(body, r#"<text x="10" y="20" font-weight="bold">{}</text>"#, inert(&measurement.target));
    if !measurement.costs.is_empty() {
        let p50 = |cost: &Cost| Some((cost.added_p50_us.value, cost.added_p50_us.low, cost.added_p50_us.high));
        y = bars(&mut body, "added p50, us", measurement, p50, y);
        let lost = |cost: &Cost| cost.lost.map(|lost| (lost.value * 100.0, lost.low * 100.0, lost.high * 100.0));
        y = bars(&mut body, "throughput lost, %", measurement, lost, y);
    }
    if let Some(admission) = &measurement.admission {
        y = curve(&mut body, admission, y);
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {y:.0}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n{body}</svg>\n"
    )
}

/// A bar with its interval for each cost that has this value.
fn bars(
    out: &mut String,
    title: &str,
    measurement: &Measurement,
    value: impl Fn(&Cost) -> Option<(f64, f64, f64)>,
    top: f64,
) -> f64 {
    let rows: Vec<_> = measurement.costs.iter().filter_map(|cost| Some((cost, value(cost)?))).collect();
    if rows.is_empty() {
        return top;
    }
    let ends = rows.iter().flat_map(|(_, (value, low, high))| [*value, *low, *high]);
    let (least, most) = ends.fold((0.0_f64, 1e-9_f64), |(least, most), end| (least.min(end), most.max(end)));
    let x = |value: f64| LEFT + (value - least) / (most - least) * SPAN;
    let _ = writeln!(out, r#"<text x="{LEFT}" y="{:.1}" font-weight="bold">{title}</text>"#, top + 16.0);
    let mut y = top + ROW;
    for (cost, (value, low, high)) in rows {
        let (fill, mark) = if cost.inconclusive.is_some() { ("#ccc", " ?") } else { ("#7aa6c2", "") };
        let (from, to) = (x(value.min(0.0)), x(value.max(0.0)));
        let (middle, text) = (y + ROW / 2.0, y + ROW / 2.0 + 4.0);
        let _ = writeln!(
            out,
            "<text x=\"{:.1}\" y=\"{text:.1}\" text-anchor=\"end\">{}{mark}</text>\n\
             <rect x=\"{from:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{fill}\"/>\n\
             <line x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{middle:.1}\" y2=\"{middle:.1}\" stroke=\"#222\"/>\n\
             <text x=\"{:.1}\" y=\"{text:.1}\">{value:+.1}</text>",
            LEFT - 8.0,
            inert(&cost.control),
            y + 4.0,
            (to - from).max(1.0),
            ROW - 8.0,
            x(low),
            x(high),
            LEFT + SPAN + 10.0,
        );
        y += ROW;
    }
    let zero = x(0.0);
    let _ = writeln!(out, r##"<line x1="{zero:.1}" x2="{zero:.1}" y1="{:.1}" y2="{y:.1}" stroke="#222"/>"##, top + ROW);
    y + 10.0
}

/// What was admitted over what was offered, both as multiples of what the quota admits of a far larger load, with the
/// lines between which it should be.
fn curve(out: &mut String, admission: &Admission, top: f64) -> f64 {
    let far = admission.curve.iter().map(|point| point.offered).fold(1.0, f64::max);
    let most = admission.curve.iter().map(|point| point.most.max(count(point.admitted))).fold(1.0, f64::max);
    let (x, y) = (
        |offered: f64| LEFT + offered / far * SPAN,
        |admitted: f64| top + 40.0 + (1.0 - admitted / most) * (HEIGHT - 80.0),
    );
    let line = |value: &dyn Fn(&super::Point) -> f64| {
        admission.curve.iter().map(|p| format!("{:.1},{:.1}", x(p.offered), y(value(p)))).collect::<Vec<_>>().join(" ")
    };
    let _ = writeln!(
        out,
        "<text x=\"{LEFT}\" y=\"{:.1}\" font-weight=\"bold\">admitted of {}, calls</text>\n\
         <polyline points=\"{}\" fill=\"none\" stroke=\"#999\" stroke-dasharray=\"4\"/>\n\
         <polyline points=\"{}\" fill=\"none\" stroke=\"#999\" stroke-dasharray=\"4\"/>\n\
         <polyline points=\"{}\" fill=\"none\" stroke=\"#1f5f8b\" stroke-width=\"2\"/>",
        top + 16.0,
        inert(&admission.operation),
        line(&|point| point.least),
        line(&|point| point.most),
        line(&|point| count(point.admitted)),
    );
    for point in &admission.curve {
        let (x, y) = (x(point.offered), y(count(point.admitted)));
        let mark = if point.inconclusive.is_some() { " ?" } else { "" };
        let _ = writeln!(
            out,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"#1f5f8b\"/>\n\
             <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}{mark}</text>\n\
             <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}x</text>",
            y - 8.0,
            point.admitted,
            top + HEIGHT - 16.0,
            point.offered,
        );
    }
    top + HEIGHT
}

/// Escapes text for SVG.
fn inert(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn count(n: u64) -> f64 {
    n as f64
}
