//! Decodes charsets to UTF-8.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::{Unreadable, Why};

/// A charset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Charset {
    /// One that browsers know.
    Web(&'static Encoding),
    /// Four bytes per character; the flag says whether the highest comes first.
    Utf32 { big: bool },
}

/// A text as UTF-8. `content_type` is in lower case. A byte order mark takes precedence over the label, and so do zero
/// bytes that reveal the encoding, at the start or further on, if the label does not fit.
pub(super) fn text<'a>(content_type: Option<&str>, bytes: Cow<'a, [u8]>) -> Result<Cow<'a, [u8]>, Unreadable> {
    let media = content_type.unwrap_or_default();
    if ["image/", "audio/", "video/", "font/"].iter().any(|kind| media.starts_with(kind)) {
        return Ok(bytes);
    }
    if let Some((charset, width)) = marked(&bytes) {
        return Ok(read(charset, bytes, width));
    }
    if let Some(charset) = shown(&bytes) {
        return Ok(read(charset, bytes, 0));
    }
    if let Some(narrow) = narrowed(&bytes) {
        return Ok(Cow::Owned(narrow));
    }
    let Some(label) = label(media) else { return Ok(bytes) };
    match known(label) {
        Some(charset) => Ok(read(charset, bytes, 0)),
        // UTF-7 (RFC 2152) hides text in ASCII. All other charsets keep ASCII unchanged, or are not valid UTF-8.
        None if label != "utf-7" && std::str::from_utf8(&bytes).is_ok() => Ok(bytes),
        None => Err(Unreadable { why: Why::UnknownCharset(label.to_owned()), read: bytes.into_owned() }),
    }
}

/// The charset of a byte order mark, and the mark's length.
fn marked(bytes: &[u8]) -> Option<(Charset, usize)> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] => Some((Charset::Utf32 { big: false }, 4)),
        [0, 0, 0xfe, 0xff, ..] => Some((Charset::Utf32 { big: true }, 4)),
        _ => Encoding::for_bom(bytes).map(|(encoding, width)| (Charset::Web(encoding), width)),
    }
}

/// How many bytes are checked for zeros.
const SHOWN: usize = 64;

/// Whether each of the first bytes is zero where it must be if these are ASCII characters in two or four bytes.
fn shown(bytes: &[u8]) -> Option<Charset> {
    let head = bytes.get(..bytes.len().min(SHOWN) & !3)?;
    let fits = |width: usize, place: usize| {
        head.len() >= 8 && head.iter().enumerate().all(|(at, byte)| (at % width == place) != (*byte == 0))
    };
    [
        (2, 0, Charset::Web(UTF_16LE)),
        (2, 1, Charset::Web(UTF_16BE)),
        (4, 0, Charset::Utf32 { big: false }),
        (4, 3, Charset::Utf32 { big: true }),
    ]
    .into_iter()
    .find_map(|(width, place, charset)| fits(width, place).then_some(charset))
}

/// A text without its zeros, if many consecutive characters have one each as in UTF-16: a part of it has two bytes per
/// character, after a beginning that has one.
fn narrowed(bytes: &[u8]) -> Option<Vec<u8>> {
    let at = memchr::memchr(0, bytes)?;
    let wide = |pair: &[u8]| matches!(pair, [0, byte] | [byte, 0] if *byte != 0 && byte.is_ascii());
    let rest = bytes.get(at.saturating_sub(1)..)?;
    let run = |from: usize| rest.get(from..).unwrap_or_default().chunks(2).take_while(|pair| wide(pair)).count();
    (run(0).max(run(1)) >= SHOWN / 4).then(|| bytes.iter().copied().filter(|byte| *byte != 0).collect())
}

/// The parameter `charset` of a media type.
fn label(media: &str) -> Option<&str> {
    let parameter = media.split(';').skip(1).find_map(|part| part.trim().strip_prefix("charset"))?;
    let value = parameter.trim_start().strip_prefix('=')?.trim().trim_matches(['"', '\'']).trim();
    (!value.is_empty()).then_some(value)
}

fn known(label: &str) -> Option<Charset> {
    match label {
        "utf-32" | "utf-32be" | "utf32" | "ucs-4" => Some(Charset::Utf32 { big: true }),
        "utf-32le" => Some(Charset::Utf32 { big: false }),
        _ => Encoding::for_label_no_replacement(label.as_bytes()).map(Charset::Web),
    }
}

/// The text after a byte order mark of this length; invalid characters become U+FFFD.
fn read(charset: Charset, bytes: Cow<'_, [u8]>, mark: usize) -> Cow<'_, [u8]> {
    let text = match charset {
        Charset::Web(encoding) if encoding == UTF_8 && mark == 0 => return bytes,
        Charset::Web(encoding) if encoding == UTF_8 => bytes.get(mark..).unwrap_or_default().to_vec(),
        Charset::Web(encoding) => {
            encoding.decode_without_bom_handling(bytes.get(mark..).unwrap_or_default()).0.into_owned().into_bytes()
        }
        Charset::Utf32 { big } => {
            let units = bytes.get(mark..).unwrap_or_default().chunks(4);
            let number = |unit: &[u8]| {
                let unit: [u8; 4] = unit.try_into().ok()?;
                char::from_u32(if big { u32::from_be_bytes(unit) } else { u32::from_le_bytes(unit) })
            };
            units.map(|unit| number(unit).unwrap_or(char::REPLACEMENT_CHARACTER)).collect::<String>().into_bytes()
        }
    };
    Cow::Owned(text)
}
