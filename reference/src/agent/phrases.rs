//! The agent's own words, so that they are known again: texts come in, and whether a part of them stands in another goes
//! out.
//!
//! What an agent tells its model of itself helps whoever wants to turn it. A model can be made to repeat it, so the
//! output is looked through for it, with case and spaces as they may be.

use std::collections::HashSet;

/// Words in a row that are no accident.
const RUN: usize = 6;

/// Runs of words.
#[derive(Debug)]
pub(super) struct Phrases(HashSet<String>);

impl Phrases {
    /// All runs of these texts.
    pub(super) fn of(texts: &[&str]) -> Self {
        Self(texts.iter().flat_map(|text| runs(text)).collect())
    }

    /// Whether one of them stands in a text.
    pub(super) fn is_in(&self, text: &str) -> bool {
        runs(text).iter().any(|run| self.0.contains(run))
    }
}

/// Each run of words of a text, without what stands between them.
fn runs(text: &str) -> Vec<String> {
    let words: Vec<String> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    words.windows(RUN).map(|run| run.join(" ")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_own_words_are_known_again() {
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
