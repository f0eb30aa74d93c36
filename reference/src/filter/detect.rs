//! Detectors over folded text: many patterns, those of a kind searched in one pass.
//!
//! Folded text comes in; its dangers go out, each looked for only when it is asked for.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::bytes::{Regex, RegexSet, RegexSetBuilder};

use super::grammar::{command, control, entity, expand, markup, object, path, query, template};
use super::{Danger, address};

/// Memory for the states of a set that texts have led to so far, in bytes; with less, the search starts over.
const STATES: usize = 4 << 20;
/// The longest program of a set, in bytes.
const SIZE: usize = 16 << 20;

/// Patterns that are searched in one pass. With more, or with several kinds, nearly each text leads to states of its own,
/// which take far longer to make than to search; with fewer, there are more passes.
const TOGETHER: usize = 16;

/// What finds one danger.
struct Detector {
    danger: Danger,
    sets: Vec<RegexSet>,
}

impl Detector {
    /// A detector of a danger by its kinds of patterns.
    #[expect(clippy::expect_used, reason = "the patterns are constants; a test builds them")]
    fn new(danger: Danger, kinds: &[&[&str]]) -> Self {
        let set = |patterns: &[String]| {
            let mut set = RegexSetBuilder::new(patterns);
            set.unicode(false).dot_matches_new_line(true).dfa_size_limit(STATES).size_limit(SIZE);
            set.build().expect("constant patterns")
        };
        let sets = kinds.iter().flat_map(|patterns| expand(patterns).chunks(TOGETHER).map(set).collect::<Vec<_>>());
        Self { danger, sets: sets.collect() }
    }

    fn danger(&self, text: &str) -> Option<Danger> {
        self.sets.iter().any(|set| set.is_match(text.as_bytes())).then_some(self.danger)
    }
}

/// Queries and commands are also searched in rewritten text.
static QUERY: LazyLock<Detector> = LazyLock::new(|| Detector::new(Danger::Query, &query::PATTERNS));
static COMMAND: LazyLock<Detector> = LazyLock::new(|| Detector::new(Danger::Command, &[command::PATTERNS]));
static OTHERS: LazyLock<[Detector; 6]> = LazyLock::new(|| {
    [
        Detector::new(Danger::Markup, &[markup::PATTERNS]),
        Detector::new(Danger::Entity, &[entity::PATTERNS]),
        Detector::new(Danger::Template, &[template::PATTERNS]),
        Detector::new(Danger::Path, &[path::PATTERNS]),
        Detector::new(Danger::Object, &[object::PATTERNS]),
        Detector::new(Danger::Control, &[control::PATTERNS]),
    ]
});

/// Comments, which a query parser reads as a space; `MySQL` runs the content of `/*! */`.
#[expect(clippy::expect_used, reason = "the pattern is a constant; a test builds it")]
static SPACES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?s-u)/\*!\d*|/\*.*?\*/|\*/|\(:.*?:\)|(?:--|#)[^\n]*\n").expect("a constant pattern")
});

/// Empty shell parameters.
#[expect(clippy::expect_used, reason = "the pattern is a constant; a test builds it")]
static EMPTY: LazyLock<Regex> = LazyLock::new(|| Regex::new(command::EMPTY).expect("a constant pattern"));

/// All dangers of a folded text.
pub(super) fn dangers(text: &str) -> impl Iterator<Item = Danger> {
    let plain = [&QUERY, &COMMAND].into_iter().map(|detector| &**detector).chain(OTHERS.iter());
    let rewritten: [fn(&str) -> Option<Danger>; 3] = [
        |text| address::leads_inside(text).then_some(Danger::Address),
        |text| QUERY.danger(&spaced(text)?),
        |text| COMMAND.danger(&joined(text)?),
    ];
    let found = plain.filter_map(move |detector| detector.danger(text));
    found.chain(rewritten.into_iter().filter_map(move |search| search(text)))
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
