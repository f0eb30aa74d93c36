//! Decodes a planted value from its encoded form.
//!
//! A literal that the automaton finds proves only a part of the value. Here the whole value with its unknown tail is
//! decoded from the literal's place, so that only what decodes to the value is reported.

use std::ops::Range;

use super::unit;

/// How to decode bytes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Codec {
    /// Unchanged.
    Same,
    /// Reversed, ending where the literal ends.
    Reversed,
    /// One unit of text per byte.
    Units(fn(&[u8]) -> Option<(u8, usize)>),
    /// One unit of text per byte, with this text between every two.
    Joined(fn(&[u8]) -> Option<(u8, usize)>, &'static [u8]),
    /// Decimal numbers with commas, spaces or line ends between them.
    List,
    /// The bytes unchanged, with a hyphen or a space between groups.
    Grouped,
    /// `bits` per character; the value begins `lead` bytes after the start of a group.
    Radix { bits: u32, lead: usize },
    /// Not a value, but a character that may hide one.
    Invisible,
}

/// The `length` decoded bytes at the literal's place, and the place of their encoded form.
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
        Codec::Joined(unit, separator) => joined(bytes, hit.start, length, unit, separator),
        Codec::List => list(bytes, hit.start, length),
        Codec::Grouped => grouped(bytes, hit.start, length),
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

fn joined(
    bytes: &[u8],
    start: usize,
    length: usize,
    unit: fn(&[u8]) -> Option<(u8, usize)>,
    separator: &[u8],
) -> Option<(Vec<u8>, Range<usize>)> {
    let (first, width) = unit(bytes.get(start..)?)?;
    let mut value = vec![first];
    let mut at = start.checked_add(width)?;
    while value.len() < length {
        let rest = bytes.get(at..)?;
        let gap = gap(rest, separator)?;
        let (byte, width) = unit(rest.get(gap..)?)?;
        value.push(byte);
        at = at.checked_add(gap)?.checked_add(width)?;
    }
    Some((value, start..at))
}

/// The width of a separator; a line may end at a space in it.
fn gap(rest: &[u8], separator: &[u8]) -> Option<usize> {
    if rest.starts_with(separator) {
        return Some(separator.len());
    }
    let blank = |at: usize| {
        let blanks = rest.iter().skip(at).take(WIDEST);
        blanks.take_while(|byte| byte.is_ascii_whitespace()).count()
    };
    let mut at = 0;
    let mut parts = separator.split(|byte| *byte == b' ');
    at += rest.strip_prefix(parts.next()?).map(|left| rest.len() - left.len())?;
    for part in parts {
        let width = blank(at);
        at += (width > 0).then_some(width)?;
        at += rest.get(at..)?.starts_with(part).then_some(part.len())?;
    }
    Some(at)
}

/// The longest line end with the next line's indentation, in bytes.
const WIDEST: usize = 24;

/// Reads decimal numbers with any of the separators.
fn list(bytes: &[u8], start: usize, length: usize) -> Option<(Vec<u8>, Range<usize>)> {
    let mut value = Vec::with_capacity(length);
    let mut at = start;
    while value.len() < length {
        if !value.is_empty() {
            let gap = unit::gap(bytes.get(at..)?);
            at = at.checked_add((gap > 0).then_some(gap)?)?;
        }
        let (byte, width) = unit::decimal(bytes.get(at..)?)?;
        value.push(byte);
        at = at.checked_add(width)?;
    }
    Some((value, start..at))
}

/// Reads bytes in groups of at least four.
fn grouped(bytes: &[u8], start: usize, length: usize) -> Option<(Vec<u8>, Range<usize>)> {
    let mut value = Vec::with_capacity(length);
    let (mut at, mut since) = (start, 0);
    while value.len() < length {
        let byte = *bytes.get(at)?;
        at = at.checked_add(1)?;
        if matches!(byte, b'-' | b' ') && since >= 4 {
            since = 0;
            continue;
        }
        value.push(byte);
        since += 1;
    }
    // Without a gap it is the plain value.
    (at - start > length).then_some((value, start..at))
}

/// Reads base64 or base32, also with line breaks.
fn radix(bytes: &[u8], hit: usize, length: usize, bits: u32, lead: usize) -> Option<(Vec<u8>, Range<usize>)> {
    let width = usize::try_from(bits).ok()?;
    let (shared, drop) = (lead.checked_mul(8)?.checked_rem(width)? != 0, lead.checked_mul(8)?.checked_rem(width)?);
    // A character that the value shares with the bytes before it is not part of the literal.
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
