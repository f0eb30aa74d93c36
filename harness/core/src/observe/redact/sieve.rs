//! A fast check that bytes contain none of many short texts.
//!
//! Wherever a text of six bytes begins, one of every three positions sees four of its bytes in a row. Those are looked
//! up in a table that fits into the processor's fastest cache. An automaton then checks the matches byte by byte.

/// Bytes of a text.
pub(super) const TEXT: usize = 6;
/// Bytes looked up at once.
const BLOCK: usize = 4;
/// Distance between two lookups.
const STEP: usize = TEXT - BLOCK + 1;
/// The table has one bit for each number of this many bits.
const BITS: u32 = 16;

/// Finds bytes that may contain a text.
#[derive(Debug)]
pub(super) struct Sieve {
    table: Vec<u64>,
    blocks: Vec<u32>,
}

impl Sieve {
    /// A sieve for these texts of six bytes, in either case.
    pub(super) fn new(texts: &[Vec<u8>]) -> Self {
        let mut blocks: Vec<u32> = texts.iter().flat_map(|text| text.windows(BLOCK)).filter_map(folded).collect();
        blocks.sort_unstable();
        blocks.dedup();
        let mut table = vec![0; 1 << (BITS - 6)];
        for block in &blocks {
            let (word, bit) = place(*block);
            table.get_mut(word).into_iter().for_each(|word| *word |= bit);
        }
        Self { table, blocks }
    }

    /// Whether these bytes may contain a text.
    pub(super) fn may_hold(&self, bytes: &[u8]) -> bool {
        bytes.windows(BLOCK).step_by(STEP).filter_map(folded).any(|block| {
            let (word, bit) = place(block);
            self.table.get(word).is_some_and(|word| word & bit != 0) && self.blocks.binary_search(&block).is_ok()
        })
    }
}

/// The bytes as a number that does not depend on case.
fn folded(bytes: &[u8]) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.try_into().ok()?) | 0x2020_2020)
}

/// The bit of a block.
fn place(block: u32) -> (usize, u64) {
    // Knuth's multiplicative hash: the high bits depend on all of the block.
    let hash = block.wrapping_mul(0x9e37_79b1) >> (u32::BITS - BITS);
    (usize::try_from(hash >> 6).unwrap_or_default(), 1 << (hash & 63))
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn no_text_is_missed(text in "[ -~]{6}", before: Vec<u8>, after: Vec<u8>, upper: bool) {
            let sieve = Sieve::new(&[text.to_ascii_lowercase().into_bytes(), b"others".to_vec()]);
            let text = if upper { text.to_uppercase() } else { text };
            proptest::prop_assert!(sieve.may_hold(&[&before, text.as_bytes(), &after].concat()));
        }
    }

    #[test]
    fn bytes_without_a_text_are_recognised() {
        let sieve = Sieve::new(&[b"k3y/of".to_vec()]);
        assert!(!sieve.may_hold(b"the quick brown fox jumps over the lazy dog, and k3y is none"));
        assert!(!sieve.may_hold(b"k3y"));
    }
}
