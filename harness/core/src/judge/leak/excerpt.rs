//! Excerpts that can be shown anywhere: short, and without characters that act on a terminal or mislead a reader.

use std::fmt::Write as _;
use std::ops::Range;

/// The longest excerpt, in characters.
pub(super) const MAX_CHARS: usize = 120;

/// Bytes at the start of a masked part that stay readable.
const SHOWN: usize = 4;

/// The text at `span`, with all but the first bytes of `masked` replaced by `…`.
pub(super) fn excerpt(bytes: &[u8], span: Range<usize>, masked: Option<Range<usize>>) -> String {
    let part = |range: Range<usize>| bytes.get(range).unwrap_or_default();
    let mut out = Line::default();
    match masked {
        Some(secret) => {
            out.push(part(span.start..secret.start));
            let shown = SHOWN.min(secret.len() / 4);
            out.push(part(secret.start..secret.start + shown));
            out.push("…".as_bytes());
            out.push(part(secret.end..span.end));
        }
        None => out.push(part(span)),
    }
    out.text
}

#[derive(Default)]
struct Line {
    text: String,
    chars: usize,
    full: bool,
}

impl Line {
    /// Appends bytes: control, invisible and direction characters are escaped, invalid UTF-8 becomes `\xNN`.
    fn push(&mut self, bytes: &[u8]) {
        // An excerpt shows at most four bytes per character.
        let bytes = bytes.get(..MAX_CHARS * 4).unwrap_or(bytes);
        for chunk in bytes.utf8_chunks() {
            for c in chunk.valid().chars() {
                if acts(c) {
                    self.append(&c.escape_default().to_string());
                } else {
                    self.append(c.encode_utf8(&mut [0; 4]));
                }
            }
            for byte in chunk.invalid() {
                let mut escape = String::new();
                // Writing to a String can't fail.
                let _ = write!(escape, "\\x{byte:02x}");
                self.append(&escape);
            }
        }
    }

    /// Appends one unit completely, or ends the line with `…`.
    fn append(&mut self, unit: &str) {
        if self.full {
            return;
        }
        if self.chars + unit.len().min(unit.chars().count()) >= MAX_CHARS {
            self.full = true;
            self.text.push('…');
            return;
        }
        self.chars += unit.chars().count();
        self.text.push_str(unit);
    }
}

/// Whether a character acts instead of being visible: control, format, direction and line characters.
fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn active_characters_are_escaped_and_long_text_is_cut() {
        assert_eq!(excerpt(b"a\x1b[31m\n\xffz", 0..9, None), "a\\u{1b}[31m\\n\\xffz");
        assert_eq!(excerpt("a\u{202e}b".as_bytes(), 0..5, None), "a\\u{202e}b");
        let long = excerpt(&[b'x'; 500], 0..500, None);
        assert_eq!(long.chars().count(), MAX_CHARS);
        assert!(long.ends_with('…'));
    }

    #[test]
    fn masked_part_is_not_shown() {
        assert_eq!(excerpt(b"key=abcdefghijklmnop;", 0..21, Some(4..20)), "key=abcd…;");
    }
}
