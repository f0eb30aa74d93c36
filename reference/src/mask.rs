//! Masks secrets in log texts.
//!
//! It masks credentials (the caller's own and typical forms), card numbers, health record numbers, social security
//! numbers and e-mail addresses.

use std::borrow::Cow;
use std::sync::LazyLock;

use percent_encoding::percent_decode_str;
use regex::{Captures, Regex};

/// Replaces a secret.
const MASK: &str = "[masked]";
/// Shorter credentials are not masked: they may be ordinary words.
const LEAST: usize = 8;

#[expect(clippy::expect_used, reason = "the pattern is a constant; a test builds it")]
static SECRET: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        // Schemes of RFC 7235 with their value, and words that announce a secret.
        r"(?i)\b(?:bearer|basic)[\s+]+[a-z0-9._~+/=-]{6,}",
        r"|\b(?:api[_-]?key|access[_-]?token|token|secret|passw(?:or)?d|pwd)\s*[=:]\s*[^\s&;,]+",
        // Tokens: three parts of base64url that begin like JSON.
        r"|\beyJ[a-z0-9_-]{5,}\.[a-z0-9_-]+\.[a-z0-9_-]*",
        // Keys with a prefix of their issuer.
        r"|\b(?:sk-[a-z0-9_-]{16,}|gh[pousr]_[a-z0-9]{20,}|xox[abprs]-[a-z0-9-]{10,}|(?:AKIA|ASIA)[A-Z0-9]{16})",
        // Health record numbers, if labelled, and social security numbers of the United States.
        r"|\bmrn[\s:#_+-]*[0-9]{5,}|\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b",
        // Addresses of RFC 5321 section 4.1.2, as people write them.
        r"|[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+",
    ))
    .expect("a constant pattern")
});

#[expect(clippy::expect_used, reason = "the pattern is a constant; a test builds it")]
static DIGITS: LazyLock<Regex> =
    // 13 to 19 digits (ISO/IEC 7812-1), alone or in groups, and not inside a longer word.
    LazyLock::new(|| Regex::new(r"\b[0-9](?:[ -]?[0-9]){12,18}\b").expect("a constant pattern"));

/// A text without secrets; `own` are the request's credentials.
pub(crate) fn mask<'a>(text: &'a str, own: &[String]) -> Cow<'a, str> {
    let mut masked = Cow::Borrowed(text);
    for secret in own.iter().filter(|secret| secret.len() >= LEAST) {
        if masked.contains(secret.as_str()) {
            masked = masked.replace(secret.as_str(), MASK).into();
        }
    }
    if let Some(hidden) = hide(&masked) {
        masked = hidden.into();
    }
    let cards = |digits: &Captures<'_>| {
        let run = &digits[0];
        if luhn(run) { MASK.to_owned() } else { run.to_owned() }
    };
    if let Cow::Owned(changed) = DIGITS.replace_all(&masked, cards) {
        masked = changed.into();
    }
    masked
}

/// The text with typical secrets masked, if there are any. The next one may begin right where one ends.
fn hide(text: &str) -> Option<String> {
    let mut hidden = String::new();
    let mut rest = text;
    while let Some(found) = SECRET.find(rest) {
        let (before, behind) = (rest.get(..found.start())?, rest.get(found.end()..)?);
        hidden = hidden + before + MASK;
        rest = behind;
    }
    (rest.len() < text.len()).then(|| hidden + rest)
}

/// A path without secrets, including percent-encoded ones and segments that look like keys.
pub(crate) fn mask_path<'a>(path: &'a str, own: &[String]) -> Cow<'a, str> {
    let masked = mask(path, own);
    let decoded = percent_decode_str(&masked).decode_utf8_lossy();
    let clear = mask(&decoded, own);
    // If nothing was hidden by escapes, the path keeps its form.
    let shown = if clear == decoded { masked.clone() } else { Cow::Owned(clear.into_owned()) };
    if !shown.split('/').any(is_key) {
        return if shown == path { Cow::Borrowed(path) } else { Cow::Owned(shown.into_owned()) };
    }
    let parts: Vec<_> = shown.split('/').map(|segment| if is_key(segment) { MASK } else { segment }).collect();
    Cow::Owned(parts.join("/"))
}

/// Letters and digits mixed, at least as long as 128 random bits in hexadecimal: people do not choose such names.
fn is_key(segment: &str) -> bool {
    segment.len() > 32
        && segment.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
        && segment.bytes().any(|b| b.is_ascii_digit())
        && segment.bytes().any(|b| b.is_ascii_alphabetic())
        && segment.bytes().filter(|b| b"_-".contains(b)).count() < 4
}

/// The check digit of ISO/IEC 7812-1 annex B.
fn luhn(text: &str) -> bool {
    let digits = text.bytes().rev().filter(u8::is_ascii_digit).map(|b| u32::from(b - b'0'));
    let doubled = |d: u32| d * 2 / 10 + d * 2 % 10;
    let sum: u32 = digits.enumerate().map(|(at, d)| if at % 2 == 0 { d } else { doubled(d) }).sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked() {
        for text in [
            "Bearer abcdef123456",
            "bearer+abcdef123456",
            "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln",
            "api_key=abc",
            "token: abc",
            "sk-abcdefghijklmnop1234",
            "AKIAIOSFODNN7EXAMPLE",
            "someone@example.com",
            "MRN-00482913",
            "mrn: 7730154",
            "078-05-1120",
            "4111111111111111",
            "4111 1111 1111 1111",
            "4111-1111-1111-1111",
            "the-callers-own-key",
        ] {
            let masked = mask(text, &["the-callers-own-key".to_owned()]);
            assert_eq!(masked, MASK, "{text}");
        }
        for text in ["MRN-00482913sk-abcdefghijklmnop", "someone@example.com_sk-abcdefghijklmnop"] {
            let masked = mask(text, &[]);
            assert_eq!(mask(&masked, &[]), masked, "{text}");
        }
        assert_eq!(mask("MRN-00482913sk-abcdefghijklmnop", &[]), "[masked][masked]");
        for path in ["/a/someone%40example.com", "/a/4111%201111%201111%201111", "/a/%34111111111111111"] {
            assert_eq!(mask_path(path, &[]), "/a/[masked]", "{path}");
        }
        let key = "/accounts/0123456789abcdef0123456789abcdef01234567";
        assert_eq!(mask_path(key, &[]), "/accounts/[masked]");
    }

    #[test]
    fn text_without_secrets_is_unchanged() {
        for text in
            ["4111111111111112", "1234567890", "alice", "order 66", "bearer", "a@b", "0af7651916cd43dd8448eb211c80319c"]
        {
            assert_eq!(mask(text, &["short".to_owned()]), text);
        }
        for path in
            ["/accounts/1001", "/documents/report-2026.pdf", "/a%20b/0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b", "/%zz"]
        {
            assert_eq!(mask_path(path, &[]), path);
        }
    }

    proptest::proptest! {
        #[test]
        fn masking_is_idempotent(text in ".*") {
            let once = mask(&text, &[]).into_owned();
            proptest::prop_assert_eq!(mask(&once, &[]), once.as_str());
        }
    }
}
