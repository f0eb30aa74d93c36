//! What an answer reveals about a key.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use super::leaks::{lines, place};
use super::{Outcome, Scene, stands};
use crate::observe::MARK;
use crate::vocab::Reason;

const CREDENTIAL: &str = "${credential}";

/// Characters at the beginning or end of a key that narrow a search.
const EDGE: usize = 8;

/// `conceals`: the answer reveals nothing of this text of the caller: not the text, its SHA-256, or its first or last
/// eight characters (CWE-209, CWE-916). `${credential}` is the caller's credential; a trace contains marks in place of
/// its forms.
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

/// What reveals a key, each with its name.
fn forms(key: &str) -> Vec<(&'static str, String)> {
    let digest = Sha256::digest(key.as_bytes());
    let mut forms = vec![
        ("it", key.to_owned()),
        ("its SHA-256 in hexadecimal", digest.iter().map(|byte| format!("{byte:02x}")).collect()),
        // Without padding, so that both forms are found.
        ("its SHA-256 in base64", STANDARD_NO_PAD.encode(digest)),
        ("its SHA-256 in base64", URL_SAFE_NO_PAD.encode(digest)),
    ];
    let edges =
        [("its beginning", key.get(..EDGE)), ("its end", key.len().checked_sub(EDGE).and_then(|at| key.get(at..)))];
    // The first and last characters would be most of a short key.
    let long = key.len() >= 2 * EDGE;
    forms.extend(edges.into_iter().filter(|_| long).filter_map(|(what, edge)| Some((what, edge?.to_owned()))));
    forms
}
