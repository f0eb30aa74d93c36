//! Searches for many literals at once. In: literals, then bytes. Out: the place of every literal, in any case.
//!
//! An automaton of all literals is as slow as its slowest memory access. So the sieve first searches only for the four
//! consecutive bytes of each literal that are rarest in ordinary text, in a bit table that fits into the fastest cache
//! and whose lookups are independent. Literals are compared only where a bit is set.

use std::ops::Range;

/// Finds literals, compared without the case of ASCII letters.
#[derive(Debug)]
pub(super) struct Sieve {
    /// In lower case.
    literals: Vec<Box<[u8]>>,
    /// The literals of four or more bytes, by their rarest four.
    long: Grams,
    /// The others, by their first three.
    short: Grams,
    /// The numbers of those short literals.
    brief: Vec<usize>,
}

impl Sieve {
    /// A sieve of these literals, none of them empty.
    pub(super) fn new<'a>(literals: impl Iterator<Item = &'a [u8]>) -> Self {
        let literals: Vec<Box<[u8]>> = literals.map(|literal| literal.to_ascii_lowercase().into()).collect();
        let (mut long, mut short, mut brief) = (Vec::new(), Vec::new(), Vec::new());
        for (number, literal) in literals.iter().enumerate() {
            if let Some((distance, gram)) = rarest(literal) {
                long.push(Candidate { gram, number, distance });
            } else {
                brief.push(number);
                short.extend(beginnings(literal).into_iter().map(|gram| Candidate { gram, number, distance: 0 }));
            }
        }
        Self { literals, long: Grams::new(long), short: Grams::new(short), brief }
    }

    /// The number and place of each literal in `bytes`, in order of their ends, longer ones first.
    pub(super) fn hits(&self, bytes: &[u8]) -> Vec<(usize, Range<usize>)> {
        let mut hits = Vec::new();
        for (at, gram) in bytes.array_windows().enumerate() {
            let gram = gram_of(*gram);
            if self.long.holds(gram) | self.short.holds(gram & THREE) {
                self.look(bytes, at, gram, &mut hits);
            }
        }
        // A literal in the last three bytes is a short one, whatever would follow.
        for at in bytes.len().saturating_sub(WIDTH - 1)..bytes.len() {
            hits.extend(self.brief.iter().filter_map(|number| Some((*number, self.place(bytes, at, *number)?))));
        }
        hits.sort_unstable_by_key(|(number, place)| (place.end, place.start, *number));
        hits
    }

    /// The literals that contain the four bytes at `at`.
    fn look(&self, bytes: &[u8], at: usize, gram: u32, hits: &mut Vec<(usize, Range<usize>)>) {
        for Candidate { number, distance, .. } in self.long.get(gram).chain(self.short.get(gram & THREE)) {
            let place = at.checked_sub(*distance).and_then(|start| self.place(bytes, start, *number));
            hits.extend(place.map(|place| (*number, place)));
        }
    }

    /// The place of a literal, if it is at `start`.
    fn place(&self, bytes: &[u8], start: usize, number: usize) -> Option<Range<usize>> {
        let literal = self.literals.get(number)?;
        let place = start..start + literal.len();
        bytes.get(place.clone())?.eq_ignore_ascii_case(literal).then_some(place)
    }
}

/// A gram of a literal, and its distance from the literal's beginning.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    gram: u32,
    number: usize,
    distance: usize,
}

/// Literals by a gram: consecutive bytes as a number, letters in lower case.
#[derive(Debug)]
struct Grams {
    /// One bit per hash of a gram: whether it may occur.
    bits: Box<[u64; 1 << (HASH - 6)]>,
    /// By the first bits of the hash: where their candidates begin in the next list; the last entry is its length.
    starts: Box<[usize]>,
    candidates: Box<[Candidate]>,
}

impl Grams {
    fn new(mut candidates: Vec<Candidate>) -> Self {
        let mut bits = Box::new([0_u64; 1 << (HASH - 6)]);
        let mut starts = vec![0; (1 << BUCKET) + 1];
        candidates.sort_by_key(|candidate| hash(candidate.gram));
        for candidate in &candidates {
            let hash = hash(candidate.gram);
            if let Some(bits) = bits.get_mut(hash / 64) {
                *bits |= 1 << (hash % 64);
            }
            starts.iter_mut().skip((hash >> (HASH - BUCKET)) + 1).take(1).for_each(|count| *count += 1);
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        Self { bits, starts: starts.into(), candidates: candidates.into() }
    }

    #[inline]
    fn holds(&self, gram: u32) -> bool {
        let hash = hash(gram);
        self.bits.get(hash / 64).copied().unwrap_or(0) >> (hash % 64) & 1 == 1
    }

    fn get(&self, gram: u32) -> impl Iterator<Item = &Candidate> {
        let bucket = hash(gram) >> (HASH - BUCKET);
        let place = self.starts.get(bucket).copied().unwrap_or(0)..self.starts.get(bucket + 1).copied().unwrap_or(0);
        self.candidates.get(place).unwrap_or_default().iter().filter(move |candidate| candidate.gram == gram)
    }
}

/// Bits of a hash: a table of that many bits takes 16 KiB, so that two fit into a core's first cache.
const HASH: usize = 17;

/// Bits of a hash that select candidates: about one candidate each.
const BUCKET: usize = 11;

/// Bytes of a gram.
const WIDTH: usize = 4;

/// How far into a literal its rarest bytes are searched.
const FARTHEST: usize = 12;

/// Sets the lower-case bit of an ASCII letter in each of four bytes.
const LOWER: u32 = 0x2020_2020;

/// The first three of four bytes.
const THREE: u32 = 0x00ff_ffff;

/// Four bytes as a number, with letters in lower case.
#[inline]
fn gram_of(bytes: [u8; WIDTH]) -> u32 {
    u32::from_le_bytes(bytes) | LOWER
}

/// Knuth's multiplicative hash.
#[inline]
fn hash(gram: u32) -> usize {
    usize::try_from(gram.wrapping_mul(0x9e37_79b1) >> (32 - HASH)).unwrap_or(0)
}

/// The three-byte grams with which a shorter literal may begin.
fn beginnings(literal: &[u8]) -> Vec<u32> {
    let any = || 0..=u8::MAX;
    let gram = |[a, b, c]: [u8; 3]| gram_of([a, b, c, 0]) & THREE;
    let mut grams: Vec<u32> = match *literal {
        [a, b, c] => vec![gram([a, b, c])],
        [a, b] => any().map(|c| gram([a, b, c])).collect(),
        [a] => any().flat_map(|b| any().map(move |c| gram([a, b, c]))).collect(),
        _ => Vec::new(),
    };
    grams.sort_unstable();
    grams.dedup();
    grams
}

/// The four consecutive bytes that are rarest in ordinary text, and their place; none in a shorter literal.
fn rarest(literal: &[u8]) -> Option<(usize, u32)> {
    let grams = literal.array_windows::<WIDTH>().take(FARTHEST).enumerate();
    let (distance, gram) = grams.min_by_key(|(_, gram)| {
        let common = memchr::memmem::find(ORDINARY, *gram).is_some();
        (common, gram.iter().map(|byte| frequency(*byte)).product::<usize>())
    })?;
    Some((distance, gram_of(*gram)))
}

/// Typical content of answers and pages, in lower case.
const ORDINARY: &[u8] = br#"
 the of and to in is for that with this from your you are not have has can will was all more about which when than
 account address amount active author available balance body book category city code comment company content count country
 created currency current customer data date default description display email end error event field file first format group
 header height href html https://www.example.com/api/v1/items?page=2&limit=20&ref=list image index info input inside integer
 item items key label language last length level limit line link list local location mail main message meta method model name
 next node note null number object offset order other page parent path payment people person phone place point post price
 private product profile public quantity query rating read record reference region request required resource response result
 role root search section select service session set size source start state status store street string style subject system
 table tag tags target text time title token total transfer true type under union unit update updated user users valid value
 values version view visible web width world write year false id url uri org net io json
 monday friday january february march april may june july august september october november december
 {"id":"a-1","name":"b","list":["c","d"],"e":null,"f":true,"g":{"h":1.5}},{"at":"2026-11-25t03:44:00z","n":[1,2],"m":{}},
 <!doctype html><html><head><meta charset="utf-8"><title></title></head><body><div class="item"><a href="/items/1"><img
 src="/static/1.jpg" alt="x"></a><h1></h1><h2></h2><h3></h3><p></p><ul><li></li></ul><span></span><script></script><style>
 <link rel="stylesheet"><table><tr><td></td></tr></table><input type="text" value=""><button></button></div></body></html>
"#;

/// Letters from the most frequent in English text (Norvig 2013, over 3.5 * 10^12 letters).
const LETTERS: &[u8] = b"etaoinsrhldcumfpgwybvkxjqz";

/// Rough frequency of a byte. It affects only the speed of the sieve, not its result.
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

    /// The result of a simple automaton.
    fn plainly(literals: &[Vec<u8>], bytes: &[u8]) -> Vec<(usize, Range<usize>)> {
        let automaton = AhoCorasick::builder().ascii_case_insensitive(true).build(literals).unwrap();
        automaton.find_overlapping_iter(bytes).map(|hit| (hit.pattern().as_usize(), hit.range())).collect()
    }

    proptest! {
        #[test]
        fn sieve_finds_what_a_simple_automaton_finds(
            literals in prop::collection::vec(prop::collection::vec(prop::sample::select(b"aAb[{.\xe2\x00z".to_vec()), 1..14), 1..8),
            bytes in prop::collection::vec(prop::sample::select(b"aAbB[{.\xe2\x00xz".to_vec()), 0..60),
        ) {
            let sieve = Sieve::new(literals.iter().map(Vec::as_slice));
            // The literals themselves are in it too, at the beginning and at the end.
            let bytes = [literals.concat(), bytes, literals.concat()].concat();
            prop_assert_eq!(sieve.hits(&bytes), plainly(&literals, &bytes));
        }
    }
}
