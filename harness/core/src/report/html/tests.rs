//! No text of a target's makes an element, an attribute or a request of the page.

use std::collections::BTreeSet;
use std::path::Path;

use proptest::prelude::*;

use super::super::tests::{catalogue, results};
use super::html;
use crate::judge::Results;

/// Attacks on reports.
const ATTACKS: [&str; 12] = [
    "<script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</title><img src=x onerror=alert(1)>",
    "\"><svg onload=alert(1)>",
    "' onmouseover='alert(1)' x='",
    "<style>*{background:url(http://127.0.0.1:9/x)}</style>",
    "<meta http-equiv=refresh content=\"0;url=http://127.0.0.1:9/\">",
    "<base href=http://127.0.0.1:9/><iframe srcdoc='<script>1</script>'>",
    "--><!--<link rel=stylesheet href=//127.0.0.1:9>",
    "]]></pre></details></main></body></html><object data=x>",
    "&lt;script&gt;alert(1)&lt;/script&gt;&#60;b&#62;",
    "javascript:alert(1)",
];

/// All payloads of ours, by the texts of their files.
#[expect(clippy::disallowed_methods, reason = "the test is about files that ship")]
fn payloads() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/payloads");
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let set: serde_json::Value = serde_saphyr::from_str(&text).unwrap();
        let payloads = set["payloads"].as_array().unwrap();
        all.extend(payloads.iter().filter_map(|payload| payload["text"].as_str()).map(str::to_owned));
    }
    all
}

/// Results in which each text that a target or a user chose is one of these, in turn; says how many there are.
fn filled(mut next: impl FnMut() -> String) -> (Results, usize) {
    let mut count = 0;
    let mut text = || {
        count += 1;
        next()
    };
    let mut results = results();
    let (target, suite, run) = (&mut results.target, &mut results.suite, &mut results.run);
    for to in [&mut target.name, &mut target.version, &mut suite.name, &mut run.id] {
        *to = text();
    }
    for scenario in &mut results.scenarios {
        scenario.title = text();
        scenario.note.iter_mut().for_each(|note| *note = text());
        for finding in &mut scenario.findings {
            finding.title = format!("leaks: {}", text());
            (finding.operation, finding.repro) = (text(), text());
            finding.curl.iter_mut().for_each(|line| *line = text());
            for place in [&mut finding.place, &mut finding.declared].into_iter().flatten() {
                place.file = text();
            }
            let of = &mut finding.evidence;
            of.request = text();
            of.headers.iter_mut().for_each(|header| *header = text());
            for one in [&mut of.body, &mut of.identity, &mut of.payload, &mut of.placement].into_iter().flatten() {
                *one = text();
            }
            (of.planted, of.turns, of.broken) = (Some(text()), vec![text()], vec![text(), text()]);
            if let Some(answer) = &mut of.answer {
                answer.headers.iter_mut().for_each(|header| *header = text());
                answer.body = text();
            }
            for arrival in &mut of.arrived {
                (arrival.upstream, arrival.request, arrival.body) = (text(), text(), text());
            }
        }
    }
    for (number, row) in results.tables.confusion.iter_mut().enumerate() {
        row.set = format!("{number} {}", text());
    }
    (results, count)
}

/// The tags of a page in order, without what stands between and in them; fails where one is none of ours.
fn skeleton(page: &str) -> Result<Vec<String>, String> {
    let mut tags = Vec::new();
    let mut rest = page.strip_prefix("<!DOCTYPE html>").ok_or("no doctype")?;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let end = rest.find('>').ok_or("a tag without an end")?;
        let tag = &rest[..end];
        rest = &rest[end + 1..];
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        if !NAMES.contains(&name.trim_start_matches('/')) {
            return Err(format!("<{tag}>"));
        }
        let mut kinds = BTreeSet::new();
        let mut attributes = attributes.trim();
        while !attributes.is_empty() {
            let (key, after) = attributes.split_once("=\"").ok_or_else(|| format!("<{tag}>"))?;
            let (value, after) = after.split_once('"').ok_or_else(|| format!("<{tag}>"))?;
            let inner = key != "href" || value.starts_with('#');
            if !ATTRIBUTES.contains(&key) || !inner {
                return Err(format!("{key}={value}"));
            }
            kinds.insert(key.to_owned());
            attributes = after.trim_start();
        }
        tags.push(format!("{name} {kinds:?}"));
    }
    Ok(tags)
}

const NAMES: [&str; 45] = [
    "html", "head", "meta", "title", "style", "body", "main", "header", "div", "h1", "h2", "h3", "p", "dl", "dt", "dd",
    "ul", "li", "b", "a", "span", "table", "thead", "tbody", "tr", "th", "td", "svg", "rect", "line", "text", "circle",
    "article", "details", "summary", "pre", "code", "footer", "section", "i", "em", "strong", "ol", "path", "g",
];
const ATTRIBUTES: [&str; 32] = [
    "lang",
    "charset",
    "http-equiv",
    "content",
    "name",
    "class",
    "id",
    "href",
    "scope",
    "viewBox",
    "role",
    "x",
    "y",
    "width",
    "height",
    "x1",
    "x2",
    "y1",
    "y2",
    "cx",
    "cy",
    "r",
    "aria-hidden",
    "aria-label",
    "preserveAspectRatio",
    "text-anchor",
    "d",
    "fill",
    "open",
    "colspan",
    "title",
    "dir",
];

fn page(text: &str) -> String {
    html(&filled(|| text.to_owned()).0, &catalogue())
}

#[test]
fn no_payload_makes_markup() {
    let plain = skeleton(&page("x")).unwrap();
    assert!(plain.len() > 200, "the page shows all that there is");
    let payloads = payloads();
    assert!(payloads.len() > 1_000, "{}", payloads.len());
    let all: Vec<&str> = payloads.iter().map(String::as_str).chain(ATTACKS).collect();
    let mut from = 0;
    while from < all.len() {
        let mut next = all.iter().cycle().skip(from);
        let (results, count) = filled(|| {
            // A line feed makes a line of its own in a list, which is markup of ours.
            let line = next.next().map(|payload| payload.replace(['\n', '\r'], " ")).unwrap_or_default();
            if line.trim().is_empty() { "x".to_owned() } else { line }
        });
        let tags = skeleton(&html(&results, &catalogue())).unwrap();
        assert!(tags == plain, "from {:?}", all[from]);
        from += count;
    }
}

#[test]
fn a_page_of_hostile_lines_holds_only_our_tags() {
    let text = ATTACKS.join("\r\n");
    let page = page(&text);
    skeleton(&page).unwrap();
    assert_eq!(page.matches("<script").count() + page.matches("<img").count() + page.matches("onerror=\"").count(), 0);
    assert_eq!(page.matches("<style>").count(), 1);
}

#[test]
fn the_policy_allows_nothing_but_the_style_sheet() {
    let page = page("x");
    let policy = page.split_once("content=\"").and_then(|(_, rest)| rest.split_once('"')).unwrap().0;
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    assert!(!super::STYLE.contains("url(") && !super::STYLE.contains("@import") && !super::STYLE.contains('<'));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_text_makes_markup(text in "[^\\r\\n]{0,24}[a-z<>&\"'/=]{1,24}") {
        let plain = skeleton(&page("x")).unwrap();
        prop_assert_eq!(skeleton(&page(&text)), Ok(plain));
    }
}
