//! The grammars of what is dangerous, one file a danger: patterns over folded text, bytes for characters.
//!
//! A pattern may use the macros of [`expand`]; what it finds must be structure that plain text does not have.

pub(super) mod command;
pub(super) mod control;
pub(super) mod entity;
pub(super) mod markup;
pub(super) mod object;
pub(super) mod path;
pub(super) mod query;
pub(super) mod template;

/// Up to and with a quote that closes what the text did not open: an odd one.
const ODD: &str = "^[^Q]*Q(?:[^Q]*Q[^Q]*Q)*";

/// The patterns with their macros written out.
///
/// `~ODD~` is [`ODD`], and the pattern is given once for each kind of quote, which `~Q~` names; `~CMD~` is the name of
/// a command, `~SEP~` what ends the command in front of it, `~CMP~` a comparison.
pub(super) fn expand(patterns: &[&str]) -> Vec<String> {
    let fill = |pattern: &str| {
        let pattern = pattern.replace("~CMD~", &command::names()).replace("~SEP~", command::SEPARATOR);
        pattern.replace("~CMP~", query::COMPARISON)
    };
    let quoted = |pattern: &&str| -> Vec<String> {
        if !pattern.contains("~ODD~") {
            return vec![fill(pattern)];
        }
        ["'", "\""]
            .map(|quote| fill(&pattern.replace("~ODD~", &ODD.replace('Q', quote)).replace("~Q~", quote)))
            .to_vec()
    };
    patterns.iter().flat_map(quoted).collect()
}
