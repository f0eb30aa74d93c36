//! The page to hand to a customer: one file without scripts, that loads nothing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::score::Outcome;
use super::statement::{Descriptor, Statement, TestResult, Vouched};
use crate::vocab::Digest;

/// The page of a run statement, and of the certificate for it where there is one.
pub fn page(run: &Statement<TestResult>, vouched: Option<&Statement<Vouched>>, self_attested: bool) -> String {
    let said = Said(&run.predicate);
    let name = run.about().map(|about| about.name).unwrap_or_default();
    let (name, profile) = (escaped(&name), escaped(said.name("profile")));
    let (word, class) = match run.predicate.result {
        Outcome::Passed => ("passed", "pass"),
        Outcome::Warned => ("passed with warnings", "warn"),
        Outcome::Failed => ("failed", "fail"),
    };
    let alone = if self_attested { ALONE } else { "" };
    let rows: String = facts(run, vouched)
        .iter()
        .map(|(key, value)| format!("<tr><th>{key}</th><td>{}</td></tr>\n", escaped(value)))
        .collect();
    let style = STANDARD.encode(Digest::of(STYLE.as_bytes()).as_bytes());
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{style}'\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{profile}: {name}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<h1>{name}: <span class=\"{class}\">{word}</span></h1>\n\
         <p>{name} was tested by the profile <b>{profile}</b>: {}</p>\n{alone}<table>\n{rows}</table>\n{}{CHECKING}\
         </body>\n</html>\n",
        escaped(said.text("profile", "title")),
        lists(&said),
    )
}

/// What a run statement says, by the names of its parts.
struct Said<'a>(&'a TestResult);

impl<'a> Said<'a> {
    fn name(&self, part: &str) -> &'a str {
        self.0.part(part).and_then(|part| part.name.as_deref()).unwrap_or_default()
    }

    fn text(&self, part: &str, key: &str) -> &'a str {
        self.0.part(part).and_then(|part| part.text(key)).unwrap_or_default()
    }

    fn digest(&self, part: &str) -> String {
        self.0.part(part).and_then(Descriptor::sha256).map(|digest| digest.to_string()).unwrap_or_default()
    }

    /// The texts of a list that the profile's part holds.
    fn list(&self, key: &str) -> Vec<&'a str> {
        let values = self.0.part("profile").and_then(|part| part.annotations.get(key)?.as_array());
        values.into_iter().flatten().filter_map(|value| value.as_str()).collect()
    }
}

/// Who, what exactly, by what and when.
fn facts(run: &Statement<TestResult>, vouched: Option<&Statement<Vouched>>) -> Vec<(&'static str, String)> {
    let said = Said(&run.predicate);
    let of_run = |key: &str| said.text("run", key);
    let artefact = run.about().map(|about| format!("{}, {}", about.name, about.digest)).unwrap_or_default();
    let chosen = if of_run("seedSource") == "challenge" { "the certifier" } else { "whoever ran it" };
    let trials = if of_run("trials") == "1" { "once".to_owned() } else { format!("{} times", of_run("trials")) };
    let (version, cases, scenarios) =
        (said.text("target", "version"), said.text("results", "attackCases"), said.text("results", "scenarios"));
    let mut rows = vec![
        ("Artefact", artefact),
        ("Target", format!("{} {version}, descriptor {}", said.name("target"), said.digest("target"))),
        ("Profile", format!("{}, {}", said.name("profile"), said.digest("profile"))),
        ("Tested by", format!("Pincer {}, program {}", said.text("harness", "version"), said.digest("harness"))),
        ("Run", format!("from {} to {}, {}", of_run("startedOn"), of_run("finishedOn"), of_run("status"))),
        ("Attempt", format!("{} in its folder, each attack {trials}", of_run("attempt"))),
        ("Seed and nonce", format!("{}, {}, chosen by {chosen}", of_run("seed"), of_run("nonce"))),
        ("Cases", format!("{cases} attack cases in {scenarios} scenarios")),
        (
            "Evidence",
            format!(
                "trace of {} lines, root {}",
                said.text("evidence", "entries"),
                said.text("evidence", "merkleRoot")
            ),
        ),
    ];
    if let Some(Statement { predicate, .. }) = vouched {
        let Vouched { verifier, time_verified, valid_until, .. } = predicate;
        rows.push(("Certified by", format!("{} on {time_verified}, valid until {valid_until}", verifier.id)));
    }
    rows
}

/// The controls by what became of them, and what does not count.
fn lists(said: &Said<'_>) -> String {
    let of = |tests: &'_ [String]| tests.iter().map(|test| escaped(test)).collect::<Vec<_>>();
    let listed = |key: &str| said.list(key).into_iter().map(escaped).collect::<Vec<_>>();
    let lists = [
        ("Passed", of(&said.0.passed_tests)),
        ("Warned: a recommendation is not followed", of(&said.0.warned_tests)),
        ("Failed, or nothing was proven", of(&said.0.failed_tests)),
        ("Not tested: the target does not offer what the test needs", listed("notTestable")),
        ("Ran, but not part of this profile", listed("notScored")),
        ("What keeps the run from counting", listed("faults")),
        ("Waivers", Vec::new()),
    ];
    let one = |(title, items): &(&str, Vec<String>)| {
        let list: String = items.iter().map(|item| format!("<li>{item}</li>")).collect();
        let list = if items.is_empty() { "<p>none</p>".to_owned() } else { format!("<ul>{list}</ul>") };
        format!("<details><summary>{title} ({})</summary>{list}</details>\n", items.len())
    };
    lists.iter().map(one).collect()
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

const ALONE: &str = "<p class=\"warn\"><b>Self-attested:</b> whoever ran the tests vouches for them. No independent certifier \
signed this.</p>\n";

const CHECKING: &str = "<h2>How to check it</h2>\n<p>Get the public key from its owner, not with this page. Then, without a \
network:</p>\n<pre>pincer verify certificate.intoto.jsonl --key KEY.pub --trace trace.jsonl --artefact FILE</pre>\n\
<p>It checks the signatures, and judges the trace again. What a test could not show is no promise: a pass says that these \
tests found nothing.</p>\n";
