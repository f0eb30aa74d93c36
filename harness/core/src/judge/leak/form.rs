//! The encoded forms of a planted value that the automaton searches for.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use sha2::{Digest as _, Sha256, Sha512};

use super::class::Encoding;
use super::decode::Codec;
use super::entropy::dealt;
use super::unit;

/// One encoding of one needle.
#[derive(Debug)]
pub(super) struct Form {
    /// Which needle.
    pub(super) needle: usize,
    /// Its encoding; case and alphabet are known only when it is found.
    pub(super) encoding: Encoding,
    /// The bytes to find, in any case.
    pub(super) literal: Vec<u8>,
    /// How to decode the whole value from there.
    pub(super) codec: Codec,
    /// For a form that is not reversible: what must be there instead of the value.
    pub(super) trace: Option<Vec<u8>>,
}

/// Longest literal; longer ones are cut, because 16 known bytes are as rare as 60.
const LONGEST: usize = 16;

/// Shortest encoded literal: shorter ones would occur in any long text.
const SHORTEST: usize = 6;

/// Shorter values are searched only unchanged.
const SHORTEST_VALUE: usize = 4;

/// Shorter values are not searched with separators: `1 2 3 4 5 6` is a list.
const SHORTEST_SEPARATED: usize = 8;

/// Shorter values are not searched by their ends: reports would have to show too much of them.
const SHORTEST_PARTED: usize = 16;

/// How many characters at an end identify a key.
const PART: usize = 8;

/// Separators that hide a value from a search.
const SEPARATORS: [&[u8]; 30] = [
    b" ",
    b"-",
    b"_",
    b".",
    b",",
    b":",
    b"|",
    b"+",
    b"\n",
    b"\\n",
    b", ",
    b"\t",
    b"\\t",
    b"\r\n",
    b"\\r\\n",
    b"/",
    b";",
    b"*",
    b"~",
    b"#",
    b"  ",
    b"%20",
    b"&nbsp;",
    b"\xc2\xa0",
    b"\xe2\x80\xaf",
    b"\xe2\x80\x89",
    b"\",\"",
    b"\", \"",
    b"','",
    b"', '",
];

/// Separators between two hexadecimal bytes; anything may precede the first byte.
const HEX_SEPARATORS: [&[u8]; 19] = [
    b" ",
    b":",
    b"-",
    b",",
    b", ",
    b"_",
    b".",
    b"\n",
    b"\\n",
    b"\t",
    b"0x",
    b" 0x",
    b",0x",
    b", 0x",
    b"\\\\x",
    b" \\x",
    b"\",\"",
    b"\", \"",
    b"\", \"0x",
];

/// Separators between the first decimal numbers of a list; after those, any spaces and commas are accepted.
const LIST_SEPARATORS: [&[u8]; 16] = [
    b",",
    b", ",
    b" ",
    b"\n",
    b",\n",
    b",\n  ",
    b",\n    ",
    b",\n      ",
    b",\n        ",
    b",\n          ",
    b",\n\t",
    b",\n\t\t",
    b"\\n",
    b",\\n  ",
    b";",
    b"|",
];

/// What is invisible between two characters: Unicode characters as UTF-8, as JSON escapes and as HTML entities,
/// possible line breaks, and soft line breaks (RFC 2045).
pub(super) const INVISIBLE: [&[u8]; 31] = [
    b"\xc2\xad",
    b"\xcd\x8f",
    b"\xd8\x9c",
    b"\xe1\xa0\x8e",
    b"\xe2\x80\x8b",
    b"\xe2\x80\x8c",
    b"\xe2\x80\x8d",
    b"\xe2\x80\x8e",
    b"\xe2\x80\x8f",
    b"\xe2\x81\xa0",
    b"\xe2\x81\xa1",
    b"\xe2\x81\xa2",
    b"\xe2\x81\xa3",
    b"\xe2\x81\xa4",
    b"\xef\xbb\xbf",
    b"\xef\xb8\x8f",
    b"\\u200b",
    b"\\u200c",
    b"\\u200d",
    b"\\u2060",
    b"\\ufeff",
    b"\\u00ad",
    b"&#8203;",
    b"&#x200b;",
    b"&ZeroWidthSpace;",
    b"&shy;",
    b"<wbr>",
    b"<wbr/>",
    b"=\r\n",
    b"=\n",
    b"\" + \"",
];

/// The forms of a needle's value.
pub(super) fn forms(needle: usize, value: &[u8]) -> Vec<Form> {
    if value.is_empty() {
        return Vec::new();
    }
    let mut all = vec![(Encoding::Plain, value.to_vec(), Codec::Same)];
    if value.len() >= SHORTEST_VALUE {
        let more = encoded(value).into_iter().chain(wide(value)).chain(listed(value));
        all.extend(more.filter(|(_, literal, _)| literal.len() >= SHORTEST));
    }
    all.into_iter()
        .map(|(encoding, literal, codec)| Form { needle, encoding, literal: cut(literal, codec), codec, trace: None })
        .collect()
}

/// The irreversible forms of a value: its ends and its digests.
pub(super) fn traces(needle: usize, value: &[u8]) -> Vec<Form> {
    let mut all = Vec::new();
    if value.len() >= SHORTEST_PARTED {
        let ends = [value.get(..PART), value.get(value.len() - PART..)];
        all.extend(ends.into_iter().flatten().filter(|end| dealt(end)).map(|end| (Encoding::Part, end.to_vec())));
    }
    if value.len() >= SHORTEST_SEPARATED {
        let digests = [Sha256::digest(value).to_vec(), Sha512::digest(value).to_vec()];
        for digest in digests {
            let hex: String = digest.iter().take(LONGEST / 2).map(|byte| format!("{byte:02x}")).collect();
            let pairs: Vec<String> = digest.iter().take(LONGEST / 2).map(|byte| format!("{byte:02x}")).collect();
            let texts = [hex, pairs.join(":"), STANDARD.encode(&digest), URL_SAFE.encode(&digest)];
            all.extend(texts.into_iter().map(|text| (Encoding::Digest, text.into_bytes())));
        }
    }
    let form = |(encoding, text): (Encoding, Vec<u8>)| {
        let literal = cut(text, Codec::Same);
        Form { needle, encoding, trace: Some(literal.clone()), literal, codec: Codec::Same }
    };
    all.into_iter().map(form).collect()
}

/// The forms with several bytes per character.
fn wide(value: &[u8]) -> Vec<(Encoding, Vec<u8>, Codec)> {
    use Codec::Units;
    if !value.is_ascii() {
        return Vec::new();
    }
    let each = |write: &dyn Fn(u8) -> Vec<u8>| -> Vec<u8> { value.iter().flat_map(|b| write(*b)).collect() };
    let text = |write: &dyn Fn(u8) -> String| each(&|b| write(b).into_bytes());
    let full = |b: u8| char::from_u32(u32::from(b) + 0xfee0).filter(|_| b.is_ascii_graphic());
    vec![
        (Encoding::Utf16, each(&|b| vec![b, 0]), Units(unit::utf16_little)),
        (Encoding::Utf16, each(&|b| vec![0, b]), Units(unit::utf16_big)),
        (Encoding::Utf32, each(&|b| vec![b, 0, 0, 0]), Units(unit::utf32_little)),
        (Encoding::Utf32, each(&|b| vec![0, 0, 0, b]), Units(unit::utf32_big)),
        (Encoding::PercentU, text(&|b| format!("%u{b:04x}")), Units(unit::percent_u)),
        (Encoding::JsonEscape, text(&|b| format!("\\\\u{b:04x}")), Units(unit::json_twice)),
        (Encoding::JsonEscape, text(&|b| format!("\\u{{{b:x}}}")), Units(unit::braced)),
        (Encoding::Octal, text(&|b| format!("\\{b:03o}")), Units(unit::octal)),
        (Encoding::QuotedPrintable, text(&|b| format!("={b:02x}")), Units(unit::quoted_printable)),
        (Encoding::FullWidth, text(&|b| full(b).unwrap_or(char::from(b)).to_string()), Units(unit::full_width)),
        (Encoding::FullWidth, text(&|b| format!("\\uff{:02x}", b.wrapping_sub(0x20))), Units(unit::full_width)),
        (Encoding::HtmlEntity, text(&|b| format!("&#{b:03};")), Units(unit::html)),
        (Encoding::HtmlEntity, text(&|b| format!("&#{b:04};")), Units(unit::html)),
        (Encoding::HtmlEntity, text(&|b| format!("&#{b:07};")), Units(unit::html)),
        (Encoding::HtmlEntity, text(&|b| format!("&#x{b:04x};")), Units(unit::html)),
        (Encoding::HtmlEntity, text(&|b| format!("&#{b}")), Units(unit::open_entity)),
        (Encoding::HtmlEntity, text(&|b| format!("&amp;#{b};")), Units(unit::html_twice)),
        (Encoding::HtmlEntity, text(&|b| format!("&amp;#x{b:x};")), Units(unit::html_twice)),
    ]
}

/// The forms as numbers, and in groups.
fn listed(value: &[u8]) -> Vec<(Encoding, Vec<u8>, Codec)> {
    let join = |write: &dyn Fn(u8) -> String, separator: &[u8]| {
        value.iter().map(|b| write(*b).into_bytes()).collect::<Vec<_>>().join(separator)
    };
    let hex = HEX_SEPARATORS
        .iter()
        .map(|s| (Encoding::HexSeparated, join(&|b| format!("{b:02x}"), s), Codec::Joined(unit::hex, s)));
    let lists = LIST_SEPARATORS.iter().map(|s| (Encoding::ByteList, join(&|b| b.to_string(), s), Codec::List));
    let mut all: Vec<_> = hex.chain(lists).collect();
    // In columns, as consoles print them, and with an index each, as JSON shows a byte array of JavaScript.
    let columns = join(&|b| format!("{b:>3}"), b", ");
    all.push((Encoding::ByteList, columns.trim_ascii_start().to_vec(), Codec::List));
    for (colon, comma) in [("\":", ",\""), ("\": ", ", \""), ("\\\":", ",\\\"")] {
        let numbered: Vec<String> = value.iter().enumerate().map(|(nth, b)| format!("{nth}{colon}{b}")).collect();
        all.push((Encoding::ByteList, numbered.join(comma).into_bytes(), Codec::Units(unit::numbered)));
    }
    // As identifiers are shown: 8-4-4-4-12 digits, or groups of four.
    all.push((Encoding::Separated, value.to_vec(), Codec::Grouped));
    if value.len() >= SHORTEST_SEPARATED {
        let four: Vec<&[u8]> = value.chunks(4).collect();
        all.extend([&b"-"[..], b" "].iter().map(|s| (Encoding::Separated, four.join(*s), Codec::Grouped)));
    }
    // Only what needs it is escaped, and long lines are broken.
    let quoted = |b: u8| if b == b'=' || !b.is_ascii() { format!("={b:02X}") } else { char::from(b).to_string() };
    all.push((Encoding::QuotedPrintable, join(&quoted, b""), Codec::Units(unit::quoted_printable)));
    all
}

/// The forms that show that there are invisible characters.
pub(super) fn invisible() -> impl Iterator<Item = Form> {
    INVISIBLE.iter().map(|bytes| Form {
        needle: usize::MAX,
        encoding: Encoding::Invisible,
        literal: bytes.to_vec(),
        codec: Codec::Invisible,
        trace: None,
    })
}

/// Shortens a literal at the end where decoding does not start.
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
        (Encoding::Hex, each(&|b| format!("{b:02x}")), Units(unit::hex)),
        (Encoding::HexEscape, each(&|b| format!("\\x{b:02x}")), Units(unit::hex_escape)),
        (Encoding::Percent, each(&|b| format!("%{b:02x}")), Units(unit::percent)),
        (Encoding::DoublePercent, each(&|b| format!("%25{b:02x}")), Units(unit::double_percent)),
        (Encoding::Reversed, value.iter().rev().copied().collect(), Codec::Reversed),
        (Encoding::Rot13, value.iter().map(|b| unit::rotate(*b)).collect(), Units(unit::rot13)),
    ];
    if value.is_ascii() {
        all.push((Encoding::JsonEscape, each(&|b| format!("\\u{b:04x}")), Units(unit::json)));
        all.push((Encoding::HtmlEntity, each(&|b| format!("&#{b};")), Units(unit::html)));
        all.push((Encoding::HtmlEntity, each(&|b| format!("&#x{b:x};")), Units(unit::html)));
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
    for lead in 0..5 {
        all.push((Encoding::Base32, radix(value, lead, 5, BASE32), Codec::Radix { bits: 5, lead }));
    }
    if value.len() >= SHORTEST_SEPARATED {
        let join = |separator: &[u8]| value.iter().map(|b| [*b]).collect::<Vec<_>>().join(separator);
        all.extend(SEPARATORS.iter().map(|s| (Encoding::Separated, join(s), Codec::Joined(unit::same, s))));
    }
    all
}

/// The forms in which only the bytes that need it are encoded. Writers differ in which bytes those are.
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
        (Encoding::Percent, each(&|b| percent(b, b"")), Units(unit::percent)),
        (Encoding::Percent, each(&|b| percent(b, b"-._~")), Units(unit::percent)),
        (Encoding::Percent, each(&|b| percent(b, b"-._~!$&'()*+,;=:@/?")), Units(unit::percent)),
        (
            Encoding::Percent,
            each(&|b| if b == b' ' { Some("+".to_owned()) } else { percent(b, b"-._*") }),
            Units(unit::form),
        ),
        (Encoding::JsonEscape, each(&|b| json(b, b"")), Units(unit::json)),
        (Encoding::JsonEscape, each(&|b| json(b, b"/")), Units(unit::json)),
        (Encoding::JsonEscape, each(&|b| json(b, b"<>&'")), Units(unit::json)),
        (Encoding::HtmlEntity, each(&|b| entity(b, "&#39;")), Units(unit::html)),
        (Encoding::HtmlEntity, each(&|b| entity(b, "&#x27;")), Units(unit::html)),
        (Encoding::HtmlEntity, each(&|b| entity(b, "&apos;")), Units(unit::html)),
    ]
}

/// The characters that contain only bits of the value when `lead` bytes precede it.
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
