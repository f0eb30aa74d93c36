//! The written forms of a planted value that the automaton looks for.

use super::class::Encoding;
use super::decode::{self, Codec};

/// One way to write one needle.
#[derive(Debug)]
pub(super) struct Form {
    /// Which needle.
    pub(super) needle: usize,
    /// How it is written; the case and alphabet are settled when it is found.
    pub(super) encoding: Encoding,
    /// The bytes to look for, in any case.
    pub(super) literal: Vec<u8>,
    /// How to read the whole value from there.
    pub(super) codec: Codec,
}

/// Literals longer than this are cut: 16 known bytes are as rare as 60, and the automaton stays small.
const LONGEST: usize = 16;

/// Encoded literals shorter than this are left out: they would stand in any long text.
const SHORTEST: usize = 6;

/// Values shorter than this are sought plain only.
const SHORTEST_VALUE: usize = 4;

/// Values shorter than this are not sought with separators: `1 2 3 4 5 6` is a list.
const SHORTEST_SEPARATED: usize = 8;

/// What is put between the characters of a value to hide it from a search.
const SEPARATORS: [&[u8]; 11] = [b" ", b"-", b"_", b".", b",", b":", b"|", b"+", b"\n", b"\\n", b", "];

/// UTF-8 of the characters that nobody sees: U+00AD, U+200B to U+200D, U+2060, U+FEFF.
pub(super) const INVISIBLE: [&[u8]; 6] =
    [b"\xc2\xad", b"\xe2\x80\x8b", b"\xe2\x80\x8c", b"\xe2\x80\x8d", b"\xe2\x81\xa0", b"\xef\xbb\xbf"];

/// The forms of a needle's value.
pub(super) fn forms(needle: usize, value: &[u8]) -> Vec<Form> {
    if value.is_empty() {
        return Vec::new();
    }
    let mut all = vec![(Encoding::Plain, value.to_vec(), Codec::Same)];
    if value.len() >= SHORTEST_VALUE {
        all.extend(encoded(value).into_iter().filter(|(_, literal, _)| literal.len() >= SHORTEST));
    }
    all.into_iter()
        .map(|(encoding, literal, codec)| Form { needle, encoding, literal: cut(literal, codec), codec })
        .collect()
}

/// The forms that show that invisible characters are about.
pub(super) fn invisible() -> impl Iterator<Item = Form> {
    INVISIBLE.iter().map(|bytes| Form {
        needle: usize::MAX,
        encoding: Encoding::Invisible,
        literal: bytes.to_vec(),
        codec: Codec::Invisible,
    })
}

/// The forward literals lose their end, the reversed one its beginning: decoding starts at the other.
fn cut(mut literal: Vec<u8>, codec: Codec) -> Vec<u8> {
    if matches!(codec, Codec::Reversed) {
        literal.drain(..literal.len().saturating_sub(LONGEST));
    } else {
        literal.truncate(LONGEST);
    }
    literal
}

fn encoded(value: &[u8]) -> Vec<(Encoding, Vec<u8>, Codec)> {
    use Codec::Units;
    let each =
        |write: &dyn Fn(u8) -> String| -> Vec<u8> { value.iter().flat_map(|b| write(*b).into_bytes()).collect() };
    let mut all = vec![
        (Encoding::Hex, each(&|b| format!("{b:02x}")), Units(decode::hex)),
        (Encoding::HexEscape, each(&|b| format!("\\x{b:02x}")), Units(decode::hex_escape)),
        (Encoding::Percent, each(&|b| format!("%{b:02x}")), Units(decode::percent)),
        (Encoding::DoublePercent, each(&|b| format!("%25{b:02x}")), Units(decode::double_percent)),
        (Encoding::Reversed, value.iter().rev().copied().collect(), Codec::Reversed),
        (Encoding::Rot13, value.iter().map(|b| decode::rotate(*b)).collect(), Units(decode::rot13)),
    ];
    if value.is_ascii() {
        all.push((Encoding::JsonEscape, each(&|b| format!("\\u{b:04x}")), Units(decode::json)));
        all.push((Encoding::HtmlEntity, each(&|b| format!("&#{b};")), Units(decode::html)));
        all.push((Encoding::HtmlEntity, each(&|b| format!("&#x{b:x};")), Units(decode::html)));
    }
    let partial = partial(value);
    all.extend(partial.into_iter().filter(|(_, literal, _)| literal != value));
    for lead in 0..3 {
        let literal = radix(value, lead, 6, BASE64);
        let url = literal
            .iter()
            .map(|c| match c {
                b'+' => b'-',
                b'/' => b'_',
                c => *c,
            })
            .collect::<Vec<_>>();
        if url != literal {
            all.push((Encoding::Base64Url, url, Codec::Radix { bits: 6, lead }));
        }
        all.push((Encoding::Base64, literal, Codec::Radix { bits: 6, lead }));
    }
    for lead in 0..if cfg!(planted) { 4 } else { 5 } {
        all.push((Encoding::Base32, radix(value, lead, 5, BASE32), Codec::Radix { bits: 5, lead }));
    }
    if value.len() >= SHORTEST_SEPARATED {
        let join = |separator: &[u8]| value.iter().map(|b| [*b]).collect::<Vec<_>>().join(separator);
        all.extend(SEPARATORS.iter().map(|s| (Encoding::Separated, join(s), Codec::Separated(s))));
    }
    all
}

/// The forms in which only the bytes that need it are encoded. Writers differ in which those are.
fn partial(value: &[u8]) -> Vec<(Encoding, Vec<u8>, Codec)> {
    use Codec::Units;
    let each = |write: &dyn Fn(u8) -> Option<String>| -> Vec<u8> {
        value.iter().flat_map(|b| write(*b).map_or_else(|| vec![*b], String::into_bytes)).collect()
    };
    let percent = |b: u8, kept: &[u8]| (!b.is_ascii_alphanumeric() && !kept.contains(&b)).then(|| format!("%{b:02X}"));
    let entity = |b: u8, quote: &str| match b {
        b'&' => Some("&amp;".to_owned()),
        b'<' => Some("&lt;".to_owned()),
        b'>' => Some("&gt;".to_owned()),
        b'"' => Some("&quot;".to_owned()),
        b'\'' => Some(quote.to_owned()),
        _ => None,
    };
    let json = |b: u8, also: &[u8]| match b {
        b'\n' => Some("\\n".to_owned()),
        b'\r' => Some("\\r".to_owned()),
        b'\t' => Some("\\t".to_owned()),
        b'"' | b'\\' => Some(format!("\\{}", char::from(b))),
        b'/' if also.contains(&b) => Some("\\/".to_owned()),
        b if also.contains(&b) || b < 0x20 => Some(format!("\\u{b:04x}")),
        _ => None,
    };
    vec![
        (Encoding::Percent, each(&|b| percent(b, b"")), Units(decode::percent)),
        (Encoding::Percent, each(&|b| percent(b, b"-._~")), Units(decode::percent)),
        (Encoding::Percent, each(&|b| percent(b, b"-._~!$&'()*+,;=:@/?")), Units(decode::percent)),
        (
            Encoding::Percent,
            each(&|b| if b == b' ' { Some("+".to_owned()) } else { percent(b, b"-._*") }),
            Units(decode::form),
        ),
        (Encoding::JsonEscape, each(&|b| json(b, b"")), Units(decode::json)),
        (Encoding::JsonEscape, each(&|b| json(b, b"/")), Units(decode::json)),
        (Encoding::JsonEscape, each(&|b| json(b, b"<>&'")), Units(decode::json)),
        (Encoding::HtmlEntity, each(&|b| entity(b, "&#39;")), Units(decode::html)),
        (Encoding::HtmlEntity, each(&|b| entity(b, "&#x27;")), Units(decode::html)),
        (Encoding::HtmlEntity, each(&|b| entity(b, "&apos;")), Units(decode::html)),
    ]
}

/// The characters that hold nothing but bits of the value when `lead` bytes go before it.
fn radix(value: &[u8], lead: usize, bits: usize, alphabet: &[u8]) -> Vec<u8> {
    let first = (lead * 8).div_ceil(bits);
    let end = (lead + value.len()) * 8 / bits;
    let bit = |at: usize| {
        let byte = (at / 8).checked_sub(lead).and_then(|i| value.get(i)).copied().unwrap_or(0);
        usize::from(byte >> (7 - at % 8) & 1)
    };
    (first..end)
        .filter_map(|c| alphabet.get((c * bits..(c + 1) * bits).fold(0, |sum, at| sum << 1 | bit(at))).copied())
        .collect()
}

const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
