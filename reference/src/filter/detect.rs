//! Detectors over folded text: a few large sets of patterns, each searched in one pass.
//!
//! Folded text comes in; its dangers go out. Most texts have none, so a pass first only asks whether there is any.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::bytes::{Regex, RegexSet, RegexSetBuilder};

use super::grammar::{command, control, entity, expand, markup, object, path, query, template};
use super::{Danger, address};

/// Memory for the cached states of a set, in bytes; when it is full, the cache starts over.
const STATES: usize = 16 << 20;

/// Patterns that are searched together, and the danger of each.
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

/// Query and command patterns are also searched in rewritten text, so they have sets of their own. One set of
/// everything would have too many states.
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

/// Comments, which a query parser reads as a space; `MySQL` runs the content of `/*! */`.
#[expect(clippy::expect_used, reason = "the pattern is a constant; a test builds it")]
static SPACES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?s-u)/\*!\d*|/\*.*?\*/|\*/|\(:.*?:\)|(?:--|#)[^\n]*\n").expect("a constant pattern")
});

/// Empty shell parameters.
#[expect(clippy::expect_used, reason = "the pattern is a constant; a test builds it")]
static EMPTY: LazyLock<Regex> = LazyLock::new(|| Regex::new(command::EMPTY).expect("a constant pattern"));

/// All dangers of a folded text, each searched for only when requested.
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

/// The text with comments replaced by spaces, if it has any.
fn spaced(text: &str) -> Option<String> {
    if !text.contains("*/") && !text.contains(":)") && !text.contains('\n') {
        return None;
    }
    let spaced = SPACES.replace_all(text.as_bytes(), b" ".as_slice());
    matches!(spaced, Cow::Owned(_)).then(|| String::from_utf8_lossy(&spaced).into_owned())
}

/// The text without what a shell drops inside a word (quotes, escapes and empty parameters), if that could form a
/// command name after a separator.
fn joined(text: &str) -> Option<String> {
    const DROPPED: [char; 4] = ['\'', '"', '^', '\\'];
    if !text.contains([';', '&', '|', '\n', '`', '$']) || !text.contains(DROPPED) && !text.contains('$') {
        return None;
    }
    let joined: String = text.replace("\\\n", "").split(DROPPED).collect();
    let plain = EMPTY.replace_all(joined.as_bytes(), b"".as_slice());
    Some(String::from_utf8_lossy(&plain).into_owned())
}
