//! A measurement for people.

use std::fmt::Write as _;

use super::{Admission, Cost, Estimate, Fit, Measurement};

/// The measurement as text.
pub fn table(measurement: &Measurement) -> String {
    let mut out = String::new();
    let Measurement { target, cores, generator_per_second, .. } = measurement;
    // Writing to a String can't fail, here and below.
    let _ = writeln!(
        out,
        "{target}, on {cores} core{}; the generator alone makes {generator_per_second:.0} requests/s",
        if *cores == 1 { "" } else { "s" }
    );
    if !measurement.costs.is_empty() {
        let _ = writeln!(
            out,
            "\n{:<26}{:>24}{:>30}{:>34}{:>28}",
            "control", "without it, p50 and /s", "added p50, us", "added p99, us", "throughput lost, %"
        );
        measurement.costs.iter().for_each(|cost| row(&mut out, cost));
    }
    if let Some(admission) = &measurement.admission {
        admitted(&mut out, admission);
    }
    out
}

fn row(out: &mut String, cost: &Cost) {
    let rate = cost.without_per_second.map_or_else(String::new, |rate| format!(", {rate:.0}/s"));
    let without = format!("{:.1} us{rate}", cost.without_p50_us);
    let lost = cost.lost.map_or_else(|| "-".to_owned(), |lost| interval(&lost, 100.0));
    let p50 = interval(&cost.added_p50_us, 1.0);
    let p99 = cost.added_p99_us.map_or_else(|| "-".to_owned(), |p99| interval(&p99, 1.0));
    let _ = writeln!(out, "{:<26}{without:>24}{p50:>30}{p99:>34}{lost:>28}", cost.control);
    let _ = writeln!(out, "  {}", cost.about);
    if let Some(why) = &cost.inconclusive {
        let _ = writeln!(out, "  inconclusive: {why}");
    }
}

/// A value and its interval, in another unit.
fn interval(estimate: &Estimate, scale: f64) -> String {
    let Estimate { value, low, high } = estimate;
    format!("{:+.1} ({:+.1} to {:+.1})", value * scale, low * scale, high * scale)
}

fn admitted(out: &mut String, admission: &Admission) {
    let Admission { operation, quota, window_s, burst, .. } = admission;
    let _ = writeln!(out, "\n`{operation}`: {quota} in {window_s} s and {burst} at once");
    let _ = writeln!(out, "{:>10}{:>10}{:>10}{:>22}", "offered", "sent", "admitted", "the quota admits");
    for point in &admission.curve {
        let fit = match (&point.inconclusive, point.fits()) {
            (Some(why), _) => format!("inconclusive: {why}"),
            (None, Fit::Within) => String::new(),
            (None, Fit::Beyond) => "too many".to_owned(),
            (None, Fit::Below) => "too few".to_owned(),
        };
        let range = format!("{:.0} to {:.0}", point.least, point.most);
        let line = format!("{:>9}x{:>10}{:>10}{range:>22}  {fit}", point.offered, point.sent, point.admitted);
        let _ = writeln!(out, "{}", line.trim_end());
    }
    let said = admission.retry_after_s.map_or_else(String::new, |wait| format!("; Retry-After said {wait} s"));
    let _ = match admission.recovery_s {
        Some(recovery) => writeln!(out, "admitted again {recovery:.3} s after the heaviest load{said}"),
        None => writeln!(out, "not admitted again within three windows after the heaviest load{said}"),
    };
    if let Some(beside) = &admission.beside {
        let _ = writeln!(
            out,
            "another caller meanwhile: {} of {} served, p99 {:.0} us ({:.0} us alone)",
            beside.served, beside.sent, beside.p99_us, beside.alone_p99_us
        );
        if let Some(why) = &beside.inconclusive {
            let _ = writeln!(out, "  inconclusive: {why}");
        }
    }
}
