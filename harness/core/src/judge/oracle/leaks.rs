//! What an answer gives away.

use super::super::leak::Class;
use super::{Holding, Scene, stands};
use crate::observe::MARK;
use crate::vocab::{Canary, Reason};

/// `leaks: nothing`: no detector finds anything in the answer's headers and body, nothing that the upstream
/// planted comes out, and no credential of Pincer's own (CWE-209, CWE-497).
///
/// A finding: expected nothing; seen a Python traceback: `Traceback (most recent call last)…`.
pub(super) fn nothing(scene: &Scene<'_>) -> Holding {
    let Some(answer) = scene.seen.answer() else {
        return Holding::Unresolved(Reason::NoAnswer);
    };
    let mut bytes = Vec::new();
    for (name, value) in &answer.headers {
        bytes.extend(name.bytes());
        bytes.extend(b": ");
        bytes.extend(&value.0);
        bytes.push(b'\n');
    }
    bytes.push(b'\n');
    bytes.extend(&answer.body.bytes.0);
    let expected = "nothing about the inside";
    let planted = scene.scanner.planted(&bytes).find(|planted| {
        let part = Canary::parse(&planted.value).and_then(|canary| scene.plan.tracer().open(canary));
        part.is_some_and(|(_, part)| part == 2)
    });
    if let Some(planted) = planted {
        return stands("leaks", expected, format!("what the upstream planted, {:?}", planted.encoding));
    }
    if String::from_utf8_lossy(&bytes).contains(MARK) {
        return stands("leaks", expected, "a credential");
    }
    // Planted values are judged above, by the part of their canary: the caller's own may come back.
    let found = scene.scanner.scan(&bytes).into_iter().find(|leak| leak.class != Class::Planted);
    match found {
        Some(leak) => stands("leaks", expected, format!("{}: {}", leak.detail, leak.excerpt)),
        None if !answer.body.is_whole() => Holding::Unresolved(Reason::AnswerTruncated),
        None => Holding::Held,
    }
}
