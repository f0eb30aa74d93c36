//! Certificates and chained traces: what was signed can't be changed unseen.

use std::sync::OnceLock;

use arbitrary::Arbitrary;

use super::given;
use crate::certify::check;
use crate::certify::sample::{Sample, trace};
use crate::observe::{Lines, State};
use crate::vocab::Digest;

/// One byte is changed, added or removed.
#[derive(Debug, Arbitrary)]
struct Change {
    at: u16,
    byte: u8,
    how: How,
}

#[derive(Debug, Clone, Copy, Arbitrary)]
enum How {
    Replace,
    Add,
    Remove,
    Cut,
}

impl Change {
    /// The bytes after the change; nothing where they are the same.
    fn of(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let at = usize::from(self.at) % bytes.len();
        let mut changed = bytes.to_vec();
        match self.how {
            How::Replace => *changed.get_mut(at).unwrap() = self.byte,
            How::Add => changed.insert(at, self.byte),
            How::Remove => drop(changed.remove(at)),
            How::Cut => changed.truncate(at),
        }
        (changed != bytes).then_some(changed)
    }
}

/// A certificate of which one byte was changed, added or removed, or of which the end is missing, is refused.
///
/// What is left of a certificate that ends after its first line is a whole run statement: whoever signed it alone.
pub fn certificate(data: &[u8]) {
    static SAMPLE: OnceLock<Sample> = OnceLock::new();
    let Some(change) = given::<Change>(data) else { return };
    let sample = SAMPLE.get_or_init(Sample::new);
    let Some(changed) = change.of(sample.text.as_bytes()) else { return };
    let Ok(text) = String::from_utf8(changed) else { return };
    let keys = sample.keys();
    let report = check(&sample.given(&text, &keys));
    let alone = sample.text.starts_with(&text) && report.self_attested && report.run.as_ref() == Some(&sample.run);
    assert!(report.fault().is_some() || alone, "a change is not seen: {change:?}");
}

/// The same for a chained trace: it is refused, or its end is seen to be missing, or its root is another one.
pub fn chain(data: &[u8]) {
    static SAMPLE: OnceLock<(Vec<u8>, Digest)> = OnceLock::new();
    let Some(change) = given::<Change>(data) else { return };
    let (bytes, root) = SAMPLE.get_or_init(|| trace(5));
    let Some(changed) = change.of(bytes) else { return };
    let mut lines = Lines::new(changed.as_slice());
    let read = lines.by_ref().all(|event| event.is_ok());
    let trail = lines.trail();
    assert!(!read || trail.state != State::Whole || trail.root != *root, "a change is not seen: {change:?}");
}
