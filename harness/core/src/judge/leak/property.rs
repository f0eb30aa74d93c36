//! What holds of the leak detectors.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use arbitrary::{Arbitrary, Unstructured};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::excerpt::MAX_CHARS;
use super::planted::Search;
use super::sieve::Sieve;
use super::{Class, Encoding, Needle, Scanner, scanner};

/// Writes `value`; base64 and base32 begin with `lead`, so that all alignments occur.
pub(super) fn write(encoding: Encoding, value: &str, lead: &[u8]) -> String {
    use Encoding::{
        Base32, Base64, Base64Url, DoublePercent, Hex, HexEscape, HtmlEntity, Invisible, JsonEscape, LowerCase,
        MixedCase, Percent, Plain, Reversed, Rot13, Separated, UpperCase,
    };
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
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    bits.chunks(5).filter_map(|chunk| alphabet.get(usize::from(digit(chunk)))).map(|b| char::from(*b)).collect()
}

/// A planted value, how it is written, and what stands around it.
#[derive(Debug, Arbitrary)]
struct Given<'a> {
    encoding: u8,
    tail: u128,
    lead: [u8; 4],
    leading: u8,
    before: &'a [u8],
    after: &'a [u8],
}

/// A canary is found, decoded and named by its encoding, however it is written and whatever stands around it.
pub fn leak_planted(data: &[u8]) {
    static SCANNER: OnceLock<Scanner> = OnceLock::new();
    let Ok(given) = Given::arbitrary_take_rest(Unstructured::new(data)) else { return };
    let scanner = SCANNER.get_or_init(scanner);
    let all = Encoding::ALL;
    let encoding = all.get(usize::from(given.encoding) % all.len()).copied().unwrap();
    let value = format!("{PREFIX}{:024x}", given.tail & ((1 << 96) - 1));
    let lead = given.lead.get(..usize::from(given.leading) % 5).unwrap();
    let text = [given.before, b"\"", write(encoding, &value, lead).as_bytes(), b"\"", given.after].concat();
    let found: Vec<_> = scanner.planted(&text).collect();
    let ours = found.iter().filter(|planted| planted.value == value.as_bytes());
    let names: Vec<Encoding> = ours.map(|planted| planted.encoding).collect();
    assert!(!names.is_empty(), "a canary as {encoding:?} is not found in {}", String::from_utf8_lossy(&text));
    assert!(names.iter().any(|name| alike(*name, encoding)), "a canary as {encoding:?} is called {names:?}");
    let leaks = scanner.scan(&text);
    assert!(leaks.iter().any(|leak| leak.class == Class::Planted), "a canary as {encoding:?} is no leak: {leaks:?}");
}

/// Of digits and a few letters, several ways to write look the same.
fn alike(name: Encoding, written: Encoding) -> bool {
    use Encoding::{Base64, Base64Url, LowerCase, MixedCase, Plain, Rot13, UpperCase};
    let cased = [Plain, UpperCase, LowerCase, MixedCase, Rot13];
    let radix = [Base64, Base64Url];
    name == written || [&cased[..], &radix[..]].iter().any(|group| group.contains(&name) && group.contains(&written))
}

/// The first digits of the canaries of a run.
const PREFIX: &str = "5f3a9c1e";

fn scanner() -> Scanner {
    Scanner::new(&[needle()])
}

fn needle() -> Needle {
    Needle { name: "canary".to_owned(), value: PREFIX.as_bytes().to_vec(), tail: 24 }
}

/// Any bytes are scanned twice alike; what is told is bounded, in order and inert; and the sieve in front of the
/// detectors finds every literal that an automaton finds which looks at every byte.
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
