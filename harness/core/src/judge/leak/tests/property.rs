//! What holds for all bytes.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use proptest::prelude::*;

use super::super::class::Encoding::{self, *};
use super::super::excerpt::MAX_CHARS;
use super::super::planted::Search;
use super::super::sieve::Sieve;
use super::super::{Class, Needle, Scanner};

/// Writes `value`; base64 and base32 begin with `lead`, so that all alignments occur.
fn write(encoding: Encoding, value: &str, lead: &[u8]) -> String {
    let each = |unit: &dyn Fn(u8) -> String| value.bytes().map(unit).collect::<String>();
    let prefixed = [lead, value.as_bytes(), lead].concat();
    match encoding {
        Plain => value.to_owned(),
        UpperCase => value.to_ascii_uppercase(),
        LowerCase => value.to_ascii_lowercase(),
        MixedCase => value
            .bytes()
            .enumerate()
            .map(|(i, b)| char::from(if i % 2 == 0 { b.to_ascii_uppercase() } else { b }))
            .collect(),
        Base64 => STANDARD.encode(prefixed),
        Base64Url => URL_SAFE_NO_PAD.encode(prefixed),
        Base32 => base32(&prefixed),
        Hex => each(&|b| format!("{b:02X}")),
        HexEscape => each(&|b| format!("\\x{b:02x}")),
        Percent => each(&|b| format!("%{b:02X}")),
        DoublePercent => each(&|b| format!("%25{b:02x}")),
        Reversed => value.chars().rev().collect(),
        Rot13 => each(&|b| {
            char::from(match b {
                b'a'..=b'm' | b'A'..=b'M' => b + 13,
                b'n'..=b'z' | b'N'..=b'Z' => b - 13,
                _ => b,
            })
            .to_string()
        }),
        JsonEscape => each(&|b| format!("\\u{b:04x}")),
        HtmlEntity => each(&|b| if lead.is_empty() { format!("&#{b};") } else { format!("&#x{b:X};") }),
        Separated => value.chars().map(String::from).collect::<Vec<_>>().join("-"),
        Invisible => value.chars().map(String::from).collect::<Vec<_>>().join("\u{200b}"),
    }
}

fn base32(bytes: &[u8]) -> String {
    let bits: Vec<u8> = bytes.iter().flat_map(|b| (0..8).rev().map(move |i| b >> i & 1)).collect();
    let digit = |bits: &[u8]| (0..5).fold(0, |sum, i| sum << 1 | bits.get(i).copied().unwrap_or(0));
    bits.chunks(5).map(|chunk| char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[usize::from(digit(chunk))])).collect()
}

proptest! {
    #[test]
    fn a_canary_is_found_in_every_writing(
        prefix in "[0-9a-f]{8}", tail in "[0-9a-f]{24}", which in 0..17_usize,
        before: Vec<u8>, after: Vec<u8>, lead in proptest::collection::vec(any::<u8>(), 0..6),
    ) {
        let encoding = Encoding::ALL[which];
        let value = format!("{prefix}{tail}");
        let scanner = Scanner::new(&[Needle { name: "canary".to_owned(), value: prefix.into_bytes(), tail: 24 }]);
        let text = [&before[..], b"\"", write(encoding, &value, &lead).as_bytes(), b"\"", &after].concat();
        let found: Vec<_> = scanner.planted(&text).collect();
        prop_assert!(found.iter().any(|planted| planted.value == value.as_bytes()), "{encoding:?} {found:?}");
        let same = |a: Encoding| a == encoding
            || matches!(encoding, UpperCase | LowerCase | MixedCase | Rot13 | Base64Url | Base64) && a <= Base64Url;
        prop_assert!(found.iter().any(|planted| same(planted.encoding)), "{encoding:?} {found:?}");
        let leaks = scanner.scan(&text);
        prop_assert!(leaks.iter().any(|leak| leak.class == Class::Planted && same(leak.encoding)), "{leaks:?}");
    }

    #[test]
    fn a_secret_is_found_in_every_writing(value in "[!-~]{8,40}", which in 0..17_usize, lead in proptest::collection::vec(any::<u8>(), 0..6)) {
        let encoding = Encoding::ALL[which];
        let scanner = Scanner::new(&[Needle { name: "key".to_owned(), value: value.clone().into_bytes(), tail: 0 }]);
        let text = format!("<a>{}</a>", write(encoding, &value, &lead));
        prop_assert!(scanner.planted(text.as_bytes()).any(|planted| planted.value == value.as_bytes()), "{encoding:?} {text}");
    }

    #[test]
    fn the_sieve_finds_every_literal_of_the_scanner(parts in proptest::collection::vec(part(), 0..12)) {
        let literals = literals();
        let sieve = Sieve::new(literals.iter().map(Vec::as_slice));
        for bytes in [parts.concat(), include_bytes!("benign.txt").to_vec()] {
            prop_assert_eq!(sieve.hits(&bytes), plainly(&literals, &bytes));
        }
    }

    #[test]
    fn any_bytes_are_scanned_twice_alike_and_told_inertly(parts in proptest::collection::vec(part(), 0..12)) {
        let bytes = parts.concat();
        let scanner = Scanner::new(&[Needle { name: "canary".to_owned(), value: b"5f3a9c1e".to_vec(), tail: 24 }]);
        let leaks = scanner.scan(&bytes);
        prop_assert_eq!(&leaks, &scanner.scan(&bytes));
        prop_assert!(leaks.len() <= 32);
        prop_assert!(leaks.is_sorted_by_key(|leak| (leak.offset, leak.class)));
        for leak in leaks {
            prop_assert!(leak.offset < bytes.len());
            prop_assert!(leak.excerpt.chars().count() <= MAX_CHARS);
            prop_assert!(!leak.excerpt.chars().any(char::is_control), "{leak:?}");
        }
    }
}

/// All anchors and all forms of a canary's known beginning.
fn literals() -> Vec<Vec<u8>> {
    let anchors = super::super::scanner::detectors().flat_map(|detector| detector.anchors);
    let needle = Needle { name: "canary".to_owned(), value: b"5f3a9c1e".to_vec(), tail: 24 };
    let mut literals: Vec<Vec<u8>> = anchors.map(|anchor| anchor.as_bytes().to_vec()).collect();
    literals.extend(Search::new(&[needle]).literals().map(<[u8]>::to_vec));
    literals
}

/// What one automaton finds that looks at every byte.
fn plainly(literals: &[Vec<u8>], bytes: &[u8]) -> Vec<(usize, std::ops::Range<usize>)> {
    static AUTOMATON: OnceLock<AhoCorasick> = OnceLock::new();
    let build = || AhoCorasick::builder().ascii_case_insensitive(true).build(literals).unwrap();
    let hits = AUTOMATON.get_or_init(build).find_overlapping_iter(bytes);
    hits.map(|hit| (hit.pattern().as_usize(), hit.range())).collect()
}

/// Random bytes, anchors and the beginnings of examples, so that detectors see what is cut and mixed.
fn part() -> impl Strategy<Value = Vec<u8>> {
    let all: Vec<_> = super::super::scanner::detectors().collect();
    let examples: Vec<_> = all.iter().map(|detector| detector.example.as_bytes()).collect();
    let anchors: Vec<_> = all.iter().flat_map(|detector| detector.anchors).map(|anchor| anchor.as_bytes()).collect();
    prop_oneof![
        any::<Vec<u8>>(),
        proptest::sample::select(anchors).prop_map(<[u8]>::to_vec),
        (proptest::sample::select(examples), any::<proptest::sample::Index>())
            .prop_map(|(example, end)| example[..end.index(example.len() + 1)].to_vec()),
    ]
}
