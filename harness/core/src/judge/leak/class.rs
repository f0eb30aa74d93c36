//! Leaks, and what is searched for besides the patterns.

use serde::{Deserialize, Serialize};

/// One thing that must not be in an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leak {
    /// Its kind.
    pub class: Class,
    /// The detector, such as "Python traceback", or the name of the planted value.
    pub detail: String,
    /// How it was encoded; always [`Encoding::Plain`] for patterns.
    pub encoding: Encoding,
    /// Where it begins, in bytes from the start of what was scanned.
    pub offset: usize,
    /// The text: at most 120 harmless characters, with the secret part of a secret masked.
    pub excerpt: String,
}

/// The kinds of leaks. ERR-01 forbids all of them in errors, SEC-02 forbids the last two everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// A stack trace, a panic or a framework's debug page.
    StackTrace,
    /// An error of a database or its driver, or the text of a query.
    DatabaseError,
    /// A path in the file system of the server.
    FilePath,
    /// A private address, an internal host name, or an error that names the host behind the target.
    InternalAddress,
    /// The product and version of a server, a language or a framework.
    ServerVersion,
    /// A credential, recognised by its form.
    Secret,
    /// A value that Pincer planted itself.
    Planted,
}

/// The recognised encodings of a planted value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// Unchanged.
    Plain,
    /// All letters upper case.
    UpperCase,
    /// All letters lower case.
    LowerCase,
    /// The letters in another case than planted.
    MixedCase,
    /// Base64 at any of the three alignments, also with line breaks after its beginning.
    Base64,
    /// Base64 with `-` and `_`.
    Base64Url,
    /// Base32 (RFC 4648), at any of the five alignments.
    Base32,
    /// Two hexadecimal digits a byte.
    Hex,
    /// `\x61`.
    HexEscape,
    /// `%61` for every byte, or for the bytes that need it.
    Percent,
    /// `%2561`.
    DoublePercent,
    /// Reversed.
    Reversed,
    /// Letters rotated by 13.
    Rot13,
    /// `\u0061` for every byte, or JSON's short escapes where needed.
    JsonEscape,
    /// `&#97;` or `&#x61;` for every byte, or entities where needed.
    HtmlEntity,
    /// One separator, such as a space or a hyphen, between every two characters.
    Separated,
    /// Invisible characters, such as U+200B, or soft line breaks between the characters.
    Invisible,
    /// Two bytes per character, in either order.
    Utf16,
    /// Four bytes per character, in either order.
    Utf32,
    /// `%u0061`.
    PercentU,
    /// `=61` (RFC 2045), also with line breaks.
    QuotedPrintable,
    /// `61 62`, `61:62`, `0x61, 0x62`.
    HexSeparated,
    /// `[97, 98]`: the bytes as decimal numbers.
    ByteList,
    /// Full-width forms, U+FF21 for A.
    FullWidth,
    /// `\141`.
    Octal,
    /// Compressed by gzip, zlib, deflate or zstd, bare or in base64 or hexadecimal.
    Compressed,
    /// One coding inside another, such as base64 twice.
    Nested,
    /// Only its first or last 8 characters. Not reversible, and searched only for values without a tail.
    Part,
    /// Its SHA-256 or SHA-512, in hexadecimal or base64. Not reversible, and searched only for values without a tail.
    Digest,
}

impl Encoding {
    /// All reversible encodings, in order.
    pub const ALL: [Self; 27] = [
        Self::Plain,
        Self::UpperCase,
        Self::LowerCase,
        Self::MixedCase,
        Self::Base64,
        Self::Base64Url,
        Self::Base32,
        Self::Hex,
        Self::HexEscape,
        Self::Percent,
        Self::DoublePercent,
        Self::Reversed,
        Self::Rot13,
        Self::JsonEscape,
        Self::HtmlEntity,
        Self::Separated,
        Self::Invisible,
        Self::Utf16,
        Self::Utf32,
        Self::PercentU,
        Self::QuotedPrintable,
        Self::HexSeparated,
        Self::ByteList,
        Self::FullWidth,
        Self::Octal,
        Self::Compressed,
        Self::Nested,
    ];
}

/// A value that was planted and must not come back.
///
/// A value of fewer than 4 bytes is searched only unchanged: its encoded forms are too common to mean anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needle {
    /// Its name in reports.
    pub name: String,
    /// The known bytes. An empty value is never found.
    pub value: Vec<u8>,
    /// Number of lower-case hexadecimal digits that follow the value and belong to it: 24 for a canary, of which only
    /// the run's 8 digits are known in advance.
    pub tail: usize,
}

/// A planted value that came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planted<'a> {
    /// The needle's name.
    pub name: &'a str,
    /// The value, decoded, with its tail.
    pub value: Vec<u8>,
    /// How it was encoded.
    pub encoding: Encoding,
    /// Where its encoded form begins, in bytes.
    pub offset: usize,
}

/// What a scan is about to report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight<'a> {
    /// The text that a pattern matched, unchanged.
    Text(&'a [u8]),
    /// A planted value, decoded, with its tail.
    Planted(&'a [u8]),
}
