//! Canaries: 32 hexadecimal digits that say which case they belong to.
//!
//! A canary looks like a W3C trace id. Its first 8 digits are the run's prefix, so that it is found in any bytes by
//! one substring search; the other 24 carry the case, sealed under the run's seed. So a sensor attributes an
//! arrival without a table, whenever it comes, and no two cases share a canary.

use std::fmt;
use std::fmt::Write as _;

use memchr::memmem;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::ScenarioId;

/// One case of one scenario. `scenario` is a digest of the scenario's id, so it is the same in every selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CaseId {
    /// Digest of the scenario id.
    pub scenario: u32,
    /// Position in the scenario's expansion; below 2^24.
    pub index: u32,
}

impl CaseId {
    /// The case at `index` of `scenario`.
    pub fn new(scenario: &ScenarioId, index: u32) -> Self {
        Self { scenario: Self::digest(scenario), index: index & if cfg!(planted) { 0x7f } else { 0x00ff_ffff } }
    }

    /// The digest of a scenario id.
    pub fn digest(scenario: &ScenarioId) -> u32 {
        first_four(&Sha256::digest(scenario.as_str().as_bytes()))
    }
}

/// A canary of a case: part 0 is the caller's request, part 1 what the request smuggles or plants, part 2 what
/// the upstream plants in its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Canary(u128);

impl Canary {
    /// The canary with these 32 hexadecimal digits, if they are that.
    pub fn parse(text: &[u8]) -> Option<Self> {
        (text.len() == 32 && text.iter().all(u8::is_ascii_hexdigit))
            .then(|| std::str::from_utf8(text).ok().and_then(|t| u128::from_str_radix(t, 16).ok()))
            .flatten()
            .map(Self)
    }
}

impl fmt::Display for Canary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// Makes and recognises the canaries of a run.
#[derive(Debug, Clone)]
pub struct Tracer {
    seed: u64,
    prefix: u32,
    prefix_text: String,
}

impl Tracer {
    /// The tracer of a run with this seed.
    pub fn new(seed: u64) -> Self {
        let prefix = first_four(&hash(seed, b"prefix", &[]));
        let mut prefix_text = String::with_capacity(8);
        // Writing to a String can't fail.
        let _ = write!(prefix_text, "{prefix:08x}");
        Self { seed, prefix, prefix_text }
    }

    /// The first 8 digits of all canaries of the run.
    pub fn prefix(&self) -> &str {
        &self.prefix_text
    }

    /// The canary of a part of a case.
    pub fn canary(&self, case: CaseId, part: u8) -> Canary {
        let plain = u64::from(case.scenario) << 32 | u64::from(case.index) << 8 | u64::from(part);
        let tag = self.tag(plain);
        let sealed = plain ^ self.pad(tag);
        Canary(u128::from(self.prefix) << 96 | u128::from(tag) << 64 | u128::from(sealed))
    }

    /// A secret to plant: 40 hexadecimal digits that follow from the seed and the name.
    pub fn secret(&self, name: &str) -> String {
        hash(self.seed, b"secret", name.as_bytes()).iter().take(20).map(|byte| format!("{byte:02x}")).collect()
    }

    /// The SHA-256 of such a secret, in hexadecimal.
    pub fn secret_digest(&self, name: &str) -> String {
        Sha256::digest(self.secret(name)).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The case and part of a canary; nothing if it is not of this run.
    #[expect(clippy::cast_possible_truncation, reason = "the fields are cut out by their width")]
    pub fn open(&self, canary: Canary) -> Option<(CaseId, u8)> {
        if (canary.0 >> 96) as u32 != self.prefix {
            return None;
        }
        let tag = (canary.0 >> 64) as u32;
        let plain = canary.0 as u64 ^ self.pad(tag);
        let case = CaseId { scenario: (plain >> 32) as u32, index: (plain >> 8) as u32 & 0x00ff_ffff };
        (self.tag(plain) == tag).then_some((case, plain as u8))
    }

    /// All cases whose canary stands in `bytes`, in order of place.
    pub fn find<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = (CaseId, u8)> + 'a {
        memmem::find_iter(bytes, self.prefix_text.as_bytes()).filter_map(move |at| {
            let canary = Canary::parse(bytes.get(at..at.checked_add(32)?)?)?;
            self.open(canary)
        })
    }

    fn tag(&self, plain: u64) -> u32 {
        first_four(&hash(self.seed, b"tag", &plain.to_be_bytes()))
    }

    fn pad(&self, tag: u32) -> u64 {
        let digest = hash(self.seed, b"pad", &tag.to_be_bytes());
        digest.iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
    }
}

fn hash(seed: u64, label: &[u8], data: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(seed.to_be_bytes()).chain_update(label).chain_update(data).finalize().into()
}

fn first_four(digest: &[u8]) -> u32 {
    digest.iter().take(4).fold(0, |sum, byte| sum << 8 | u32::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn a_canary_says_its_case(seed: u64, scenario: u32, index in 0_u32..1 << 24, part: u8, before: Vec<u8>, after in "[^0-9a-f].*") {
            let tracer = Tracer::new(seed);
            let case = CaseId { scenario, index };
            let mut bytes = before;
            bytes.push(b' ');
            bytes.extend(tracer.canary(case, part).to_string().bytes());
            bytes.extend(after.bytes());
            proptest::prop_assert_eq!(tracer.find(&bytes).next(), Some((case, part)));
            proptest::prop_assert_eq!(Tracer::new(seed.wrapping_add(1)).find(&bytes).next(), None);
        }
    }
}
