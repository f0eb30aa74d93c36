//! Badges: what stands in a README.

use serde::Serialize;

use super::page::escaped;
use super::score::Outcome;

/// An endpoint of shields.io.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Badge {
    schema_version: u32,
    label: String,
    message: String,
    color: &'static str,
}

impl Badge {
    /// The badge of a result; it says where nobody but the vendor vouches.
    pub fn new(profile: &str, result: Outcome, self_attested: bool) -> Self {
        let (word, color) = match result {
            Outcome::Passed => ("passed", "brightgreen"),
            Outcome::Warned => ("passed with warnings", "yellow"),
            Outcome::Failed => ("failed", "red"),
        };
        let by = if self_attested { ", self-attested" } else { ", certified" };
        // Nobody vouches for what failed.
        let by = if result == Outcome::Failed { "" } else { by };
        Self { schema_version: 1, label: format!("pincer {profile}"), message: format!("{word}{by}"), color }
    }
}

/// A badge as an SVG that loads nothing.
pub fn badge_svg(badge: &Badge) -> String {
    let color = match badge.color {
        "brightgreen" => "#2a7d2e",
        "yellow" => "#8a6d00",
        _ => "#b3261e",
    };
    // About seven units for a letter at a size of 11, with a margin on both sides.
    let width = |text: &str| text.chars().count() * 7 + 12;
    let (left, right) = (width(&badge.label), width(&badge.message));
    let (label, message) = (escaped(&badge.label), escaped(&badge.message));
    let all = left + right;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{all}\" height=\"20\" role=\"img\" \
         aria-label=\"{label}: {message}\"><title>{label}: {message}</title>\
         <rect width=\"{left}\" height=\"20\" fill=\"#444\"/>\
         <rect x=\"{left}\" width=\"{right}\" height=\"20\" fill=\"{color}\"/>\
         <g fill=\"#fff\" font-family=\"Verdana,DejaVu Sans,sans-serif\" font-size=\"11\" text-anchor=\"middle\">\
         <text x=\"{}\" y=\"14\">{label}</text><text x=\"{}\" y=\"14\">{message}</text></g></svg>\n",
        left / 2,
        left + right / 2,
    )
}
