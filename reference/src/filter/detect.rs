//! Detectors over folded text: few sets of many patterns, all of a set searched in one pass.
//!
//! Folded text comes in; its dangers go out. Most texts have none, so a pass first only asks whether there is any.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::bytes::{Regex, RegexSet, RegexSetBuilder};

use super::grammar::{command, control, entity, expand, markup, object, path, query, template};
use super::{Danger, address};

/// Memory for the states of a set that texts have led to so far, in bytes; with less, the search starts over.
const STATES: usize = 16 << 20;

/// Patterns that are searched together, and what each of them stands for.
struct Detector {
    dangers: Vec<Danger>,
    set: RegexSet,
}

impl Detector {
    #[expect(clippy::expect_used, reason = "the patterns are constants; a test builds them")]
    fn new(grammars: &[(Danger, &[&str])]) -> Self {
        let (dangers, patterns): (Vec<_>, Vec<_>) = grammars
            .iter()
            .flat_map(|(danger, patterns)| expand(patterns).into_iter().map(|pattern| (*danger, pattern)))
            .unzip();
        let mut set = RegexSetBuilder::new(patterns);
        set.unicode(false).dot_matches_new_line(true).dfa_size_limit(STATES).size_limit(STATES);
        Self { dangers, set: set.build().expect("constant patterns") }
    }

    fn dangers(&self, text: &str) -> Vec<Danger> {
        if !self.set.is_match(text.as_bytes()) {
            return Vec::new();
        }
        self.set.matches(text.as_bytes()).iter().filter_map(|at| self.dangers.get(at).copied()).collect()
    }
}

/// The two that are also searched in rewritten text, then all others: together they have too many states.
static QUERY: LazyLock<Detector> =
    LazyLock::new(|| Detector::new(&query::PATTERNS.map(|patterns| (Danger::Query, patterns))));
static COMMAND: LazyLock<Detector> = LazyLock::new(|| Detector::new(&[(Danger::Command, command::PATTERNS)]));
static MARKUP: LazyLock<Detector> =
    LazyLock::new(|| Detector::new(&[(Danger::Markup, markup::PATTERNS), (Danger::Entity, entity::PATTERNS)]));
static OTHERS: LazyLock<Detector> = LazyLock::new(|| {
    Detector::new(&[
        (Danger::Template, template::PATTERNS),
        (Danger::Path, path::PATTERNS),
        (Danger::Object, object::PATTERNS),
        (Danger::Control, control::PATTERNS),
    ])
});

/// Comments, which the parser of a query takes for a space; `MySQL` runs what stands in `/*! */`.
#[expect(clippy::expect_used, reason = "the pattern is a constant; a test builds it")]
static SPACES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?s-u)/\*!\d*|/\*.*?\*/|\*/|\(:.*?:\)|(?:--|#)[^\n]*\n").expect("a constant pattern")
});

/// Parameters of a shell that are empty.
#[expect(clippy::expect_used, reason = "the pattern is a constant; a test builds it")]
static EMPTY: LazyLock<Regex> = LazyLock::new(|| Regex::new(command::EMPTY).expect("a constant pattern"));

/// All dangers of a folded text, each looked for only when it is asked for.
pub(super) fn dangers(text: &str) -> impl Iterator<Item = Danger> {
    let searches: [fn(&str) -> Vec<Danger>; 7] = [
        |text| QUERY.dangers(text),
        |text| COMMAND.dangers(text),
        |text| MARKUP.dangers(text),
        |text| OTHERS.dangers(text),
        |text| address::leads_inside(text).then_some(Danger::Address).into_iter().collect(),
        |text| spaced(text).map(|text| QUERY.dangers(&text)).unwrap_or_default(),
        |text| joined(text).map(|text| COMMAND.dangers(&text)).unwrap_or_default(),
    ];
    searches.into_iter().flat_map(move |search| search(text))
}

/// The text with spaces for comments, if it has any.
fn spaced(text: &str) -> Option<String> {
    if !text.contains("*/") && !text.contains(":)") && !text.contains('\n') {
        return None;
    }
    let spaced = SPACES.replace_all(text.as_bytes(), b" ".as_slice());
    matches!(spaced, Cow::Owned(_)).then(|| String::from_utf8_lossy(&spaced).into_owned())
}

/// The text without what a shell drops from inside a word: quotes, escapes and empty parameters, if that could join
/// the name of a command behind another.
fn joined(text: &str) -> Option<String> {
    const DROPPED: [char; 4] = ['\'', '"', '^', '\\'];
    if !text.contains([';', '&', '|', '\n', '`', '$']) || !text.contains(DROPPED) && !text.contains('$') {
        return None;
    }
    let joined: String = text.replace("\\\n", "").split(DROPPED).collect();
    let plain = EMPTY.replace_all(joined.as_bytes(), b"".as_slice());
    Some(String::from_utf8_lossy(&plain).into_owned())
}
