//! Card numbers: digits with an issuer's prefix and length and a correct check digit.

use std::ops::Range;

/// Its name in reports.
pub(super) const DETAIL: &str = "card number";

/// The shortest card number, in digits. Shorter runs of digits and separators are skipped.
const SHORTEST: usize = 14;

/// The ways to group a card number. Other lengths exist, but random numbers of those lengths match too often.
const GROUPS: [&[usize]; 6] = [&[4, 4, 4, 4], &[4, 6, 5], &[4, 6, 4], &[16], &[15], &[14]];

/// The places of card numbers, such as 4111 1111 1111 1111, in order.
///
/// A run of 14 covers every 14th byte, so only one byte in 14 is checked until one may belong to a run.
pub(super) fn find(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = SHORTEST - 1;
    let runs = std::iter::from_fn(move || {
        while let Some(byte) = bytes.get(at) {
            if !inside(*byte) {
                at += SHORTEST;
                continue;
            }
            let before = bytes.get(..at)?.iter().rev().take_while(|b| inside(**b)).count();
            let after = bytes.get(at..)?.iter().take_while(|b| inside(**b)).count();
            let run = at - before..at + after;
            at = run.end + SHORTEST;
            if run.len() >= SHORTEST {
                return Some(run);
            }
        }
        None
    });
    runs.flat_map(move |run| numbers(bytes, run))
}

fn inside(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == b' ' || byte == b'-'
}

/// The card numbers in a run of digits, spaces and hyphens.
fn numbers(bytes: &[u8], run: Range<usize>) -> Vec<Range<usize>> {
    let mut groups: Vec<Range<usize>> = Vec::new();
    for at in run.clone().filter(|at| bytes.get(*at).is_some_and(u8::is_ascii_digit)) {
        match groups.last_mut() {
            Some(group) if group.end == at => group.end = at + 1,
            _ => groups.push(at..at + 1),
        }
    }
    let one = |first: usize, lengths: &[usize]| {
        let taken = groups.get(first..first.checked_add(lengths.len())?)?;
        let (start, end) = (taken.first()?.start, taken.last()?.end);
        let fits = taken.iter().map(ExactSizeIterator::len).eq(lengths.iter().copied());
        let separator = taken.first().and_then(|group| bytes.get(group.end));
        let even = taken.windows(2).all(|pair| match pair {
            [a, b] => b.start == a.end + 1 && bytes.get(a.end) == separator,
            _ => false,
        });
        let hyphens = lengths.len() > 1 && separator == Some(&b'-');
        (fits && even && alone(bytes, start, end, hyphens) && valid(bytes.get(start..end)?)).then_some(start..end)
    };
    (0..groups.len()).filter_map(|first| GROUPS.iter().find_map(|lengths| one(first, lengths))).collect()
}

/// Whether the number is not part of a word, a fraction or a longer chain.
fn alone(bytes: &[u8], start: usize, end: usize, hyphens: bool) -> bool {
    let joins = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'+' | b'%' | b'/');
    let before = start.checked_sub(1).and_then(|i| bytes.get(i)).is_some_and(joins);
    let (next, second) = (bytes.get(end), bytes.get(end + 1));
    let after = match next {
        Some(b'.' | b',') => second.is_some_and(u8::is_ascii_digit),
        Some(b'-') => hyphens || second.is_some_and(u8::is_ascii_alphanumeric),
        Some(b) => b.is_ascii_alphanumeric() || *b == b'_',
        None => false,
    };
    !before && !after
}

/// Whether an issuer uses such numbers (ISO/IEC 7812) and the check digit is correct.
fn valid(text: &[u8]) -> bool {
    let digits: Vec<u32> = text.iter().filter(|b| b.is_ascii_digit()).map(|b| u32::from(b - b'0')).collect();
    let head = digits.iter().take(4).fold(0, |sum, digit| sum * 10 + digit);
    let issued = match digits.len() {
        16 => matches!(head, 4000..=4999 | 5100..=5599 | 2221..=2720 | 6011 | 6440..=6599 | 3528..=3589 | 6200..=6299),
        15 => matches!(head, 3400..=3499 | 3700..=3799),
        14 => matches!(head, 3000..=3059 | 3600..=3699 | 3800..=3899),
        _ => false,
    };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, digit)| match digit * if i % 2 == 1 { 2 } else { 1 } {
            large if large > 9 => large - 9,
            small => small,
        })
        .sum();
    issued && sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn card_numbers_are_found_and_similar_numbers_are_not() {
        for text in [
            "4111111111111111",
            "card 5500-0000-0000-0004.",
            "3782 822463 10005",
            "\"pan\":\"4111 1111 1111 1111\"",
            "x 4111 1111 1111 1111 12 25",
        ] {
            assert_eq!(find(text.as_bytes()).count(), 1, "{text}");
        }
        for text in [
            "4111111111111112",
            "0.4111111111111111",
            "a4111111111111111",
            "41111111111111110",
            "4111-1111-1111-1111-1111",
            "1732400000000000",
        ] {
            assert_eq!(find(text.as_bytes()).count(), 0, "{text}");
        }
    }
}
