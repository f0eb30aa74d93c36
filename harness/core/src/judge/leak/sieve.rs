//! Many literals at once. In: literals, then bytes. Out: the place of every literal, in any case.
//!
//! An automaton of all literals walks at the speed of its slowest memory. Of each literal only the three bytes in a
//! row are looked for first that are rarest in ordinary text, by a table that fits into the fastest cache and whose
//! looks don't wait for one another. The automaton, which knows for sure, starts only where the table lets it.

use std::ops::Range;

use aho_corasick::automaton::Automaton;
use aho_corasick::dfa::DFA;
use aho_corasick::{Anchored, StartKind};

/// Finds literals, compared without the case of ASCII letters.
#[derive(Debug)]
pub(super) struct Sieve {
    /// By a trigram's slot: how far from a literal's beginning it stands, one bit for each distance.
    table: Box<[u8]>,
    automaton: Option<DFA>,
}

/// Slots of the table: 32 KiB, the first cache of a small core.
const TABLE: usize = 1 << 15;

/// Bytes of a trigram.
const WIDTH: usize = 3;

/// Distances that a slot can tell: its bits.
const FARTHEST: usize = 8;

impl Sieve {
    /// A sieve of these literals, none of them empty.
    pub(super) fn new<'a>(literals: impl Iterator<Item = &'a [u8]> + Clone) -> Self {
        let mut table = vec![0_u8; TABLE].into_boxed_slice();
        for literal in literals.clone() {
            let distance = rarest(literal);
            for slot in slots(literal.get(distance..).unwrap_or_default()) {
                if let Some(distances) = table.get_mut(slot) {
                    *distances |= 1 << distance;
                }
            }
        }
        // Fails only for more than 2^31 states; then nothing is found.
        let automaton =
            DFA::builder().ascii_case_insensitive(true).start_kind(StartKind::Anchored).build(literals).ok();
        Self { table, automaton }
    }

    /// The number and place of each literal in `bytes`, in order of its end, longer ones first.
    pub(super) fn hits(&self, bytes: &[u8]) -> Vec<(usize, Range<usize>)> {
        let mut hits = Vec::new();
        for (at, [a, b, c]) in bytes.array_windows().enumerate() {
            let distances = self.table.get(slot([*a, *b, *c])).copied().unwrap_or(0);
            if distances != 0 {
                let starts = (0..FARTHEST).filter(|distance| distances >> distance & 1 == 1);
                starts
                    .filter_map(|distance| at.checked_sub(distance))
                    .for_each(|start| self.look(bytes, start, &mut hits));
            }
        }
        // What begins in the last bytes is shorter than a trigram.
        for start in (bytes.len() + 1).saturating_sub(WIDTH)..bytes.len() {
            self.look(bytes, start, &mut hits);
        }
        hits.sort_unstable_by_key(|(number, place)| (place.end, place.start, *number));
        // One beginning may have been looked at for the sake of several literals.
        hits.dedup();
        hits
    }

    /// All literals that begin at `start`.
    #[cold]
    fn look(&self, bytes: &[u8], start: usize, hits: &mut Vec<(usize, Range<usize>)>) {
        let Some(automaton) = &self.automaton else { return };
        let Ok(mut state) = automaton.start_state(Anchored::Yes) else { return };
        for (end, byte) in (start + 1..).zip(bytes.get(start..).unwrap_or_default()) {
            state = automaton.next_state(Anchored::Yes, state, *byte);
            if automaton.is_dead(state) {
                return;
            }
            if automaton.is_match(state) {
                // A state also knows the literals that end here and began later.
                let numbers = (0..automaton.match_len(state)).map(|nth| automaton.match_pattern(state, nth));
                let whole = numbers.filter(|number| automaton.pattern_len(*number) == end - start);
                hits.extend(whole.map(|number| (number.as_usize(), start..end)));
            }
        }
    }
}

/// The slot of a trigram: its bytes with letters in lower case, spread by Knuth's multiplicative hash. Bytes that are
/// no letters may share a slot with others; the automaton tells them apart.
fn slot([a, b, c]: [u8; WIDTH]) -> usize {
    let hash = (u32::from_le_bytes([a, b, c, 0]) | 0x0020_2020).wrapping_mul(0x9e37_79b1) >> 17;
    usize::try_from(hash).unwrap_or(0)
}

/// The slots of the trigram at the beginning of a text; of a shorter text, those of all trigrams that it may begin.
fn slots(text: &[u8]) -> Vec<usize> {
    let any = || 0..=u8::MAX;
    match text {
        [a, b, c, ..] => vec![slot([*a, *b, *c])],
        [a, b] => any().map(|c| slot([*a, *b, c])).collect(),
        [a] => any().flat_map(|b| any().map(move |c| slot([*a, b, c]))).collect(),
        [] => Vec::new(),
    }
}

/// Where the trigram stands in a literal that is rarest in ordinary text; 0 in a literal that has none.
fn rarest(literal: &[u8]) -> usize {
    let frequency = |trigram: &[u8]| trigram.iter().map(|byte| frequency(*byte)).product::<usize>();
    let trigrams = literal.windows(WIDTH).take(FARTHEST).enumerate();
    trigrams.min_by_key(|(_, trigram)| frequency(trigram)).map_or(0, |(distance, _)| distance)
}

/// Letters from the most frequent in English text on (Norvig 2013, over 3.5 * 10^12 letters).
const LETTERS: &[u8] = b"etaoinsrhldcumfpgwybvkxjqz";

/// How frequent a byte is, roughly: it decides only how fast the sieve is, not what it finds.
fn frequency(byte: u8) -> usize {
    let letter = LETTERS.iter().position(|letter| *letter == byte.to_ascii_lowercase());
    match (letter, byte) {
        (Some(rank), _) => LETTERS.len() - rank,
        (None, b'0'..=b'9' | b' ' | b'\n' | b'"' | b':' | b',' | b'.' | b'/' | b'-' | b'<' | b'>' | b'=') => 16,
        (None, _) => 2,
    }
}

#[cfg(test)]
mod tests {
    use aho_corasick::AhoCorasick;
    use proptest::prelude::*;

    use super::*;

    /// What one automaton finds that looks at every byte.
    fn plainly(literals: &[Vec<u8>], bytes: &[u8]) -> Vec<(usize, Range<usize>)> {
        let automaton = AhoCorasick::builder().ascii_case_insensitive(true).build(literals).unwrap();
        automaton.find_overlapping_iter(bytes).map(|hit| (hit.pattern().as_usize(), hit.range())).collect()
    }

    proptest! {
        #[test]
        fn it_finds_what_a_look_at_every_byte_finds(
            literals in prop::collection::vec(prop::collection::vec(prop::sample::select(b"aAb[{.\xe2\x00z".to_vec()), 1..14), 1..8),
            bytes in prop::collection::vec(prop::sample::select(b"aAbB[{.\xe2\x00xz".to_vec()), 0..60),
        ) {
            let sieve = Sieve::new(literals.iter().map(Vec::as_slice));
            // The literals themselves stand in it too, at the beginning and at the end.
            let bytes = [literals.concat(), bytes, literals.concat()].concat();
            prop_assert_eq!(sieve.hits(&bytes), plainly(&literals, &bytes));
        }
    }
}
