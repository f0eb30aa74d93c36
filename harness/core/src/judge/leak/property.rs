//! Properties of the leak detectors.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use arbitrary::{Arbitrary, Unstructured};

use super::excerpt::MAX_CHARS;
use super::planted::Search;
use super::sieve::Sieve;
use super::written::write;
use super::{Class, Encoding, Needle, Scanner, scanner};
use crate::observe::readings::SHORTEST;

/// A planted value, its encoding, and the text around it.
#[derive(Debug, Arbitrary)]
struct Given<'a> {
    encoding: u8,
    tail: u128,
    lead: [u8; 4],
    leading: u8,
    before: &'a [u8],
    after: &'a [u8],
}

/// A canary is found, decoded and named by its encoding, in any encoding and any text.
pub fn leak_planted(data: &[u8]) {
    static SCANNER: OnceLock<Scanner> = OnceLock::new();
    let Ok(given) = Given::arbitrary_take_rest(Unstructured::new(data)) else { return };
    let scanner = SCANNER.get_or_init(scanner);
    let all = Encoding::ALL;
    let encoding = all.get(usize::from(given.encoding) % all.len()).copied().unwrap();
    let value = format!("{PREFIX}{:024x}", given.tail & ((1 << 96) - 1));
    let lead = given.lead.get(..usize::from(given.leading) % 5).unwrap();
    let written = write(encoding, &value, lead);
    // The run's digits are random. Those that compress well leave a run too short to decode.
    if encoding == Encoding::Compressed && written.trim_end_matches('=').len() < SHORTEST {
        return;
    }
    let text = [given.before, b"\"", written.as_bytes(), b"\"", given.after].concat();
    let found: Vec<_> = scanner.planted(&text).collect();
    let ours = found.iter().filter(|planted| planted.value == value.as_bytes());
    let names: Vec<Encoding> = ours.map(|planted| planted.encoding).collect();
    assert!(!names.is_empty(), "a canary as {encoding:?} is not found in {}", String::from_utf8_lossy(&text));
    assert!(names.iter().any(|name| alike(*name, encoding)), "a canary as {encoding:?} is called {names:?}");
    let leaks = scanner.scan(&text);
    assert!(leaks.iter().any(|leak| leak.class == Class::Planted), "a canary as {encoding:?} is no leak: {leaks:?}");
}

/// With only digits and a few letters, several encodings look the same.
fn alike(name: Encoding, written: Encoding) -> bool {
    use Encoding::{Base64, Base64Url, ByteList, HexSeparated, LowerCase, MixedCase, Plain, Rot13, UpperCase};
    let cased = [Plain, UpperCase, LowerCase, MixedCase, Rot13];
    let radix = [Base64, Base64Url];
    let numbers = [HexSeparated, ByteList];
    name == written
        || [&cased[..], &radix[..], &numbers[..]].iter().any(|group| group.contains(&name) && group.contains(&written))
}

/// The first digits of a run's canaries.
const PREFIX: &str = "5f3a9c1e";

fn scanner() -> Scanner {
    Scanner::new(&[needle()])
}

fn needle() -> Needle {
    Needle { name: "canary".to_owned(), value: PREFIX.as_bytes().to_vec(), tail: 24 }
}

/// Scanning any bytes twice gives the same. Reports are bounded, ordered and harmless. And the sieve finds every
/// literal that a simple automaton finds.
pub fn leak_scan(data: &[u8]) {
    static WORLD: OnceLock<(Scanner, Sieve, AhoCorasick)> = OnceLock::new();
    let (scan, sieve, automaton) = WORLD.get_or_init(|| {
        let anchors = scanner::detectors().flat_map(|detector| detector.anchors);
        let mut literals: Vec<Vec<u8>> = anchors.map(|anchor| anchor.as_bytes().to_vec()).collect();
        literals.extend(Search::new(&[needle()]).literals().map(<[u8]>::to_vec));
        let automaton = AhoCorasick::builder().ascii_case_insensitive(true).build(&literals).unwrap();
        (scanner(), Sieve::new(literals.iter().map(Vec::as_slice)), automaton)
    });
    let mut plainly: Vec<_> =
        automaton.find_overlapping_iter(data).map(|hit| (hit.pattern().as_usize(), hit.range())).collect();
    plainly.sort_unstable_by_key(|(number, place)| (place.end, place.start, *number));
    assert_eq!(sieve.hits(data), plainly, "the sieve finds other literals");
    let leaks = scan.scan(data);
    assert_eq!(leaks, scan.scan(data), "the same bytes, other leaks");
    assert!(leaks.len() <= 32, "{} leaks", leaks.len());
    assert!(leaks.is_sorted_by_key(|leak| (leak.offset, leak.class)), "leaks out of order: {leaks:?}");
    for leak in leaks {
        assert!(leak.offset < data.len(), "a leak outside of the bytes: {leak:?}");
        assert!(leak.excerpt.chars().count() <= MAX_CHARS, "a long excerpt: {leak:?}");
        assert!(!leak.excerpt.chars().any(char::is_control), "an excerpt that is not inert: {leak:?}");
    }
}

/// Ordinary texts, in any selection and order, have no leaks.
pub fn leak_benign(data: &[u8]) {
    static WORLD: OnceLock<(Scanner, Vec<&str>)> = OnceLock::new();
    let (scanner, texts) =
        WORLD.get_or_init(|| (scanner(), include_str!("tests/benign.txt").split("\n%%\n").collect()));
    let chosen = data.iter().take(64).filter_map(|at| texts.get(usize::from(*at) % texts.len()).copied());
    let text = chosen.collect::<Vec<_>>().join("\n%%\n");
    let leaks = scanner.scan(text.as_bytes());
    assert!(leaks.is_empty(), "ordinary text leaks: {leaks:?}");
}
