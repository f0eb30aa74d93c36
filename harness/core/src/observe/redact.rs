//! Keeps secrets out of the trace by replacing them in each line before it is written.
//!
//! A line is looked at for the first signs of each [`Form`](super::forms::Form) of each secret. Few lines hold any; those
//! are taken apart, and each of their texts is searched for whole forms. What stands in base64, in hexadecimal or compressed
//! is read as well, also where it is coded several times.

mod sieve;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use self::sieve::{Sieve, TEXT};
use super::forms::{SHORTEST, digests, ends, in_json, written};
use super::readings::{Budget, readings};
use super::{Event, What, cut};

/// Replaces each secret, in all forms that a line may contain, by its name.
#[derive(Debug, Default, Clone)]
pub struct Redactor(Option<Arc<Needles>>);

/// The text before the name of a replaced secret, or of its digest or end. An answer that contains it disclosed a
/// secret.
pub const MARK: &str = "[secret:";

/// Replaces a part of a secret that is too short, or too close to the caller's own text, to count against anybody.
const PART: &str = "[part-of-secret:";

/// A secret of at least so many bytes is told without its last one, or with a blank in its middle, as a caller shows it who
/// is to be refused.
const SHORTENED: usize = 12;

/// From this length on, a part of a secret at the cut end counts against a target.
const TELLING: usize = 16;

#[derive(Debug)]
struct Needles {
    /// The first bytes of all forms: without a match there is no secret.
    sieve: Sieve,
    stems: AhoCorasick,
    /// All forms.
    forms: Replacer,
    /// Secrets without their last sign or with a blank in the middle, looked for where no whole one stands.
    shortened: Option<Replacer>,
    /// The ends of secrets.
    ends: Option<Replacer>,
    /// The owner of each form that its beginning alone identifies.
    begins: BTreeMap<Vec<u8>, String>,
}

/// Forms, and their replacements.
#[derive(Debug)]
struct Replacer {
    needles: AhoCorasick,
    marks: Vec<String>,
}

/// What is replaced in one line, one after the other.
struct Cleaner<'a> {
    needles: &'a Needles,
    replacers: Vec<&'a Replacer>,
}

impl Redactor {
    /// A redactor of these secrets, by name. Secrets shorter than 6 bytes are too common to be told from text.
    pub fn new<'a>(secrets: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self::beside(secrets, "")
    }

    /// The same, with a public text: what it contains is not treated as the end of a secret.
    pub fn beside<'a>(secrets: impl IntoIterator<Item = (&'a str, &'a str)>, public: &str) -> Self {
        // The first name of a secret is used.
        let mut forms: BTreeMap<Vec<u8>, String> = BTreeMap::new();
        let mut tails: BTreeMap<Vec<u8>, Vec<(String, &str)>> = BTreeMap::new();
        let (mut begins, mut shortened) = (BTreeMap::new(), BTreeMap::new());
        for (name, secret) in secrets.into_iter().filter(|(_, secret)| secret.len() >= SHORTEST) {
            for form in written(secret) {
                let bytes = form.bytes.to_ascii_lowercase();
                begins.entry(bytes.clone()).or_insert_with(|| name.to_owned());
                forms.entry(bytes).or_insert_with(|| format!("{MARK}{name}]"));
            }
            for form in digests(secret) {
                forms.entry(form.bytes.to_ascii_lowercase()).or_insert_with(|| format!("{MARK}{name}:sha256]"));
            }
            let last = secret.char_indices().next_back().filter(|(at, _)| *at >= SHORTENED);
            if let Some(text) = last.and_then(|(at, _)| secret.get(..at)) {
                let mark = || format!("{PART}{name}]");
                shortened.entry(text.to_ascii_lowercase().into_bytes()).or_insert_with(mark);
                let at = secret.char_indices().nth(secret.chars().count() / 2).map_or(secret.len(), |(at, _)| at);
                let (before, after) = secret.split_at(at);
                shortened.entry(format!("{before} {after}").to_ascii_lowercase().into_bytes()).or_insert_with(mark);
            }
            for form in ends(secret) {
                tails.entry(form.bytes.to_ascii_lowercase()).or_default().push((format!("{MARK}{name}:end]"), secret));
            }
        }
        let public = public.to_ascii_lowercase();
        let tails = tails.into_iter().filter_map(|(end, of)| Some((end, owner(of)?)));
        let tails = tails.filter(|(end, _)| memchr::memmem::find(public.as_bytes(), end).is_none());
        Self(Needles::new(forms, (shortened, tails.collect()), begins).map(Arc::new))
    }

    /// The text without secrets.
    pub fn clean(&self, text: String) -> String {
        match &self.0 {
            Some(needles) => needles.cleaner(false).clean(text.as_bytes()),
            None => text,
        }
    }

    /// A JSON line without secrets in its texts. A secret may look like a number or like a member's name: those stay,
    /// or the line would no longer be an event.
    pub(super) fn clean_line(&self, event: &Event, line: String) -> String {
        let Some(needles) = &self.0 else { return line };
        // What stands behind base64 shows only when it is decoded.
        let holds = needles.may_hold(line.as_bytes()) || memchr::memmem::find(line.as_bytes(), br#"{"b64":"#).is_some();
        // Only in answers eight signs of a key are looked for: elsewhere they may be anything.
        let cleaner = needles.cleaner(matches!(event.what, What::Answered { .. }));
        let mut budget = Budget::SHOWN;
        if !holds && cleaner.hidden(line.as_bytes(), &mut budget).is_empty() {
            return line;
        }
        let Ok(mut value) = serde_json::from_str(&line) else { return cleaner.clean(line.as_bytes()) };
        needles.clean_value(&mut value, &cleaner);
        value.to_string()
    }
}

/// The replacement of an end, if all secrets with this end are one or parts of it: an end that two callers share
/// identifies neither.
fn owner(of: Vec<(String, &str)>) -> Option<String> {
    let longest = of.iter().map(|(_, secret)| *secret).max_by_key(|secret| secret.len())?;
    let one = of.iter().all(|(_, secret)| longest.contains(secret));
    of.into_iter().next().map(|(mark, _)| mark).filter(|_| one)
}

impl Needles {
    /// None if there are no secrets.
    fn new(
        forms: BTreeMap<Vec<u8>, String>,
        (shortened, ends): (BTreeMap<Vec<u8>, String>, BTreeMap<Vec<u8>, String>),
        begins: BTreeMap<Vec<u8>, String>,
    ) -> Option<Self> {
        if forms.is_empty() {
            return None;
        }
        let stem = |form: &[u8]| form.get(..TEXT).unwrap_or(form).to_vec();
        // The forms inside a JSON line.
        let in_line = |form: &Vec<u8>| std::str::from_utf8(form).map(|text| in_json(text).into_bytes()).ok();
        let all = || forms.keys().chain(ends.keys());
        let mut stems: Vec<Vec<u8>> = all().filter_map(in_line).map(|form| stem(&form)).collect();
        // In what was coded they stand as they are.
        stems.extend(all().map(|form| stem(form)));
        stems.sort();
        stems.dedup();
        let sieve = Sieve::new(&stems);
        // They are few and short enough for the fastest automaton.
        let mut builder = AhoCorasick::builder();
        let builder = builder.kind(Some(AhoCorasickKind::DFA)).ascii_case_insensitive(true);
        let stems = builder.build(stems).ok()?;
        let some = |texts: BTreeMap<Vec<u8>, String>| (!texts.is_empty()).then(|| Replacer::new(texts)).flatten();
        Some(Self { sieve, stems, forms: Replacer::new(forms)?, shortened: some(shortened), ends: some(ends), begins })
    }

    fn cleaner(&self, answers: bool) -> Cleaner<'_> {
        let ends = self.ends.iter().filter(|_| answers);
        Cleaner { needles: self, replacers: [&self.forms].into_iter().chain(&self.shortened).chain(ends).collect() }
    }

    /// Whether a form of a secret may stand in these bytes.
    fn may_hold(&self, bytes: &[u8]) -> bool {
        self.sieve.may_hold(bytes) && self.stems.is_match(bytes)
    }

    fn clean_value(&self, value: &mut Value, cleaner: &Cleaner<'_>) {
        match value {
            Value::String(text) => *text = cleaner.clean(&self.without_cut(text.as_bytes())),
            Value::Array(items) => items.iter_mut().for_each(|item| self.clean_value(item, cleaner)),
            Value::Object(members) => {
                let is_cut = is_cut(members);
                for (name, member) in members {
                    if is_cut && name == "bytes" {
                        self.clean_end(member);
                    }
                    let bytes = member.as_str().filter(|_| name == "b64").and_then(|text| STANDARD.decode(text).ok());
                    match bytes {
                        // Binary data: the result must still be base64.
                        Some(bytes) => {
                            *member = STANDARD.encode(cleaner.clean_bytes(&self.without_cut(&bytes))).into();
                        }
                        None => self.clean_value(member, cleaner),
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Replaces the beginning of a secret at the end of truncated bytes.
    fn clean_end(&self, kept: &mut Value) {
        match kept {
            Value::String(text) => {
                let bytes = self.without_end(text.as_bytes());
                *text = String::from_utf8_lossy(&bytes).into_owned();
            }
            Value::Object(members) => {
                for member in members.values_mut() {
                    let bytes = member.as_str().and_then(|text| STANDARD.decode(text).ok()).unwrap_or_default();
                    *member = STANDARD.encode(self.without_end(&bytes)).into();
                }
            }
            _ => {}
        }
    }

    /// A truncated text, marked as such by its reader, without the beginning of a secret at its end.
    fn without_cut<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        match memchr::memmem::rfind(bytes, cut::MARK.as_bytes()) {
            Some(at) => {
                let (kept, told) = bytes.split_at(at);
                Cow::Owned([&self.without_end(kept), told].concat())
            }
            None => Cow::Borrowed(bytes),
        }
    }

    fn without_end(&self, bytes: &[u8]) -> Vec<u8> {
        let longest = self.begins.keys().map(Vec::len).max().unwrap_or_default();
        let first = bytes.len().saturating_sub(longest);
        for at in first..bytes.len().saturating_sub(SHORTEST - 1) {
            let (before, end) = bytes.split_at(at);
            let end = end.to_ascii_lowercase();
            // The next form in order is the one with this beginning, if any.
            let next = self.begins.range(end.clone()..).next();
            if let Some((_, name)) = next.filter(|(form, _)| form.starts_with(&end)) {
                let mark = if end.len() >= TELLING { MARK } else { PART };
                return [before, mark.as_bytes(), name.as_bytes(), b"]"].concat();
            }
        }
        bytes.to_vec()
    }
}

/// Whether an object is a truncated capture.
fn is_cut(members: &Map<String, Value>) -> bool {
    let kept = match members.get("bytes") {
        Some(Value::String(text)) => text.len(),
        Some(Value::Object(coded)) => {
            let text = coded.get("b64").and_then(Value::as_str);
            text.and_then(|text| STANDARD.decode(text).ok()).map_or(usize::MAX, |bytes| bytes.len())
        }
        _ => return false,
    };
    let length = members.get("length").and_then(Value::as_u64);
    length.is_some_and(|length| u64::try_from(kept).is_ok_and(|kept| kept < length))
}

impl Cleaner<'_> {
    fn clean(&self, text: &[u8]) -> String {
        String::from_utf8_lossy(&self.clean_bytes(text)).into_owned()
    }

    fn clean_bytes(&self, bytes: &[u8]) -> Vec<u8> {
        let mut clean = self.replacers.iter().fold(bytes.to_vec(), |bytes, replacer| replacer.clean_bytes(&bytes));
        let mut budget = Budget::SHOWN;
        let mut hidden = self.hidden(&clean, &mut budget);
        hidden.sort_by_key(|(place, _)| place.start);
        let mut apart: Vec<(Range<usize>, BTreeSet<&str>)> = Vec::new();
        for (mut place, marks) in hidden {
            // The padding of base64 goes with it.
            place.end += clean.iter().skip(place.end).take(2).take_while(|byte| **byte == b'=').count();
            match apart.last_mut() {
                Some((last, all)) if place.start < last.end => {
                    last.end = last.end.max(place.end);
                    all.extend(marks);
                }
                _ => apart.push((place, marks)),
            }
        }
        // From the last to the first, so that each place stays where it is.
        for (place, marks) in apart.into_iter().rev() {
            clean.splice(place, marks.into_iter().collect::<String>().into_bytes());
        }
        clean
    }

    /// Where secrets stand that show only when what is coded is read, and what stands for them.
    fn hidden(&self, bytes: &[u8], budget: &mut Budget) -> Vec<(Range<usize>, BTreeSet<&str>)> {
        let read = readings(bytes, budget).into_iter();
        let marked = read.map(|reading| (reading.place, self.marks(&reading.bytes, budget)));
        marked.filter(|(_, marks)| !marks.is_empty()).collect()
    }

    /// What stands for the secrets in these bytes, in whatever coding.
    fn marks(&self, bytes: &[u8], budget: &mut Budget) -> BTreeSet<&str> {
        let mut marks = BTreeSet::new();
        if self.needles.may_hold(bytes) {
            // What a whole secret stood for is no part of one.
            let mut left = Cow::Borrowed(bytes);
            for replacer in &self.replacers {
                marks.extend(replacer.marks(&left));
                left = Cow::Owned(replacer.clean_bytes(&left));
            }
        }
        if let Some(mut deeper) = budget.deeper() {
            marks.extend(self.hidden(bytes, &mut deeper).into_iter().flat_map(|(_, marks)| marks));
            *budget = budget.rest_of(deeper);
        }
        marks
    }
}

impl Replacer {
    fn new(forms: BTreeMap<Vec<u8>, String>) -> Option<Self> {
        let (needles, marks): (Vec<_>, Vec<_>) = forms.into_iter().unzip();
        let mut builder = AhoCorasick::builder();
        let builder = builder.match_kind(MatchKind::LeftmostLongest).ascii_case_insensitive(true);
        Some(Self { needles: builder.build(needles).ok()?, marks })
    }

    fn clean_bytes(&self, bytes: &[u8]) -> Vec<u8> {
        self.needles.replace_all_bytes(bytes, &self.marks)
    }

    /// What stands for the forms in these bytes.
    fn marks(&self, bytes: &[u8]) -> impl Iterator<Item = &str> {
        let found = self.needles.find_iter(bytes).map(|found| found.pattern().as_usize()).collect::<BTreeSet<_>>();
        found.into_iter().filter_map(|index| self.marks.get(index)).map(String::as_str)
    }
}

#[cfg(test)]
mod tests;
