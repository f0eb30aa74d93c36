//! What an answer gives away.

use std::cell::LazyCell;

use super::super::leak::{Class, Sight};
use super::echo::Echo;
use super::{Holding, Scene, broken, stands};
use crate::observe::{Answered, MARK};
use crate::scenario::Receives;
use crate::vocab::{Canary, Reason};

/// `leaks: nothing`: no detector finds anything in the answer's reason phrase, headers and body, nothing that the upstream
/// planted comes out, and no credential of Pincer's own (CWE-209, CWE-497). What the caller itself sent may come back.
///
/// A finding: expected nothing; seen a Python traceback in the body: `Traceback (most recent call last)…`.
pub(super) fn nothing(scene: &Scene<'_>) -> Holding {
    let Some(answer) = scene.seen.answer() else {
        return Holding::Unresolved(Reason::NoAnswer);
    };
    let bytes = lines(answer);
    let expected = "nothing about the inside";
    // Most answers hold nothing that would have to be compared with what was sent.
    let echo = LazyCell::new(|| Echo::of(scene.plan, scene.case, &scene.around.hosts));
    let phrase = answer.reason.as_ref().map_or(0, |reason| reason.0.len());
    let place = |at: usize| if at < phrase { "the reason phrase".to_owned() } else { place(&bytes, at) };
    let leaks = scene.around.scanner.scan_but(&bytes, |sight| match sight {
        Sight::Text(text) => echo.holds(text),
        Sight::Planted(value) => !planted_by_upstream(scene, value) || echo.holds(value),
    });
    if let Some(planted) = leaks.iter().find(|leak| leak.class == Class::Planted) {
        let place = place(planted.offset);
        return stands("leaks", expected, format!("what the upstream planted, {:?}, in {place}", planted.encoding));
    }
    if let Some(at) = memchr::memmem::find(&bytes, MARK.as_bytes()) {
        return stands("leaks", expected, format!("a credential in {}", place(at)));
    }
    match leaks.first() {
        Some(leak) => {
            let place = place(leak.offset);
            stands("leaks", expected, format!("{} in {place}: {}", leak.detail, leak.excerpt))
        }
        None if !answer.body.is_whole() => Holding::Unresolved(Reason::AnswerTruncated),
        None => Holding::Held,
    }
}

/// `receives: own`: the answer holds what the upstream planted for this very call, and nothing that it planted for
/// another (CWE-488, CWE-524).
///
/// A finding: expected the answer to this call; seen what the upstream planted for another call, in the body.
pub(super) fn receives(scene: &Scene<'_>, whose: Receives) -> Holding {
    let Receives::Own = whose;
    let Some(answer) = scene.seen.answer() else {
        return Holding::Unresolved(Reason::NoAnswer);
    };
    let (bytes, expected) = (lines(answer), "the answer to this call");
    let planted: Vec<_> = scene.plan.tracer().find(&bytes).filter(|(_, part)| *part == 2).collect();
    if planted.iter().any(|(case, _)| *case != scene.case.id) {
        return stands("receives", expected, "what the upstream planted for another call");
    }
    match planted.first() {
        Some(_) => Holding::Held,
        None if !answer.body.is_whole() => Holding::Unresolved(Reason::AnswerTruncated),
        None => broken("receives", expected, format!("{} without what the upstream planted", answer.status)),
    }
}

/// An answer's reason phrase and headers as lines, an empty line and its body.
pub(super) fn lines(answer: &Answered) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(answer.body.bytes.0.len() + 1024);
    if let Some(reason) = &answer.reason {
        bytes.extend(&reason.0);
        bytes.push(b'\n');
    }
    for (name, value) in &answer.headers {
        bytes.extend(name.bytes());
        bytes.extend(b": ");
        bytes.extend(&value.0);
        bytes.push(b'\n');
    }
    bytes.push(b'\n');
    bytes.extend(&answer.body.bytes.0);
    bytes
}

/// Where in those lines a byte stands: a header, by its name, or the body.
pub(super) fn place(bytes: &[u8], at: usize) -> String {
    let before = bytes.get(..at).unwrap_or(bytes);
    if memchr::memmem::find(before, b"\n\n").is_some() {
        return "the body".to_owned();
    }
    let line = memchr::memrchr(b'\n', before).map_or(0, |end| end + 1);
    let name = bytes.get(line..).unwrap_or_default().split(|byte| *byte == b':').next().unwrap_or_default();
    format!("the header {}", String::from_utf8_lossy(name))
}

/// Whether a canary is one that only the upstream knew: part 2 of any case.
fn planted_by_upstream(scene: &Scene<'_>, canary: &[u8]) -> bool {
    Canary::parse(canary).and_then(|canary| scene.plan.tracer().open(canary)).is_some_and(|(_, part)| part == 2)
}
