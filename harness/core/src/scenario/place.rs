//! The place of a step of a scenario.

use serde::Deserialize;

use super::Source;

/// The file and line (from 1) of a step of a scenario. Later sources replace earlier ones, as in a suite.
pub fn place_of_step<'a>(sources: &'a [Source], id: &str, half: &str, step: usize) -> Option<(&'a str, usize)> {
    let source = sources.iter().rev().find(|source| source.text.contains(id) && is_of(source, id))?;
    Some((&source.name, source.line(&[half.into(), step.into()])))
}

/// Whether a source is the scenario with this id.
fn is_of(source: &Source, id: &str) -> bool {
    #[derive(Deserialize)]
    struct Head {
        id: String,
    }
    source.format().is_some_and(|format| format.starts_with("scenario/"))
        && source.parse::<Head>().is_ok_and(|head| head.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn step_has_the_line_of_its_scenario() {
        let text =
            "pincer: scenario/v1\nid: INP-01.a\nbenign:\n  - send: {}\nattack:\n  - send: {}\n  - send: { op: x }\n";
        let older = Source::new("old.yaml", text.replace("attack", "\nattack"));
        let sources = [older, Source::new("a.yaml", text), Source::new("b.yaml", text.replace("INP-01.a", "INP-01.b"))];
        assert_eq!(place_of_step(&sources, "INP-01.a", "attack", 1), Some(("a.yaml", 7)));
        assert_eq!(place_of_step(&sources, "INP-01.b", "benign", 0), Some(("b.yaml", 4)));
        assert_eq!(place_of_step(&sources, "INP-01.c", "attack", 0), None);
    }
}
