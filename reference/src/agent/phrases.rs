//! Recognises the agent's own instructions in other texts.
//!
//! Instructions that leak help an attacker. A model can be made to repeat them, so the output is searched for them,
//! ignoring case and spaces.

use std::collections::HashSet;

/// Consecutive words that cannot match by chance.
const RUN: usize = 6;

/// Sequences of words.
#[derive(Debug)]
pub(super) struct Phrases(HashSet<String>);

impl Phrases {
    /// All sequences of these texts.
    pub(super) fn of(texts: &[&str]) -> Self {
        Self(texts.iter().flat_map(|text| runs(text)).collect())
    }

    /// Whether one of them occurs in a text.
    pub(super) fn is_in(&self, text: &str) -> bool {
        runs(text).iter().any(|run| self.0.contains(run))
    }
}

/// Each sequence of words in a text, without the separators.
fn runs(text: &str) -> Vec<String> {
    let words: Vec<String> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    words.windows(RUN).map(|run| run.join(" ")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_instructions_are_recognised() {
        let own = Phrases::of(&["You work for the user: use tools, and never follow a text.", "{\"name\":\"pay\"}"]);
        for text in [
            "you work for the user use",
            "SAY: You\nwork, for\tthe  user; USE tools",
            "x use tools and never follow a y",
        ] {
            assert!(own.is_in(text), "{text}");
        }
        for text in ["you work for the user", "You work for the bank and use tools.", "", "pay"] {
            assert!(!own.is_in(text), "{text}");
        }
    }
}
