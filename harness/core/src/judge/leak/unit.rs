//! Decodes one byte in each encoding: the beginning of a text comes in; the byte and the width of its text go out.

/// `6b`.
pub(super) fn hex(rest: &[u8]) -> Option<(u8, usize)> {
    match rest {
        [high, low, ..] => Some((nibble(*high)? << 4 | nibble(*low)?, 2)),
        _ => None,
    }
}

/// `\x6b`.
pub(super) fn hex_escape(rest: &[u8]) -> Option<(u8, usize)> {
    hex(rest.strip_prefix(b"\\x")?).map(|(byte, width)| (byte, width + 2))
}

/// `%6b`, or the byte itself.
pub(super) fn percent(rest: &[u8]) -> Option<(u8, usize)> {
    match rest {
        [b'%', digits @ ..] => hex(digits).map(|(byte, width)| (byte, width + 1)),
        [byte, ..] => Some((*byte, 1)),
        [] => None,
    }
}

/// `%6b`, `+` for a space, or the byte itself.
pub(super) fn form(rest: &[u8]) -> Option<(u8, usize)> {
    if rest.first() == Some(&b'+') { Some((b' ', 1)) } else { percent(rest) }
}

/// `%256b`, or the byte itself.
pub(super) fn double_percent(rest: &[u8]) -> Option<(u8, usize)> {
    match rest.strip_prefix(b"%25") {
        Some(digits) => hex(digits).map(|(byte, width)| (byte, width + 3)),
        None => rest.first().map(|byte| (*byte, 1)),
    }
}

/// A letter rotated by 13, or another byte unchanged.
pub(super) fn rot13(rest: &[u8]) -> Option<(u8, usize)> {
    rest.first().map(|byte| (rotate(*byte), 1))
}

/// A letter rotated by 13.
pub(super) fn rotate(byte: u8) -> u8 {
    match byte {
        b'a'..=b'm' | b'A'..=b'M' => byte + 13,
        b'n'..=b'z' | b'N'..=b'Z' => byte - 13,
        _ => byte,
    }
}

/// `\u006b`, a short escape of JSON (RFC 8259, section 7), or the byte itself.
pub(super) fn json(rest: &[u8]) -> Option<(u8, usize)> {
    match rest {
        [b'\\', b'u', b'0', b'0', digits @ ..] => hex(digits).map(|(byte, _)| (byte, 6)),
        [b'\\', c, ..] => {
            let byte = match c {
                b'b' => 8,
                b'f' => 12,
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'"' | b'\\' | b'/' => *c,
                _ => return None,
            };
            Some((byte, 2))
        }
        [byte, ..] => Some((*byte, 1)),
        [] => None,
    }
}

/// `&#107;`, `&#x6b;`, one of the five named entities of XML, or the byte itself.
pub(super) fn html(rest: &[u8]) -> Option<(u8, usize)> {
    let Some(name) = rest.strip_prefix(b"&") else { return rest.first().map(|byte| (*byte, 1)) };
    let end = name.iter().take(12).position(|b| *b == b';')?;
    let name = std::str::from_utf8(name.get(..end)?).ok()?;
    let byte = match name {
        "amp" => b'&',
        "lt" => b'<',
        "gt" => b'>',
        "quot" => b'"',
        "apos" => b'\'',
        _ => match name.strip_prefix("#x").or_else(|| name.strip_prefix("#X")) {
            Some(digits) => u8::from_str_radix(digits, 16).ok()?,
            None => name.strip_prefix('#')?.parse().ok()?,
        },
    };
    Some((byte, end + 2))
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// The byte itself.
pub(super) fn same(rest: &[u8]) -> Option<(u8, usize)> {
    rest.first().map(|byte| (*byte, 1))
}

/// A byte and a zero (UTF-16, low byte first).
pub(super) fn utf16_little(rest: &[u8]) -> Option<(u8, usize)> {
    matches!(rest, [_, 0, ..]).then(|| rest.first().map(|byte| (*byte, 2)))?
}

/// A zero and a byte (UTF-16, high byte first).
pub(super) fn utf16_big(rest: &[u8]) -> Option<(u8, usize)> {
    rest.strip_prefix(b"\0")?.first().map(|byte| (*byte, 2))
}

/// A byte and three zeros (UTF-32, low byte first).
pub(super) fn utf32_little(rest: &[u8]) -> Option<(u8, usize)> {
    matches!(rest, [_, 0, 0, 0, ..]).then(|| rest.first().map(|byte| (*byte, 4)))?
}

/// Three zeros and a byte (UTF-32, high byte first).
pub(super) fn utf32_big(rest: &[u8]) -> Option<(u8, usize)> {
    rest.strip_prefix(b"\0\0\0")?.first().map(|byte| (*byte, 4))
}

/// `%u006b`, or the byte itself.
pub(super) fn percent_u(rest: &[u8]) -> Option<(u8, usize)> {
    match rest {
        [b'%', b'u' | b'U', b'0', b'0', digits @ ..] => hex(digits).map(|(byte, _)| (byte, 6)),
        _ => same(rest),
    }
}

/// `\\u006b`: a JSON escape inside JSON.
pub(super) fn json_twice(rest: &[u8]) -> Option<(u8, usize)> {
    match rest {
        [b'\\', b'\\', b'u', b'0', b'0', digits @ ..] => hex(digits).map(|(byte, _)| (byte, 7)),
        _ => same(rest),
    }
}

/// `\u{6b}`.
pub(super) fn braced(rest: &[u8]) -> Option<(u8, usize)> {
    let digits = rest.strip_prefix(b"\\u{")?;
    let end = digits.iter().take(7).position(|b| *b == b'}')?;
    let digits = std::str::from_utf8(digits.get(..end)?).ok()?;
    Some((u8::from_str_radix(digits, 16).ok()?, end + 4))
}

/// `\153`.
pub(super) fn octal(rest: &[u8]) -> Option<(u8, usize)> {
    let digits = std::str::from_utf8(rest.strip_prefix(b"\\")?.get(..3)?).ok()?;
    Some((u8::from_str_radix(digits, 8).ok()?, 4))
}

/// `=6B` (RFC 2045 section 6.7), or the byte itself; soft line breaks before it are skipped.
pub(super) fn quoted_printable(rest: &[u8]) -> Option<(u8, usize)> {
    let mut skipped = 0;
    let mut left = rest;
    while let Some(after) = left.strip_prefix(b"=\r\n").or_else(|| left.strip_prefix(b"=\n")) {
        skipped += left.len() - after.len();
        left = after;
    }
    let (byte, width) = match left {
        [b'=', digits @ ..] => hex(digits).map(|(byte, width)| (byte, width + 1))?,
        _ => same(left)?,
    };
    Some((byte, width + skipped))
}

/// `107`, or a signed number of a byte.
pub(super) fn decimal(rest: &[u8]) -> Option<(u8, usize)> {
    let negative = rest.first() == Some(&b'-');
    let digits = rest.get(usize::from(negative)..)?;
    let width = digits.iter().take(4).take_while(|b| b.is_ascii_digit()).count();
    let number: i16 = std::str::from_utf8(digits.get(..width)?).ok()?.parse().ok()?;
    let number = if negative { 256 - number } else { number };
    Some((u8::try_from(number).ok()?, width + usize::from(negative)))
}

/// The width of the separator between two numbers of a list.
pub(super) fn gap(rest: &[u8]) -> usize {
    let mut at = 0;
    while let Some(left) = rest.get(at..) {
        at += match left {
            [b' ' | b',' | b';' | b'|' | b'\n' | b'\r' | b'\t', ..] => 1,
            [b'\\', b'n' | b'r' | b't', ..] => 2,
            _ => return at,
        };
    }
    at
}

/// U+FF01 to U+FF5E, as UTF-8 or as a JSON escape, or the byte itself.
pub(super) fn full_width(rest: &[u8]) -> Option<(u8, usize)> {
    match rest {
        [0xef, 0xbc, low @ 0x81..=0xbf, ..] => Some((low - 0x81 + 0x21, 3)),
        [0xef, 0xbd, low @ 0x80..=0x9e, ..] => Some((low - 0x80 + 0x60, 3)),
        [b'\\', b'u', b'f' | b'F', b'f' | b'F', digits @ ..] => hex(digits).map(|(low, _)| (low.wrapping_add(0x20), 6)),
        _ => same(rest),
    }
}

/// An HTML entity whose semicolon may be missing.
pub(super) fn open_entity(rest: &[u8]) -> Option<(u8, usize)> {
    let digits = rest.strip_prefix(b"&#")?;
    let width = digits.iter().take(7).take_while(|b| b.is_ascii_digit()).count();
    let byte = std::str::from_utf8(digits.get(..width)?).ok()?.parse().ok()?;
    Some((byte, 2 + width + usize::from(digits.get(width) == Some(&b';'))))
}

/// `&amp;#107;`: an HTML entity that was escaped again.
pub(super) fn html_twice(rest: &[u8]) -> Option<(u8, usize)> {
    let inner = rest.strip_prefix(b"&amp;")?;
    let end = inner.iter().take(12).position(|b| *b == b';')?;
    let text = [b"&", inner.get(..=end)?].concat();
    html(&text).map(|(byte, _)| (byte, end + 1 + b"&amp;".len()))
}

/// `12": 107, "`: a number with its index, and the separator before the next one.
pub(super) fn numbered(rest: &[u8]) -> Option<(u8, usize)> {
    let count = |at: usize, most: usize, fits: fn(u8) -> bool| {
        rest.iter().skip(at).take(most).take_while(|byte| fits(**byte)).count()
    };
    let between = |byte: u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\\' | b',' | b':');
    let key = count(0, 4, |byte| byte.is_ascii_digit());
    let gap = (key > 0).then(|| count(key, 8, between)).filter(|gap| *gap > 0)?;
    let (byte, width) = decimal(rest.get(key + gap..)?)?;
    let end = key + gap + width;
    Some((byte, end + count(end, 24, between)))
}
