//! Detectors as data: literal anchors that one automaton finds, and what must surround an anchor.

use std::ops::Range;
use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};

use super::class::Class;
use super::context::shown;

/// Finds one kind of text.
///
/// The anchors are literals, compared without case; every match contains one. They must be rare in ordinary text. The
/// rest is checked only in a window around an anchor, so scanning stays linear.
pub(super) struct Detector {
    pub(super) class: Class,
    /// The name of the finding in reports.
    pub(super) detail: &'static str,
    pub(super) anchors: &'static [&'static str],
    look: Look,
    back: usize,
    ahead: usize,
    word: bool,
    then: fn(&[u8]) -> bool,
    keep: fn(&[u8]) -> bool,
    told: bool,
    /// Text in which it finds something; a test checks this.
    #[cfg_attr(not(test), expect(dead_code, reason = "read by the reader and by the tests"))]
    pub(super) example: &'static str,
}

/// How the surroundings of an anchor are checked.
enum Look {
    /// A pattern with the abbreviations of [`expand`]: bytes, ASCII classes, `.` without newline.
    Pattern(&'static str),
    /// A function from all bytes and the anchor's place to the match's place.
    Function(fn(&[u8], Range<usize>) -> Option<Range<usize>>),
}

/// Where a detector found something.
pub(super) struct Match {
    /// All of it.
    pub(super) span: Range<usize>,
    /// The part to mask in a secret's excerpt.
    pub(super) inner: Range<usize>,
}

impl Detector {
    /// A detector with a pattern. Its first matching group, if any, is the leak itself: it gives the offset or, in a
    /// secret, the part to mask.
    pub(super) const fn new(
        class: Class,
        detail: &'static str,
        anchors: &'static [&'static str],
        pattern: &'static str,
        example: &'static str,
    ) -> Self {
        Self {
            class,
            detail,
            anchors,
            look: Look::Pattern(pattern),
            back: 0,
            ahead: 200,
            word: false,
            then: all,
            keep: all,
            told: false,
            example,
        }
    }

    /// A detector with a function.
    pub(super) const fn with(
        class: Class,
        detail: &'static str,
        anchors: &'static [&'static str],
        function: fn(&[u8], Range<usize>) -> Option<Range<usize>>,
        example: &'static str,
    ) -> Self {
        Self { look: Look::Function(function), ..Self::new(class, detail, anchors, "", example) }
    }

    /// The match may begin this many bytes before the anchor.
    pub(super) const fn back(self, back: usize) -> Self {
        Self { back, ..self }
    }

    /// The match may end this many bytes after the anchor; the default is 200.
    pub(super) const fn ahead(self, ahead: usize) -> Self {
        Self { ahead, ..self }
    }

    /// The anchor must not follow a letter, a digit or `_`.
    pub(super) const fn word(self) -> Self {
        Self { word: true, ..self }
    }

    /// What follows the anchor must satisfy this. It is checked before the pattern, for anchors that are not rare.
    pub(super) const fn then(self, then: fn(&[u8]) -> bool) -> Self {
        Self { then, ..self }
    }

    /// The first group, or the match, must satisfy this.
    pub(super) const fn keep(self, keep: fn(&[u8]) -> bool) -> Self {
        Self { keep, ..self }
    }

    /// Parts of instructions or examples do not count.
    pub(super) const fn unless_shown(self) -> Self {
        Self { told: true, ..self }
    }

    /// The match around the anchor at `hit` that begins at `floor` or later.
    pub(super) fn look(
        &self,
        cell: &OnceLock<Option<Regex>>,
        bytes: &[u8],
        hit: Range<usize>,
        floor: usize,
    ) -> Option<Match> {
        if self.word && hit.start.checked_sub(1).and_then(|i| bytes.get(i)).is_some_and(|b| is_word(*b)) {
            return None;
        }
        if !(self.then)(bytes.get(hit.end..)?) {
            return None;
        }
        let pattern = match self.look {
            Look::Pattern(pattern) => pattern,
            Look::Function(function) => {
                let span = function(bytes, hit).filter(|span| span.start >= floor)?;
                if self.told && shown(bytes, &span) {
                    return None;
                }
                return Some(Match { inner: span.clone(), span });
            }
        };
        let regex = cell.get_or_init(|| compile(pattern)).as_ref()?;
        let window = bytes.get(..bytes.len().min(hit.end.saturating_add(self.ahead)))?;
        let mut at = hit.start.saturating_sub(self.back).max(floor);
        while at <= window.len() {
            let groups = regex.captures_at(window, at)?;
            let whole = groups.get(0)?;
            if whole.start() > hit.start {
                return None;
            }
            let inner = groups.iter().skip(1).flatten().next().unwrap_or(whole);
            let kept = whole.end() > hit.start && (self.keep)(inner.as_bytes());
            if kept && !(self.told && shown(bytes, &whole.range())) {
                let start = if self.class == Class::Secret { whole.start() } else { inner.start() };
                return Some(Match { span: start..whole.end(), inner: inner.range() });
            }
            at = whole.end().max(at.saturating_add(1));
        }
        None
    }

    /// The detector's compiled pattern; none if it has none or an invalid one, which a test excludes.
    #[cfg(test)]
    pub(super) fn compiled(&self) -> Option<Regex> {
        match self.look {
            Look::Pattern(pattern) => compile(pattern),
            Look::Function(_) => Regex::new("").ok(),
        }
    }
}

/// Whether a byte is a letter, a digit or `_`.
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn all(_: &[u8]) -> bool {
    true
}

fn compile(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(&expand(pattern)).unicode(false).build().ok()
}

/// Expands the abbreviations. A trace in JSON or HTML has other quotes and line ends than a printed one: `<Q>` is any
/// quote, `<N>` any line end, `<B>` a word's beginning also after an escape, `<L>` and `<G>` angle brackets, `<P>` a
/// slash. `<E>` is what follows the name of a thrown exception, not of one in prose; `<T>` is what precedes a place in
/// a program in a trace.
fn expand(pattern: &str) -> String {
    pattern
        .replace("<Q>", r#"(?:\\*(?:["'`]|&quot;|&apos;|&#0?3[49];|&#[xX]2[27];|u002[27]))"#)
        .replace("<N>", r"(?:\r?\n|(?:\\+r)?\\+n|<br ?/?>)")
        .replace("<B>", r"(?:\\[nrt]|\b)")
        .replace("<L>", r"(?:<|&lt;|\\+u003[cC])")
        .replace("<G>", r"(?:>|&gt;|\\+u003[eE])")
        .replace("<P>", r"(?:\\?/)")
        .replace("<E>", r#"(?:$|[:;"'<\\\]}()\r\n&]|\s+at\s)"#)
        .replace("<T>", r#"(?:^|[\t("'=,\[]|\n\s*|\\[nt]\s*|\bat |--> |: |\d )"#)
}
