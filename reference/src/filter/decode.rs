//! Decoding: undoes percent signs, entities and backslashes once.
//!
//! Text comes in; the decoded text goes out, if anything was encoded. Invalid UTF-8 is read as a lenient reader does:
//! overlong forms as the character meant, other bytes as Latin-1.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Undoes only the first encoding found: a reader of one encoding may know no other.
pub(super) fn decode(text: &str) -> Option<String> {
    let decoders = [('%', percent as Read), ('&', entity), ('\\', escape)];
    decoders.iter().filter(|(lead, _)| text.contains(*lead)).find_map(|(lead, read)| replace(text, *lead, *read))
}

/// Reads what follows a lead character: returns its text and the bytes that it took.
type Read = fn(&str) -> Option<(String, usize)>;

/// The text with everything that `read` knows replaced, if there is any.
fn replace(text: &str, lead: char, read: Read) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut found = false;
    while let Some((before, after)) = rest.split_once(lead) {
        out.push_str(before);
        if let Some((meant, behind)) = read(after).and_then(|(meant, took)| Some((meant, after.get(took..)?))) {
            out.push_str(&meant);
            rest = behind;
            found = true;
        } else {
            out.push(lead);
            rest = after;
        }
    }
    out.push_str(rest);
    found.then_some(out)
}

/// After a `%`: the whole run of `XX`, `%XX`, or `uXXXX` as some servers read it.
fn percent(rest: &str) -> Option<(String, usize)> {
    if let Some(digits) = rest.strip_prefix(['u', 'U']) {
        return Some((hex(digits, 4)?.to_string(), 5));
    }
    let pair = |at: usize| rest.get(at..at + 2).filter(|d| is_hex(d)).and_then(|d| u8::from_str_radix(d, 16).ok());
    let mut bytes = vec![pair(0)?];
    let mut took = 2;
    while rest.get(took..=took) == Some("%") {
        let Some(byte) = pair(took + 1) else { break };
        bytes.push(byte);
        took += 3;
    }
    Some((lenient(&bytes), took))
}

/// Bytes as text; invalid UTF-8 as Latin-1.
fn lenient(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in shortest(bytes).utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().copied().map(char::from));
    }
    text
}

/// Marks an overlong form. It is a noncharacter, and overlong forms are written only to deceive (RFC 3629 section 10),
/// so it counts as a control.
pub(super) const OVERLONG: char = '\u{fffe}';

/// The bytes with overlong UTF-8 forms of ASCII replaced by the one byte meant.
fn shortest(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    loop {
        let (high, low, behind) = match rest {
            [lead @ 0xc0..=0xc1, low @ 0x80..=0xbf, behind @ ..] => (lead & 1, low, behind),
            [0xe0, high @ 0x80..=0x81, low @ 0x80..=0xbf, behind @ ..]
            | [0xf0, 0x80, high @ 0x80..=0x81, low @ 0x80..=0xbf, behind @ ..]
            | [0xf8, 0x80, 0x80, high @ 0x80..=0x81, low @ 0x80..=0xbf, behind @ ..]
            | [0xfc, 0x80, 0x80, 0x80, high @ 0x80..=0x81, low @ 0x80..=0xbf, behind @ ..] => (high & 1, low, behind),
            // Without its mark bit the second byte is ASCII already.
            [0xc0..=0xc1, low @ 0x20..=0x7e, behind @ ..] => (low >> 6, low, behind),
            [first, behind @ ..] => {
                out.push(*first);
                rest = behind;
                continue;
            }
            [] => return out,
        };
        out.push((high << 6) | (low & 0x3f));
        out.extend(OVERLONG.encode_utf8(&mut [0; 4]).bytes());
        rest = behind;
    }
}

/// After a `\`: `uXXXX` (also in pairs), `u{X}`, `UXXXXXXXX`, `xXX`, `x{X}` and three octal digits.
fn escape(rest: &str) -> Option<(String, usize)> {
    let braced = || {
        let (digits, _) = rest.get(1..)?.strip_prefix('{')?.split_once('}')?;
        Some((hex(digits, digits.len())?.to_string(), digits.len() + 3))
    };
    match rest.as_bytes().first()? {
        b'u' => {
            let Some(unit) = rest.get(1..5).filter(|d| is_hex(d)) else { return braced() };
            let high = u16::from_str_radix(unit, 16).ok()?;
            if let Some(c) = char::from_u32(u32::from(high)) {
                return Some((c.to_string(), 5));
            }
            let low = rest.get(5..11).and_then(|low| low.strip_prefix("\\u"));
            let low = low.and_then(|digits| u16::from_str_radix(digits, 16).ok());
            // Half of a surrogate pair is no character, and readers drop it.
            let whole = low.and_then(|low| String::from_utf16(&[high, low]).ok());
            Some(whole.map_or((String::new(), 5), |c| (c, 11)))
        }
        b'U' => Some((hex(rest.get(1..)?, 8)?.to_string(), 9)),
        b'x' => bytes(rest).or_else(braced),
        b'0' | b'1' => {
            let c = char::from(u8::from_str_radix(rest.get(..3)?, 8).ok()?);
            c.is_ascii_graphic().then(|| (c.to_string(), 3))
        }
        b'2'..=b'7' => style(rest),
        _ => None,
    }
}

/// After a `\`: hexadecimal digits and the space that ends them, as CSS writes a character.
fn style(rest: &str) -> Option<(String, usize)> {
    let (digits, _) = rest.split_once(' ').filter(|(digits, _)| digits.len() == 2)?;
    hex(digits, 2).filter(char::is_ascii_graphic).map(|c| (c.to_string(), 3))
}

/// After a `\`: the whole run of `xXX`, `\xXX`. Source code uses this form for controls in character classes, so
/// controls are not decoded, except white space, which separates words.
fn bytes(rest: &str) -> Option<(String, usize)> {
    let mut bytes = Vec::new();
    let mut took = 0;
    while let Some(digits) = rest.get(took + 1..took + 3).filter(|digits| is_hex(digits)) {
        let byte = match u8::from_str_radix(digits, 16).ok()? {
            white @ (b'\n' | b'\r') => white,
            b'\t' | 0x0b | 0x0c => b' ',
            byte if byte.is_ascii_control() => return None,
            byte => byte,
        };
        bytes.push(byte);
        took += 3;
        if rest.get(took..took + 2) != Some("\\x") {
            break;
        }
        took += 1;
    }
    (!bytes.is_empty()).then(|| (lenient(&bytes), took))
}

/// After an `&`: a number, or a name of ASCII punctuation; HTML accepts both without the semicolon.
fn entity(rest: &str) -> Option<(String, usize)> {
    if let Some(number) = rest.strip_prefix('#') {
        let (digits, radix, lead) = match number.strip_prefix(['x', 'X']) {
            Some(digits) => (digits, 16, 2),
            None => (number, 10, 1),
        };
        let length = digits.bytes().take_while(|b| char::from(*b).is_digit(radix)).count();
        let c = char::from_u32(u32::from_str_radix(digits.get(..length)?, radix).ok()?)?;
        let semicolon = usize::from(digits.get(length..)?.starts_with(';'));
        return Some((c.to_string(), lead + length + semicolon));
    }
    let length = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let name = rest.get(..length)?.to_ascii_lowercase();
    let (_, c) = ENTITIES.iter().find(|(entity, _)| *entity == name)?;
    rest.get(length..)?.starts_with(';').then(|| (c.to_string(), length + 1))
}

/// Named character references for ASCII (HTML, section 13.5), in lower case.
const ENTITIES: &[(&str, char)] = &[
    ("amp", '&'),
    ("apos", '\''),
    ("ast", '*'),
    ("bsol", '\\'),
    ("colon", ':'),
    ("comma", ','),
    ("commat", '@'),
    ("dollar", '$'),
    ("equals", '='),
    ("excl", '!'),
    ("grave", '`'),
    ("gt", '>'),
    ("hat", '^'),
    ("lbrace", '{'),
    ("lbrack", '['),
    ("lcub", '{'),
    ("lowbar", '_'),
    ("lpar", '('),
    ("lsqb", '['),
    ("lt", '<'),
    ("nbsp", ' '),
    ("newline", '\n'),
    ("num", '#'),
    ("percnt", '%'),
    ("period", '.'),
    ("plus", '+'),
    ("quest", '?'),
    ("quot", '"'),
    ("rbrace", '}'),
    ("rbrack", ']'),
    ("rcub", '}'),
    ("rpar", ')'),
    ("rsqb", ']'),
    ("semi", ';'),
    ("sol", '/'),
    ("tab", '\t'),
    ("verbar", '|'),
    ("vert", '|'),
];

fn is_hex(digits: &str) -> bool {
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit())
}

/// The character of the first `length` hexadecimal digits.
fn hex(text: &str, length: usize) -> Option<char> {
    let digits = text.get(..length).filter(|digits| is_hex(digits))?;
    char::from_u32(u32::from_str_radix(digits, 16).ok()?)
}

/// Standard alphabet; padding and spare bits are not checked.
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
/// URL-safe alphabet; padding and spare bits are not checked.
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);

/// The bytes of a value that is base64 as a whole. Shorter values are words.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    // The shortest magic number has four bytes, which take six characters.
    if text.len() < 6 || !text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/-_=".contains(&b)) {
        return None;
    }
    STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_encoding_is_decoded() {
        for (written, meant) in [
            ("%27%20OR", "' OR"),
            ("%c3%a9", "é"),
            ("%u0027", "'"),
            ("..%c0%afx", "../\u{fffe}x"),
            ("%e0%80%af", "/\u{fffe}"),
            ("..%c0%2fx", "../\u{fffe}x"),
            ("\\75 rl(", "url("),
            ("%ac%ed", "¬í"),
            ("\\u0027\\x3c\\u{3e}\\047", "'<>'"),
            ("\\ud83d\\ude00", "😀"),
            ("<scr\\ud800ipt>", "<script>"),
            ("..\\xc0\\xafx", "../\u{fffe}x"),
            ("&#39;&#x3C;&lt;&colon;&#59", "'<<:;"),
        ] {
            assert_eq!(decode(written).as_deref(), Some(meant), "{written}");
        }
    }

    #[test]
    fn other_text_is_unchanged() {
        for text in ["100% sure", "AT&T; R&D", "C:\\new", "%zz", "&unknown;", "50 %", "[\\x00-\\x7f]"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }

    #[test]
    fn base64_is_read_with_and_without_padding() {
        assert_eq!(base64("JyBPUiAxPTE=").as_deref(), Some(b"' OR 1=1".as_slice()));
        assert_eq!(base64("JyBPUiAxPTE").as_deref(), Some(b"' OR 1=1".as_slice()));
        assert_eq!(base64("not base64!"), None);
    }
}
