//! Faults in the user's text, with their places.

use std::fmt;

use super::excerpt::{Excerpt, shown};

/// A fault in a text: its place, what is wrong, and the nearest valid word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Name of the file.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Byte offset of the place; inside the text.
    pub offset: usize,
    /// Length of the place in bytes; may be 0.
    pub length: usize,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub help: Option<String>,
    /// Whether it is only a warning.
    pub warning: bool,
    /// The lines around the place, as shown.
    pub excerpt: Excerpt,
}

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Line, from 1.
    pub(super) line: usize,
    /// Column in characters, from 1.
    pub(super) column: usize,
    /// Byte offset.
    pub(super) offset: usize,
    /// Length in bytes.
    pub(super) length: usize,
}

impl Place {
    /// The beginning of a text.
    pub(super) const START: Self = Self { line: 1, column: 1, offset: 0, length: 0 };

    /// The place of these bytes of a text; an offset inside a character moves to its start.
    pub(super) fn of(text: &str, offset: usize, length: usize) -> Self {
        let offset = floor(text, offset);
        let end = floor(text, offset.saturating_add(length));
        let before = text.get(..offset).unwrap_or_default();
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let column = before.get(start..).unwrap_or_default().chars().count() + 1;
        Self { line, column, offset, length: end - offset }
    }
}

/// The last character boundary at or before this offset.
pub(super) fn floor(text: &str, offset: usize) -> usize {
    let offset = offset.min(text.len());
    (0..=offset).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

impl Diagnostic {
    /// A fault at a place of a text. Its message is bounded, whatever the text contains.
    pub(super) fn new(file: &str, text: &str, place: Place, message: &str, help: Option<&str>) -> Self {
        let Place { line, column, .. } = place;
        let offset = floor(text, place.offset);
        let length = floor(text, offset.saturating_add(place.length)) - offset;
        Self {
            file: file.to_owned(),
            line,
            column,
            offset,
            length,
            message: shown(message, MOST_MESSAGE),
            help: help.map(|help| shown(help, MOST_HELP)),
            warning: false,
            excerpt: Excerpt::new(text, line, offset, length),
        }
    }
}

/// Longest message, in characters: it quotes the user's text.
const MOST_MESSAGE: usize = 200;
/// Longest help, in characters: it may list all valid words.
const MOST_HELP: usize = 1_200;

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)?;
        match &self.help {
            Some(help) => write!(f, " ({help})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Diagnostic {}

impl miette::Diagnostic for Diagnostic {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }
    fn severity(&self) -> Option<miette::Severity> {
        Some(if self.warning { miette::Severity::Warning } else { miette::Severity::Error })
    }
    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        Some(&self.excerpt)
    }
    fn labels(&self) -> Option<Box<dyn Iterator<Item = miette::LabeledSpan> + '_>> {
        // The message already begins with the place.
        let (offset, length) = self.excerpt.mark();
        Some(Box::new(std::iter::once(miette::LabeledSpan::new(None, offset, length))))
    }
}

/// All faults in the user's texts; never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct ReadError(pub Vec<Diagnostic>);

/// The word of `valid` that is most similar to `word`, if any is similar enough.
pub(super) fn nearest<'a>(word: &str, valid: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A text longer than any name is similar to none, and comparing it would take long.
    if word.len() > LONGEST_WORD {
        return None;
    }
    valid
        .into_iter()
        .map(|candidate| (likeness(word, candidate), candidate))
        .filter(|(score, _)| *score > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, candidate)| candidate)
}

/// The similarity of two words, from 0 to 1. One wrong letter or two swapped ones count as a typo in any word.
fn likeness(word: &str, candidate: &str) -> f64 {
    let alike = strsim::jaro_winkler(word, candidate);
    if strsim::osa_distance(word, candidate) == 1 { alike.max(0.9) } else { alike }
}

/// Longest word that may be a typo, in bytes.
const LONGEST_WORD: usize = 128;
