//! What an answer tells of a key.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use super::leaks::{lines, place};
use super::{Outcome, Scene, stands};
use crate::observe::MARK;
use crate::vocab::Reason;

const CREDENTIAL: &str = "${credential}";

/// Characters of a key at its beginning and its end that narrow a search down.
const EDGE: usize = 8;

/// `conceals`: the answer tells nothing of this text of the caller's: neither the text nor its SHA-256, nor its first or last
/// eight characters (CWE-209, CWE-916). `${credential}` is the caller's credential, whose forms stand in a trace as its mark.
///
/// A finding: expected an answer without any form of the key; seen its SHA-256 in hexadecimal in the body.
pub(super) fn conceals(scene: &Scene<'_>, text: &str) -> Outcome {
    let Some(answer) = scene.seen.answer() else {
        return Outcome::Unresolved(Reason::NoAnswer);
    };
    let forms = match (text, &scene.case.identity) {
        (CREDENTIAL, Some(identity)) => vec![("it, or a form of it,", format!("{MARK}{identity}]"))],
        (CREDENTIAL, None) => return Outcome::Unresolved(Reason::NotDeclared),
        (text, _) => forms(text),
    };
    let bytes = lines(answer);
    let lower = bytes.to_ascii_lowercase();
    for (what, form) in forms {
        let hexadecimal = what.ends_with("hexadecimal");
        let within = if hexadecimal { &lower } else { &bytes };
        if let Some(at) = memchr::memmem::find(within, form.as_bytes()) {
            let seen = format!("{what} in {}", place(&bytes, at));
            return stands("conceals", "an answer without any form of the key", seen);
        }
    }
    if answer.is_read() { Outcome::Held } else { Outcome::Unresolved(Reason::AnswerTruncated) }
}

/// What tells of a key, each with its name.
fn forms(key: &str) -> Vec<(&'static str, String)> {
    let digest = Sha256::digest(key.as_bytes());
    let mut forms = vec![
        ("it", key.to_owned()),
        ("its SHA-256 in hexadecimal", digest.iter().map(|byte| format!("{byte:02x}")).collect()),
        // Without the padding, so that both ways to end it are found.
        ("its SHA-256 in base64", STANDARD_NO_PAD.encode(digest)),
        ("its SHA-256 in base64", URL_SAFE_NO_PAD.encode(digest)),
    ];
    let edges =
        [("its beginning", key.get(..EDGE)), ("its end", key.len().checked_sub(EDGE).and_then(|at| key.get(at..)))];
    // Of a short key the edge is most of it.
    let long = key.len() >= 2 * EDGE;
    forms.extend(edges.into_iter().filter(|_| long).filter_map(|(what, edge)| Some((what, edge?.to_owned()))));
    forms
}
