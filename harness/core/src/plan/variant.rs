//! The values of one variant of a step.

use std::collections::BTreeMap;

use super::object::Objects;
use super::place::Place;
use crate::scenario::{Callers, Encoding, Forgery, Right, Send, Spelling};
use crate::vocab::{Identity, PayloadSetName};

/// The values of one variant.
pub(super) struct Variant<'a> {
    pub(super) payload: Option<(PayloadSetName, usize)>,
    pub(super) text: String,
    pub(super) encoding: Option<Encoding>,
    pub(super) forge: Option<Forgery>,
    pub(super) place: Option<Place>,
    pub(super) spelling: Option<Spelling>,
    pub(super) identity: Option<Identity>,
    pub(super) canaries: [String; 3],
    /// The call's request id and its span.
    pub(super) request: [String; 2],
    /// Names of two sessions: that of the task, and another.
    pub(super) sessions: [String; 2],
    pub(super) objects: Objects,
    /// The text of the order in a planted text.
    pub(super) order: String,
    /// The headers under the descriptor's `internal`.
    pub(super) internal: &'a [String],
    /// What the step fills, by the operation's parameter names.
    pub(super) fill: BTreeMap<String, String>,
    pub(super) callers: Callers<'a>,
    pub(super) send: &'a Send,
}

impl Variant<'_> {
    /// The call's own canary.
    pub(super) fn call(&self) -> &str {
        self.canaries.first().map_or("", String::as_str)
    }

    /// The W3C trace context whose trace id is the call's canary, and the request id.
    pub(super) fn marks(&self) -> [(String, String); 2] {
        let [id, span] = &self.request;
        [("traceparent".to_owned(), format!("00-{}-{span}-01", self.call())), ("x-request-id".to_owned(), id.clone())]
    }

    /// The canary of what the case plants.
    pub(super) fn sign(&self) -> &str {
        self.canaries.get(1).map_or("", String::as_str)
    }

    /// Fills the placeholders of a text.
    pub(super) fn say(&self, text: &str) -> String {
        let [call, planted, answer] = &self.canaries;
        if !text.contains("${") {
            return text.to_owned();
        }
        // One after the other: what a word stands for may hold the next one. Most texts have one word.
        let text = put(named(text, self.callers), "${payload}", || self.text.clone());
        let text = put(text, "${order}", || self.order.clone());
        let text = put(text, "${object}", || self.objects.meant.clone());
        let text = put(text, "${own}", || self.objects.own.clone());
        let text = put(text, "${internal}", || self.internal.join(", "));
        let text = put(text, "${canary}", || planted.clone());
        let text = put(text, "${case}", || call.clone());
        let text = put(text, "${planted}", || answer.clone());
        put(text, "${trace}", || {
            let [(name, trace), _] = self.marks();
            format!("{name}: {trace}")
        })
    }

    /// The step's value for a parameter, by its name or by `*`.
    pub(super) fn filled(&self, key: &str) -> Option<String> {
        let text = self.fill.get(key).or_else(|| self.fill.get("*"))?;
        self.at(&Place::Fill(key.to_owned()), text)
    }

    /// The value of a parameter: the step's, or else the object of the call.
    pub(super) fn value(&self, key: &str) -> Option<String> {
        self.filled(key).or_else(|| self.objects.values.get(key).cloned())
    }

    /// The text at a place; the payload only where this variant places it.
    pub(super) fn at(&self, place: &Place, text: &str) -> Option<String> {
        (!text.contains("${payload}") || self.place.as_ref() == Some(place)).then(|| self.say(text))
    }
}

/// A text in which a word is replaced by what it stands for.
fn put(text: String, word: &str, meant: impl FnOnce() -> String) -> String {
    if text == word {
        meant()
    } else if text.contains(word) {
        text.replace(word, &meant())
    } else {
        text
    }
}

/// A text with the names of those whom it speaks of by their rights. Where nobody has the right, it is a name that a
/// target may well know.
fn named(text: &str, callers: Callers<'_>) -> String {
    let mut text = text.to_owned();
    if !text.contains("${name:") {
        return text;
    }
    for (right, word) in Right::ALL {
        let place = format!("${{name:{word}}}");
        if text.contains(&place) {
            text = text.replace(&place, callers.name_of(right).unwrap_or("admin"));
        }
    }
    text
}
