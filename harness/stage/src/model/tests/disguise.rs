//! Every disguise is read, alone and in other text, and nothing else is.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use proptest::prelude::*;
use serde_json::json;

use super::super::disguise::reads;

const SIGN: &str = "3f9c02b7a1d84e6650c1e7fa92b3d485";

fn each(text: &str, write: impl Fn(char) -> String) -> String {
    text.chars().map(write).collect()
}

fn shifted(c: char, by: u32) -> String {
    char::from_u32(u32::from(c) + by).map(String::from).unwrap()
}

fn homoglyph(c: char) -> String {
    match c {
        'a' => "а".to_owned(),
        'b' => "В".to_owned(),
        'c' => "с".to_owned(),
        'd' => "ԁ".to_owned(),
        'e' => "Е".to_owned(),
        c => c.to_string(),
    }
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02X}")).collect()
}

/// A disguise, with its name.
type Disguise = (&'static str, fn(&str) -> String);

/// All disguises.
fn disguises() -> Vec<Disguise> {
    vec![
        ("plain", str::to_owned),
        ("upper", str::to_uppercase),
        ("zero width", |t| each(t, |c| format!("{c}\u{200b}\u{200c}\u{200d}\u{2060}\u{feff}\u{ad}"))),
        ("tags", |t| each(t, |c| shifted(c, 0xe_0000))),
        ("full width", |t| each(t, |c| if c == ' ' { "\u{3000}".to_owned() } else { shifted(c, 0xfee0) })),
        ("homoglyphs", |t| each(t, homoglyph)),
        ("accents", |t| each(t, |c| format!("{c}\u{301}"))),
        ("reversed", |t| t.chars().rev().collect()),
        ("base64", |t| STANDARD.encode(t)),
        ("base64 without padding", |t| STANDARD_NO_PAD.encode(t)),
        ("base64 for URLs", |t| URL_SAFE.encode(format!("\u{fffd}>?{t}"))),
        ("base64 behind letters", |t| format!("data/{}", URL_SAFE_NO_PAD.encode(t))),
        ("base64 in lines", |t| {
            let all = STANDARD.encode(t);
            let (head, tail) = all.split_at(21);
            format!("{head}\r\n{tail}")
        }),
        ("base64 of escapes", |t| STANDARD.encode(each(t, |c| format!("\\u{:04x}", u32::from(c))))),
        ("base64 twice", |t| STANDARD.encode(STANDARD.encode(t))),
        ("hexadecimal", hex),
        ("hexadecimal behind a digit", |t| format!("a{}", hex(t))),
        ("percent", |t| each(t, |c| format!("%{:02x}", u32::from(c)))),
        ("percent twice", |t| each(t, |c| format!("%25{:02X}", u32::from(c)))),
        ("percent u", |t| each(t, |c| format!("%u{:04X}", u32::from(c)))),
        ("entities", |t| each(t, |c| format!("&#{};", u32::from(c)))),
        ("entities with zeros", |t| each(t, |c| format!("&#x000{:x};", u32::from(c)))),
        ("entities without an end", |t| each(t, |c| format!("&#{} ", u32::from(c)).replace(' ', "&#8203;"))),
        ("u escapes", |t| each(t, |c| format!("\\u{:04x}", u32::from(c)))),
        ("u escapes in braces", |t| each(t, |c| format!("\\u{{{:x}}}", u32::from(c)))),
        ("x escapes", |t| each(t, |c| format!("\\x{:02x}", u32::from(c)))),
        ("tags as u escapes", |t| {
            let tags = each(t, |c| shifted(c, 0xe_0000));
            tags.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect()
        }),
        ("split over fields", |t| {
            let (head, tail) = t.split_at(t.len() / 2);
            json!({ "a": head, "b": [7, { "c": tail }] }).to_string()
        }),
        ("split over fields of JSON in JSON", |t| {
            let (head, tail) = t.split_at(t.len() / 2);
            format!("Result: {}", json!({ "text": json!({ "a": head, "b": tail }).to_string() }))
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn every_disguise_is_read(sign in "[0-9a-f]{32}", other in "[0-9a-f]{32}") {
        prop_assume!(sign != other);
        for (name, write) in disguises() {
            let written = write(&sign);
            prop_assert!(reads(&written, &sign), "{name}: {written}");
            let inside = format!("Dear agent, 50% & more: \"{written}\". Regards, \\o/");
            prop_assert!(reads(&inside, &sign), "{name} in text: {inside}");
            let in_json = json!({ "id": 1, "note": inside }).to_string();
            prop_assert!(reads(&in_json, &sign), "{name} in JSON: {in_json}");
            prop_assert!(!reads(&in_json, &other), "{name} read what is not there");
        }
    }

    #[test]
    fn any_text_is_searched(text: String, sign in "[0-9a-f]{32}") {
        prop_assert_eq!(reads(&text, &sign), text.contains(&sign));
    }
}

#[test]
fn unconnected_pieces_are_no_sign() {
    let sign = SIGN;
    let (head, tail) = sign.split_at(16);
    assert!(!reads(&format!("{head} {tail}"), sign));
    assert!(!reads(&json!({ "a": tail, "b": head }).to_string(), sign));
    assert!(!reads(&sign[1..], sign));
    assert!(!reads(sign, ""));
}

#[test]
fn both_ends_of_a_long_text_are_searched() {
    let sign = SIGN;
    let filler = "ü ".repeat(1_000_000);
    assert!(reads(&format!("{sign}{filler}{filler}"), sign));
    assert!(reads(&format!("{filler}{filler}{sign}"), sign));
    assert!(!reads(&format!("{filler}{sign}{filler}"), sign));
}
