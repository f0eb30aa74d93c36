//! Finds a sign in a text in any disguise: a real model reads through disguises, so the mock must too.
//!
//! A sign has 128 bits, so it never matches by chance, and every view of the text may be generous.

mod fold;
mod view;

use fold::fold;

/// Whether `text` contains `sign` (32 hexadecimal digits) in any disguise. Of a text over 4 MiB, only the first and the
/// last 2 MiB are searched.
pub(super) fn reads(text: &str, sign: &str) -> bool {
    if sign.is_empty() {
        return false;
    }
    let sign = sign.to_ascii_lowercase();
    let signs = [sign.clone(), sign.chars().rev().collect()];
    if text.len() <= 2 * HALF {
        return seen(text, &signs, DEPTH);
    }
    let (head, _) = text.split_at(text.floor_char_boundary(HALF));
    let (_, tail) = text.split_at(text.ceil_char_boundary(text.len().saturating_sub(HALF)));
    seen(head, &signs, DEPTH) || seen(tail, &signs, DEPTH)
}

/// Searches a text, and then the texts encoded in it, `depth` disguises deep.
fn seen(text: &str, signs: &[String; 2], depth: usize) -> bool {
    let folded = fold(text);
    if signs.iter().any(|sign| folded.contains(sign.as_str())) {
        return true;
    }
    // Unfolded: base64 is case-sensitive.
    depth > 0
        && view::VIEWS.iter().any(|view| view(text).iter().any(|inner| seen(inner, signs, depth.saturating_sub(1))))
}

/// Half of what is searched, in bytes.
const HALF: usize = 2 * 1024 * 1024;

/// Nested disguises: base64 of JSON with escapes inside JSON with escapes.
const DEPTH: usize = 3;
