//! The scanner: one sieve for all anchors and all forms of the planted values.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::OnceLock;

use regex::bytes::Regex;

use super::class::{Class, Encoding, Leak, Needle, Planted, Sight};
use super::detector::Detector;
use super::excerpt::excerpt;
use super::planted::Search;
use super::sieve::Sieve;
use super::{address, card, cloud, database, path, secret, token, trace, version};

/// Finds what must not be in an answer. Built once per run and shared between threads.
#[derive(Debug)]
pub struct Scanner {
    sieve: Sieve,
    meanings: Vec<Meaning>,
    patterns: Vec<OnceLock<Option<Regex>>>,
    search: Search,
}

/// Most leaks reported by one scan.
const MAX_LEAKS: usize = 32;

/// Most leaks per detector in one scan: a stack trace is one thing, however deep.
const MAX_EACH: usize = 4;

impl Scanner {
    /// A scanner for these planted values and all patterns.
    pub fn new(needles: &[Needle]) -> Self {
        let search = Search::new(needles);
        let mut anchors: BTreeMap<&[u8], Meaning> = BTreeMap::new();
        for (index, detector) in detectors().enumerate() {
            for anchor in detector.anchors {
                anchors.entry(anchor.as_bytes()).or_default().detectors.push(index);
            }
        }
        for (index, literal) in search.literals().enumerate() {
            anchors.entry(literal).or_default().forms.push(index);
        }
        let sieve = Sieve::new(anchors.keys().copied());
        let patterns = detectors().map(|_| OnceLock::new()).collect();
        Self { sieve, meanings: anchors.into_values().collect(), patterns, search }
    }

    /// All leaks in `bytes`, sorted by place and class, at most 32.
    ///
    /// If there are more, the first leak of each detector comes before any second one, and planted values and secrets
    /// come before the rest.
    pub fn scan(&self, bytes: &[u8]) -> Vec<Leak> {
        self.scan_but(bytes, |_| false)
    }

    /// The same without what `excused` accepts. It is asked before counting, so that excused text hides nothing.
    pub fn scan_but(&self, bytes: &[u8], excused: impl Fn(Sight<'_>) -> bool) -> Vec<Leak> {
        let mut finds = Finds { detectors: detectors().map(|detector| (detector, Vec::new(), 0)).collect() };
        let mut hits = Vec::new();
        for (literal, place) in self.sieve.hits(bytes) {
            let Some(meaning) = self.meanings.get(literal) else { continue };
            for index in &meaning.detectors {
                finds.look(*index, &self.patterns, bytes, place.clone(), &excused);
            }
            hits.extend(meaning.forms.iter().map(|form| (*form, place.clone())));
        }
        let mut ranked = finds.ranked(bytes);
        let mut seen: BTreeMap<(&str, Encoding), usize> = BTreeMap::new();
        for (found, range) in self.search.verify(bytes, hits) {
            if excused(Sight::Planted(&found.value)) {
                continue;
            }
            let nth = seen.entry((found.name, found.encoding)).or_default();
            if *nth < MAX_EACH {
                ranked.push((*nth, planted(bytes, &found, range)));
            }
            *nth += 1;
        }
        let cards =
            card::find(bytes).filter(|range| !excused(Sight::Text(bytes.get(range.clone()).unwrap_or_default())));
        for (nth, range) in cards.take(MAX_EACH).enumerate() {
            let excerpt = excerpt(bytes, range.clone(), Some(range.clone()));
            ranked.push((nth, leak(Class::Secret, card::DETAIL, range.start, excerpt)));
        }
        first(ranked)
    }

    /// All planted values in `bytes`, decoded completely, in order of place.
    pub fn planted<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = Planted<'a>> {
        self.search.find(bytes).into_iter().map(|(planted, _)| planted)
    }
}

/// What a literal of the automaton belongs to.
#[derive(Debug, Default)]
struct Meaning {
    detectors: Vec<usize>,
    forms: Vec<usize>,
}

/// A detector, its matches with their inner spans, and the place up to which it is done.
type Found = (&'static Detector, Vec<(Range<usize>, Range<usize>)>, usize);

/// What each detector has found, and the place up to which it is done.
struct Finds {
    detectors: Vec<Found>,
}

impl Finds {
    fn look(
        &mut self,
        index: usize,
        patterns: &[OnceLock<Option<Regex>>],
        bytes: &[u8],
        hit: Range<usize>,
        excused: &impl Fn(Sight<'_>) -> bool,
    ) {
        let (Some((detector, found, done)), Some(cell)) = (self.detectors.get_mut(index), patterns.get(index)) else {
            return;
        };
        if found.len() >= MAX_EACH || hit.start < *done {
            return;
        }
        let end = hit.end;
        if let Some(it) = detector.look(cell, bytes, hit, *done) {
            if excused(Sight::Text(bytes.get(it.inner.clone()).unwrap_or_default())) {
                // Text beyond the anchor may be more than the excused part.
                *done = end;
            } else {
                *done = it.span.end;
                found.push((it.span, it.inner));
            }
        }
    }

    /// The leaks, each with the number that its detector found before it.
    fn ranked(self, bytes: &[u8]) -> Vec<(usize, Leak)> {
        let one = |(detector, found, _): Found| {
            let class = detector.class;
            found.into_iter().enumerate().map(move |(nth, (span, inner))| {
                let masked = (class == Class::Secret).then_some(inner);
                (nth, leak(class, detector.detail, span.start, excerpt(bytes, span, masked)))
            })
        };
        self.detectors.into_iter().flat_map(one).collect()
    }
}

/// All pattern detectors.
pub(super) fn detectors() -> impl Iterator<Item = &'static Detector> {
    let tables = [
        path::DETECTORS,
        address::DETECTORS,
        cloud::DETECTORS,
        version::DETECTORS,
        secret::DETECTORS,
        token::DETECTORS,
    ];
    trace::TABLES.into_iter().chain(database::TABLES).chain(tables).flatten()
}

fn planted(bytes: &[u8], found: &Planted<'_>, range: Range<usize>) -> Leak {
    let excerpt = excerpt(bytes, range, None);
    Leak { encoding: found.encoding, ..leak(Class::Planted, found.name, found.offset, excerpt) }
}

fn leak(class: Class, detail: &str, offset: usize, excerpt: String) -> Leak {
    Leak { class, detail: detail.to_owned(), encoding: Encoding::Plain, offset, excerpt }
}

/// The reported leaks, in order.
fn first(mut ranked: Vec<(usize, Leak)>) -> Vec<Leak> {
    let urgency = |class| match class {
        Class::Planted => 0,
        Class::Secret => 1,
        _ => 2,
    };
    ranked.sort_by(|(a, x), (b, y)| {
        (*a, urgency(x.class), x.offset, x.class, &x.detail).cmp(&(*b, urgency(y.class), y.offset, y.class, &y.detail))
    });
    let mut leaks: Vec<Leak> = ranked.into_iter().map(|(_, leak)| leak).take(MAX_LEAKS).collect();
    leaks.sort_by(|a, b| (a.offset, a.class, &a.detail, a.encoding).cmp(&(b.offset, b.class, &b.detail, b.encoding)));
    leaks
}
