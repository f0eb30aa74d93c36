//! A capture of bytes that come in pieces.

use sha2::{Digest, Sha256};

use super::Capture;
use super::event::hex;
use crate::vocab::Octets;

/// Takes bytes piece by piece and keeps the beginning of the whole.
#[derive(Debug, Clone)]
pub struct Gather {
    keep: usize,
    bytes: Vec<u8>,
    length: u64,
    digest: Sha256,
}

impl Gather {
    /// Of what is gathered, at most `keep` bytes are kept.
    pub fn new(keep: usize) -> Self {
        Self { keep, bytes: Vec::new(), length: 0, digest: Sha256::new() }
    }

    /// Takes the next piece; gives back what of it is not kept.
    pub fn push<'a>(&mut self, piece: &'a [u8]) -> &'a [u8] {
        let room = self.keep.saturating_sub(self.bytes.len());
        let (kept, rest) = piece.split_at_checked(room).unwrap_or((piece, &[]));
        self.bytes.extend_from_slice(kept);
        self.length += u64::try_from(piece.len()).unwrap_or(u64::MAX);
        self.digest.update(piece);
        rest
    }

    /// What was gathered.
    pub fn finish(self) -> Capture {
        Capture { bytes: Octets(self.bytes), length: self.length, sha256: hex(&self.digest.finalize()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn pieces_are_captured_as_the_whole_is(pieces: Vec<Vec<u8>>, keep in 0..40_usize) {
            let mut gather = Gather::new(keep);
            let rest: Vec<u8> = pieces.iter().flat_map(|piece| gather.push(piece)).copied().collect();
            let whole = pieces.concat();
            proptest::prop_assert_eq!(&rest[..], whole.get(keep..).unwrap_or_default());
            proptest::prop_assert_eq!(gather.finish(), Capture::of(&whole, keep));
        }
    }
}
