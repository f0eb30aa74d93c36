//! Messages as servers encode them.

use std::borrow::Cow;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use proptest::prelude::*;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use super::super::{Capture, Header};
use super::{MOST, Unreadable, Why, plain};
use crate::vocab::Octets;

const TRACE: &str = "Traceback (most recent call last):\n  File \"/srv/app.py\", line 7, in find\nKeyError: 7\n";

/// `TRACE` as Node.js writes it with `zlib.brotliCompressSync`.
const BROTLI: &str = "1b5400c044ddd65fd27852101f0f0fd56a28470c16390a82b00107ec11be8d138d3c78c84a14992478faf13175919a64661040d90854f367b9e78947d4f88c139516ac0d13539bff6b248312";

/// `TRACE` as `zstd -19` writes it, with its size and its check sum.
const ZSTD: &str = "28b52ffd04687d020052c51218905907b09162b63da479018997798a50901f4069d6fbac03679d35ec1e9a2d0ef25cf2e79ed6f7397e424d146254c5b454e8cb8ef80f0ba6543eb3b6cfb76dfb53c205b8d2f4d8a66d0400d1cb0a8a";

/// 16 MiB of zeros as Node.js writes them with `zlib.brotliCompressSync` and a window of 22 bits.
const BROTLI_BOMB: &str = "cbffff3ff82700e2b14020f7fe2ffffffff04f00c4611180eefd1f";

fn unhex(text: &str) -> Vec<u8> {
    text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut coder = GzEncoder::new(Vec::new(), Compression::default());
    coder.write_all(bytes).unwrap();
    coder.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut coder = ZlibEncoder::new(Vec::new(), Compression::default());
    coder.write_all(bytes).unwrap();
    coder.finish().unwrap()
}

fn bare(bytes: &[u8]) -> Vec<u8> {
    let mut coder = DeflateEncoder::new(Vec::new(), Compression::default());
    coder.write_all(bytes).unwrap();
    coder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec(bytes, CompressionLevel::Fastest)
}

fn headers(pairs: &[(&str, &str)]) -> Vec<Header> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), Octets::from(*value))).collect()
}

fn read(pairs: &[(&str, &str)], bytes: &[u8]) -> Result<Vec<u8>, Unreadable> {
    plain(&headers(pairs), &Capture::of(bytes, usize::MAX)).map(Cow::into_owned)
}

fn coded(name: &str, bytes: &[u8]) -> Result<Vec<u8>, Unreadable> {
    read(&[("Content-Encoding", name)], bytes)
}

#[test]
fn every_registered_coding_is_decoded() {
    for (name, bytes) in [
        ("gzip", gzip(TRACE.as_bytes())),
        ("X-GZIP", gzip(TRACE.as_bytes())),
        ("deflate", zlib(TRACE.as_bytes())),
        ("deflate", bare(TRACE.as_bytes())),
        ("br", unhex(BROTLI)),
        ("zstd", unhex(ZSTD)),
        ("zstd", zstd(TRACE.as_bytes())),
        ("identity", TRACE.as_bytes().to_vec()),
        (" gzip , identity", gzip(TRACE.as_bytes())),
        ("deflate, gzip", gzip(&zlib(TRACE.as_bytes()))),
    ] {
        assert_eq!(coded(name, &bytes).as_deref(), Ok(TRACE.as_bytes()), "{name}");
    }
}

#[test]
fn coding_that_no_header_names_is_decoded() {
    for (name, bytes) in [
        ("identity", gzip(TRACE.as_bytes())),
        ("identity", unhex(ZSTD)),
        ("gzip", gzip(&gzip(TRACE.as_bytes()))),
        ("zstd", zstd(&gzip(TRACE.as_bytes()))),
    ] {
        assert_eq!(coded(name, &bytes).as_deref(), Ok(TRACE.as_bytes()), "{name}");
    }
    assert_eq!(
        read(&[("Content-Type", "application/octet-stream")], &gzip(TRACE.as_bytes())).unwrap(),
        TRACE.as_bytes()
    );
    let wrong = coded("br", &gzip(TRACE.as_bytes())).unwrap_err();
    assert_eq!((wrong.why, wrong.read.as_slice()), (Why::Damaged("brotli"), TRACE.as_bytes()));
    let whole = gzip(TRACE.as_bytes());
    let cut = read(&[], whole.get(..whole.len() - 9).unwrap()).unwrap_err();
    assert_eq!(cut.why, Why::Damaged("gzip"));
}

#[test]
fn part_with_two_bytes_per_character_is_read() {
    let wide: Vec<u8> = TRACE.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for charset in ["text/plain", "text/plain; charset=utf-8"] {
        let read = read(&[("Content-Type", charset)], &[b"Failed.\n".as_slice(), &wide].concat()).unwrap();
        assert_eq!(read, format!("Failed.\n{TRACE}").as_bytes(), "{charset}");
    }
    let zeros = [b"a\0b\0".as_slice(), &[0; 64], b"rest"].concat();
    assert_eq!(read(&[("Content-Type", "text/plain")], &zeros).unwrap(), zeros);
}

#[test]
fn codings_in_several_headers_are_decoded_from_the_last() {
    let bytes = gzip(&zstd(TRACE.as_bytes()));
    assert_eq!(read(&[("content-encoding", "zstd"), ("content-encoding", "gzip")], &bytes).unwrap(), TRACE.as_bytes());
    assert_eq!(
        read(&[("content-encoding", "zstd"), ("transfer-encoding", "gzip, chunked")], &bytes).unwrap(),
        TRACE.as_bytes()
    );
    let six = read(&[("content-encoding", "gzip,gzip,gzip,gzip,gzip,gzip")], &bytes).unwrap_err();
    assert_eq!(six.why, Why::TooManyCodings);
}

#[test]
fn later_members_and_frames_are_read() {
    let (half, rest) = TRACE.as_bytes().split_at(20);
    assert_eq!(coded("gzip", &[gzip(half), gzip(rest), vec![0; 9]].concat()).unwrap(), TRACE.as_bytes());
    let skippable = [&0x184d_2a53_u32.to_le_bytes()[..], &3_u32.to_le_bytes(), b"abc"].concat();
    assert_eq!(coded("zstd", &[zstd(half), skippable, zstd(rest)].concat()).unwrap(), TRACE.as_bytes());
    let behind = coded("gzip", &[gzip(half), b"and plain text".to_vec()].concat()).unwrap_err();
    assert_eq!((behind.why, behind.read.as_slice()), (Why::Damaged("gzip"), half));
}

#[test]
fn decoded_part_of_a_truncated_stream_is_returned() {
    // Stored blocks, so that each byte of the stream contains one of the text.
    let mut coder = GzEncoder::new(Vec::new(), Compression::none());
    coder.write_all(TRACE.as_bytes()).unwrap();
    let whole = coder.finish().unwrap();
    let cut = coded("gzip", whole.get(..50).unwrap()).unwrap_err();
    assert_eq!(cut.why, Why::Damaged("gzip"));
    assert!(cut.read.len() > 20 && TRACE.as_bytes().starts_with(&cut.read), "{:?}", cut.read);
    for (name, bytes) in [("br", unhex(BROTLI)), ("zstd", unhex(ZSTD)), ("deflate", zlib(TRACE.as_bytes()))] {
        let cut = coded(name, bytes.get(..bytes.len() - 12).unwrap()).unwrap_err();
        assert!(matches!(cut.why, Why::Damaged(_)), "{name}");
        assert!(TRACE.as_bytes().starts_with(&cut.read), "{name}");
    }
    let captured = plain(&[], &Capture::of(TRACE.as_bytes(), 30)).unwrap_err();
    assert_eq!((captured.why, captured.read.as_slice()), (Why::Cut, TRACE.as_bytes().get(..30).unwrap()));
}

#[test]
fn bomb_is_read_up_to_the_bound() {
    let zeros = vec![0_u8; 3 * MOST];
    for (name, bytes) in
        [("gzip", gzip(&zeros)), ("deflate", zlib(&zeros)), ("zstd", zstd(&zeros)), ("br", unhex(BROTLI_BOMB))]
    {
        let bomb = coded(name, &bytes).unwrap_err();
        assert_eq!((bomb.why, bomb.read.len()), (Why::TooLarge, MOST), "{name}");
    }
    let twice = coded("gzip, gzip", &gzip(&gzip(&zeros))).unwrap_err();
    assert_eq!(twice.why, Why::TooLarge);
    assert_eq!(coded("gzip", &gzip(zeros.get(..MOST).unwrap())).unwrap().len(), MOST);
}

#[test]
fn body_that_does_not_match_its_header_is_not_read() {
    assert_eq!(coded("compress", b"\x1f\x9d..").unwrap_err().why, Why::UnknownCoding("compress".to_owned()));
    for name in ["gzip", "br", "zstd"] {
        assert!(matches!(coded(name, b"plain words").unwrap_err().why, Why::Damaged(_)), "{name}");
    }
}

#[test]
fn answer_without_a_body_may_name_a_coding() {
    assert_eq!(coded("gzip", b"").as_deref(), Ok(&b""[..]));
}

fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(unit).collect()
}

fn utf32(text: &str, unit: fn(u32) -> [u8; 4]) -> Vec<u8> {
    text.chars().map(u32::from).flat_map(unit).collect()
}

#[test]
fn every_common_charset_is_read() {
    let text = "Fehler: Größe ungültig";
    let latin = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect::<Vec<_>>();
    for (label, bytes) in [
        ("utf-16le", utf16(text, u16::to_le_bytes)),
        ("utf-16be", utf16(text, u16::to_be_bytes)),
        ("utf-8", utf16(&format!("\u{feff}{text}"), u16::to_le_bytes)),
        ("utf-8", utf16(&format!("\u{feff}{text}"), u16::to_be_bytes)),
        ("utf-8", utf32(&format!("\u{feff}{text}"), u32::to_le_bytes)),
        ("utf-8", utf32(&format!("\u{feff}{text}"), u32::to_be_bytes)),
        ("\"utf-32le\"", utf32(text, u32::to_le_bytes)),
        ("UTF-32", utf32(text, u32::to_be_bytes)),
        ("iso-8859-1", latin.clone()),
        ("windows-1252", latin),
        ("utf-8", text.as_bytes().to_vec()),
        ("utf-8", format!("\u{feff}{text}").into_bytes()),
        ("nobody-knows", text.as_bytes().to_vec()),
    ] {
        let read = read(&[("Content-Type", &format!("text/plain; charset={label}"))], &bytes);
        assert_eq!(read.as_deref(), Ok(text.as_bytes()), "{label}");
    }
}

#[test]
fn wide_ascii_is_recognised_without_a_label() {
    for bytes in [
        utf16(TRACE, u16::to_le_bytes),
        utf16(TRACE, u16::to_be_bytes),
        utf32(TRACE, u32::to_le_bytes),
        utf32(TRACE, u32::to_be_bytes),
    ] {
        assert_eq!(read(&[], &bytes).as_deref(), Ok(TRACE.as_bytes()));
    }
    assert_eq!(
        read(&[("content-encoding", "gzip")], &gzip(&utf16(TRACE, u16::to_le_bytes))).unwrap(),
        TRACE.as_bytes()
    );
}

#[test]
fn unknown_charset_is_not_read() {
    let unread = |label: &str, bytes: &[u8]| read(&[("content-type", label)], bytes).unwrap_err().why;
    assert_eq!(unread("text/plain; charset=ibm037", b"\x81\x82\x83"), Why::UnknownCharset("ibm037".to_owned()));
    assert_eq!(unread("text/plain;charset=UTF-7", b"+ADw-"), Why::UnknownCharset("utf-7".to_owned()));
    let image = read(&[("content-type", "image/x; charset=ibm037")], b"\xff\xfe\x81").unwrap();
    assert_eq!(image, b"\xff\xfe\x81");
}

proptest! {
    #[test]
    fn any_bytes_in_any_coding_are_read_within_the_bound(bytes: Vec<u8>, which in 0..4_usize, wide: bool) {
        let name = ["gzip", "deflate", "br", "zstd"][which];
        let media = if wide { "text/plain; charset=utf-16" } else { "application/json" };
        let given = [("content-encoding", name), ("content-type", media)];
        prop_assert_eq!(read(&given, &bytes), read(&given, &bytes));
        let length = read(&given, &bytes).map_or_else(|fault| fault.read.len(), |read| read.len());
        prop_assert!(length <= 2 * MOST);
    }

    #[test]
    fn encoded_text_reads_back_unchanged(text in "\\PC{8,200}", which in 0..4_usize) {
        let code: fn(&[u8]) -> Vec<u8> = [gzip, zlib, bare, zstd][which];
        let name = ["gzip", "deflate", "deflate", "zstd"][which];
        prop_assert_eq!(coded(name, &code(text.as_bytes())).unwrap(), text.as_bytes());
    }
}
