//! Reads YAML within bounds, and explains invalid YAML in plain words.

use serde::de::{DeserializeOwned, IgnoredAny};
use serde_saphyr::{Error, Location, Options, UserMessageFormatter};

use super::plain::{self, Fault};
use crate::scenario::error::Place;

/// Reads a text as a `T`.
pub(super) fn read<T: DeserializeOwned>(text: &str, options: Options) -> Result<T, (Place, Fault)> {
    serde_saphyr::from_str_with_options(text, options).map_err(|error| explain(text, &error))
}

/// What is wrong with the text as YAML, whatever its content.
pub(super) fn syntax(text: &str) -> Result<(), (Place, Fault)> {
    read::<IgnoredAny>(text, options(text)).map(|_| ())
}

/// The reader's options. A text may contain as many values as fit into its bytes; each takes at least two. Growth by
/// aliases stays bounded.
pub(in crate::scenario) fn options(text: &str) -> Options {
    let nodes = (text.len() / 2).clamp(FEWEST_NODES, MOST_NODES);
    serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_nodes: nodes, max_events: nodes.saturating_mul(4) },
        with_snippet: false,
    }
}

/// The same for foreign formats, where `no` is a word, as in YAML 1.2.
pub(super) fn foreign(text: &str) -> Options {
    let mut options = options(text);
    options.strict_booleans = true;
    options
}

/// Values that any text may contain, by aliases if it is short.
const FEWEST_NODES: usize = 250_000;
/// Most values of any text: as many as a document of 10 MB contains, five times the largest published one.
const MOST_NODES: usize = 5_000_000;

/// The reader's location as a place in the text.
pub(in crate::scenario) fn place_of(text: &str, location: Location) -> Place {
    let number = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    let span = location.span();
    let (line, column) = (number(location.line()).max(1), number(location.column()).max(1));
    let offset = span.byte_offset().map_or_else(|| offset_of(text, line, column), number).min(text.len());
    let length = span.byte_len().map_or(0, number).min(text.len() - offset);
    Place { line, column, offset, length }
}

/// The byte at a line and a column in characters, both from 1. For some faults the scanner reports only these.
fn offset_of(text: &str, line: usize, column: usize) -> usize {
    let start = match line {
        1 => 0,
        line => text.match_indices('\n').nth(line - 2).map_or(text.len(), |(at, _)| at + 1),
    };
    let rest = text.get(start..).unwrap_or_default();
    start + rest.char_indices().nth(column - 1).map_or(rest.len(), |(at, _)| at)
}

fn explain(text: &str, error: &Error) -> (Place, Fault) {
    let place = error.location().map_or(Place::START, |location| place_of(text, location));
    let here = text.get(place.offset..).unwrap_or_default();
    let fault = match error.without_snippet() {
        Error::SerdeUnknownField { field, expected, .. } => plain::unknown_key(field, expected),
        Error::SerdeUnknownVariant { variant, expected, .. } => plain::unknown_word(variant, expected),
        Error::SerdeMissingField { field, .. } => plain::missing(field),
        Error::DuplicateMappingKey { key, .. } => plain::twice(key.as_deref()),
        Error::SerdeInvalidType { unexpected, expected, .. }
        | Error::SerdeInvalidValue { unexpected, expected, .. } => plain::mismatch(expected, Some(unexpected), here),
        Error::Unexpected { expected, .. } => plain::mismatch(expected, None, here),
        Error::InvalidScalar { ty, .. } => plain::mismatch(ty, None, here),
        Error::NullIntoString { .. } => plain::mismatch("a string", Some("null"), here),
        Error::InvalidBooleanStrict { .. } => plain::mismatch("a boolean", None, here),
        Error::ExternallyTaggedEnumExpectedScalarOrMapping { .. }
        | Error::ExpectedStringKeyForExternallyTaggedEnum { .. }
        | Error::UnexpectedValueForUnitEnumVariant { .. }
        | Error::ExpectedMappingEndAfterEnumVariantValue { .. } => plain::mismatch("enum", None, here),
        Error::Eof { .. } => Fault::new("the file ends too early", Some("close the open bracket or quote")),
        Error::MultipleDocuments { .. } => {
            Fault::new("a second document starts here", Some("write one document per file, without `---`"))
        }
        Error::UnknownAnchor { .. } => {
            Fault::new("this alias refers to no anchor", Some("quote a value that starts with `*`"))
        }
        other => {
            let said = other.render_with_formatter(&UserMessageFormatter);
            plain::said(said.lines().next().unwrap_or("this is not valid YAML"))
        }
    };
    (place, fault)
}
