//! Tells an error from an example.
//!
//! The same address occurs in an error and in a page that explains how to start a server. The words around it help to
//! tell them apart: error words on one side, instruction words on the other.

use aho_corasick::AhoCorasick;
use std::ops::Range;
use std::sync::LazyLock;

/// How far the words are searched, in bytes.
const AROUND: usize = 120;

/// Words in errors and logs.
const TOLD: [&str; 26] = [
    "refused",
    "econn",
    "enotfound",
    "etimedout",
    "failed",
    "failure",
    "timed out",
    "timeout",
    "unreachable",
    "upstream",
    "proxying",
    "proxy_pass",
    "dial ",
    "errno",
    "exception",
    "traceback",
    "denied",
    "could not",
    "cannot",
    "can't",
    "unable to",
    "backend",
    "peer",
    "bad gateway",
    "socket",
    "error:",
];

/// Words in instructions and examples.
const SHOWN: [&str; 42] = [
    "curl ",
    "wget ",
    "sudo ",
    "browser",
    "visit",
    "open http",
    "open the",
    "navigate",
    "example",
    "e.g.",
    "for instance",
    "tutorial",
    "locally",
    "development server",
    "install",
    "npm ",
    "yarn ",
    "docker ",
    "kubectl ",
    "listen on",
    "listens on",
    "set the ",
    "configure",
    "by default",
    "go to",
    "point ",
    "```",
    "such as",
    "looks like",
    "readme",
    "quick start",
    "quickstart",
    "getting started",
    "documentation",
    "export ",
    "mkdir",
    "chmod",
    "placeholder",
    "run the",
    "start the",
    "pip ",
    "running at",
];

static WORDS: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::builder().ascii_case_insensitive(true).build(TOLD.iter().chain(&SHOWN)).ok());

/// Whether the text at `place` belongs to an instruction or example, and not to an error.
pub(super) fn shown(bytes: &[u8], place: &Range<usize>) -> bool {
    let Some(words) = &*WORDS else { return false };
    let near = place.start.saturating_sub(AROUND)..place.end.saturating_add(AROUND).min(bytes.len());
    let (mut told, mut shown) = (false, false);
    // The place itself does not count: a host may be called `example`.
    for part in [near.start..place.start, place.end..near.end] {
        let part = bytes.get(part).unwrap_or_default();
        for word in words.find_overlapping_iter(part) {
            let begins =
                word.start().checked_sub(1).and_then(|i| part.get(i)).is_none_or(|b| !b.is_ascii_alphanumeric());
            if word.pattern().as_usize() < TOLD.len() {
                told = true;
            } else {
                // `visitor` is not an instruction word, although `visit` is.
                shown |= begins;
            }
        }
    }
    shown && !told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instruction_is_told_from_error() {
        let at = |text: &str| {
            let start = text.find("localhost:3000").unwrap();
            shown(text.as_bytes(), &(start..start + 14))
        };
        assert!(at("Open http://localhost:3000 in your browser."));
        assert!(at("curl http://localhost:3000/v1/items"));
        assert!(!at("connect to localhost:3000 failed: refused; the default is used"));
        assert!(!at("{\"upstream\":\"http://localhost:3000\"}"));
        assert!(!at("localhost:3000"));
    }
}
