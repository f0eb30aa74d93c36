//! Encodes payloads so that a filter without canonicalisation misses them.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::scenario::Encoding;

/// `text` in this encoding.
pub fn encode(text: &str, encoding: Encoding) -> String {
    let percent = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    match encoding {
        Encoding::Plain => text.to_owned(),
        Encoding::Percent => percent(text),
        Encoding::DoublePercent => percent(&percent(text)),
        Encoding::UnicodeEscape => units(text, "\\u"),
        Encoding::PercentUnicode => units(text, "%u"),
        Encoding::HexEscape => escape(text, |out, c| {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                let _ = write!(out, "\\x{byte:02x}");
            }
        }),
        Encoding::FullWidth => text.chars().map(full_width).collect(),
        Encoding::HtmlEntity => escape(text, |out, c| {
            let _ = write!(out, "&#{};", u32::from(c));
        }),
        Encoding::HtmlHex => escape(text, |out, c| {
            let _ = write!(out, "&#x{:x};", u32::from(c));
        }),
        Encoding::Base64 => STANDARD.encode(text),
        Encoding::UnicodeTags => text.chars().map(tag).collect(),
        Encoding::ZeroWidth => text.chars().flat_map(|c| [c, '\u{200b}']).collect(),
        Encoding::Homoglyph => text.chars().map(look_alike).collect(),
        Encoding::Reversed => text.chars().rev().collect(),
        Encoding::MixedCase => text
            .chars()
            .enumerate()
            .map(|(i, c)| if i % 2 == 0 { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() })
            .collect(),
    }
}

/// Each escaped character as its UTF-16 units after `lead`.
fn units(text: &str, lead: &str) -> String {
    escape(text, |out, c| {
        for unit in c.encode_utf16(&mut [0; 2]) {
            let _ = write!(out, "{lead}{unit:04x}");
        }
    })
}

/// Copies letters, digits and spaces and writes everything else with `write`. Writing to a String cannot fail.
fn escape(text: &str, write: impl Fn(&mut String, char)) -> String {
    text.chars().fold(String::with_capacity(text.len() * 2), |mut out, c| {
        if c.is_ascii_alphanumeric() || c == ' ' {
            out.push(c);
        } else {
            write(&mut out, c);
        }
        out
    })
}

/// The full-width form of ASCII punctuation (U+FF01 to U+FF5E).
fn full_width(c: char) -> char {
    if c.is_ascii_punctuation() { char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c) } else { c }
}

/// The tag character of a printable ASCII character.
fn tag(c: char) -> char {
    if c.is_ascii_graphic() || c == ' ' { char::from_u32(0xe_0000 + u32::from(c)).unwrap_or(c) } else { c }
}

/// The Cyrillic letter that looks like a Latin one.
fn look_alike(c: char) -> char {
    match c {
        'a' => '\u{430}',
        'c' => '\u{441}',
        'e' => '\u{435}',
        'o' => '\u{43e}',
        'p' => '\u{440}',
        'x' => '\u{445}',
        'y' => '\u{443}',
        'A' => '\u{410}',
        'C' => '\u{421}',
        'E' => '\u{415}',
        'O' => '\u{41e}',
        'P' => '\u{420}',
        'T' => '\u{422}',
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_encoding_is_as_documented() {
        let of = |encoding| encode("a' <", encoding);
        assert_eq!(of(Encoding::Plain), "a' <");
        assert_eq!(of(Encoding::Percent), "a%27%20%3C");
        assert_eq!(of(Encoding::DoublePercent), "a%2527%2520%253C");
        assert_eq!(of(Encoding::UnicodeEscape), "a\\u0027 \\u003c");
        assert_eq!(of(Encoding::HexEscape), "a\\x27 \\x3c");
        assert_eq!(of(Encoding::PercentUnicode), "a%u0027 %u003c");
        assert_eq!(of(Encoding::HtmlHex), "a&#x27; &#x3c;");
        assert_eq!(of(Encoding::FullWidth), "a\u{ff07} \u{ff1c}");
        assert_eq!(of(Encoding::HtmlEntity), "a&#39; &#60;");
        assert_eq!(of(Encoding::Base64), "YScgPA==");
        assert_eq!(of(Encoding::UnicodeTags), "\u{e0061}\u{e0027}\u{e0020}\u{e003c}");
        assert_eq!(of(Encoding::ZeroWidth), "a\u{200b}'\u{200b} \u{200b}<\u{200b}");
        assert_eq!(of(Encoding::Homoglyph), "\u{430}' <");
        assert_eq!(of(Encoding::Reversed), "< 'a");
        assert_eq!(encode("select", Encoding::MixedCase), "sElEcT");
    }
}
