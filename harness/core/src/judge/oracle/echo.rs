//! What a case itself sent, to tell an echo from a leak.
//!
//! In: the case's call and what its upstream was told to answer. Out: whether text found in the answer is only the
//! caller's own. Targets decode what they receive and encode what they send, so both are compared in all their
//! readings.

use std::collections::BTreeSet;

use percent_encoding::percent_decode_str;

use crate::plan::{Case, Plan};
use crate::vocab::Part;

/// Most readings of one text; only texts made of escapes have more.
const MOST: usize = 24;

/// How many layers of escapes are decoded: a payload percent-encoded twice, inside a JSON string.
const DEPTH: usize = 3;

/// What a case sent and what its upstream planted, in all readings.
#[derive(Debug)]
pub(super) struct Echo {
    sent: BTreeSet<String>,
    planted: BTreeSet<String>,
}

impl Echo {
    /// The texts of a case: target, header values and body as sent, its payload before encoding, and the `Host` that
    /// every client sends.
    pub(super) fn of(plan: &Plan, case: &Case, hosts: &BTreeSet<String>) -> Self {
        let mut sent: Vec<String> = case.call.texts().map(|octets| octets.lossy().into_owned()).collect();
        sent.extend(payload(plan, case));
        sent.extend(hosts.iter().cloned());
        let mut planted = Vec::new();
        if let Some(play) = &case.play {
            planted.push(play.body.lossy().into_owned());
            planted.extend(play.raw.iter().map(|raw| raw.lossy().into_owned()));
            planted.extend(play.headers.iter().map(|(_, value)| value.clone()));
        }
        let read = |texts: Vec<String>| texts.into_iter().flat_map(|text| readings(&text)).collect();
        Self { sent: read(sent), planted: read(planted) }
    }

    /// Whether the upstream planted this text, or the value in this header line.
    pub(super) fn planted(&self, text: &str) -> bool {
        let value = text.split_once(": ").map_or(text, |(_, value)| value).trim().to_lowercase();
        !value.is_empty() && self.planted.iter().any(|planted| planted.contains(&value))
    }

    /// Whether the caller sent this text and the upstream did not plant it.
    pub(super) fn holds(&self, text: &[u8]) -> bool {
        let readings = readings(&String::from_utf8_lossy(text));
        let trimmed = || {
            let edge = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '\\' | '<' | '>');
            readings.iter().map(move |text| text.trim_matches(edge)).filter(|text| !text.is_empty())
        };
        let stands = |texts: &BTreeSet<String>| trimmed().any(|part| texts.iter().any(|text| text.contains(part)));
        stands(&self.sent) && !stands(&self.planted)
    }
}

/// The payload in the case's call, before it was encoded.
fn payload(plan: &Plan, case: &Case) -> Option<String> {
    let ((name, at), Some(_)) = (case.payload.as_ref()?, &case.placement) else { return None };
    let text = &plan.suite.payloads.get(name)?.payloads.get(*at)?.text;
    Some(text.replace("${canary}", &plan.tracer().canary(case.id, Part::PAYLOAD).to_string()))
}

/// A text and its decoded forms, in lower case.
fn readings(text: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::from([text.to_lowercase()]);
    let mut last = all.clone();
    for _ in 0..DEPTH {
        let undo = [percent, form, json, html, narrow];
        let next: BTreeSet<String> = last.iter().flat_map(|text| undo.map(|undo| undo(text).to_lowercase())).collect();
        last = next.difference(&all).take(MOST.saturating_sub(all.len())).cloned().collect();
        all.extend(last.iter().cloned());
    }
    all
}

/// `%41`.
fn percent(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// `%41`, and `+` for a space.
fn form(text: &str) -> String {
    percent(&text.replace('+', " "))
}

/// Decodes the escapes of a JSON string (RFC 8259 section 7); invalid ones stay.
fn json(text: &str) -> String {
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        units.extend(before.encode_utf16());
        let hex = after.strip_prefix('u').and_then(|digits| digits.get(..4));
        let short = after.chars().next().and_then(|c| Some((short(c)?, c.len_utf8())));
        let long = hex.and_then(|hex| u16::from_str_radix(hex, 16).ok()).map(|unit| (unit, 5));
        let (unit, width) = long.or(short).unwrap_or((u16::from(b'\\'), 0));
        units.push(unit);
        rest = after.get(width..).unwrap_or_default();
    }
    units.extend(rest.encode_utf16());
    String::from_utf16_lossy(&units)
}

fn short(c: char) -> Option<u16> {
    let byte = match c {
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'b' => 8,
        'f' => 12,
        '"' => b'"',
        '\\' => b'\\',
        '/' => b'/',
        _ => return None,
    };
    Some(u16::from(byte))
}

/// Decodes numeric entities and the five named ones of XML; others stay.
fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        // The longest is `&#1114111;`.
        let entity = after.split_once(';').filter(|(name, _)| name.len() <= 8);
        if let Some((c, tail)) = entity.and_then(|(name, tail)| Some((named(name)?, tail))) {
            out.push(c);
            rest = tail;
        } else {
            out.push('&');
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

fn named(name: &str) -> Option<char> {
    let number = |hex: &str, radix| u32::from_str_radix(hex, radix).ok().and_then(char::from_u32);
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => match name.strip_prefix("#x") {
            Some(hex) => number(hex, 16),
            None => number(name.strip_prefix('#')?, 10),
        },
    }
}

/// Full-width forms U+FF01 to U+FF5E as ASCII.
fn narrow(text: &str) -> String {
    let fold = |c| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        c => c,
    };
    text.chars().map(fold).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::plan::encode;
    use crate::scenario::Encoding;

    #[test]
    fn escapes_are_decoded() {
        assert_eq!(json(r#"a\n\"\u0041\ud83d\ude00\x\"#), "a\n\"A\u{1f600}\\x\\");
        assert_eq!(html("&lt;a&gt; &#39;&#x27;&amp &nope; &"), "<a> ''&amp &nope; &");
        assert_eq!(form("a+%2b"), "a +");
        assert_eq!(narrow("\u{ff07}x"), "'x");
    }

    proptest! {
        #[test]
        fn text_is_among_the_readings_of_its_encodings(text in "[ -~]{0,40}", at in 0..6_usize) {
            use Encoding::{DoublePercent, FullWidth, HtmlEntity, Percent, Plain, UnicodeEscape};
            let encoding = [Plain, Percent, DoublePercent, UnicodeEscape, FullWidth, HtmlEntity][at];
            prop_assert!(readings(&encode(&text, encoding)).contains(&text.to_lowercase()));
        }

        #[test]
        fn any_text_is_read(text in "\\PC*") {
            prop_assert!(readings(&text).len() <= MOST);
        }
    }
}
