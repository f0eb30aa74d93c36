//! Finds possible marks in bytes: 32 consecutive hexadecimal digits, or the five groups of a UUID.

/// Digits of a mark.
const DIGITS: usize = 32;
/// The positions of the hyphens in a UUID (RFC 9562 section 4), and its length.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];
const UUID: usize = 36;

/// Each number of 32 hexadecimal digits in `bytes`, of either case, in order of place. Most texts have few, so only
/// every 32nd byte is checked where none is possible.
pub(super) fn candidates(bytes: &[u8]) -> impl Iterator<Item = u128> {
    runs(bytes).flat_map(in_run)
}

/// Sufficiently long runs of hexadecimal digits and hyphens.
fn runs(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let fits = |byte: &u8| byte.is_ascii_hexdigit() || *byte == b'-';
    // Everything before this place was checked.
    let mut from = 0_usize;
    std::iter::from_fn(move || {
        loop {
            // A sufficiently long run that begins at `from` or later contains the last byte of these 32.
            let window = bytes.get(from..from.checked_add(DIGITS)?)?;
            let begin = window.iter().rposition(|byte| !fits(byte)).map_or(from, |last| from + last + 1);
            if begin > from {
                from = begin;
                continue;
            }
            let rest = bytes.get(from..)?;
            let run = rest.get(..rest.iter().position(|byte| !fits(byte)).unwrap_or(rest.len()))?;
            from += run.len();
            return Some(run);
        }
    })
}

/// The numbers in one run.
fn in_run(run: &[u8]) -> impl Iterator<Item = u128> {
    let (mut value, mut digits) = (0_u128, 0_usize);
    run.iter().enumerate().filter_map(move |(at, byte)| {
        if let Some(digit) = char::from(*byte).to_digit(16) {
            value = value << 4 | u128::from(digit);
            digits += 1;
            (digits >= DIGITS).then_some(value)
        } else {
            let before = std::mem::take(&mut digits);
            (before >= 8).then(|| run.get(at.checked_sub(8)?..)).flatten().and_then(uuid)
        }
    })
}

/// The digits of a UUID at the start of these bytes.
fn uuid(bytes: &[u8]) -> Option<u128> {
    let text = bytes.get(..UUID)?;
    text.iter().enumerate().try_fold(0_u128, |value, (at, byte)| {
        if HYPHENS.contains(&at) {
            return (*byte == b'-').then_some(value);
        }
        Some(value << 4 | u128::from(char::from(*byte).to_digit(16)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All places, checked one by one.
    fn plainly(bytes: &[u8]) -> Vec<u128> {
        let hex = |at: usize| {
            let text = bytes.get(at..at + DIGITS)?;
            text.iter().try_fold(0_u128, |sum, byte| Some(sum << 4 | u128::from(char::from(*byte).to_digit(16)?)))
        };
        let mut found: Vec<(usize, u128)> = Vec::new();
        for at in 0..bytes.len() {
            // Ordered by their last byte.
            found.extend(hex(at).map(|value| (at + DIGITS - 1, value)));
            found.extend(bytes.get(at..).and_then(uuid).map(|value| (at + 8, value)));
        }
        found.sort_by_key(|(end, _)| *end);
        found.into_iter().map(|(_, value)| value).collect()
    }

    proptest::proptest! {
        #[test]
        fn no_place_is_missed(bytes in "([0-9a-f]{20,40}|[0-9A-F]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[ -~]{0,50}|-){0,6}") {
            let found: Vec<u128> = candidates(bytes.as_bytes()).collect();
            proptest::prop_assert_eq!(found, plainly(bytes.as_bytes()));
        }
    }
}
