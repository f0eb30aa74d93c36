//! Text of the caller that must not appear in a place: at the upstream, in the answer, in the audit log.
//!
//! `${credential}` is the caller's credential. A trace contains its mark instead, for any written form.

use super::arrives::refused;
use super::leaks::{lines, place};
use super::{Outcome, Scene, audit, stands};
use crate::observe::readings::{Budget, readings};
use crate::observe::{Arrival, MARK, forms};
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

/// Bytes of a text that are no accident in what was packed.
const PACKED: usize = 7;

/// How a text stands in bytes in which it does not stand as it is: coded, packed, or with signs between its own.
fn written_in(bytes: &[u8], text: &str) -> Option<&'static str> {
    let bare = |text: &[u8]| text.iter().filter(|b| b.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect();
    let signs: Vec<u8> = bare(text.as_bytes());
    let torn = || {
        let among = signs.len() >= TELLING && memchr::memmem::find(&bare(bytes) as &Vec<u8>, &signs).is_some();
        among.then_some("with signs between")
    };
    coded_in(bytes, text).or_else(torn)
}

/// How a text stands in bytes in another spelling, of which it can be read again.
fn coded_in(bytes: &[u8], text: &str) -> Option<&'static str> {
    let lower = bytes.to_ascii_lowercase();
    let alike = |form: &forms::Form| memchr::memmem::find(&lower, &form.bytes.to_ascii_lowercase()).is_some();
    let signs = text.bytes().filter(u8::is_ascii_alphanumeric).count();
    let coded =
        forms::written(text).into_iter().filter(|form| signs >= TELLING && form.bytes.len() >= TELLING).find(alike);
    let mut budget = Budget::WHOLE;
    let packed = || (text.len() >= PACKED && is_packed(bytes, text, &mut budget)).then_some("packed");
    coded.map(|form| form.name).or_else(packed)
}

/// Whether a text stands in what runs of base64 or hexadecimal digits and compressed parts say.
fn is_packed(bytes: &[u8], text: &str, budget: &mut Budget) -> bool {
    readings(bytes, budget).iter().any(|reading| {
        let deeper = |budget: &mut Budget| {
            let Some(mut deeper) = budget.deeper() else { return false };
            let found = is_packed(&reading.bytes, text, &mut deeper);
            *budget = budget.rest_of(deeper);
            found
        };
        memchr::memmem::find(&reading.bytes, text.as_bytes()).is_some() || deeper(budget)
    })
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
    let shown = scene.seen.reached().find_map(|arrival| shown(arrival, &needle, &looks));
    if let Some(place) = shown {
        return stands(oracle, format!("`{text}` stays at the target"), format!("it arrived in {place}"));
    }
    if scene.seen.arrived().next().is_none() {
        // Text that the caller made up may be refused outright; a credential belongs to a call that is served, unless
        // the step says that it need not be.
        let may_refuse = text != CREDENTIAL
            || matches!(scene.case.expect.arrives, Some(Arrives::AtMostOnce | Arrives::Faithfully | Arrives::Never));
        let held = refused(scene) && may_refuse;
        return if held { Outcome::Held } else { Outcome::Unresolved(Reason::NothingDelivered) };
    }
    Outcome::Held
}

/// Where in what arrived, whole or in part, a text stands.
fn shown(arrival: &Arrival, needle: &str, looks: &impl Fn(&str) -> bool) -> Option<String> {
    let headers = arrival.headers.iter().map(|(name, value)| (name.as_str(), value));
    let mut parts = headers.chain([(TARGET, &arrival.target), ("the body", &arrival.body.bytes)]);
    parts.find(|(place, bytes)| looks(place) && bytes.lossy().contains(needle)).map(|(place, _)| place.to_owned())
}

/// `unechoed`: this text of the caller's stands nowhere in the answer: as it is, with escapes undone, coded or packed
/// (CWE-209). Of a credential neither its digest nor its ends do: keys can be tried against them.
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

/// `unrecorded`: this text of the caller's stands in no audit record of the call: as it is, with escapes undone, coded
/// or packed (ASVS 16.2.5, PCI DSS 3.4.1).
///
/// A finding: expected no audit record with `4111 1111 1111 1111`; seen 1.
pub(super) fn unrecorded(scene: &Scene<'_>, text: &str) -> Outcome {
    let needle = match needle(scene, text) {
        Ok(needle) => needle,
        Err(outcome) => return outcome,
    };
    let records = audit::records(scene);
    // The forms of a credential stand in a trace as its mark.
    let coded = |record: &str| text != CREDENTIAL && coded_in(record.as_bytes(), &needle).is_some();
    match records.iter().filter(|record| shows(record, &needle) || coded(record)).count() {
        0 if !scene.ledger.tapped => Outcome::Unresolved(Reason::NoAuditLog),
        0 if records.is_empty() => Outcome::Unresolved(Reason::NothingDelivered),
        0 => Outcome::Held,
        n => stands("unrecorded", format!("no audit record with `{text}`"), n.to_string()),
    }
}
