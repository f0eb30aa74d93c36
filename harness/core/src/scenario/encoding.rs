//! How a payload is written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a payload is written before it is placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// As it is.
    Plain,
    /// Percent-encoded once, beyond what its place asks for.
    Percent,
    /// Percent-encoded twice.
    DoublePercent,
    /// `\u0027` for each character that isn't a letter or digit.
    UnicodeEscape,
    /// `\x27` for each byte that isn't a letter or digit.
    HexEscape,
    /// `%u0027` for each character that isn't a letter or digit, as some servers read it.
    PercentUnicode,
    /// Full-width forms of ASCII punctuation, which NFKC folds back.
    FullWidth,
    /// `&#39;` for each character that isn't a letter or digit.
    HtmlEntity,
    /// `&#x27;` for each character that isn't a letter or digit.
    HtmlHex,
    /// Base64 of the whole.
    Base64,
    /// Alternating upper and lower case.
    MixedCase,
    /// Unicode tag characters (U+E0020 to U+E007E), which nobody sees.
    UnicodeTags,
    /// A zero-width space behind each character.
    ZeroWidth,
    /// Cyrillic letters in the place of the Latin ones that look the same.
    Homoglyph,
    /// From its end to its beginning.
    Reversed,
}
