//! The forms in which a careless reader would see a text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

/// Rounds of decoding: who decodes more often is beyond help.
const ROUNDS: usize = 3;

/// The text in lower case, and each form that another round of decoding gives.
pub(super) fn readings(text: &str) -> Vec<String> {
    let mut readings = vec![fold(text)];
    for _ in 0..ROUNDS {
        let Some(last) = readings.last() else { break };
        let next = fold(&entities(&escapes(&percent_decode_str(last).decode_utf8_lossy())));
        if next == *last {
            break;
        }
        readings.push(next);
    }
    if let Some(inner) = from_base64(text) {
        readings.push(fold(&inner));
    }
    readings
}

/// Lower case, full-width forms as ASCII, invisible characters gone.
fn fold(text: &str) -> String {
    text.chars()
        .filter(|c| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' | '\0'))
        .map(|c| match u32::from(c) {
            wide @ 0xff01..=0xff5e => char::from_u32(wide - 0xfee0).unwrap_or(c),
            _ => c,
        })
        .flat_map(char::to_lowercase)
        .collect()
}

/// `\u0027` and `\x27` as the characters that they stand for.
fn escapes(text: &str) -> String {
    replace(text, '\\', |rest| {
        let (digits, skip) = match rest.as_bytes().first()? {
            b'u' => (rest.get(1..5)?, 5),
            b'x' => (rest.get(1..3)?, 3),
            _ => return None,
        };
        Some((char::from_u32(u32::from_str_radix(digits, 16).ok()?)?, skip))
    })
}

/// `&#39;`, `&#x27;` and the five named entities of XML.
fn entities(text: &str) -> String {
    replace(text, '&', |rest| {
        let end = rest.find(';').filter(|end| *end <= 8)?;
        let name = rest.get(..end)?;
        let c = match name {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            "apos" => '\'',
            _ => {
                let number = name.strip_prefix('#')?;
                let code = match number.strip_prefix('x') {
                    Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                    None => number.parse().ok()?,
                };
                char::from_u32(code)?
            }
        };
        Some((c, end + 1))
    })
}

/// Replaces what stands behind `lead` by what `read` makes of it, with the number of bytes that it took.
fn replace(text: &str, lead: char, read: impl Fn(&str) -> Option<(char, usize)>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(lead) {
        let (before, after) = rest.split_at(at);
        let after = after.get(lead.len_utf8()..).unwrap_or_default();
        out.push_str(before);
        if let Some((c, behind)) = read(after).and_then(|(c, skip)| Some((c, after.get(skip..)?))) {
            out.push(c);
            rest = behind;
        } else {
            out.push(lead);
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

/// The printable text that the whole value is the base64 of.
fn from_base64(text: &str) -> Option<String> {
    let bytes = STANDARD.decode(text.trim()).ok().filter(|bytes| bytes.len() >= 6)?;
    String::from_utf8(bytes).ok().filter(|inner| !inner.chars().any(char::is_control))
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn folding_is_idempotent(text in ".*") {
            let once = fold(&text);
            proptest::prop_assert_eq!(fold(&once), once);
        }
    }
}
