//! Reading a planted value back from the way in which it is written.
//!
//! A literal found by the automaton proves only a part of the value. Here the whole value and its unknown tail are
//! decoded from the place of the literal, so that nothing is reported that does not decode to the value.

use std::ops::Range;

/// How to read bytes back.
#[derive(Debug, Clone, Copy)]
pub(super) enum Codec {
    /// As they are.
    Same,
    /// From back to front, ending where the literal ends.
    Reversed,
    /// One unit of text a byte.
    Units(fn(&[u8]) -> Option<(u8, usize)>),
    /// This text between every two bytes.
    Separated(&'static [u8]),
    /// So many bits a character, the value beginning so many bytes after a group's beginning.
    Radix { bits: u32, lead: usize },
    /// No value: a character that may hide one.
    Invisible,
}

/// The `length` bytes that are written at the literal's place, and the place of their written form.
pub(super) fn decode(codec: Codec, bytes: &[u8], hit: &Range<usize>, length: usize) -> Option<(Vec<u8>, Range<usize>)> {
    match codec {
        Codec::Same => {
            let range = hit.start..hit.start.checked_add(length)?;
            Some((bytes.get(range.clone())?.to_vec(), range))
        }
        Codec::Reversed => {
            let range = hit.end.checked_sub(length)?..hit.end;
            Some((bytes.get(range.clone())?.iter().rev().copied().collect(), range))
        }
        Codec::Units(unit) => units(bytes, hit.start, length, unit),
        Codec::Separated(separator) => separated(bytes, hit.start, length, separator),
        Codec::Radix { bits, lead } => radix(bytes, hit.start, length, bits, lead),
        Codec::Invisible => None,
    }
}

fn units(
    bytes: &[u8],
    start: usize,
    length: usize,
    unit: fn(&[u8]) -> Option<(u8, usize)>,
) -> Option<(Vec<u8>, Range<usize>)> {
    let mut value = Vec::with_capacity(length);
    let mut at = start;
    while value.len() < length {
        let (byte, width) = unit(bytes.get(at..)?)?;
        value.push(byte);
        at = at.checked_add(width)?;
    }
    Some((value, start..at))
}

fn separated(bytes: &[u8], start: usize, length: usize, separator: &[u8]) -> Option<(Vec<u8>, Range<usize>)> {
    let mut value = vec![*bytes.get(start)?];
    let mut at = start.checked_add(1)?;
    while value.len() < length {
        let rest = bytes.get(at..)?.strip_prefix(separator)?;
        value.push(*rest.first()?);
        at = at.checked_add(separator.len())?.checked_add(1)?;
    }
    Some((value, start..at))
}

/// Reads base64 or base32, also broken over lines.
fn radix(bytes: &[u8], hit: usize, length: usize, bits: u32, lead: usize) -> Option<(Vec<u8>, Range<usize>)> {
    let width = usize::try_from(bits).ok()?;
    let (shared, drop) = (lead.checked_mul(8)?.checked_rem(width)? != 0, lead.checked_mul(8)?.checked_rem(width)?);
    // A character that the value shares with what is before it is not part of the literal.
    let start = hit.checked_sub(usize::from(shared))?;
    let mut value = Vec::with_capacity(length);
    let (mut sum, mut held) = (0_u32, 0_u32);
    let mut drop = u32::try_from(drop).ok()?;
    let mut at = start;
    while value.len() < length {
        let rest = bytes.get(at..)?;
        if let Some(width) = line_end(rest) {
            at = at.checked_add(width)?;
            continue;
        }
        sum = sum << bits | digit(*rest.first()?, bits)?;
        held += bits - drop;
        drop = 0;
        if held >= 8 {
            held -= 8;
            value.push(u8::try_from(sum >> held & 0xff).ok()?);
        }
        sum &= 0xffff;
        at = at.checked_add(1)?;
    }
    Some((value, start..at))
}

fn line_end(rest: &[u8]) -> Option<usize> {
    match rest {
        [b'\r' | b'\n', ..] => Some(1),
        [b'\\', b'r' | b'n', ..] => Some(2),
        _ => None,
    }
}

/// The value of a base64 (6 bits) or base32 (5 bits) character (RFC 4648, sections 4 to 6).
fn digit(c: u8, bits: u32) -> Option<u32> {
    let value = match (c, bits) {
        (b'A'..=b'Z', _) => c - b'A',
        (b'a'..=b'z', 5) => c - b'a',
        (b'2'..=b'7', 5) => c - b'2' + 26,
        (b'a'..=b'z', 6) => c - b'a' + 26,
        (b'0'..=b'9', 6) => c - b'0' + 52,
        (b'+' | b'-', 6) => 62,
        (b'/' | b'_', 6) => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

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

/// A letter, rotated by 13, or another byte as it is.
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
    let end = name.iter().take(8).position(|b| *b == b';')?;
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
