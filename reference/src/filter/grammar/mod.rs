//! The grammars of dangers, one file each: patterns over folded text, matched on bytes.
//!
//! A pattern may use the macros of [`expand`]. It must match structure that plain text does not have.

pub(super) mod command;
pub(super) mod control;
pub(super) mod entity;
pub(super) mod markup;
pub(super) mod object;
pub(super) mod path;
pub(super) mod query;
pub(super) mod template;

/// Everything up to and including an odd quote, which closes something that the text did not open.
const ODD: &str = "^[^Q]*Q(?:[^Q]*Q[^Q]*Q)*";

/// The patterns with their macros written out.
///
/// `~ODD~` is [`ODD`]; such a pattern is repeated for each kind of quote, which `~Q~` names. `~CMD~` is the name of a
/// command, `~SEP~` the end of the command before it, `~CMP~` a comparison.
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
