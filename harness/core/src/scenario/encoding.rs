//! Encodings of payloads.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a payload is encoded before it is placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// Unchanged.
    Plain,
    /// Percent-encoded once, beyond what its place requires.
    Percent,
    /// Percent-encoded twice.
    DoublePercent,
    /// `\u0027` for each character that is not a letter or digit.
    UnicodeEscape,
    /// `\x27` for each byte that is not a letter or digit.
    HexEscape,
    /// `%u0027` for each character that is not a letter or digit, as some servers read it.
    PercentUnicode,
    /// Full-width forms of ASCII punctuation, which NFKC folds back.
    FullWidth,
    /// `&#39;` for each character that is not a letter or digit.
    HtmlEntity,
    /// `&#x27;` for each character that is not a letter or digit.
    HtmlHex,
    /// Base64 of the whole.
    Base64,
    /// Alternating upper and lower case.
    MixedCase,
    /// Invisible Unicode tag characters (U+E0020 to U+E007E).
    UnicodeTags,
    /// A zero-width space after each character.
    ZeroWidth,
    /// Cyrillic letters instead of the Latin ones that look the same.
    Homoglyph,
    /// From its end to its beginning.
    Reversed,
}
