//! Other ways to write a path.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Another spelling of a path, which a target may or may not read as the same path. In the examples the path is
/// `/accounts/1001`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Spelling {
    /// The absolute form, with a nonexistent host (RFC 9112 section 3.2.2): `http://gateway.invalid/accounts/1001`.
    Absolute,
    /// A slash at the end.
    Slash,
    /// Its first slash doubled.
    Doubled,
    /// Its last slash doubled: `/accounts//1001`.
    DoubledInside,
    /// Its letters in upper case.
    Case,
    /// Its first letter in the other case: `/Accounts/1001`.
    Capital,
    /// A dot segment at the start: `/./accounts/1001`.
    Dot,
    /// A dot segment before its last segment: `/accounts/./1001`.
    DotInside,
    /// A dot segment at the end.
    DotEnd,
    /// A segment at the start that is removed again: `/x/../accounts/1001`.
    Up,
    /// A segment before the last one that is removed again: `/accounts/x/../1001`.
    UpInside,
    /// A segment at the end that is removed again: `/accounts/1001/x/..`.
    UpEnd,
    /// A step above the root at the start: `/../accounts/1001`.
    Above,
    /// Like `up`, with the dots percent-encoded.
    EncodedUp,
    /// Like `up`, with the slash after the dots percent-encoded: `/x/..%2faccounts/1001`.
    EncodedUpSlash,
    /// Its last character percent-encoded.
    Encoded,
    /// Its first letter percent-encoded: `/%61ccounts/1001`.
    EncodedFirst,
    /// All its letters and digits percent-encoded.
    EncodedAll,
    /// Its last slash percent-encoded: `/accounts%2f1001`; if the first slash is its only one, a percent-encoded slash
    /// after that.
    EncodedSlash,
    /// Its first letter percent-encoded twice: `/%2561ccounts/1001`.
    EncodedTwice,
    /// Its last slash percent-encoded twice.
    EncodedTwiceSlash,
    /// Its first letter as a code point, as some servers write it: `/%u0061ccounts/1001`.
    PercentUnicode,
    /// Its first letter as two bytes of UTF-8 instead of one (RFC 3629 section 3).
    Overlong,
    /// Its last slash as two bytes of UTF-8.
    OverlongSlash,
    /// The full-width form of its first letter, which NFKC folds back.
    FullWidth,
    /// A backslash instead of its last slash; if the first slash is its only one, a backslash after that.
    Backslash,
    /// The same, percent-encoded.
    EncodedBackslash,
    /// A parameter of its first segment: `/accounts;x=1/1001`.
    Parameter,
    /// A parameter of its last segment: `/accounts/1001;x=1`.
    ParameterEnd,
    /// A semicolon at the end.
    Semicolon,
    /// A segment at the start that is only a parameter: `/;x=1/accounts/1001`.
    ParameterSegment,
    /// Like `up`, with a parameter after the dots: `/x/..;/accounts/1001`.
    ParameterUp,
    /// An encoded question mark at the end.
    EncodedQuestion,
    /// A question mark at the end: an empty query.
    Question,
    /// A fragment at the end, which no request may have (RFC 9112 section 3.2.1).
    Fragment,
    /// An encoded number sign at the end.
    EncodedFragment,
    /// An encoded space at the end.
    Space,
    /// An encoded tab at the end.
    Tab,
    /// An encoded line feed at the end.
    LineFeed,
    /// An encoded NUL at the end.
    Nul,
    /// A dot at the end.
    FullStop,
    /// `.json` at the end, which names the format of the answer in some frameworks.
    Suffix,
    /// Two slashes at the end.
    DoubledEnd,
    /// A percent-encoded dot segment at the start: `/%2e/accounts/1001`.
    EncodedDot,
    /// An encoded slash at the end.
    EncodedSlashEnd,
    /// An encoded carriage return at the end.
    CarriageReturn,
    /// A plus sign at the end, which is a space in forms.
    Plus,
    /// A zero-width space at the end.
    ZeroWidth,
    /// Its first `s` as U+017F, or its first `k` as U+212A, which case folding turns into the letter.
    Folded,
    /// An action at the end: `/accounts/1001:x`.
    Action,
    /// `.css` at the end, like a public static file.
    Static,
    /// A version at the start: `/v1/accounts/1001`.
    Version,
    /// `/api` at the start.
    Api,
}

impl Spelling {
    /// All spellings, for tests and lists.
    pub const ALL: [Self; 53] = [
        Self::Absolute,
        Self::Slash,
        Self::Doubled,
        Self::DoubledInside,
        Self::Case,
        Self::Capital,
        Self::Dot,
        Self::DotInside,
        Self::DotEnd,
        Self::Up,
        Self::UpInside,
        Self::UpEnd,
        Self::Above,
        Self::EncodedUp,
        Self::EncodedUpSlash,
        Self::Encoded,
        Self::EncodedFirst,
        Self::EncodedAll,
        Self::EncodedSlash,
        Self::EncodedTwice,
        Self::EncodedTwiceSlash,
        Self::PercentUnicode,
        Self::Overlong,
        Self::OverlongSlash,
        Self::FullWidth,
        Self::Backslash,
        Self::EncodedBackslash,
        Self::Parameter,
        Self::ParameterEnd,
        Self::Semicolon,
        Self::ParameterSegment,
        Self::ParameterUp,
        Self::EncodedQuestion,
        Self::Question,
        Self::Fragment,
        Self::EncodedFragment,
        Self::Space,
        Self::Tab,
        Self::LineFeed,
        Self::Nul,
        Self::FullStop,
        Self::Suffix,
        Self::DoubledEnd,
        Self::EncodedDot,
        Self::EncodedSlashEnd,
        Self::CarriageReturn,
        Self::Plus,
        Self::ZeroWidth,
        Self::Folded,
        Self::Action,
        Self::Static,
        Self::Version,
        Self::Api,
    ];

    /// Whether a client library sends it unchanged: a conforming one removes dot segments, sends only a path, and knows
    /// no backslash and no fragment (RFC 3986 section 5.2.4).
    pub fn survives_a_client(self) -> bool {
        !matches!(
            self,
            Self::Absolute
                | Self::Dot
                | Self::DotInside
                | Self::DotEnd
                | Self::Up
                | Self::UpInside
                | Self::UpEnd
                | Self::Above
                | Self::EncodedUp
                | Self::EncodedDot
                | Self::Backslash
                | Self::Fragment
        )
    }
}
