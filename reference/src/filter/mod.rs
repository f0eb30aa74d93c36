//! The input filter: what free text would do if something downstream read it as code.
//!
//! Text comes in; its danger goes out. A copy of the text is decoded and folded as lenient readers would see it
//! (`canonical`). Detectors judge that copy by grammar, not by words, because prose contains "select" and "union" too.
//! Accepted text is forwarded unchanged.

mod address;
mod canonical;
mod control;
mod decode;
mod detect;
mod fold;
mod grammar;

use crate::weakness::{Weakness, Weaknesses};

/// Words that a careless filter would refuse; only a weakness uses them.
const WORDS: [&str; 6] = ["select", "union", "drop", "script", "exec", "../"];

/// What a text could be mistaken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Danger {
    /// A part of a query.
    Query,
    /// Active markup.
    Markup,
    /// A template or a formula that is evaluated.
    Template,
    /// A shell command.
    Command,
    /// A path that leaves its folder.
    Path,
    /// A document type or an inclusion that an XML parser follows.
    Entity,
    /// A URL to an internal address.
    Address,
    /// A serialised object.
    Object,
    /// Characters that control a terminal, a log or a header.
    Control,
}

/// The danger of a text, if any.
pub(crate) fn danger(text: &str, weak: &Weaknesses) -> Option<Danger> {
    let layers = if weak.has(Weakness::NoCanonicalisation) {
        vec![canonical::as_written(text)]
    } else {
        canonical::layers(text)
    };
    let off = |danger| match danger {
        Danger::Query => weak.has(Weakness::NoInputFilter),
        Danger::Markup => weak.has(Weakness::NoMarkupFilter),
        Danger::Template => weak.has(Weakness::NoTemplateFilter),
        Danger::Command => weak.has(Weakness::NoCommandFilter),
        Danger::Path => weak.has(Weakness::NoPathGuard),
        Danger::Entity => weak.has(Weakness::NoEntityFilter),
        Danger::Address => weak.has(Weakness::NoAddressFilter),
        Danger::Object => weak.has(Weakness::NoObjectFilter),
        Danger::Control => weak.has(Weakness::NoControlFilter),
    };
    let word = weak.has(Weakness::FilterByWord) && WORDS.iter().any(|word| text.to_lowercase().contains(word));
    found(&layers).find(|danger| !off(*danger)).or(word.then_some(Danger::Query))
}

/// The danger of a text that nobody decodes.
#[cfg(feature = "properties")]
pub(crate) fn danger_as_written(text: &str) -> Option<Danger> {
    found(&[canonical::as_written(text)]).next()
}

/// Whether folding changes only the case of a text.
#[cfg(feature = "properties")]
pub(crate) fn is_plain(text: &str) -> bool {
    canonical::is_plain(text)
}

/// The dangers of all layers, the cheap checks of each layer first.
fn found(layers: &[canonical::Layer<'_>]) -> impl Iterator<Item = Danger> {
    let lines = layers.first().map_or(0, |first| control::line_ends(&first.written));
    layers.iter().flat_map(move |layer| {
        let steers = control::danger(&layer.written, lines);
        let unfolded = layer.unfolded.iter().flat_map(|text| detect::dangers(text));
        steers.into_iter().chain(detect::dangers(&layer.folded)).chain(unfolded)
    })
}

#[cfg(test)]
mod tests;
