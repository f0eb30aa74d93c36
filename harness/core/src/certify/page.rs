//! The page to hand to a customer: one file without scripts, that loads nothing.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::score::Outcome;
use super::statement::{Descriptor, Statement, TestResult, Vouched};
use crate::vocab::Digest;

/// The page of a run statement, and of the certificate for it where there is one.
pub fn page(run: &Statement<TestResult>, vouched: Option<&Statement<Vouched>>, self_attested: bool) -> String {
    let says = &run.predicate;
    let none = Descriptor::default();
    let part = |name: &str| says.part(name).unwrap_or(&none);
    let text = |name: &str, key: &str| part(name).text(key).unwrap_or_default().to_owned();
    let about = run.about();
    let name = about.as_ref().map_or_else(String::new, |about| about.name.clone());
    let profile = part("profile").name.clone().unwrap_or_default();
    let (word, class) = match says.result {
        Outcome::Passed => ("passed", "pass"),
        Outcome::Warned => ("passed with warnings", "warn"),
        Outcome::Failed => ("failed", "fail"),
    };
    let mut body = String::new();
    let mut add = |html: String| body.push_str(&html);
    add(format!(
        "<h1>{}: <span class=\"{class}\">{word}</span></h1>\n<p>{} was tested by the profile <b>{}</b>: {}</p>\n",
        escaped(&name),
        escaped(&name),
        escaped(&profile),
        escaped(&text("profile", "title")),
    ));
    if self_attested {
        add(
            "<p class=\"warn\"><b>Self-attested:</b> whoever ran the tests vouches for them. No independent certifier \
             signed this.</p>\n"
                .to_owned(),
        );
    }
    let sha = |name: &str| part(name).sha256().map(|digest| digest.to_string()).unwrap_or_default();
    let mut rows = vec![
        ("Artefact", format!("{name}, {}", about.map(|about| about.digest.to_string()).unwrap_or_default())),
        (
            "Target",
            format!(
                "{} {}, descriptor {}",
                part("target").name.clone().unwrap_or_default(),
                text("target", "version"),
                sha("target")
            ),
        ),
        ("Profile", format!("{profile}, {}", sha("profile"))),
        ("Tested by", format!("Pincer {}, program {}", text("harness", "version"), sha("harness"))),
        (
            "Run",
            format!("from {} to {}, {}", text("run", "startedOn"), text("run", "finishedOn"), text("run", "status")),
        ),
        ("Attempt", format!("{} in its folder, {} per attack", text("run", "attempt"), times(&text("run", "trials")))),
        (
            "Seed and nonce",
            match text("run", "seedSource").as_str() {
                "challenge" => format!("{}, {}, chosen by the certifier", text("run", "seed"), text("run", "nonce")),
                _ => format!("{}, {}, chosen by whoever ran it", text("run", "seed"), text("run", "nonce")),
            },
        ),
        (
            "Cases",
            format!("{} attack cases in {} scenarios", text("results", "attackCases"), text("results", "scenarios")),
        ),
        (
            "Evidence",
            format!("trace of {} lines, root {}", text("evidence", "entries"), text("evidence", "merkleRoot")),
        ),
    ];
    if let Some(vouched) = vouched {
        let says = &vouched.predicate;
        rows.push((
            "Certified by",
            format!("{} on {}, valid until {}", says.verifier.id, says.time_verified, says.valid_until),
        ));
    }
    add("<table>\n".to_owned());
    for (key, value) in rows {
        add(format!("<tr><th>{key}</th><td>{}</td></tr>\n", escaped(&value)));
    }
    add("</table>\n".to_owned());
    let listed = |key: &str| -> Vec<String> {
        let values = part("profile").annotations.get(key).and_then(|values| values.as_array());
        values.into_iter().flatten().filter_map(|value| value.as_str().map(str::to_owned)).collect()
    };
    for (title, ids, empty) in [
        ("Passed", says.passed_tests.clone(), "none"),
        ("Warned: a recommendation is not followed", says.warned_tests.clone(), "none"),
        ("Failed, or nothing was proven", says.failed_tests.clone(), "none"),
        ("Not tested: the target does not offer what the test needs", listed("notTestable"), "none"),
        ("Ran, but not part of this profile", listed("notScored"), "none"),
        ("What keeps the run from counting", listed("faults"), "nothing"),
        ("Waivers", Vec::new(), "none"),
    ] {
        let count = ids.len();
        let items: String = ids.iter().map(|id| format!("<li>{}</li>", escaped(id))).collect();
        let list = if count == 0 { format!("<p>{empty}</p>") } else { format!("<ul>{items}</ul>") };
        add(format!("<details><summary>{title} ({count})</summary>{list}</details>\n"));
    }
    add("<h2>How to check it</h2>\n<p>Get the public key from its owner, not with this page. Then, without a network:</p>\n\
         <pre>pincer verify certificate.intoto.jsonl --key KEY.pub --trace trace.jsonl --artefact FILE</pre>\n\
         <p>It checks the signatures, and judges the trace again. What a test could not show is no promise: a pass says that \
         these tests found nothing.</p>\n"
        .to_owned());
    let style = STANDARD.encode(Digest::of(STYLE.as_bytes()).as_bytes());
    let mut html = String::new();
    // Writing to a String can't fail.
    let _ = write!(
        html,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{style}'\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{}: {}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n{body}</body>\n</html>\n",
        escaped(&profile),
        escaped(&name),
    );
    html
}

fn times(count: &str) -> String {
    if count == "1" { "1 trial".to_owned() } else { format!("{count} trials") }
}

/// A text that is nothing but text, in an element and in an attribute.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Controls, and what turns the direction of a text around, would show something else than is written.
            c if c.is_control()
                || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
            {
                out.push('\u{fffd}');
            }
            c => out.push(c),
        }
    }
    out
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem;color:#222;\
background:#fff}th{text-align:left;vertical-align:top;padding-right:1rem;white-space:nowrap}td{overflow-wrap:anywhere}\
pre{background:#f3f3f3;padding:.5rem;white-space:pre-wrap}details{margin:.4rem 0}.pass{color:#1b6e20}.warn{color:#7a5f00}\
.fail{color:#b3261e}";
