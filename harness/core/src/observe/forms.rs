//! The forms in which one of our secrets may be written: plain, escaped, encoded, digested or in part.
//!
//! In: a secret. Out: [`Form`]s, each with its name and its bytes. Compression of whole bodies (gzip and the like) is
//! not covered: readers decompress first.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

/// One form of a secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Form {
    /// Its name in findings.
    pub name: &'static str,
    /// The bytes; letters may be in the other case.
    pub bytes: Vec<u8>,
}

/// All reversible forms, without duplicates; for a secret of more than 512 bytes only the common ones.
pub fn written(secret: &str) -> Vec<Form> {
    let (bytes, wide) = (secret.as_bytes(), utf16(secret));
    let hex = |separator: &str| joined(bytes, separator, |byte| format!("{byte:02x}"));
    let decimal = |separator: &str| joined(bytes, separator, |byte| byte.to_string());
    let chars = |write: fn(char) -> String| secret.chars().map(write).collect::<String>();
    let units: String = secret.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
    let percent = |text: &str, set| utf8_percent_encode(text, set).to_string();
    let mut texts = vec![
        ("as it is", secret.to_owned()),
        ("in JSON", in_json(secret)),
        ("in JSON", in_json(secret).replace('/', "\\/")),
        ("percent-encoded", percent(secret, NON_ALPHANUMERIC)),
        ("percent-encoded", percent(secret, UNRESERVED)),
        ("percent-encoded", percent(secret, UNRESERVED).replace("%20", "+")),
        ("percent-encoded twice", percent(&percent(secret, UNRESERVED), UNRESERVED)),
        ("with entities", entities(secret)),
        ("reversed", secret.chars().rev().collect()),
        ("in hexadecimal", hex("")),
    ];
    let spelled = [
        ("with Unicode escapes", units),
        ("percent-encoded", joined(bytes, "", |byte| format!("%{byte:02x}"))),
        ("with entities", chars(|c| format!("&#{};", u32::from(c)))),
        ("with entities", chars(|c| format!("&#x{:x};", u32::from(c)))),
        ("in hexadecimal", hex(":")),
        ("in hexadecimal", hex(" ")),
        ("in hexadecimal", hex("-")),
        ("in hexadecimal", hex("\\x")),
        ("in hexadecimal", hex(",0x")),
        ("in hexadecimal", hex(", 0x")),
        ("as a list of bytes", decimal(",")),
        ("as a list of bytes", decimal(", ")),
        ("as a list of bytes", decimal(" ")),
    ];
    texts.extend(spelled.into_iter().filter(|_| bytes.len() <= LONG));
    let mut forms: Vec<Form> = texts.into_iter().map(|(name, text)| form(name, text.into_bytes())).collect();
    forms.extend(in_base64("in base64", bytes));
    if bytes.len() <= LONG {
        forms.extend(in_base64("in base64 of UTF-16", &wide));
    }
    forms.extend([&wide, &swapped(&wide)].map(|wide| form("in UTF-16", within_zeros(wide))));
    // No form is shorter than what it was made from.
    forms.retain(|form| form.bytes.len() >= secret.len().min(SHORTEST));
    let mut seen = BTreeSet::new();
    forms.retain(|form| seen.insert(form.bytes.clone()));
    forms
}

/// The complete digests by which people name a secret without showing it. Keys can be tested against them.
pub fn digests(secret: &str) -> Vec<Form> {
    let digest = Sha256::digest(secret);
    let hex = joined(&digest, "", |byte| format!("{byte:02x}"));
    let coded = |engine: &GeneralPurpose| form("SHA-256 in base64", engine.encode(digest).into_bytes());
    vec![form("SHA-256 in hexadecimal", hex.into_bytes()), coded(&STANDARD_NO_PAD), coded(&URL_SAFE_NO_PAD)]
}

/// The first and the last eight characters of a secret that is at least twice as long, unless they look like a word or
/// like the common prefix of a kind of token. They may still be common text, so the caller leaves out what is public.
pub fn ends(secret: &str) -> Vec<Form> {
    if !secret.is_ascii() || secret.len() < 2 * END {
        return Vec::new();
    }
    let first = secret.get(..END).map(|end| ("the first signs", end));
    let last = secret.get(secret.len() - END..).map(|end| ("the last signs", end));
    let telling = first.into_iter().chain(last).filter(|(_, end)| is_telling(end));
    telling.map(|(name, end)| form(name, end.as_bytes().to_vec())).collect()
}

/// Shorter secrets, in bytes, are too common to be told from text.
pub(super) const SHORTEST: usize = 6;

/// For a longer secret, such as a token or a file, forms that encode each character are omitted: they would need many
/// times its size, and nobody writes that much so.
const LONG: usize = 512;

/// Characters at an end of a secret.
const END: usize = 8;

/// RFC 3986 section 2.3: unreserved characters need no escape.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Whether these characters look random: several different ones, with digits, but not a date or the prefix of every
/// JWT, which is base64 of `{"`.
fn is_telling(end: &str) -> bool {
    let signs: BTreeSet<u8> = end.bytes().collect();
    let has = |fits: fn(&u8) -> bool| signs.iter().any(fits);
    let number = signs.iter().all(u8::is_ascii_digit) && !end.starts_with("19") && !end.starts_with("20");
    signs.len() >= 4 && has(u8::is_ascii_digit) && (has(u8::is_ascii_alphabetic) || number) && !end.starts_with("eyJ")
}

fn form(name: &'static str, bytes: Vec<u8>) -> Form {
    Form { name, bytes }
}

/// The text inside the quotes of a JSON string.
pub(super) fn in_json(text: &str) -> String {
    let json = serde_json::to_string(text).unwrap_or_default();
    json.get(1..json.len().saturating_sub(1)).unwrap_or_default().to_owned()
}

fn joined(bytes: &[u8], separator: &str, write: impl Fn(u8) -> String) -> String {
    bytes.iter().map(|byte| write(*byte)).collect::<Vec<_>>().join(separator)
}

fn entities(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', "&#39;")
}

/// The text in UTF-16, low byte first.
fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// The same, high byte first.
fn swapped(wide: &[u8]) -> Vec<u8> {
    wide.chunks(2).flat_map(|unit| unit.iter().rev().copied()).collect()
}

/// The bytes between the outer zeros: for ASCII text they are the same in both byte orders.
fn within_zeros(bytes: &[u8]) -> Vec<u8> {
    let is_set = |byte: &u8| *byte != 0;
    let (first, last) = (bytes.iter().position(is_set), bytes.iter().rposition(is_set));
    first.zip(last).and_then(|(first, last)| bytes.get(first..=last)).unwrap_or_default().to_vec()
}

/// The part of base64 that depends only on these bytes, whatever surrounds them: at each alignment, in both alphabets,
/// also with URL escapes.
fn in_base64(name: &'static str, bytes: &[u8]) -> Vec<Form> {
    let mut forms = Vec::new();
    for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
        for lead in 0..3_usize {
            let mut padded = vec![0; lead];
            padded.extend(bytes);
            let text = engine.encode(&padded);
            // The characters that mix the bytes with their neighbours are left out at both ends.
            let skip = [0, 2, 3].get(lead).copied().unwrap_or(0);
            let end = text.len().saturating_sub(usize::from(!padded.len().is_multiple_of(3)));
            let Some(inner) = text.get(skip..end) else { continue };
            let escaped = inner.replace('+', "%2B").replace('/', "%2F");
            forms.extend(
                [inner.to_owned(), escaped, inner.replace('/', "\\/")].map(|text| form(name, text.into_bytes())),
            );
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};

    use super::*;

    const KEY: &str = "not/a+real~key-0001";

    fn holds(text: impl AsRef<[u8]>) -> Option<&'static str> {
        let text = text.as_ref().to_ascii_lowercase();
        let forms = written(KEY).into_iter();
        forms
            .filter(|form| memchr::memmem::find(&text, &form.bytes.to_ascii_lowercase()).is_some())
            .max_by_key(|form| form.bytes.len())
            .map(|form| form.name)
    }

    #[test]
    fn every_form_is_known() {
        let wide: Vec<u8> = KEY.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = KEY.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let hex = |separator: &str| KEY.bytes().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(separator);
        for before in ["", "a", "ab", "abc"] {
            let text = format!("{before}{KEY} and more");
            assert_eq!(holds(STANDARD.encode(&text)), Some("in base64"), "{before}");
            assert_eq!(holds(URL_SAFE.encode(&text)), Some("in base64"), "{before}");
            let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            assert_eq!(holds(STANDARD.encode(wide)), Some("in base64 of UTF-16"), "{before}");
        }
        for (text, name) in [
            (KEY.to_owned(), "as it is"),
            (KEY.to_uppercase(), "as it is"),
            (KEY.replace('/', "\\/"), "in JSON"),
            (KEY.replace('/', "%2f").replace('+', "%2b"), "percent-encoded"),
            ("not%252Fa%252Breal~key-0001".to_owned(), "percent-encoded twice"),
            (KEY.bytes().map(|byte| format!("%{byte:02X}")).collect(), "percent-encoded"),
            (KEY.chars().map(|c| format!("\\u{:04X}", u32::from(c))).collect(), "with Unicode escapes"),
            (KEY.chars().map(|c| format!("&#x{:X};", u32::from(c))).collect(), "with entities"),
            (KEY.chars().map(|c| format!("&#{};", u32::from(c))).collect(), "with entities"),
            (KEY.chars().rev().collect(), "reversed"),
            (hex(""), "in hexadecimal"),
            (hex(":"), "in hexadecimal"),
            (hex(" "), "in hexadecimal"),
            (format!("0x{}", hex(", 0x")), "in hexadecimal"),
            (format!("\\x{}", hex("\\x")), "in hexadecimal"),
            (format!("{:?}", KEY.as_bytes()), "as a list of bytes"),
        ] {
            assert_eq!(holds(&text), Some(name), "{text}");
        }
        assert_eq!(holds(&wide), Some("in UTF-16"));
        assert_eq!(holds(&big), Some("in UTF-16"));
        assert_eq!(holds("not/a+real~key-000"), None);
    }

    #[test]
    fn digests_cover_the_whole_secret() {
        let names: Vec<_> = digests("abc").into_iter().map(|form| String::from_utf8(form.bytes).unwrap()).collect();
        // FIPS 180-2, appendix B.1.
        assert_eq!(names[0], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(names[1], "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0");
    }

    #[test]
    fn ends_are_given_only_if_they_look_random() {
        let ends =
            |secret| ends(secret).into_iter().map(|form| String::from_utf8(form.bytes).unwrap()).collect::<Vec<_>>();
        assert_eq!(ends("sk_live_4eC39HqLyjWDarjtT1zdP7dc"), ["T1zdP7dc"]);
        assert_eq!(ends("4eC39HqLyjWDarjtT1zdP7dc"), ["4eC39HqL", "T1zdP7dc"]);
        assert_eq!(ends("eyJhbGciOiJFUzI1NiJ9.e30.3q2-7wTZ"), ["3q2-7wTZ"]);
        assert_eq!(ends("a long word of a password"), [""; 0]);
        assert_eq!(ends("short4eC39"), [""; 0]);
        assert_eq!(ends("not-a-real-key-2026-11-30"), [""; 0]);
        assert_eq!(ends("a00000000000000020261130"), [""; 0]);
        assert_eq!(ends("abcdefghijklmnop71576221"), ["71576221"]);
    }
}
