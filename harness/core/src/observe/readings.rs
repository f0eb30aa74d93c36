//! Decodes the parts of a text that are base64, hexadecimal or compressed.
//!
//! In: bytes. Out: the decoded bytes, called readings. The caller may decode a reading again, so [`Budget`] bounds
//! depth and total size.

use std::io::Read as _;
use std::ops::Range;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use flate2::bufread::DeflateDecoder;

use super::content;

/// Shorter runs are not read: 20 characters that no compression makes shorter take more.
pub(crate) const SHORTEST: usize = 24;

/// How often a reading is decoded again: compressed inside base64 twice.
const DEPTH: u8 = 3;

/// Readings of one scan.
const MOST: usize = 512;

/// Bytes of all readings of one scan: 4 MiB.
const MOST_BYTES: usize = 4 << 20;

/// What may still be read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    depth: u8,
    readings: usize,
    bytes: usize,
    /// Whether deflate is tried that no first bytes show. That takes longer than all else.
    bare: bool,
}

impl Budget {
    /// All that one scan may read.
    pub(crate) const WHOLE: Self = Self { depth: DEPTH, readings: MOST, bytes: MOST_BYTES, bare: true };

    /// The same, without compressed parts that their first bytes do not show.
    pub(crate) const SHOWN: Self = Self { bare: false, ..Self::WHOLE };

    /// Takes one reading of this size, if the budget allows it.
    fn take(&mut self, size: usize) -> bool {
        let fits = self.readings > 0 && size <= self.bytes;
        if fits {
            self.readings -= 1;
            self.bytes -= size;
        }
        fits
    }

    /// What is left for a reading of a reading; nothing at the last depth.
    pub(crate) fn deeper(self) -> Option<Self> {
        Some(Self { depth: self.depth.checked_sub(1).filter(|depth| *depth > 0)?, ..self })
    }

    /// The same depth, with what a deeper reading left over.
    pub(crate) fn rest_of(self, deeper: Self) -> Self {
        Self { depth: self.depth, ..deeper }
    }
}

/// Decoded bytes.
#[derive(Debug)]
pub(crate) struct Reading {
    /// Where its coded form stands.
    pub(crate) place: Range<usize>,
    /// What it says.
    pub(crate) bytes: Vec<u8>,
    /// Whether it was compressed.
    pub(crate) inflated: bool,
}

/// All readings of these bytes, as far as the budget goes.
pub(crate) fn readings(bytes: &[u8], budget: &mut Budget) -> Vec<Reading> {
    let mut all = Vec::new();
    for at in memchr::memmem::find_iter(bytes, GZIP).take(4) {
        inflate(bytes.get(at..).unwrap_or_default(), at..bytes.len(), budget, &mut all);
    }
    if !bytes.starts_with(GZIP) && bytes.len() < MOST_BYTES {
        inflate(bytes, 0..bytes.len(), budget, &mut all);
    }
    for (place, text) in runs(bytes) {
        for decoded in decoded(&text) {
            if !budget.take(decoded.len()) {
                return all;
            }
            all.push(Reading { place: place.clone(), bytes: decoded, inflated: false });
        }
    }
    all
}

/// The first bytes of a member of gzip (RFC 1952 section 2.3.1).
const GZIP: &[u8] = b"\x1f\x8b\x08";

/// The beginnings in base64 of what is compressed: gzip, zlib at its levels, zstd.
const COMPRESSED: [&[u8]; 5] = [b"H4sI", b"eJ", b"eNq", b"eAE", b"KLUv"];

fn inflate(bytes: &[u8], place: Range<usize>, budget: &mut Budget, all: &mut Vec<Reading>) {
    let most = budget.bytes.min(MOST_BYTES / 4);
    if !budget.bare && !content::shows_compression(bytes) {
        return;
    }
    let plain = content::inflated(bytes, most).or_else(|| bare(bytes, most).filter(|_| budget.bare));
    if let Some(plain) = plain.filter(|plain| budget.take(plain.len())) {
        all.push(Reading { place, bytes: plain, inflated: true });
    }
}

/// Decompresses one deflate block with fixed codes (RFC 1951 section 3.2.6). Short ASCII text in it stays ASCII, so it
/// looks like text. But it ends with seven zero bits, which text does not.
fn bare(bytes: &[u8], most: usize) -> Option<Vec<u8>> {
    let (first, last) = (bytes.first()?, bytes.last()?);
    if first & 7 != FIXED || *last > 1 {
        return None;
    }
    let mut plain = Vec::new();
    let most = u64::try_from(most).ok()?;
    DeflateDecoder::new(bytes).take(most).read_to_end(&mut plain).ok().filter(|_| !plain.is_empty())?;
    Some(plain)
}

/// The first three bits of a last block with fixed codes (RFC 1951 section 3.2.3).
const FIXED: u8 = 0b011;

/// A run decoded as base64 and as hexadecimal.
fn decoded(text: &[u8]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    if text.len().is_multiple_of(2) && text.iter().all(u8::is_ascii_hexdigit) {
        let digit = |b: u8| char::from(b).to_digit(16).and_then(|digit| u8::try_from(digit).ok()).unwrap_or(0);
        all.push(text.as_chunks::<2>().0.iter().map(|[high, low]| digit(*high) << 4 | digit(*low)).collect());
    }
    let standard: Vec<u8> = text
        .iter()
        .map(|b| match b {
            b'-' => b'+',
            b'_' => b'/',
            b => *b,
        })
        .collect();
    // A word may directly precede it, so its known beginnings are searched for.
    let starts = COMPRESSED.iter().filter_map(|magic| memchr::memmem::find(&standard, magic));
    let mut starts: Vec<usize> = std::iter::once(0).chain(starts).collect();
    starts.sort_unstable();
    starts.dedup();
    all.extend(starts.into_iter().filter_map(|start| {
        let text = standard.get(start..)?;
        // A single remaining character is not a whole byte.
        let text = if text.len() % 4 == 1 { text.get(..text.len() - 1)? } else { text };
        BASE64.decode(text).ok()
    }));
    all
}

/// Base64 with or without padding, whatever the last bits are.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The long runs of base64 characters, and their text without line ends.
///
/// A run must fill [`SHORTEST`] bytes after any other byte, so each window is checked from its end.
fn runs(bytes: &[u8]) -> impl Iterator<Item = (Range<usize>, Vec<u8>)> + '_ {
    let mut at = SHORTEST - 1;
    std::iter::from_fn(move || {
        // The window starts at the beginning of the bytes or after another character.
        while let Some(window) = bytes.get(at + 1 - SHORTEST..=at) {
            if let Some(other) = window.iter().rposition(|byte| !is_sign(*byte)) {
                at += other + 1;
                continue;
            }
            let after = bytes.get(at..)?.iter().take_while(|b| is_sign(**b)).count();
            let first = at + 1 - SHORTEST..at + after;
            let mut text = bytes.get(first.clone())?.to_vec();
            let mut end = first.end;
            // All lines but the last have the same length.
            loop {
                let gap = line_end(bytes.get(end..)?);
                let next = bytes.get(end + gap..)?.iter().take_while(|b| is_sign(**b)).count();
                if gap == 0 || next == 0 || next > first.len() {
                    break;
                }
                text.extend(bytes.get(end + gap..end + gap + next)?);
                end += gap + next;
                if next < first.len() {
                    break;
                }
            }
            at = end + SHORTEST;
            return Some((first.start..end, text));
        }
        None
    })
}

fn is_sign(byte: u8) -> bool {
    SIGNS.get(usize::from(byte)) == Some(&true)
}

/// Which bytes are base64 characters.
static SIGNS: [bool; 256] = {
    let (mut signs, mut byte) = ([false; 256], 0_u8);
    while byte < u8::MAX {
        signs[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
        byte += 1;
    }
    signs
};

/// The width of a line end, bare or escaped.
fn line_end(rest: &[u8]) -> usize {
    let ends: [&[u8]; 5] = [b"\r\n", b"\n", b"\\r\\n", b"\\n", b"%0A"];
    ends.iter().find(|end| rest.starts_with(end)).map_or(0, |end| end.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_runs_are_decoded_and_short_ones_are_not() {
        let text = b"{\"a\":\"VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVy\",\"b\":\"VGhlIHF1aWNr\"}";
        let all = readings(text, &mut Budget::WHOLE.clone());
        let said: Vec<_> = all.iter().map(|reading| reading.bytes.as_slice()).collect();
        assert_eq!(said, [b"The quick brown fox jumps over"]);
        assert_eq!(all[0].place, 6..46);
    }

    #[test]
    fn lines_are_joined() {
        let line = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0";
        let text = format!("{line}\r\n{line}\r\nQUJD\r\n\r\nrest");
        let all = readings(text.as_bytes(), &mut Budget::WHOLE.clone());
        assert_eq!(all.len(), 1);
        assert!(all[0].bytes.ends_with(b"ABC"), "{:?}", String::from_utf8_lossy(&all[0].bytes));
    }

    #[test]
    fn the_budget_bounds_all_readings() {
        let run = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZn ".repeat(2 * MOST);
        assert_eq!(readings(run.as_bytes(), &mut Budget::WHOLE.clone()).len(), MOST);
    }
}
