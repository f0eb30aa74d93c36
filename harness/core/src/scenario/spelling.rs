//! Other ways to write a path.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Another way to write a path, which a target may or may not take for the same. In the examples the path is
/// `/accounts/1001`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Spelling {
    /// The absolute form, with a host of no one's (RFC 9112 section 3.2.2): `http://gateway.invalid/accounts/1001`.
    Absolute,
    /// A slash behind it.
    Slash,
    /// Its first slash doubled.
    Doubled,
    /// Its last slash doubled: `/accounts//1001`.
    DoubledInside,
    /// Its letters in upper case.
    Case,
    /// Its first letter in the other case: `/Accounts/1001`.
    Capital,
    /// A dot segment in front: `/./accounts/1001`.
    Dot,
    /// A dot segment before its last segment: `/accounts/./1001`.
    DotInside,
    /// A dot segment behind it.
    DotEnd,
    /// A segment in front that is taken back: `/x/../accounts/1001`.
    Up,
    /// A segment before its last one that is taken back: `/accounts/x/../1001`.
    UpInside,
    /// A segment behind it that is taken back: `/accounts/1001/x/..`.
    UpEnd,
    /// A step above the root in front: `/../accounts/1001`.
    Above,
    /// The same as `up`, with the dots percent-encoded.
    EncodedUp,
    /// The same as `up`, with the slash behind the dots percent-encoded: `/x/..%2faccounts/1001`.
    EncodedUpSlash,
    /// Its last character percent-encoded.
    Encoded,
    /// Its first letter percent-encoded: `/%61ccounts/1001`.
    EncodedFirst,
    /// All its letters and digits percent-encoded.
    EncodedAll,
    /// Its last slash percent-encoded: `/accounts%2f1001`; behind the first one where it is the only one.
    EncodedSlash,
    /// Its first letter percent-encoded twice: `/%2561ccounts/1001`.
    EncodedTwice,
    /// Its last slash percent-encoded twice.
    EncodedTwiceSlash,
    /// Its first letter as some servers write code points: `/%u0061ccounts/1001`.
    PercentUnicode,
    /// Its first letter as two bytes of UTF-8, where one is right (RFC 3629 section 3).
    Overlong,
    /// Its last slash as two bytes of UTF-8.
    OverlongSlash,
    /// The full-width form of its first letter, which NFKC folds back.
    FullWidth,
    /// A backslash for its last slash; behind the first one where it is the only one.
    Backslash,
    /// The same, percent-encoded.
    EncodedBackslash,
    /// A parameter of its first segment: `/accounts;x=1/1001`.
    Parameter,
    /// A parameter of its last segment: `/accounts/1001;x=1`.
    ParameterEnd,
    /// A semicolon behind it.
    Semicolon,
    /// A segment that is a parameter alone in front: `/;x=1/accounts/1001`.
    ParameterSegment,
    /// The same as `up`, with a parameter behind the dots: `/x/..;/accounts/1001`.
    ParameterUp,
    /// An encoded question mark behind it.
    EncodedQuestion,
    /// A question mark behind it: an empty query.
    Question,
    /// A fragment behind it, which no request has (RFC 9112 section 3.2.1).
    Fragment,
    /// An encoded number sign behind it.
    EncodedFragment,
    /// An encoded space behind it.
    Space,
    /// An encoded tab behind it.
    Tab,
    /// An encoded line feed behind it.
    LineFeed,
    /// An encoded NUL behind it.
    Nul,
    /// A dot behind it.
    FullStop,
    /// `.json` behind it, as some frameworks name the form of the answer.
    Suffix,
    /// Two slashes behind it.
    DoubledEnd,
    /// A dot segment in front, percent-encoded: `/%2e/accounts/1001`.
    EncodedDot,
    /// An encoded slash behind it.
    EncodedSlashEnd,
    /// An encoded carriage return behind it.
    CarriageReturn,
    /// A plus sign behind it, the blank of a form.
    Plus,
    /// A zero-width space behind it.
    ZeroWidth,
    /// Its first `s` as U+017F, or its first `k` as U+212A, which lose that form where case does not matter.
    Folded,
    /// An action behind it: `/accounts/1001:x`.
    Action,
    /// `.css` behind it, as of a file that anybody may have.
    Static,
    /// A version in front: `/v1/accounts/1001`.
    Version,
    /// `/api` in front.
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

    /// Whether a client library sends it as it is: one that keeps to the standard takes dot segments out, writes a path
    /// alone, and knows no backslash and no fragment (RFC 3986 section 5.2.4).
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
