//! Tells a credential from a placeholder, a word or a mask.

/// Placeholders in documentation and forms.
const PLACEHOLDERS: [&str; 20] = [
    "password",
    "passwd",
    "secret",
    "example",
    "placeholder",
    "redacted",
    "your",
    "xxxx",
    "changeme",
    "null",
    "undefined",
    "process.env",
    "os.environ",
    "getenv",
    "string",
    "masked",
    "hidden",
    "required",
    "dummy",
    "insert",
];

/// Whether a value looks like a real secret: at least 8 bytes, letters with digits or three kinds of characters, and no
/// placeholder.
pub(super) fn credible(value: &[u8]) -> bool {
    let lower = String::from_utf8_lossy(value).to_ascii_lowercase();
    let kinds = [
        value.iter().any(u8::is_ascii_lowercase),
        value.iter().any(u8::is_ascii_uppercase),
        value.iter().any(u8::is_ascii_digit),
        value.iter().any(u8::is_ascii_punctuation),
    ];
    let letters = value.iter().any(u8::is_ascii_alphabetic);
    let numbered = value.iter().any(u8::is_ascii_digit) || kinds.iter().filter(|kind| **kind).count() >= 3;
    value.len() >= 8
        && letters
        && numbered
        && bits(value) >= 2.5
        && !value.iter().any(|b| matches!(b, b'<' | b'>' | b'{' | b'}'))
        && !lower.starts_with("http")
        // A call, not a value: `Hash::make(...)`.
        && !lower.contains("::")
        && !PLACEHOLDERS.iter().any(|word| lower.contains(word))
}

/// Whether a value is a long random token: a credible one of at least 20 bytes with 3 bits each.
pub(super) fn random(value: &[u8]) -> bool {
    value.len() >= 20 && bits(value) >= 3.0 && credible(value)
}

/// Whether the text after a provider's prefix is random: letters with digits or of both cases, not words, and no
/// placeholder.
pub(super) fn dealt(value: &[u8]) -> bool {
    let lower = String::from_utf8_lossy(value).to_ascii_lowercase();
    let has = |kind: fn(&u8) -> bool| value.iter().any(kind);
    let mixed = has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase);
    let signs = value.iter().filter(|b| matches!(b, b'-' | b'_' | b'.')).count();
    (has(u8::is_ascii_digit) || mixed)
        && has(u8::is_ascii_alphabetic)
        && bits(value) >= 2.5
        && signs * 5 <= value.len()
        && words(value) < 2
        && !["xxxx", "your", "example", "placeholder", "redacted", "dummy", "****", "changeme", "insert"]
            .iter()
            .any(|word| lower.contains(word))
}

/// The number of parts, separated by hyphens and the like, that are words.
fn words(value: &[u8]) -> usize {
    let parts = value.split(|b| matches!(b, b'-' | b'_' | b'.'));
    parts.filter(|part| part.len() >= 4 && part.iter().all(u8::is_ascii_lowercase)).count()
}

/// Whether the password in a URL or a connection string is a real one.
pub(super) fn in_use(value: &[u8]) -> bool {
    let lower = String::from_utf8_lossy(value).to_ascii_lowercase();
    let known = ["pass", "password", "passwd", "pwd", "secret", "token"];
    value.len() >= 3
        && !known.contains(&lower.as_str())
        && !value.iter().all(|b| matches!(b, b'*' | b'x' | b'X' | b'.' | b'-'))
        && !lower.contains("redacted")
        && !lower.contains("your")
        && !value.iter().any(|b| matches!(b, b'<' | b'>' | b'{' | b'}' | b'[' | b'%' | b'$'))
}

/// Shannon entropy per byte, in bits.
#[expect(clippy::cast_precision_loss, reason = "the counts are at most some hundred")]
fn bits(value: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in value {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    let total = value.len() as f64;
    counts.iter().filter(|count| **count > 0).map(|count| f64::from(*count) / total).map(|p| -p * p.log2()).sum()
}
