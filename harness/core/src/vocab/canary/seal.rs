//! Encrypts numbers so that they look random; only the holder of the key can read them.
//!
//! A 64-bit number goes through four rounds of a Feistel network and gets a keyed digest of the result as its tag. The
//! round function and the tag are `SipHash-2-4`, which takes about ten nanoseconds, so a scanner can try every place of
//! a long text.

/// A key of the hash.
pub(super) type Key = [u64; 2];

/// Encrypts numbers with its keys.
#[derive(Debug, Clone)]
pub(super) struct Seal {
    rounds: [Key; 4],
    tag: Key,
}

impl Seal {
    /// A seal with keys from `key`, which returns a new one for each number.
    pub(super) fn new(key: impl Fn(u8) -> Key) -> Self {
        Self { rounds: [0, 1, 2, 3].map(&key), tag: key(4) }
    }

    /// The number as a block that looks random, and the block's tag.
    pub(super) fn close(&self, plain: u64) -> (u64, u64) {
        let (mut left, mut right) = halves(plain);
        for key in self.rounds {
            (left, right) = (right, left ^ round(key, right));
        }
        let block = u64::from(left) << 32 | u64::from(right);
        (block, self.tag(block))
    }

    /// The tag of a block.
    pub(super) fn tag(&self, block: u64) -> u64 {
        sip(self.tag, block)
    }

    /// The number in a block; the caller has checked the tag.
    pub(super) fn open(&self, block: u64) -> u64 {
        let (mut left, mut right) = halves(block);
        for key in self.rounds.into_iter().rev() {
            (left, right) = (right ^ round(key, left), left);
        }
        u64::from(left) << 32 | u64::from(right)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "each half is cut out by its width")]
fn halves(number: u64) -> (u32, u32) {
    ((number >> 32) as u32, number as u32)
}

#[expect(clippy::cast_possible_truncation, reason = "a part of the digest is enough")]
fn round(key: Key, half: u32) -> u32 {
    sip(key, u64::from(half)) as u32
}

/// `SipHash-2-4` of the eight bytes of a number, lowest first (Aumasson and Bernstein 2012).
pub(super) fn sip([k0, k1]: Key, message: u64) -> u64 {
    /// Eight bytes were hashed: the last block contains only their number, in its highest byte.
    const LENGTH: u64 = 8 << 56;
    let mut v = [
        k0 ^ 0x736f_6d65_7073_6575,
        k1 ^ 0x646f_7261_6e64_6f6d,
        k0 ^ 0x6c79_6765_6e65_7261,
        k1 ^ 0x7465_6462_7974_6573,
    ];
    for block in [message, LENGTH] {
        v[3] ^= block;
        mix(&mut v);
        mix(&mut v);
        v[0] ^= block;
    }
    v[2] ^= 0xff;
    for _ in 0..4 {
        mix(&mut v);
    }
    v[0] ^ v[1] ^ v[2] ^ v[3]
}

fn mix([a, b, c, d]: &mut [u64; 4]) {
    *a = a.wrapping_add(*b);
    *b = b.rotate_left(13) ^ *a;
    *a = a.rotate_left(32);
    *c = c.wrapping_add(*d);
    *d = d.rotate_left(16) ^ *c;
    *a = a.wrapping_add(*d);
    *d = d.rotate_left(21) ^ *a;
    *c = c.wrapping_add(*b);
    *b = b.rotate_left(17) ^ *c;
    *c = c.rotate_left(32);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn siphash_gives_the_published_value() {
        // The reference implementation's vector of eight bytes: key 00 to 0f, message 00 to 07.
        let key = [0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908];
        assert_eq!(sip(key, 0x0706_0504_0302_0100), 0x93f5_f579_9a93_2462);
    }

    proptest::proptest! {
        #[test]
        fn closed_number_opens(plain: u64, key: u64) {
            let seal = Seal::new(|n| [key, u64::from(n)]);
            let (block, tag) = seal.close(plain);
            proptest::prop_assert_eq!(seal.open(block), plain);
            proptest::prop_assert_eq!(seal.tag(block), tag);
        }
    }
}
