//! Bytes of which only the beginning is kept.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::vocab::Octets;

/// Bytes of which only the beginning is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capture {
    /// The beginning.
    pub bytes: Octets,
    /// Length of all bytes.
    pub length: u64,
    /// SHA-256 of all bytes, in hexadecimal.
    pub sha256: String,
}

impl Capture {
    /// Keeps at most `keep` bytes of `whole`.
    pub fn of(whole: &[u8], keep: usize) -> Self {
        let mut capturing = Capturing::new(keep);
        capturing.push(whole);
        capturing.finish()
    }

    /// Whether all bytes are kept.
    pub fn is_whole(&self) -> bool {
        u64::try_from(self.bytes.0.len()) == Ok(self.length)
    }
}

/// A capture that grows in pieces, in bounded memory.
#[derive(Debug, Clone)]
pub struct Capturing {
    bytes: Vec<u8>,
    length: u64,
    digest: Sha256,
    keep: usize,
}

impl Capturing {
    /// An empty one that keeps at most `keep` bytes.
    pub fn new(keep: usize) -> Self {
        Self { bytes: Vec::new(), length: 0, digest: Sha256::new(), keep }
    }

    /// Adds the next piece; returns the part of it that is not kept.
    pub fn push<'a>(&mut self, piece: &'a [u8]) -> &'a [u8] {
        let room = self.keep.saturating_sub(self.bytes.len());
        let (kept, behind) = piece.split_at_checked(room).unwrap_or((piece, &[]));
        self.bytes.extend_from_slice(kept);
        self.length = self.length.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        self.digest.update(piece);
        behind
    }

    /// Bytes so far.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The capture of all pieces.
    pub fn finish(self) -> Capture {
        Capture { bytes: Octets(self.bytes), length: self.length, sha256: hex(&self.digest.finalize()) }
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a String can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn pieces_give_the_capture_of_the_whole(bytes: Vec<u8>, piece in 1_usize..9, keep in 0_usize..40) {
            let mut capturing = Capturing::new(keep);
            bytes.chunks(piece).for_each(|piece| {
                capturing.push(piece);
            });
            proptest::prop_assert_eq!(capturing.finish(), Capture::of(&bytes, keep));
        }
    }
}
