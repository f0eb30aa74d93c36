//! Decodes content codings within a bound.

use std::io::{BufReader, Read};

use brotli_decompressor::Decompressor;
use flate2::bufread::{DeflateDecoder, GzDecoder, ZlibDecoder};
use ruzstd::decoding::StreamingDecoder;

use super::{MOST, Why};

/// A coding that clients decode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// RFC 1952.
    Gzip,
    /// RFC 1950 as registered, or raw RFC 1951 as many servers send it.
    Deflate,
    /// RFC 7932.
    Brotli,
    /// RFC 8878.
    Zstd,
}

/// The widest window of zstd in HTTP: 8 MiB (RFC 9659 section 3).
const WINDOW: u64 = 8 << 20;

/// The memory that brotli's reader takes for its input, in bytes.
const BUFFER: usize = 4096;

/// The first bytes of a skippable zstd frame (RFC 8878 section 3.1.2), without its lowest four bits.
const SKIPPABLE: u32 = 0x184d_2a50;

impl Coding {
    /// The coding of this name, in lower case.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "gzip" | "x-gzip" => Some(Self::Gzip),
            "deflate" | "x-deflate" => Some(Self::Deflate),
            "br" => Some(Self::Brotli),
            "zstd" => Some(Self::Zstd),
            _ => None,
        }
    }

    /// The coding recognised by the first bytes, whatever its name: gzip or zstd.
    pub(super) fn shown(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x1f, 0x8b, 8, ..] => Some(Self::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Self::Zstd),
            _ => None,
        }
    }

    /// The name in messages.
    fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Brotli => "brotli",
            Self::Zstd => "zstd",
        }
    }

    /// The decoded bytes, and why decoding stopped early, if it did.
    pub(super) fn undo(self, bytes: &[u8]) -> (Vec<u8>, Option<Why>) {
        let mut out = Vec::new();
        let whole = match self {
            Self::Gzip => members(bytes, &mut out),
            Self::Deflate => deflate(bytes, &mut out),
            Self::Brotli => fill(Decompressor::new(bytes, BUFFER), &mut out).is_some(),
            Self::Zstd => frames(bytes, &mut out),
        };
        let fault = if out.len() > MOST {
            out.truncate(MOST);
            Some(Why::TooLarge)
        } else if whole {
            None
        } else {
            Some(Why::Damaged(self.name()))
        };
        (out, fault)
    }
}

/// The decompressed bytes, with the coding recognised by its beginning.
pub(super) fn sniffed(bytes: &[u8], most: usize) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX);
    // What was read before the end or the damage counts.
    let mut read = |reader: &mut dyn Read| drop(reader.take(limit).read_to_end(&mut out));
    match (Coding::shown(bytes), bytes) {
        (Some(Coding::Zstd), _) => {
            let mut source = bytes;
            read(&mut StreamingDecoder::new_with_max_window_size(&mut source, WINDOW).ok()?);
        }
        (Some(_), _) => read(&mut GzDecoder::new(bytes)),
        _ if is_zlib(bytes) => read(&mut ZlibDecoder::new(bytes)),
        // A text that deflate accepts by chance is short and does not decode to text.
        (None, [first, ..]) if !first.is_ascii_graphic() || bytes.iter().any(|byte| !byte.is_ascii()) => {
            let whole = DeflateDecoder::new(bytes).take(limit).read_to_end(&mut out).is_ok();
            out.truncate(if whole { out.len() } else { 0 });
        }
        _ => {}
    }
    (!out.is_empty()).then_some(out)
}

/// Whether the first bytes show a compression.
pub(super) fn shows_compression(bytes: &[u8]) -> bool {
    Coding::shown(bytes).is_some() || is_zlib(bytes)
}

/// Whether bytes begin as RFC 1950 section 2.2 says: the method, and a check over the first two bytes.
fn is_zlib(bytes: &[u8]) -> bool {
    matches!(bytes, [cmf, flg, ..] if cmf & 0x0f == 8 && cmf >> 4 <= 7 && (u16::from(*cmf) << 8 | u16::from(*flg)) % 31 == 0)
}

/// Appends everything that a reader gives, up to one byte more than allowed; none if it failed.
fn fill(reader: impl Read, out: &mut Vec<u8>) -> Option<()> {
    let room = (MOST + 1).saturating_sub(out.len());
    reader.take(u64::try_from(room).unwrap_or(u64::MAX)).read_to_end(out).ok().map(drop)
}

/// Reads the members of a gzip file; returns whether they are complete and only padding follows.
fn members(bytes: &[u8], out: &mut Vec<u8>) -> bool {
    let mut rest = bytes;
    while out.len() <= MOST {
        let mut member = GzDecoder::new(rest);
        if fill(&mut member, out).is_none() {
            return false;
        }
        rest = member.into_inner();
        if rest.iter().all(|byte| *byte == 0) {
            return true;
        }
    }
    true
}

fn deflate(bytes: &[u8], out: &mut Vec<u8>) -> bool {
    let headed = is_zlib(bytes);
    if headed && fill(ZlibDecoder::new(bytes), out).is_some() {
        return true;
    }
    let mut bare = Vec::new();
    let whole = fill(DeflateDecoder::new(bytes), &mut bare).is_some();
    if whole || bare.len() > out.len() {
        *out = bare;
    }
    whole
}

/// Reads the frames of zstd; returns whether all are complete.
fn frames(bytes: &[u8], out: &mut Vec<u8>) -> bool {
    let mut rest = bytes;
    while !rest.is_empty() && out.len() <= MOST {
        if let Some(after) = skipped(rest) {
            rest = after;
            continue;
        }
        // The decoder asks for the bytes of a header one by one.
        let mut source = BufReader::with_capacity(rest.len(), rest);
        let Ok(frame) = StreamingDecoder::new_with_max_window_size(&mut source, WINDOW) else { return false };
        if fill(frame, out).is_none() {
            return false;
        }
        let left = source.buffer().len() + source.get_ref().len();
        rest = rest.get(rest.len().saturating_sub(left)..).unwrap_or_default();
    }
    true
}

/// What follows a skippable frame.
fn skipped(bytes: &[u8]) -> Option<&[u8]> {
    let (magic, rest) = bytes.split_first_chunk::<4>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    (u32::from_le_bytes(*magic) & !0x0f == SKIPPABLE).then(|| rest.get(length..))?
}
