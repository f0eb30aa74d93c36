//! One HTML file that people read: inert, whatever the target answered.
//!
//! maud escapes every text by its type. Beside that the page forbids itself everything but its own style sheet, known by its
//! hash, so that even an unescaped script or picture would do nothing. It holds no script; folding is `<details>`.

mod curve;
mod head;
mod scenarios;
mod tables;

#[cfg(test)]
mod tests;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use maud::{DOCTYPE, PreEscaped, html as markup};
use sha2::{Digest as _, Sha256};

use super::inert;
use crate::judge::Results;
use crate::scenario::Catalogue;
use crate::vocab::Verdict;

/// The style sheet.
const STYLE: &str = include_str!("style.css");
/// Scenarios whose findings are shown with their evidence; a browser shows more only slowly.
const FOUND: usize = 1_000;
/// Scenarios in a list that are shown.
const LISTED: usize = 5_000;

/// The results as one HTML file.
pub fn html(results: &Results, catalogue: &Catalogue) -> String {
    let hash = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'");
    let title = format!("Pincer: {}: {}", inert(&results.target.name), super::outcome(results));
    let page = markup! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="referrer" content="no-referrer";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    (head::head(results))
                    (head::accepted(results))
                    (head::by_family(results, catalogue))
                    (scenarios::found(results, Verdict::Fail))
                    (scenarios::found(results, Verdict::Warn))
                    (scenarios::open(results, Verdict::Error))
                    (scenarios::open(results, Verdict::Inconclusive))
                    (scenarios::not_applicable(results))
                    (tables::payloads(results))
                    (tables::access(results))
                    (tables::floods(results))
                    (scenarios::passed(results))
                    (head::foot(results))
                }
            }
        }
    };
    page.into_string()
}

/// The word of a verdict for people.
fn spoken(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::NotApplicable => "not applicable",
        other => other.word(),
    }
}
