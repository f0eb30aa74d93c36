//! Texts that are encoded in a text: by escapes, base64, hexadecimal, or split over JSON values.

use std::iter::Peekable;
use std::str::Chars;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::Value;

/// The texts of one decoding.
type View = fn(&str) -> Vec<String>;

/// All decodings.
pub(super) const VIEWS: [View; 4] = [unescaped, from_base64, from_hex, joined];

/// The text with its escapes decoded: `%41`, `%u0041`, `\u0041`, `\u{41}`, `\x41`, `&#65;`, `&#x41;`.
fn unescaped(text: &str) -> Vec<String> {
    if !text.contains(['%', '\\', '&']) {
        return Vec::new();
    }
    let mut plain: Vec<u8> = Vec::with_capacity(text.len());
    let mut units = Vec::new();
    let mut rest = text;
    let mut changed = false;
    while let Some(c) = rest.chars().next() {
        let (unit, width) = escape(rest).unwrap_or((Unit::Char(c), c.len_utf8()));
        changed |= width != c.len_utf8();
        // Units are kept until their run ends, because two of them may form one character.
        if let Unit::Half(half) = unit {
            units.push(half);
        } else {
            flush(&mut units, &mut plain);
        }
        match unit {
            Unit::Char(c) => plain.extend(c.encode_utf8(&mut [0; 4]).bytes()),
            Unit::Byte(byte) => plain.push(byte),
            Unit::Half(_) => {}
        }
        rest = rest.get(width..).unwrap_or_default();
    }
    flush(&mut units, &mut plain);
    if changed { vec![String::from_utf8_lossy(&plain).into_owned()] } else { Vec::new() }
}

/// The meaning of an escape.
enum Unit {
    /// A character.
    Char(char),
    /// A byte of UTF-8.
    Byte(u8),
    /// A unit of UTF-16.
    Half(u16),
}

fn flush(units: &mut Vec<u16>, plain: &mut Vec<u8>) {
    plain.extend(String::from_utf16_lossy(units).bytes());
    units.clear();
}

/// The escape at the beginning of a text, and its length in bytes.
fn escape(rest: &str) -> Option<(Unit, usize)> {
    let digits = |start: &str, count: usize| {
        let digits = rest.strip_prefix(start)?.get(..count)?;
        let all = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        all.then(|| u32::from_str_radix(digits, 16).ok()).flatten().map(|code| (code, start.len() + count))
    };
    let half = |start| digits(start, 4).and_then(|(code, width)| Some((Unit::Half(u16::try_from(code).ok()?), width)));
    match rest.as_bytes() {
        [b'%', b'u' | b'U', ..] => half("%u").or_else(|| half("%U")),
        [b'%', ..] => digits("%", 2).and_then(|(code, width)| Some((Unit::Byte(u8::try_from(code).ok()?), width))),
        [b'\\', b'u', b'{', ..] => enclosed(rest, "\\u{", 16, '}'),
        [b'\\', b'u', ..] => half("\\u"),
        [b'\\', b'x', ..] => {
            digits("\\x", 2).and_then(|(code, width)| Some((Unit::Byte(u8::try_from(code).ok()?), width)))
        }
        [b'\\', ..] => rest.chars().nth(1).map(|c| (Unit::Char(single(c)), 1 + c.len_utf8())),
        [b'&', b'#', b'x' | b'X', ..] => enclosed(rest, "&#x", 16, ';').or_else(|| enclosed(rest, "&#X", 16, ';')),
        [b'&', b'#', ..] => enclosed(rest, "&#", 10, ';'),
        _ => None,
    }
}

/// A character by its number, up to `end`.
fn enclosed(rest: &str, start: &str, radix: u32, end: char) -> Option<(Unit, usize)> {
    let after = rest.strip_prefix(start)?;
    let length = after.chars().take_while(|c| c.is_digit(radix)).count();
    let code = u32::from_str_radix(after.get(..length)?, radix).ok()?;
    // HTML accepts a reference without its end.
    let closed = usize::from(after.get(length..)?.starts_with(end));
    Some((Unit::Char(char::from_u32(code)?), start.len() + length + closed))
}

/// The character of a letter after a backslash.
fn single(c: char) -> char {
    match c {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        c => c,
    }
}

/// The decoded text of every run of at least 24 base64 characters, at every alignment.
fn from_base64(text: &str) -> Vec<String> {
    let is_digit = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_');
    let mut views = vec![String::new(); 4];
    for run in runs(text, is_digit, 24) {
        for (first, view) in views.iter_mut().enumerate() {
            let mut digits: String = run.chars().skip(first).map(standard).collect();
            // The padding only has to complete the last digit.
            while !digits.len().is_multiple_of(4) {
                digits.push('A');
            }
            if let Ok(bytes) = STANDARD_NO_PAD.decode(digits) {
                add_text(view, &bytes);
            }
        }
    }
    views.retain(|view| !view.is_empty());
    views
}

/// The standard alphabet's digit for the URL-safe one's (RFC 4648, section 5).
fn standard(digit: char) -> char {
    match digit {
        '-' => '+',
        '_' => '/',
        digit => digit,
    }
}

/// The decoded text of every run of at least 64 hexadecimal digits, at both alignments.
fn from_hex(text: &str) -> Vec<String> {
    let mut views = vec![String::new(); 2];
    for run in runs(text, |c| c.is_ascii_hexdigit(), 64) {
        for (first, view) in views.iter_mut().enumerate() {
            let pairs = run.as_bytes().get(first..).unwrap_or_default().chunks_exact(2);
            let byte = |pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
            let bytes: Vec<u8> = pairs.filter_map(byte).collect();
            add_text(view, &bytes);
        }
    }
    views.retain(|view| !view.is_empty());
    views
}

/// Adds the text in these bytes. Most are noise from a wrong alignment and are not searched further.
fn add_text(view: &mut String, bytes: &[u8]) {
    for text in bytes.utf8_chunks().map(|chunk| chunk.valid()).filter(|text| text.len() >= SIGN) {
        *view += text;
        view.push('\n');
    }
}

/// Runs of at least `least` digits; a line end does not end them.
fn runs(text: &str, is_digit: impl Fn(char) -> bool, least: usize) -> Vec<String> {
    let mut runs = Vec::new();
    let mut chars = text.chars().peekable();
    while chars.peek().is_some() {
        let run = run(&mut chars, &is_digit);
        if run.len() >= least {
            runs.push(run);
        }
    }
    runs
}

/// The digits up to the next other character, which is skipped.
fn run(chars: &mut Peekable<Chars<'_>>, is_digit: impl Fn(char) -> bool) -> String {
    chars.by_ref().take_while(|c| is_digit(*c) || matches!(c, '\r' | '\n')).filter(|c| is_digit(*c)).collect()
}

/// The texts in JSON values, joined in order; other text may surround the JSON, from its first bracket to its last.
fn joined(text: &str) -> Vec<String> {
    let embedded = || text.get(text.find(['{', '['])?..=text.rfind(['}', ']'])?).and_then(json);
    let mut all = String::new();
    if let Some(json) = json(text).or_else(embedded) {
        collect(&json, &mut all);
    }
    if all.is_empty() { Vec::new() } else { vec![all] }
}

/// The object or list in a text.
fn json(text: &str) -> Option<Value> {
    text.trim_start().starts_with(['{', '[']).then(|| serde_json::from_str(text).ok()).flatten()
}

/// JSON inside a JSON string gives its own values.
fn collect(value: &Value, all: &mut String) {
    match value {
        Value::String(text) => match json(text) {
            Some(inner) => collect(&inner, all),
            None => *all += text,
        },
        Value::Array(items) => items.iter().for_each(|item| collect(item, all)),
        Value::Object(members) => members.values().for_each(|member| collect(member, all)),
        _ => {}
    }
}

/// Bytes of a sign in its shortest disguise.
const SIGN: usize = 32;
