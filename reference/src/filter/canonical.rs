//! The forms in which lenient readers would see a text.
//!
//! Text comes in; layers go out, one per round of decoding. A layer keeps the decoded characters for the control check,
//! and the folded copy that the grammars judge.

use std::borrow::Cow;

use super::decode::{base64, decode};
use super::fold::{fold, tagged};

/// Rounds of decoding: two for each of three encodings. No filter can protect a reader that decodes more often.
const ROUNDS: usize = 6;

/// Fewer characters of base64 are ignored: controls in them may be chance.
const SHORT: usize = 6;

/// A text after some rounds of decoding.
pub(super) struct Layer<'a> {
    /// As decoded.
    pub(super) written: Cow<'a, str>,
    /// Lower case, without look-alikes and invisible characters.
    pub(super) folded: String,
    /// Only lower-cased, if that differs from `folded`: a character may be an attack because it is not what it looks
    /// like.
    pub(super) unfolded: Option<String>,
}

impl<'a> Layer<'a> {
    fn new(written: Cow<'a, str>) -> Self {
        let folded = fold(&written);
        let unfolded = (!written.is_ascii()).then(|| written.to_lowercase()).filter(|lower| *lower != folded);
        Self { written, folded, unfolded }
    }
}

/// Whether folding changes only the case of a text.
#[cfg(feature = "properties")]
pub(super) fn is_plain(text: &str) -> bool {
    fold(text) == text.to_lowercase()
}

/// The text as written, only lower-cased.
pub(super) fn as_written(text: &str) -> Layer<'_> {
    Layer { written: Cow::Borrowed(text), folded: text.to_lowercase(), unfolded: None }
}

/// The text and the result of each round of decoding; also the text inside base64 and Unicode tags.
pub(super) fn layers(text: &str) -> Vec<Layer<'_>> {
    let mut layers = unfold(Cow::Borrowed(text));
    let spelt: Vec<String> = layers.iter().filter_map(|layer| tagged(&layer.written)).collect();
    layers.extend(spelt.into_iter().flat_map(|spelt| unfold(Cow::Owned(spelt))));
    if let Some(inner) = base64(text).and_then(|bytes| String::from_utf8(bytes).ok()) {
        // A random token decodes to any characters, so three quarters of a long text must be printable, and all of a
        // short one.
        let (controls, all) = (inner.chars().filter(|c| c.is_control()).count(), inner.chars().count());
        if controls == 0 || (all >= SHORT && controls * 4 <= all) {
            layers.extend(unfold(Cow::Owned(inner)));
        }
    }
    layers
}

fn unfold(text: Cow<'_, str>) -> Vec<Layer<'_>> {
    let mut layers = vec![Layer::new(text)];
    for _ in 0..ROUNDS {
        let Some(next) = layers.last().and_then(|last| decode(&last.folded)) else { break };
        layers.push(Layer::new(Cow::Owned(next)));
    }
    layers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(text: &str) -> String {
        layers(text).pop().map(|layer| layer.folded).unwrap_or_default()
    }

    #[test]
    fn every_decoding_is_found() {
        for (written, read) in [
            ("%2527%2520OR", "' or"),
            ("\u{ff05}27", "'"),
            ("\\u0026#39;", "'"),
            ("&#37;27", "'"),
            ("JyBPUiAxPTE=", "' or 1=1"),
            ("x\u{e0027}\u{e003b}", "';"),
            ("%%32%37", "'"),
        ] {
            assert_eq!(last(written), read, "{written}");
        }
    }

    #[test]
    fn plain_text_has_one_layer() {
        for text in ["O'Brien & sons", "100% of it", "a\\b"] {
            assert_eq!(layers(text).len(), 1, "{text}");
        }
    }

    #[test]
    fn rounds_are_bounded() {
        assert_eq!(layers("%252525252525252525252541").len(), ROUNDS + 1);
    }
}
