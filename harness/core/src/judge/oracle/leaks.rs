//! What an answer discloses.

use std::borrow::Cow;
use std::cell::LazyCell;
use std::collections::BTreeSet;

use super::super::leak::{Class, Leak, Sight};
use super::echo::Echo;
use super::{Outcome, Scene, broken, stands};
use crate::observe::{Answered, Capture, End, Header, MARK, content};
use crate::scenario::{Banner, Receives};
use crate::vocab::{self, Canary, Octets, Reason};

/// The name of an interim response as a place.
const INTERIM: &str = "an interim answer";

/// `leaks: nothing`: no detector finds anything in the answer's reason phrase, headers and decoded body, and it
/// contains neither what the upstream planted nor a credential of Pincer (CWE-209, CWE-497). What the caller sent may
/// come back, and server versions in headers are left to `banner`. Everything found is reported, the worst first.
///
/// An unreadable part of the answer makes the result unresolved, unless the readable part already leaks.
///
/// A finding: expected nothing; seen a Python traceback in the body: `Traceback (most recent call last)…`; and a file
/// path in the body: `/srv/app.py`.
pub(super) fn nothing(scene: &Scene<'_>) -> Outcome {
    let Some(answer) = scene.seen.answer() else {
        return Outcome::Unresolved(Reason::NoAnswer);
    };
    let read = Read::of(answer);
    // Most answers contain nothing that must be compared with what was sent.
    let echo = LazyCell::new(|| Echo::of(scene.plan, scene.case, &scene.around.hosts));
    let excused = |sight: Sight<'_>| match sight {
        Sight::Text(text) => echo.holds(text),
        Sight::Planted(value) => !planted_by_upstream(scene, value) || echo.holds(value),
    };
    let mut found = Vec::new();
    for part in read.parts() {
        let leaks = scene.around.scanner.scan_but(part.bytes(), excused);
        // The server's own banner has its own scenario. A banner that the upstream was told to send was passed on, and
        // counts.
        let banner = |leak: &Leak| leak.class == Class::ServerVersion && part.is_head() && !echo.planted(&leak.excerpt);
        let told = leaks.iter().filter(|leak| !banner(leak));
        found.extend(told.map(|leak| Told::leak(leak, part.place(leak.offset))));
        for (at, text) in content::inner(part.bytes()) {
            let leaks = scene.around.scanner.scan_but(&text, excused);
            let inside = leaks.iter().filter(|leak| speaks_of_the_inside(leak.class));
            found.extend(inside.map(|leak| Told::leak(leak, part.place(at))));
        }
        if let Some(at) = memchr::memmem::find(part.bytes(), MARK.as_bytes()) {
            found.push(Told { rank: 1, what: "a credential".to_owned(), place: part.place(at), excerpt: None });
        }
    }
    match told(found) {
        Some(seen) => stands("leaks", "no internal details", seen),
        None if !read.whole => Outcome::Unresolved(Reason::AnswerTruncated),
        None => Outcome::Held,
    }
}

/// Whether a find in encoded text counts: an address or a version there may belong to an intended link.
fn speaks_of_the_inside(class: Class) -> bool {
    matches!(class, Class::StackTrace | Class::DatabaseError | Class::FilePath | Class::Secret)
}

/// `banner: unversioned`: no header names the version of a product (CWE-200, ASVS 13.4.6). A product name alone is
/// allowed.
///
/// A finding: expected headers without a version; seen product and version in the header server: `nginx/1.25.3`.
pub(super) fn banner(scene: &Scene<'_>, rule: Banner) -> Outcome {
    let Banner::Unversioned = rule;
    let Some(answer) = scene.seen.answer() else {
        return Outcome::Unresolved(Reason::NoAnswer);
    };
    let head = Part::Head(head(answer), answer.reason.as_ref().map_or(0, |reason| reason.0.len()));
    let echo = LazyCell::new(|| Echo::of(scene.plan, scene.case, &scene.around.hosts));
    let leaks = scene.around.scanner.scan_but(head.bytes(), |sight| match sight {
        Sight::Text(text) => echo.holds(text),
        Sight::Planted(_) => true,
    });
    let versions = leaks.iter().filter(|leak| leak.class == Class::ServerVersion);
    let numbered = versions.filter(|leak| leak.excerpt.bytes().any(|byte| byte.is_ascii_digit()));
    match told(numbered.map(|leak| Told::leak(leak, head.place(leak.offset))).collect()) {
        Some(seen) => stands("banner", "headers without a version", seen),
        None => Outcome::Held,
    }
}

/// `receives: own`: the answer contains what the upstream planted for this call, and nothing that it planted for
/// another (CWE-488, CWE-524).
///
/// A finding: expected the answer to this call; seen the upstream's canary of another call, in the body.
pub(super) fn receives(scene: &Scene<'_>, whose: Receives) -> Outcome {
    let Receives::Own = whose;
    let Some(answer) = scene.seen.answer() else {
        return Outcome::Unresolved(Reason::NoAnswer);
    };
    let (read, expected) = (Read::of(answer), "the answer to this call");
    let tracer = scene.plan.tracer();
    let parts: Vec<Part<'_>> = read.parts().collect();
    let planted: Vec<_> = parts
        .iter()
        .flat_map(|part| tracer.find(part.bytes()))
        .filter(|(_, part)| *part == vocab::Part::ANSWER)
        .collect();
    if planted.iter().any(|(case, _)| *case != scene.case.id) {
        return stands("receives", expected, "the upstream's canary of another call");
    }
    match planted.first() {
        Some(_) => Outcome::Held,
        None if !read.whole => Outcome::Unresolved(Reason::AnswerTruncated),
        None => broken("receives", expected, format!("{} without the upstream's canary", answer.status)),
    }
}

/// The readable parts of an answer.
struct Read<'a> {
    head: Vec<u8>,
    phrase: usize,
    /// Interim responses and trailers, as lines.
    beside: Vec<(&'static str, Vec<u8>)>,
    /// Bytes after the answer's end.
    behind: &'a [u8],
    /// The decoded body, and the raw body if it could not be decoded completely.
    bodies: Vec<Cow<'a, [u8]>>,
    /// Whether everything could be read.
    whole: bool,
}

impl<'a> Read<'a> {
    fn of(answer: &'a Answered) -> Self {
        let (bodies, decoded) = match content::plain(&answer.headers, &answer.body) {
            Ok(body) => (vec![body], true),
            Err(fault) => (vec![Cow::Owned(fault.read), Cow::Borrowed(answer.body.bytes.0.as_slice())], false),
        };
        let phrase = answer.reason.as_ref().map_or(0, |reason| reason.0.len());
        let interim =
            answer.interim().iter().map(|interim| (INTERIM, fields(interim.reason.as_ref(), &interim.headers)));
        let trailers = Some(answer.trailers()).filter(|trailers| !trailers.is_empty());
        let beside = interim.chain(trailers.map(|trailers| ("the trailers", fields(None, trailers)))).collect();
        let behind = answer.behind();
        let whole = decoded && answer.end == End::Complete && behind.is_none_or(Capture::is_whole);
        let behind = behind.map_or(&[][..], |behind| &behind.bytes.0);
        Self { head: head(answer), phrase, beside, behind, bodies, whole }
    }

    fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        let bodies = self.bodies.iter().map(|body| Part::Body(body));
        let beside = self.beside.iter().map(|(whose, fields)| Part::Beside(whose, fields));
        let behind = Some(Part::Behind(self.behind)).filter(|_| !self.behind.is_empty());
        std::iter::once(Part::Head(self.head.clone(), self.phrase)).chain(bodies).chain(beside).chain(behind)
    }
}

/// A part of an answer that is searched separately.
enum Part<'a> {
    /// Reason phrase and headers as lines, and the length of the phrase.
    Head(Vec<u8>, usize),
    /// The body.
    Body(&'a [u8]),
    /// Fields of an interim response or the trailers, as lines, and which of them.
    Beside(&'static str, &'a [u8]),
    /// Bytes after the answer's end.
    Behind(&'a [u8]),
}

impl Part<'_> {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Head(bytes, _) => bytes,
            Self::Body(bytes) | Self::Beside(_, bytes) | Self::Behind(bytes) => bytes,
        }
    }

    /// Whether it may contain headers: another answer may follow the end.
    fn is_head(&self) -> bool {
        matches!(self, Self::Head(..) | Self::Beside(..) | Self::Behind(_))
    }

    /// The place of a byte, in words.
    fn place(&self, at: usize) -> String {
        match self {
            Self::Head(_, phrase) if at < *phrase => "the reason phrase".to_owned(),
            Self::Head(bytes, _) => place(bytes, at),
            Self::Body(_) => "the body".to_owned(),
            Self::Beside(whose, bytes) => format!("{} of {whose}", place(bytes, at)),
            Self::Behind(_) => "what came behind the answer's end".to_owned(),
        }
    }
}

/// One disclosed thing.
struct Told {
    /// How bad it is; 0 is the worst.
    rank: u8,
    what: String,
    place: String,
    excerpt: Option<String>,
}

impl Told {
    fn leak(leak: &Leak, place: String) -> Self {
        let rank = match leak.class {
            Class::Planted => 0,
            Class::Secret => 1,
            Class::StackTrace | Class::DatabaseError => 2,
            Class::FilePath | Class::InternalAddress => 3,
            Class::ServerVersion => 4,
        };
        if leak.class == Class::Planted {
            return Self {
                rank,
                what: format!("what the upstream planted, {:?},", leak.encoding),
                place,
                excerpt: None,
            };
        }
        Self { rank, what: leak.detail.clone(), place, excerpt: Some(leak.excerpt.clone()) }
    }
}

/// Everything found, the worst first, each kind once per place; none if nothing was found.
fn told(mut found: Vec<Told>) -> Option<String> {
    found.sort_by_key(|told| told.rank);
    let mut known = BTreeSet::new();
    found.retain(|told| known.insert((told.what.clone(), told.place.clone())));
    let each = found.into_iter().map(|told| {
        let excerpt = told.excerpt.map(|excerpt| format!(": {excerpt}")).unwrap_or_default();
        format!("{} in {}{excerpt}", told.what, told.place)
    });
    let all = each.collect::<Vec<_>>().join("; and ");
    (!all.is_empty()).then_some(all)
}

/// An answer's reason phrase and headers as lines.
fn head(answer: &Answered) -> Vec<u8> {
    fields(answer.reason.as_ref(), &answer.headers)
}

/// A reason phrase and headers as lines.
fn fields(reason: Option<&Octets>, headers: &[Header]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1024);
    if let Some(reason) = reason {
        bytes.extend(&reason.0);
        bytes.push(b'\n');
    }
    for (name, value) in headers {
        bytes.extend(name.bytes());
        bytes.extend(b": ");
        bytes.extend(&value.0);
        bytes.push(b'\n');
    }
    bytes
}

/// An answer as lines: reason phrase, headers, interim responses, trailers, an empty line, the body, and what came
/// after it.
pub(super) fn lines(answer: &Answered) -> Vec<u8> {
    let mut bytes = head(answer);
    answer.interim().iter().for_each(|interim| bytes.extend(fields(interim.reason.as_ref(), &interim.headers)));
    bytes.extend(fields(None, answer.trailers()));
    bytes.push(b'\n');
    bytes.extend(answer.plain().iter());
    if let Some(behind) = answer.behind() {
        bytes.push(b'\n');
        bytes.extend(&behind.bytes.0);
    }
    bytes
}

/// The place of a byte in those lines: a header, by its name, or the body.
pub(super) fn place(bytes: &[u8], at: usize) -> String {
    let before = bytes.get(..at).unwrap_or(bytes);
    if memchr::memmem::find(before, b"\n\n").is_some() {
        return "the body".to_owned();
    }
    let line = memchr::memrchr(b'\n', before).map_or(0, |end| end + 1);
    let name = bytes.get(line..).unwrap_or_default().split(|byte| *byte == b':').next().unwrap_or_default();
    format!("the header {}", String::from_utf8_lossy(name))
}

/// Whether a canary is one that only the upstream knew.
fn planted_by_upstream(scene: &Scene<'_>, canary: &[u8]) -> bool {
    Canary::parse(canary)
        .and_then(|canary| scene.plan.tracer().open(canary))
        .is_some_and(|(_, part)| part == vocab::Part::ANSWER)
}
