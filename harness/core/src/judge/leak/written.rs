//! Encodes values in every encoding, independently of the detectors.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use flate2::Compression;
use flate2::bufread::{DeflateEncoder, GzEncoder, ZlibEncoder};

use super::Encoding;

/// Encodes `value`; base64 and base32 begin with `lead`, so that all alignments occur.
pub(super) fn write(encoding: Encoding, value: &str, lead: &[u8]) -> String {
    use Encoding::{
        Base32, Base64, Base64Url, ByteList, Compressed, Digest, DoublePercent, FullWidth, Hex, HexEscape,
        HexSeparated, HtmlEntity, Invisible, JsonEscape, LowerCase, MixedCase, Nested, Octal, Part, Percent, PercentU,
        Plain, QuotedPrintable, Reversed, Rot13, Separated, UpperCase, Utf16, Utf32,
    };
    let each = |unit: &dyn Fn(u8) -> String| value.bytes().map(unit).collect::<String>();
    let prefixed = [lead, value.as_bytes(), lead].concat();
    match encoding {
        // A part and a digest are not reversible.
        Plain | Part | Digest => value.to_owned(),
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
        Utf16 => {
            each(&|b| if lead.is_empty() { format!("{}\0", char::from(b)) } else { format!("\0{}", char::from(b)) })
        }
        Utf32 => each(&|b| {
            if lead.is_empty() { format!("{}\0\0\0", char::from(b)) } else { format!("\0\0\0{}", char::from(b)) }
        }),
        PercentU => each(&|b| format!("%u{b:04X}")),
        QuotedPrintable => {
            let text = each(&|b| format!("={b:02X}"));
            if lead.is_empty() { text } else { soft(&text) }
        }
        HexSeparated => {
            let separator = [" ", ":", ", 0x", "-"].get(lead.len()).unwrap_or(&",");
            value.bytes().map(|b| format!("{b:02x}")).collect::<Vec<_>>().join(separator)
        }
        ByteList => {
            let separator = [",", ", ", ",\n    ", " "].get(lead.len()).unwrap_or(&",\n");
            value.bytes().map(|b| b.to_string()).collect::<Vec<_>>().join(separator)
        }
        FullWidth => value.chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c)).collect(),
        Octal => each(&|b| format!("\\{b:03o}")),
        Compressed => STANDARD.encode(compressed(value.as_bytes(), lead.len())),
        Nested => STANDARD.encode(STANDARD.encode(value)),
        Separated => value.chars().map(String::from).collect::<Vec<_>>().join("-"),
        Invisible => value.chars().map(String::from).collect::<Vec<_>>().join("\u{200b}"),
    }
}

/// Gzip, zlib or bare deflate.
fn compressed(bytes: &[u8], which: usize) -> Vec<u8> {
    let mut out = Vec::new();
    // Reading a slice cannot fail.
    let _ = match which % 3 {
        0 => GzEncoder::new(bytes, Compression::default()).read_to_end(&mut out),
        1 => ZlibEncoder::new(bytes, Compression::default()).read_to_end(&mut out),
        _ => DeflateEncoder::new(bytes, Compression::default()).read_to_end(&mut out),
    };
    out
}

/// Lines of 30 characters with soft line breaks.
fn soft(text: &str) -> String {
    let lines: Vec<_> = text.as_bytes().chunks(30).map(String::from_utf8_lossy).collect();
    lines.join("=\r\n")
}

fn base32(bytes: &[u8]) -> String {
    let bits: Vec<u8> = bytes.iter().flat_map(|b| (0..8).rev().map(move |i| b >> i & 1)).collect();
    let digit = |bits: &[u8]| (0..5).fold(0, |sum, i| sum << 1 | bits.get(i).copied().unwrap_or(0));
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    bits.chunks(5).filter_map(|chunk| alphabet.get(usize::from(digit(chunk)))).map(|b| char::from(*b)).collect()
}
