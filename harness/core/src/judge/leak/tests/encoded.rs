//! How programs encode a value that they should not show, with text around it.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

use super::super::written::write;
use super::super::{Class, Encoding, Needle, Scanner};

const CANARY: &str = "5f3a9c1e0b7d2468ace13579bdf02468";
const KEY: &str = "tk9tSrke72PouQMnMXa7eZSW0j";

/// An encoding of a value.
type Coder = fn(&str) -> String;

fn scanner() -> Scanner {
    let needle =
        |name: &str, value: &str, tail| Needle { name: name.to_owned(), value: value.as_bytes().to_vec(), tail };
    Scanner::new(&[needle("canary", "5f3a9c1e", 24), needle("key", KEY, 0)])
}

fn found(text: &[u8]) -> Vec<(String, Encoding)> {
    let leaks = scanner().scan(text);
    leaks.into_iter().filter(|leak| leak.class == Class::Planted).map(|leak| (leak.detail, leak.encoding)).collect()
}

fn joined(value: &str, unit: impl Fn(u8) -> String, separator: &str) -> String {
    value.bytes().map(unit).collect::<Vec<_>>().join(separator)
}

#[test]
fn values_are_found_in_every_common_encoding() {
    let ways: Vec<(&str, Coder)> = vec![
        ("base64 twice", |v| STANDARD.encode(STANDARD.encode(v))),
        ("base64url twice", |v| URL_SAFE_NO_PAD.encode(URL_SAFE_NO_PAD.encode(v))),
        ("JSON in base64 twice", |v| STANDARD.encode(STANDARD.encode(format!("{{\"ref\":\"{v}\"}}")))),
        ("hexadecimal in base64", |v| STANDARD.encode(joined(v, |b| format!("{b:02x}"), ""))),
        ("UTF-16 in base64", |v| STANDARD.encode(write(Encoding::Utf16, v, b""))),
        ("reversed in base64", |v| STANDARD.encode(v.chars().rev().collect::<String>() + " and more of it")),
        ("gzip in base64", |v| write(Encoding::Compressed, v, b"")),
        ("zlib in base64", |v| write(Encoding::Compressed, v, b"1")),
        ("deflate in base64", |v| write(Encoding::Compressed, &format!("{v} {v} some more"), b"12")),
        ("gzip in base64 behind a word", |v| format!("blob-{}", write(Encoding::Compressed, v, b""))),
        ("gzip in base64 over lines", |v| {
            let text = write(Encoding::Compressed, v, b"");
            let (first, rest) = text.split_at(40);
            format!("{first}\r\n{rest}")
        }),
        ("spaces between", |v| joined(v, |b| char::from(b).to_string(), " ")),
        ("tabs between", |v| joined(v, |b| char::from(b).to_string(), "\t")),
        ("no-break spaces between", |v| joined(v, |b| char::from(b).to_string(), "\u{a0}")),
        ("escaped tabs between", |v| joined(v, |b| char::from(b).to_string(), "\\t")),
        ("a list of characters", |v| joined(v, |b| format!("\"{}\"", char::from(b)), ", ")),
        ("zero-width spaces between", |v| joined(v, |b| char::from(b).to_string(), "\u{200b}")),
        ("escaped zero-width spaces between", |v| joined(v, |b| char::from(b).to_string(), "\\u200b")),
        ("soft hyphens between", |v| joined(v, |b| char::from(b).to_string(), "&shy;")),
        ("one zero-width space", |v| format!("{}\u{2060}{}", &v[..5], &v[5..])),
        ("one soft line end", |v| format!("{}=\r\n{}", &v[..5], &v[5..])),
        ("hexadecimal with spaces", |v| joined(v, |b| format!("{b:02x}"), " ")),
        ("hexadecimal with colons", |v| joined(v, |b| format!("{b:02X}"), ":")),
        ("hexadecimal as in C", |v| joined(v, |b| format!("0x{b:02x}"), ", ")),
        ("hexadecimal with 0x", |v| joined(v, |b| format!("0x{b:02x}"), "")),
        ("hexadecimal escapes in JSON", |v| joined(v, |b| format!("\\\\x{b:02x}"), "")),
        ("a byte list", |v| format!("[{}]", joined(v, |b| b.to_string(), ", "))),
        ("a byte list without spaces", |v| format!("[{}]", joined(v, |b| b.to_string(), ","))),
        ("a byte list over lines", |v| format!("[\n    {}\n]", joined(v, |b| b.to_string(), ",\n    "))),
        ("a Buffer of Node.js", |v| {
            format!("{{\"type\":\"Buffer\",\"data\":[{}]}}", joined(v, |b| b.to_string(), ","))
        }),
        ("a printed Buffer", |v| format!("<Buffer {}>", joined(v, |b| format!("{b:02x}"), " "))),
        ("a typed array as a console prints it", |v| {
            let cells: Vec<String> = v.bytes().map(|b| format!("{b:>3}")).collect();
            let lines: Vec<String> = cells.chunks(12).map(|line| line.join(", ")).collect();
            format!("Uint8Array({}) [\n  {}\n]", v.len(), lines.join(",\n  "))
        }),
        ("a typed array in JSON", |v| {
            let cells: Vec<String> = v.bytes().enumerate().map(|(nth, b)| format!("\"{nth}\":{b}")).collect();
            format!("{{{}}}", cells.join(","))
        }),
        ("a typed array in indented JSON", |v| {
            let cells: Vec<String> = v.bytes().enumerate().map(|(nth, b)| format!("\"{nth}\": {b}")).collect();
            format!("{{{}}}", cells.join(", "))
        }),
        ("hexadecimal as in C, over lines", |v| {
            let cells: Vec<String> = v.bytes().map(|b| format!("0x{b:02X}")).collect();
            let lines: Vec<String> = cells.chunks(10).map(|line| line.join(", ")).collect();
            format!("{{\n    {}\n}}", lines.join(",\n    "))
        }),
        ("entities escaped once more", |v| joined(v, |b| format!("&amp;#{b};"), "")),
        ("%u escapes", |v| joined(v, |b| format!("%u{b:04X}"), "")),
        ("decimal entities", |v| joined(v, |b| format!("&#{b};"), "")),
        ("padded entities", |v| joined(v, |b| format!("&#{b:04};"), "")),
        ("entities without semicolons", |v| joined(v, |b| format!("&#{b}"), "")),
        ("hexadecimal entities", |v| joined(v, |b| format!("&#x{b:X};"), "")),
        ("quoted-printable", |v| joined(v, |b| format!("={b:02X}"), "")),
        ("full-width", |v| write(Encoding::FullWidth, v, b"")),
        ("full-width escapes", |v| joined(v, |b| format!("\\uff{:02x}", b - 0x20), "")),
        ("escapes of JSON", |v| joined(v, |b| format!("\\u{b:04x}"), "")),
        ("escapes of JSON in JSON", |v| joined(v, |b| format!("\\\\u{b:04x}"), "")),
        ("escapes with braces", |v| joined(v, |b| format!("\\u{{{b:x}}}"), "")),
        ("octal escapes", |v| joined(v, |b| format!("\\{b:03o}"), "")),
        ("reversed", |v| v.chars().rev().collect()),
        ("rotated", |v| write(Encoding::Rot13, v, b"")),
        ("groups of four", |v| {
            v.as_bytes().chunks(4).map(|part| String::from_utf8_lossy(part).into_owned()).collect::<Vec<_>>().join("-")
        }),
        ("UTF-16", |v| write(Encoding::Utf16, v, b"")),
        ("UTF-16, high byte first", |v| write(Encoding::Utf16, v, b"1")),
        ("UTF-32", |v| write(Encoding::Utf32, v, b"")),
        ("percent", |v| joined(v, |b| format!("%{b:02X}"), "")),
        ("percent twice", |v| joined(v, |b| format!("%25{b:02X}"), "")),
    ];
    let mut missed = Vec::new();
    for (way, coded) in ways {
        for (name, value) in [("canary", CANARY), ("key", KEY)] {
            let text = format!("{{\"ok\":false,\"detail\":\"{}\"}}\n", coded(value));
            if !found(text.as_bytes()).iter().any(|(detail, _)| detail == name) {
                missed.push(format!("{name}, {way}: {text}"));
            }
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn canary_is_found_in_the_form_of_an_identifier() {
    assert_eq!(found(b"id 5f3a9c1e-0b7d-2468-ace1-3579bdf02468."), [("canary".to_owned(), Encoding::Separated)]);
}

#[test]
fn raw_compressed_bytes_are_decoded() {
    let mut coder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut coder, format!("{}ref {CANARY}", "text ".repeat(40)).as_bytes()).unwrap();
    let text = [b"--part\r\n\r\n".to_vec(), coder.finish().unwrap()].concat();
    assert_eq!(found(&text), [("canary".to_owned(), Encoding::Compressed)]);
}

/// Five bytes of lead make [`write`] choose deflate without a header.
#[test]
fn deflate_that_looks_like_text_is_decoded() {
    let needle = Needle { name: "canary".to_owned(), value: b"000010aa".to_vec(), tail: 24 };
    let value = "000010aa0ab00acaaba00bb0adaa1001";
    let text = write(Encoding::Compressed, value, &[0; 5]);
    assert!(STANDARD.decode(&text).unwrap().is_ascii());
    let (scanner, text) = (Scanner::new(&[needle]), format!("\"{text}\""));
    let found: Vec<_> = scanner.planted(text.as_bytes()).collect();
    assert!(found.iter().any(|planted| planted.value == value.as_bytes() && planted.encoding == Encoding::Compressed));
}

#[test]
fn end_and_digest_of_a_key_identify_it() {
    let digest = Sha256::digest(KEY);
    let pairs: Vec<String> = digest.iter().map(|byte| format!("{byte:02X}")).collect();
    let hex = pairs.concat();
    for (text, encoding) in [
        (format!("key {}… refused", &KEY[..8]), Encoding::Part),
        (format!("key ****{} refused", &KEY[KEY.len() - 8..]), Encoding::Part),
        (hex.to_lowercase(), Encoding::Digest),
        (hex, Encoding::Digest),
        (pairs.join(":"), Encoding::Digest),
        (STANDARD.encode(digest), Encoding::Digest),
        (format!("sha256:{}", URL_SAFE_NO_PAD.encode(digest)), Encoding::Digest),
    ] {
        assert_eq!(found(text.as_bytes()), [("key".to_owned(), encoding)], "{text}");
    }
    // The whole key is one leak, not three.
    assert_eq!(found(format!("key={KEY};").as_bytes()), [("key".to_owned(), Encoding::Plain)]);
    assert_eq!(found(format!("x{}y", &KEY[..8]).as_bytes()), []);
}
