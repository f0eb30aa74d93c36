//! Decodes the codings and the charset of a message.
//!
//! In: headers and the captured body. Out: the body in UTF-8, or why it cannot be decoded completely, with the decoded
//! part. Content codings (RFC 9110 section 8.4.1), the same transfer codings (RFC 9112 section 7.2) and charsets are
//! decoded within [`MOST`] bytes, so that a bomb costs no more. A coding that no header names is recognised by the
//! first bytes.

mod charset;
mod coding;
mod inner;

use std::borrow::Cow;

use thiserror::Error;

pub use inner::inner;

use super::{Capture, Header};

/// Most bytes that one coding is decoded to: 8 MiB, more than any honest error or record.
pub const MOST: usize = 8 << 20;

/// The most codings of one message. Browsers stop at five.
const MOST_CODINGS: usize = 5;

/// A body that cannot be decoded completely.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{why}")]
pub struct Unreadable {
    /// Why.
    pub why: Why,
    /// The decoded part, in UTF-8 if the charset is known. It still counts against its sender.
    pub read: Vec<u8>,
}

/// Why a body cannot be decoded completely.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Why {
    /// An unregistered or obsolete coding.
    #[error("the body has the unknown coding `{0}`")]
    UnknownCoding(String),
    /// More codings than any client decodes.
    #[error("the body has more than {MOST_CODINGS} codings")]
    TooManyCodings,
    /// An unknown charset, with bytes that are not UTF-8.
    #[error("the body has the unknown charset `{0}`")]
    UnknownCharset(String),
    /// The encoded data ends too soon, or does not match its coding.
    #[error("the body's {0} stream is cut off or damaged")]
    Damaged(&'static str),
    /// It decodes to more than [`MOST`] bytes.
    #[error("the body is longer than {} MiB when decoded", MOST >> 20)]
    TooLarge,
    /// Only its beginning was captured.
    #[error("only the beginning of the body was captured")]
    Cut,
}

/// The decoded body of a message. Fails if it cannot be decoded completely, or if the capture is incomplete.
///
/// Nothing is copied if nothing is encoded. A byte order mark is left out.
pub fn plain<'a>(headers: &[Header], body: &'a Capture) -> Result<Cow<'a, [u8]>, Unreadable> {
    let read = decoded(headers, &body.bytes.0)?;
    if body.is_whole() { Ok(read) } else { Err(Unreadable { why: Why::Cut, read: read.into_owned() }) }
}

/// The same for bytes that are known to be complete.
pub fn decoded<'a>(headers: &[Header], bytes: &'a [u8]) -> Result<Cow<'a, [u8]>, Unreadable> {
    let (uncoded, stopped) = uncoded(headers, bytes);
    let label = content_type(headers);
    match (charset::text(label.as_deref(), uncoded), stopped) {
        (Ok(text), None) => Ok(text),
        (Ok(text), Some(why)) => Err(Unreadable { why, read: text.into_owned() }),
        (Err(fault), stopped) => Err(Unreadable { why: stopped.unwrap_or(fault.why), read: fault.read }),
    }
}

/// The decompressed bytes, whatever their declared coding: gzip, zlib or zstd, recognised by their first bytes, or raw
/// deflate. Truncated data is decoded as far as possible, up to `most` bytes. None for other bytes.
pub fn inflated(bytes: &[u8], most: usize) -> Option<Vec<u8>> {
    coding::sniffed(bytes, most)
}

/// Whether the first bytes are those of gzip, zlib or zstd.
pub(crate) fn shows_compression(bytes: &[u8]) -> bool {
    coding::shows_compression(bytes)
}

/// The bytes with all codings undone, or as far as that went and why no further.
fn uncoded<'a>(headers: &[Header], bytes: &'a [u8]) -> (Cow<'a, [u8]>, Option<Why>) {
    let mut left = Cow::Borrowed(bytes);
    // An answer to HEAD, a 204 and a 304 name the coding of a body that they omit.
    if bytes.is_empty() {
        return (left, None);
    }
    let codings = codings(headers);
    if codings.len() > MOST_CODINGS {
        return (left, Some(Why::TooManyCodings));
    }
    for name in codings.iter().rev() {
        let Some(coding) = coding::Coding::named(name) else {
            return (left, Some(Why::UnknownCoding(name.clone())));
        };
        let (read, fault) = coding.undo(&left);
        // If the declared coding is wrong, the first bytes may show the right one.
        let read = match coding::Coding::shown(&left).filter(|shown| fault.is_some() && *shown != coding) {
            Some(shown) => shown.undo(&left).0,
            None => read,
        };
        left = Cow::Owned(read);
        if fault.is_some() {
            return (left, fault);
        }
    }
    // Servers encode twice, or encode without saying so.
    for _ in codings.len()..MOST_CODINGS {
        let Some(coding) = coding::Coding::shown(&left) else { break };
        let (read, fault) = coding.undo(&left);
        left = Cow::Owned(read);
        if fault.is_some() {
            return (left, fault);
        }
    }
    (left, None)
}

/// Whether these headers name a coding, or the bytes show one.
pub(super) fn is_coded(headers: &[Header], bytes: &[u8]) -> bool {
    !codings(headers).is_empty() || coding::Coding::shown(bytes).is_some()
}

/// The codings in the order in which they were applied, without those that change nothing.
fn codings(headers: &[Header]) -> Vec<String> {
    let named = |wanted: &'static str| {
        let values = headers.iter().filter(move |(name, _)| name.eq_ignore_ascii_case(wanted));
        values.flat_map(|(_, value)| value.lossy().split(',').map(str::to_owned).collect::<Vec<_>>())
    };
    named("content-encoding")
        .chain(named("transfer-encoding"))
        .map(|name| name.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
        .filter(|name| !UNCHANGED.contains(&name.as_str()))
        .collect()
}

/// Codings that change nothing: the registered one, chunks, which the driver has decoded, and words that servers write
/// without meaning a coding.
const UNCHANGED: [&str; 8] = ["", "identity", "chunked", "none", "utf-8", "binary", "8bit", "7bit"];

fn content_type(headers: &[Header]) -> Option<String> {
    let named = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"))?;
    Some(named.1.lossy().to_ascii_lowercase())
}

#[cfg(test)]
mod tests;
