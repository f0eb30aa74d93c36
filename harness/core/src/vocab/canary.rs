//! Canaries: 32 hexadecimal digits that identify their case.
//!
//! A canary looks like a W3C trace id, or like a UUID in a request id. Without the run's seed and nonce it looks
//! random, so a target cannot recognise test traffic by common parts. The case is encrypted in the digits. So a sensor
//! attributes an arrival at any time without a table, and no two cases share a canary.
//!
//! One part is different. What an upstream plants in its answers begins with the run's prefix, 8 digits that all
//! such canaries share, because leaks are searched for in every way of writing, base64 and the like among them, and that
//! takes a literal. A target sees them in our upstream's answers only, and they are new in each run.

mod find;
mod seal;

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use self::seal::{Key, Seal, sip};
use super::{Nonce, Part, ScenarioId};

/// One case of one scenario. `scenario` is a digest of the scenario's id, so it does not depend on the selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CaseId {
    /// Digest of the scenario id.
    pub scenario: u32,
    /// Position among the scenario's cases; below 2^24.
    pub index: u32,
}

impl CaseId {
    /// The case at `index` of `scenario`.
    pub fn new(scenario: &ScenarioId, index: u32) -> Self {
        Self { scenario: Self::digest(scenario), index: index & 0x00ff_ffff }
    }

    /// The digest of a scenario id.
    pub fn digest(scenario: &ScenarioId) -> u32 {
        first_four(&Sha256::digest(scenario.as_str().as_bytes()))
    }
}

/// A canary of a part of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Canary(u128);

impl Canary {
    /// The canary with these 32 hexadecimal digits; none for other texts.
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
    source: Source,
    prefix: u32,
    prefix_text: String,
    /// Runs without a nonce are of versions in which every canary began with the prefix.
    prefixed: bool,
    digits: Seal,
    uuids: Seal,
    spans: Key,
}

/// The source of all marks of a run.
#[derive(Debug, Clone, Copy)]
struct Source {
    seed: u64,
    nonce: Nonce,
}

impl Tracer {
    /// The tracer of a run with this seed and nonce.
    pub fn new(seed: u64, nonce: Nonce) -> Self {
        let source = Source { seed, nonce };
        let prefix = first_four(&source.hash(b"prefix", &[]));
        let seal = |label: &'static [u8]| Seal::new(|number| source.key(label, number));
        Self {
            source,
            prefix,
            prefix_text: format!("{prefix:08x}"),
            prefixed: nonce.is_empty(),
            digits: seal(b"digits"),
            uuids: seal(b"uuids"),
            spans: source.key(b"spans", 0),
        }
    }

    /// The first 8 digits of everything that the run's upstreams plant.
    pub fn prefix(&self) -> &str {
        &self.prefix_text
    }

    /// The canary of a part of a case.
    pub fn canary(&self, case: CaseId, part: Part) -> Canary {
        let plain = plain(case, part);
        if self.prefixed || part == Part::ANSWER {
            let tag = self.tag(plain);
            let sealed = plain ^ self.pad(tag);
            return Canary(u128::from(self.prefix) << 96 | u128::from(tag) << 64 | u128::from(sealed));
        }
        let (block, tag) = self.digits.close(plain);
        Canary(u128::from(block) << 64 | u128::from(tag))
    }

    /// The id by which a call names itself: a UUID of version 4 whose other digits are those of no canary.
    pub fn request_id(&self, case: CaseId, part: Part) -> String {
        if self.prefixed {
            return self.canary(case, part).to_string();
        }
        let (block, tag) = self.uuids.close(plain(case, part));
        let digits = format!("{:032x}", uuid(u128::from(block) << 58 | u128::from(tag >> 6)));
        let mut text = String::with_capacity(36);
        for (at, digit) in digits.chars().enumerate() {
            if matches!(at, 8 | 12 | 16 | 20) {
                text.push('-');
            }
            text.push(digit);
        }
        text
    }

    /// The parent id of a call's trace context, 16 digits.
    pub fn span(&self, case: CaseId, part: Part) -> String {
        if self.prefixed {
            return self.canary(case, part).to_string().split_off(16);
        }
        format!("{:016x}", sip(self.spans, plain(case, part)))
    }

    /// The texts by which a call shows whose it is: its canary, its request id and its span.
    pub fn marks(&self, case: CaseId, part: Part) -> [String; 3] {
        [self.canary(case, part).to_string(), self.request_id(case, part), self.span(case, part)]
    }

    /// One of `all`, by the nonce; none in a run without one.
    pub fn pick<'a, T>(&self, label: &[u8], all: &'a [T]) -> Option<&'a T> {
        let number = usize::try_from(first_four(&self.source.hash(label, &[]))).ok()?;
        all.get(number.checked_rem(all.len())?).filter(|_| !self.prefixed)
    }

    /// A secret to plant: 40 hexadecimal digits derived from seed, nonce and name.
    pub fn secret(&self, name: &str) -> String {
        self.source.hash(b"secret", name.as_bytes()).iter().take(20).map(|byte| format!("{byte:02x}")).collect()
    }

    /// The SHA-256 of such a secret, in hexadecimal.
    pub fn secret_digest(&self, name: &str) -> String {
        Sha256::digest(self.secret(name)).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The case and part of a canary or request id; none if it is not of this run.
    #[expect(clippy::cast_possible_truncation, reason = "the fields are cut out by their width")]
    pub fn open(&self, Canary(digits): Canary) -> Option<(CaseId, Part)> {
        if (digits >> 96) as u32 == self.prefix {
            let tag = (digits >> 64) as u32;
            let plain = digits as u64 ^ self.pad(tag);
            let opened = (self.tag(plain) == tag).then(|| of_plain(plain));
            if opened.is_some_and(|(_, part)| self.prefixed || part == Part::ANSWER) {
                return opened;
            }
        }
        if self.prefixed {
            return None;
        }
        let block = (digits >> 64) as u64;
        if self.digits.tag(block) == digits as u64 {
            return Some(of_plain(self.digits.open(block))).filter(|(_, part)| *part != Part::ANSWER);
        }
        let bare = of_uuid(digits)?;
        let block = (bare >> 58) as u64;
        let sealed = u128::from(self.uuids.tag(block) >> 6) == bare & ((1 << 58) - 1);
        sealed.then(|| of_plain(self.uuids.open(block)))
    }

    /// All cases whose canary or request id stands in `bytes`, in order of place.
    pub fn find<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = (CaseId, Part)> + 'a {
        find::candidates(bytes).filter_map(|digits| self.open(Canary(digits)))
    }

    fn tag(&self, plain: u64) -> u32 {
        first_four(&self.source.hash(b"tag", &plain.to_be_bytes()))
    }

    fn pad(&self, tag: u32) -> u64 {
        let digest = self.source.hash(b"pad", &tag.to_be_bytes());
        digest.iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
    }
}

impl Source {
    fn hash(self, label: &[u8], data: &[u8]) -> [u8; 32] {
        let hash = Sha256::new().chain_update(self.seed.to_be_bytes());
        let hash = match self.nonce.value() {
            Some(nonce) => hash.chain_update(nonce.to_be_bytes()),
            None => hash,
        };
        hash.chain_update(label).chain_update(data).finalize().into()
    }

    fn key(self, label: &[u8], number: u8) -> Key {
        let digest = self.hash(label, &[number]);
        let part = |from| digest.iter().skip(from).take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        [part(0), part(8)]
    }
}

fn plain(case: CaseId, part: Part) -> u64 {
    u64::from(case.scenario) << 32 | u64::from(case.index) << 8 | u64::from(part.0)
}

#[expect(clippy::cast_possible_truncation, reason = "the fields are cut out by their width")]
fn of_plain(plain: u64) -> (CaseId, Part) {
    let case = CaseId { scenario: (plain >> 32) as u32, index: (plain >> 8) as u32 & 0x00ff_ffff };
    (case, Part(plain as u8))
}

/// 122 bits as a UUID of version 4 (RFC 9562 section 5.4).
fn uuid(bits: u128) -> u128 {
    const LOW: u128 = (1 << 62) - 1;
    bits >> 74 << 80 | 4 << 76 | (bits >> 62 & 0xfff) << 64 | 2 << 62 | bits & LOW
}

/// The 122 bits of a UUID, whatever its version digit: Envoy marks traced requests there.
fn of_uuid(digits: u128) -> Option<u128> {
    const LOW: u128 = (1 << 62) - 1;
    let bits = digits >> 80 << 74 | (digits >> 64 & 0xfff) << 62 | digits & LOW;
    (digits >> 62 & 3 == 2).then_some(bits)
}

fn first_four(digest: &[u8]) -> u32 {
    digest.iter().take(4).fold(0, |sum, byte| sum << 8 | u32::from(*byte))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// An empty nonce, for the marks of old runs, or another.
    fn nonces() -> impl proptest::strategy::Strategy<Value = Nonce> {
        use proptest::prelude::*;
        prop_oneof![Just(Nonce::default()), any::<u128>().prop_map(Nonce::new)]
    }

    fn case(index: u32) -> CaseId {
        CaseId { scenario: 0x1234_5678, index }
    }

    proptest::proptest! {
        #[test]
        fn mark_identifies_its_case(
            seed: u64, nonce in nonces(), scenario: u32, index in 0_u32..1 << 24, part: u8, upper: bool, before: Vec<u8>, after: String,
        ) {
            let tracer = Tracer::new(seed, nonce);
            let (case, part) = (CaseId { scenario, index }, Part(part));
            let [canary, request, _] = tracer.marks(case, part);
            for mark in [&canary, &request, &request.replace('-', "")] {
                let mark = if upper { mark.to_uppercase() } else { mark.clone() };
                let bytes = [&before, mark.as_bytes(), after.as_bytes()].concat();
                proptest::prop_assert!(tracer.find(&bytes).any(|found| found == (case, part)), "{}", mark);
                for other in [Tracer::new(seed.wrapping_add(1), nonce), Tracer::new(seed, Nonce::new(7))] {
                    proptest::prop_assert_eq!(other.find(&bytes).next(), None);
                }
            }
        }
    }

    #[test]
    fn request_id_is_a_uuid_and_may_be_marked_as_traced() {
        let tracer = Tracer::new(1, Nonce::new(1));
        let id = tracer.request_id(case(3), Part::REQUEST);
        assert_eq!((id.len(), id.get(14..15)), (36, Some("4")), "{id}");
        assert!(id.get(19..20).is_some_and(|variant| "89ab".contains(variant)), "{id}");
        let changed = format!("{}9{}", &id[..14], &id[15..]);
        assert_eq!(tracer.find(changed.as_bytes()).next(), Some((case(3), Part::REQUEST)));
    }

    #[test]
    fn marks_of_calls_share_no_eight_consecutive_digits() {
        let tracer = Tracer::new(1, Nonce::new(1));
        let marks =
            (0..2000).flat_map(|index| [Part::REQUEST, Part::PAYLOAD].map(|part| tracer.marks(case(index), part)));
        let (mut seen, mut all) = (HashSet::new(), 0);
        for mark in marks.flatten().map(|mark| mark.replace('-', "")) {
            // The same position in two marks: a target would compare those.
            for at in (0..mark.len() - 7).step_by(8).filter(|at| !(mark.len() == 32 && *at == 8)) {
                seen.insert((at, mark[at..at + 8].to_owned()));
                all += 1;
            }
        }
        // Of 36,000 random 32-bit numbers, far fewer than ten are equal.
        assert!(all - seen.len() < 10, "{} of {all} are the same", all - seen.len());
    }

    #[test]
    fn planted_canary_begins_with_the_prefix_of_its_run() {
        let [one, other] = [1, 2].map(|nonce| Tracer::new(1, Nonce::new(nonce)));
        for index in 0..100 {
            assert!(one.canary(case(index), Part::ANSWER).to_string().starts_with(one.prefix()));
        }
        assert_ne!(one.prefix(), other.prefix());
        assert_ne!(one.secret("key"), other.secret("key"));
    }

    #[test]
    fn run_without_a_nonce_has_the_marks_of_old_versions() {
        let tracer = Tracer::new(7, Nonce::default());
        assert_eq!(tracer.marks(case(3), Part::REQUEST), OLD.map(str::to_owned));
        assert_eq!(tracer.find(OLD[0].as_bytes()).collect::<Vec<_>>(), [(case(3), Part::REQUEST)]);
    }

    /// Written by version 0.1.0 for seed 7: canary, request id and span.
    const OLD: [&str; 3] = ["75b7257f6c752d9f455cccf4aeb00985", "75b7257f6c752d9f455cccf4aeb00985", "455cccf4aeb00985"];
}
