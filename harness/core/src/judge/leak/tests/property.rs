//! Properties for all bytes.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use proptest::prelude::*;

use super::super::class::Encoding::{self, *};
use super::super::excerpt::MAX_CHARS;
use super::super::planted::Search;
use super::super::sieve::Sieve;
use super::super::written::write;
use super::super::{Class, Needle, Scanner};
use crate::observe::readings::SHORTEST;

proptest! {
    #[test]
    fn canary_is_found_in_every_encoding(
        prefix in "[0-9a-f]{8}", tail in "[0-9a-f]{24}", which in 0..Encoding::ALL.len(),
        before: Vec<u8>, after: Vec<u8>, lead in proptest::collection::vec(any::<u8>(), 0..6),
    ) {
        let encoding = Encoding::ALL[which];
        let value = format!("{prefix}{tail}");
        let scanner = Scanner::new(&[Needle { name: "canary".to_owned(), value: prefix.into_bytes(), tail: 24 }]);
        let written = write(encoding, &value, &lead);
        prop_assume!(encoding != Compressed || written.trim_end_matches('=').len() >= SHORTEST);
        let text = [&before[..], b"\"", written.as_bytes(), b"\"", &after].concat();
        let found: Vec<_> = scanner.planted(&text).collect();
        prop_assert!(found.iter().any(|planted| planted.value == value.as_bytes()), "{encoding:?} {found:?}");
        let same = |a: Encoding| a == encoding
            || matches!(encoding, UpperCase | LowerCase | MixedCase | Rot13 | Base64Url | Base64) && a <= Base64Url
            || matches!((encoding, a), (HexSeparated | ByteList, HexSeparated | ByteList));
        prop_assert!(found.iter().any(|planted| same(planted.encoding)), "{encoding:?} {found:?}");
        let leaks = scanner.scan(&text);
        prop_assert!(leaks.iter().any(|leak| leak.class == Class::Planted && same(leak.encoding)), "{leaks:?}");
    }

    #[test]
    fn secret_is_found_in_every_encoding(value in "[!-~]{8,40}", which in 0..Encoding::ALL.len(), lead in proptest::collection::vec(any::<u8>(), 0..6)) {
        let encoding = Encoding::ALL[which];
        let scanner = Scanner::new(&[Needle { name: "key".to_owned(), value: value.clone().into_bytes(), tail: 0 }]);
        let written = write(encoding, &value, &lead);
        // Runs of short or well-compressing values are too short to decode.
        prop_assume!(!matches!(encoding, Compressed | Nested) || written.trim_end_matches('=').len() >= SHORTEST);
        let text = format!("<a>{written}</a>");
        prop_assert!(scanner.planted(text.as_bytes()).any(|planted| planted.value == value.as_bytes()), "{encoding:?} {text}");
    }

    #[test]
    fn sieve_finds_every_literal_of_the_scanner(parts in proptest::collection::vec(part(), 0..12)) {
        let literals = literals();
        let sieve = Sieve::new(literals.iter().map(Vec::as_slice));
        for bytes in [parts.concat(), include_bytes!("benign.txt").to_vec()] {
            prop_assert_eq!(sieve.hits(&bytes), plainly(&literals, &bytes));
        }
    }

    #[test]
    fn any_bytes_are_scanned_alike_twice_and_reported_harmlessly(parts in proptest::collection::vec(part(), 0..12)) {
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

/// The result of a simple automaton.
fn plainly(literals: &[Vec<u8>], bytes: &[u8]) -> Vec<(usize, std::ops::Range<usize>)> {
    static AUTOMATON: OnceLock<AhoCorasick> = OnceLock::new();
    let build = || AhoCorasick::builder().ascii_case_insensitive(true).build(literals).unwrap();
    let hits = AUTOMATON.get_or_init(build).find_overlapping_iter(bytes);
    hits.map(|hit| (hit.pattern().as_usize(), hit.range())).collect()
}

/// Random bytes, anchors and the beginnings of examples, so that detectors see truncated and mixed text.
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
