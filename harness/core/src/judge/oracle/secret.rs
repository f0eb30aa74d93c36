//! Text of the caller that must not appear in a place: at the upstream, in the answer, in the audit log.
//!
//! `${credential}` is the caller's credential. A trace contains its mark instead, for any written form.

use super::arrives::refused;
use super::leaks::{lines, place};
use super::{Outcome, Scene, audit, stands};
use crate::observe::{MARK, forms};
use crate::scenario::Arrives;
use crate::vocab::Reason;

const CREDENTIAL: &str = "${credential}";

/// The bytes that represent a text in a trace.
fn needle(scene: &Scene<'_>, text: &str) -> Result<String, Outcome> {
    match (text, &scene.case.identity) {
        (CREDENTIAL, Some(identity)) => Ok(format!("{MARK}{identity}]")),
        (CREDENTIAL, None) => Err(Outcome::Unresolved(Reason::NotDeclared)),
        (text, _) => Ok(text.to_owned()),
    }
}

/// The beginning of the marks for the credential's digest, its ends or its payload.
fn part(scene: &Scene<'_>, text: &str) -> Option<String> {
    let identity = scene.case.identity.as_ref().filter(|_| text == CREDENTIAL)?;
    Some(format!("{MARK}{identity}:"))
}

/// Whether a text contains another, plain or percent-encoded.
fn shows(text: &str, needle: &str) -> bool {
    text.contains(needle) || percent_encoding::percent_decode_str(text).decode_utf8_lossy().contains(needle)
}

/// Letters and digits that cannot match by chance.
const TELLING: usize = 16;

/// How bytes contain a text that they do not contain unchanged: encoded, or with other characters in between.
fn written_in(bytes: &[u8], text: &str) -> Option<&'static str> {
    let bare = |text: &[u8]| text.iter().filter(|b| b.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect();
    let signs: Vec<u8> = bare(text.as_bytes());
    if signs.len() < TELLING {
        return None;
    }
    let lower = bytes.to_ascii_lowercase();
    let coded = forms::written(text).into_iter().find(|form| {
        form.bytes.len() >= TELLING && memchr::memmem::find(&lower, &form.bytes.to_ascii_lowercase()).is_some()
    });
    let torn = || memchr::memmem::find(&bare(bytes) as &Vec<u8>, &signs).map(|_| "with signs between");
    coded.map(|form| form.name).or_else(torn)
}

/// `withholds`: this text of the caller appears nowhere in what reached the upstream (RFC 9700 section 4.9).
///
/// A finding: expected the caller's credential to stay; seen in header `authorization`.
pub(super) fn withholds(scene: &Scene<'_>, text: &str) -> Outcome {
    stays(scene, ("withholds", text), |_| true)
}

/// `unlinked`: this text of the caller is in no URL that reached the upstream, neither in the target nor in `Referer`
/// (CWE-598).
///
/// A finding: expected the caller's credential to stay; seen in the target.
pub(super) fn unlinked(scene: &Scene<'_>, text: &str) -> Outcome {
    stays(scene, ("unlinked", text), |place| place == TARGET || place.eq_ignore_ascii_case("referer"))
}

/// The name of the request target in findings.
const TARGET: &str = "the target";

fn stays(scene: &Scene<'_>, (oracle, text): (&'static str, &str), looks: impl Fn(&str) -> bool) -> Outcome {
    let needle = match needle(scene, text) {
        Ok(needle) => needle,
        Err(outcome) => return outcome,
    };
    let mut arrivals = scene.seen.arrived().peekable();
    if arrivals.peek().is_none() {
        // A call with made-up text may be refused. A call with a valid credential must be served, unless the step says
        // otherwise.
        let may_refuse = text != CREDENTIAL
            || matches!(scene.case.expect.arrives, Some(Arrives::AtMostOnce | Arrives::Faithfully | Arrives::Never));
        let held = refused(scene) && may_refuse;
        return if held { Outcome::Held } else { Outcome::Unresolved(Reason::NothingDelivered) };
    }
    for arrival in arrivals {
        let headers = arrival.headers.iter().map(|(name, value)| (name.as_str(), value));
        let parts = headers.chain([(TARGET, &arrival.target), ("the body", &arrival.body.bytes)]);
        for (place, bytes) in parts.filter(|(place, _)| looks(place)) {
            if bytes.lossy().contains(&needle) {
                return stands(oracle, format!("`{text}` stays at the target"), format!("it arrived in {place}"));
            }
        }
    }
    Outcome::Held
}

/// `unechoed`: this text of the caller appears nowhere in the answer, plain or escaped (CWE-209). For a credential its
/// digest and its ends count too, because keys can be tested against them.
///
/// A finding: expected no answer with `${credential}`; seen in the body.
pub(super) fn unechoed(scene: &Scene<'_>, text: &str) -> Outcome {
    let needle = match needle(scene, text) {
        Ok(needle) => needle,
        Err(outcome) => return outcome,
    };
    let Some(answer) = scene.seen.answer() else {
        return Outcome::Unresolved(Reason::NoAnswer);
    };
    let bytes = lines(answer);
    if let Some(at) = memchr::memmem::find(&bytes, needle.as_bytes()) {
        return stands("unechoed", format!("no answer with `{text}`"), format!("it stands in {}", place(&bytes, at)));
    }
    if let Some(part) = part(scene, text).and_then(|part| memchr::memmem::find(&bytes, part.as_bytes())) {
        return stands(
            "unechoed",
            format!("no answer with a part of `{text}`"),
            format!("one stands in {}", place(&bytes, part)),
        );
    }
    if shows(&String::from_utf8_lossy(&bytes), &needle) {
        return stands("unechoed", format!("no answer with `{text}`"), "it stands there with escapes");
    }
    // A trace contains marks for all forms of a credential.
    if let Some(how) = written_in(&bytes, &needle).filter(|_| text != CREDENTIAL) {
        return stands("unechoed", format!("no answer with `{text}`"), format!("it stands there {how}"));
    }
    if answer.is_read() { Outcome::Held } else { Outcome::Unresolved(Reason::AnswerTruncated) }
}

/// `unrecorded`: this text of the caller is in no audit record of the call, plain or escaped (ASVS 16.2.5, PCI DSS
/// 3.4.1).
///
/// A finding: expected no audit record with `4111 1111 1111 1111`; seen 1.
pub(super) fn unrecorded(scene: &Scene<'_>, text: &str) -> Outcome {
    let needle = match needle(scene, text) {
        Ok(needle) => needle,
        Err(outcome) => return outcome,
    };
    let records = audit::records(scene, scene.seen.answer());
    match records.iter().filter(|record| shows(record, &needle)).count() {
        0 if !scene.ledger.tapped => Outcome::Unresolved(Reason::NoAuditLog),
        0 if records.is_empty() => Outcome::Unresolved(Reason::NothingDelivered),
        0 => Outcome::Held,
        n => stands("unrecorded", format!("no audit record with `{text}`"), n.to_string()),
    }
}
