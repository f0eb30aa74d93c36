//! Searches for planted values in all forms.

use std::ops::Range;
use std::sync::LazyLock;

use super::class::{Encoding, Needle, Planted};
use super::decode::{Codec, decode};
use super::form::{Form, INVISIBLE, forms, invisible, traces};
use super::sieve::Sieve;
use crate::observe::readings::{Budget, readings};

/// Finds the planted values of a run.
#[derive(Debug)]
pub(super) struct Search {
    needles: Vec<Needle>,
    forms: Vec<Form>,
    sieve: Sieve,
}

/// Shorter values must have the planted case.
const SHORTEST_IN_ANY_CASE: usize = 6;

/// How far around an invisible character a value is searched, in bytes.
const AROUND: usize = 600;

/// First bytes of invisible characters.
static BEGINS: LazyLock<Vec<bool>> =
    LazyLock::new(|| (0..=u8::MAX).map(|byte| INVISIBLE.iter().any(|it| it.first() == Some(&byte))).collect());

impl Search {
    pub(super) fn new(needles: &[Needle]) -> Self {
        let mut all: Vec<Form> = needles.iter().enumerate().flat_map(|(i, needle)| forms(i, &needle.value)).collect();
        if !all.is_empty() {
            all.extend(invisible());
        }
        let whole = needles.iter().enumerate().filter(|(_, needle)| needle.tail == 0);
        all.extend(whole.flat_map(|(i, needle)| traces(i, &needle.value)));
        let sieve = Sieve::new(all.iter().map(|form| form.literal.as_slice()));
        Self { needles: needles.to_vec(), forms: all, sieve }
    }

    /// The literals of all forms, for an automaton that also searches for other things.
    pub(super) fn literals(&self) -> impl Iterator<Item = &[u8]> {
        self.forms.iter().map(|form| form.literal.as_slice())
    }

    /// All planted values with the places of their encoded forms, in order.
    pub(super) fn find(&self, bytes: &[u8]) -> Vec<(Planted<'_>, Range<usize>)> {
        self.verify(bytes, self.sieve.hits(bytes))
    }

    /// The values in the readings of `bytes`, at the places of the encoded forms.
    fn inside(&self, bytes: &[u8], mut budget: Budget) -> (Vec<(Planted<'_>, Range<usize>)>, Budget) {
        let mut found = Vec::new();
        for reading in readings(bytes, &mut budget) {
            let mut inner = self.stand(&reading.bytes, self.sieve.hits(&reading.bytes));
            if let Some(deeper) = budget.deeper() {
                let (more, left) = self.inside(&reading.bytes, deeper);
                budget = budget.rest_of(left);
                inner.extend(more);
            }
            found.extend(inner.into_iter().map(|(planted, _)| {
                let deep = reading.inflated || planted.encoding == Encoding::Compressed;
                let encoding = match planted.encoding {
                    Encoding::Part | Encoding::Digest => planted.encoding,
                    _ if deep => Encoding::Compressed,
                    _ => Encoding::Nested,
                };
                (Planted { encoding, offset: reading.place.start, ..planted }, reading.place.clone())
            }));
        }
        (found, budget)
    }

    /// The values that really are where a form's literal was found.
    pub(super) fn verify(
        &self,
        bytes: &[u8],
        hits: impl IntoIterator<Item = (usize, Range<usize>)>,
    ) -> Vec<(Planted<'_>, Range<usize>)> {
        if self.forms.is_empty() {
            return Vec::new();
        }
        let mut found = self.stand(bytes, hits);
        for (planted, range) in self.inside(bytes, Budget::WHOLE).0 {
            // A single encoding was already found by its own form.
            let known = |(other, place): &(Planted<'_>, Range<usize>)| {
                other.name == planted.name
                    && other.value == planted.value
                    && place.start < range.end
                    && range.start < place.end
            };
            if !found.iter().any(known) {
                found.push((planted, range));
            }
        }
        // An end of a complete value is not a second leak.
        let whole: Vec<(&str, Range<usize>)> = found
            .iter()
            .filter(|(p, _)| p.encoding != Encoding::Part)
            .map(|(p, range)| (p.name, range.clone()))
            .collect();
        found.retain(|(part, range)| {
            let covers = |(name, place): &(&str, Range<usize>)| {
                *name == part.name && place.start < range.end && range.start < place.end
            };
            part.encoding != Encoding::Part || !whole.iter().any(covers)
        });
        found.sort_by(|(a, x), (b, y)| {
            (x.start, a.name, x.end, a.encoding, &a.value).cmp(&(y.start, b.name, y.end, b.encoding, &b.value))
        });
        found.dedup_by(|(b, y), (a, x)| x == y && a.name == b.name);
        found
    }

    /// The values at these places in one encoding.
    fn stand(
        &self,
        bytes: &[u8],
        hits: impl IntoIterator<Item = (usize, Range<usize>)>,
    ) -> Vec<(Planted<'_>, Range<usize>)> {
        let mut hidden: Vec<Range<usize>> = Vec::new();
        let mut found = Vec::new();
        for (index, hit) in hits {
            let Some(form) = self.forms.get(index) else { continue };
            if matches!(form.codec, Codec::Invisible) {
                let near = hit.start.saturating_sub(AROUND)..hit.end.saturating_add(AROUND).min(bytes.len());
                match hidden.last_mut() {
                    Some(last) if last.end >= near.start => last.end = near.end,
                    _ => hidden.push(near),
                }
            } else {
                found.extend(self.read(form, bytes, &hit));
            }
        }
        for near in hidden {
            found.extend(self.uncover(bytes, near));
        }
        found
    }

    fn read(&self, form: &Form, bytes: &[u8], hit: &Range<usize>) -> Option<(Planted<'_>, Range<usize>)> {
        let Needle { name, value, tail } = self.needles.get(form.needle)?;
        if let Some(trace) = &form.trace {
            return trace_at(form, trace, bytes, hit).then(|| {
                let planted = Planted { name, value: value.clone(), encoding: form.encoding, offset: hit.start };
                (planted, hit.clone())
            });
        }
        let (mut decoded, range) = decode(form.codec, bytes, hit, value.len().checked_add(*tail)?)?;
        let (head, digits) = decoded.split_at_mut_checked(value.len())?;
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        let raised = digits.iter().any(u8::is_ascii_uppercase);
        let written = bytes.get(range.clone())?;
        let encoding = match form.encoding {
            Encoding::Plain if head == value && !raised => Encoding::Plain,
            Encoding::Plain if value.len() >= SHORTEST_IN_ANY_CASE && head.eq_ignore_ascii_case(value) => case(written),
            Encoding::Plain => return None,
            _ if head != value => return None,
            Encoding::Base64 if written.iter().any(|b| matches!(b, b'-' | b'_')) => Encoding::Base64Url,
            other => other,
        };
        head.copy_from_slice(value);
        digits.make_ascii_lowercase();
        Some((Planted { name, value: decoded, encoding, offset: range.start }, range))
    }

    /// The values that appear without the invisible characters.
    fn uncover(&self, bytes: &[u8], near: Range<usize>) -> Vec<(Planted<'_>, Range<usize>)> {
        let (mut seen, mut places) = (Vec::with_capacity(near.len()), Vec::with_capacity(near.len()));
        let mut at = near.start;
        let bytes = bytes.get(..near.end).unwrap_or(bytes);
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let may = rest.first().is_some_and(|byte| BEGINS.get(usize::from(*byte)) == Some(&true));
            if let Some(invisible) = INVISIBLE.iter().find(|invisible| may && rest.starts_with(invisible)) {
                at += invisible.len();
            } else {
                seen.extend(rest.first());
                places.push(at);
                at += 1;
            }
        }
        let read = |(index, hit): (usize, Range<usize>)| {
            let (planted, range) = self.read(self.forms.get(index)?, &seen, &hit)?;
            let (start, last) = (*places.get(range.start)?, *places.get(range.end.checked_sub(1)?)?);
            // Without an invisible character inside, it was found already.
            let encoding = match planted.encoding {
                Encoding::QuotedPrintable => Encoding::QuotedPrintable,
                _ => Encoding::Invisible,
            };
            (last - start >= range.len()).then(|| (Planted { encoding, offset: start, ..planted }, start..last + 1))
        };
        self.sieve.hits(&seen).into_iter().filter_map(read).collect()
    }
}

/// Whether the irreversible form occurs here on its own: hexadecimal digits in any case, everything else unchanged, and
/// ends of values at a word boundary.
fn trace_at(form: &Form, trace: &[u8], bytes: &[u8], hit: &Range<usize>) -> bool {
    let Some(text) = bytes.get(hit.clone()) else { return false };
    let hex = form.encoding == Encoding::Digest && trace.iter().all(|b| b.is_ascii_hexdigit() || *b == b':');
    let alike = text == trace || hex && text.eq_ignore_ascii_case(trace);
    let joins = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let inside = joins(hit.start.checked_sub(1).and_then(|i| bytes.get(i))) && joins(bytes.get(hit.end));
    alike && !(form.encoding == Encoding::Part && inside)
}

fn case(written: &[u8]) -> Encoding {
    match (written.iter().any(u8::is_ascii_uppercase), written.iter().any(u8::is_ascii_lowercase)) {
        (true, false) => Encoding::UpperCase,
        (false, _) => Encoding::LowerCase,
        (true, true) => Encoding::MixedCase,
    }
}
